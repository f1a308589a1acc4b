"""The packages that the bundle is made from: exact versions, exact bytes.

All system libraries come from one Debian release, so that they fit each other and the compiler's
C library. Debian's cross packages are for any computer (`all`); only libturbojpeg0 is an arm64
package.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LITERT_VERSION = "2.0.3"
LITERT_LIBRARY = "libLiteRtRuntimeCApi.so"
LOADER = "ld-linux-aarch64.so.1"
DEBIAN_CODENAME = "bookworm"
DEBIAN = f"Debian 12 ({DEBIAN_CODENAME}), main"

_DEBIAN_SOURCE = "Debian's archive keeps the sources of every version of {}"


@dataclass(frozen=True)
class Part:
    """One file of a package.

    Attributes:
        inside: its path in the package.
        name: its path in the bundle.
        sha256: of its content, as hex.
        is_for_phone: whether the phone needs it; licences stay on the computer.
        is_executable: whether it is started there.
    """

    inside: str
    name: str
    sha256: str
    is_for_phone: bool = True
    is_executable: bool = False


@dataclass(frozen=True)
class Package:
    """A file to fetch.

    Attributes:
        name: of the package.
        version: as its index writes it.
        kind: a Debian package or a Python wheel.
        file_names: what the file may be called; the first is its name where it is kept.
        size_bytes: of the file.
        sha256: of the file, as hex.
        licence: of what is taken from it.
        source: where its sources are to be had.
        parts: what is taken from it.
    """

    name: str
    version: str
    kind: Literal["deb", "wheel"]
    file_names: tuple[str, ...]
    size_bytes: int
    sha256: str
    licence: str
    source: str
    parts: tuple[Part, ...]

    @property
    def origin(self) -> str:
        """Where a user finds the file."""
        if self.kind == "deb":
            return f"package {self.name} of {DEBIAN}, version {self.version}"
        return f"{self.name} {self.version} of the Python package index"


def _library(name: str, sha256: str, inside: str = "") -> Part:
    return Part(f"usr/aarch64-linux-gnu/lib/{inside or name}", name, sha256)


_COPYRIGHT = "usr/share/doc/{}/copyright"
_GCC_LICENCE = "GPL-3.0-or-later with the GCC Runtime Library Exception 3.1"
_GCC_SOURCE = _DEBIAN_SOURCE.format("gcc-12 (12.2.0-14), built by gcc-12-cross 15")

PACKAGES = (
    Package(
        name="ai-edge-litert",
        version=LITERT_VERSION,
        kind="wheel",
        file_names=("ai_edge_litert-2.0.3-cp311-cp311-manylinux_2_27_aarch64.whl",),
        size_bytes=70_097_957,
        sha256="2d3c0867af845230d060bd555b0942b960caabe9d1cce98bcb3536b380ded372",
        licence="Apache-2.0",
        source="GitHub repository google-ai-edge/LiteRT, version 2.0.3",
        parts=(
            Part(
                f"ai_edge_litert/{LITERT_LIBRARY}",
                LITERT_LIBRARY,
                "ef2b76075498716283012cff4fe3bd85cfdf71125aebc86a4965d7657814866b",
            ),
            Part(
                "ai_edge_litert-2.0.3.dist-info/METADATA",
                "licences/ai-edge-litert.txt",
                "e46049c442cd1f432ed6b457544369282b79234a463d322eb58a280bcab2d380",
                is_for_phone=False,
            ),
        ),
    ),
    Package(
        name="libc6-arm64-cross",
        version="2.36-8cross1",
        kind="deb",
        file_names=("libc6-arm64-cross_2.36-8cross1_all.deb",),
        size_bytes=1_004_648,
        sha256="91936cbbee75771c360ed16513f6e734a25ca5517fe7c3e13dfd7835d7553186",
        licence="LGPL-2.1-or-later",
        source=_DEBIAN_SOURCE.format("glibc (2.36-8), built by cross-toolchain-base 66"),
        parts=(
            Part(
                f"usr/aarch64-linux-gnu/lib/{LOADER}",
                LOADER,
                "9f1c09920472722ba24b485e8b39fa4f81a065b6cee1898b124bcb80f3cc22bf",
                is_executable=True,
            ),
            _library(
                "libc.so.6", "be44d69ca10e191bb24ff46faa4905c56ec2fbc454bf84ed6f02da296f121bdd"
            ),
            _library(
                "libdl.so.2", "b19178c8473051abb7dd996f22d2a80cc50697834faa42bfd9f26b4e017d9598"
            ),
            _library(
                "libm.so.6", "4c5316e839a4b175dc2b0b97f8b8e0217d98f7d564ada1e1467f98451f328441"
            ),
            _library(
                "libpthread.so.0",
                "8b6c634ac996785ed78ceee97811a24f4f83ddccf76cc258dc87c39e6db7877c",
            ),
            _library(
                "librt.so.1", "82db5c1e3b8db8f7aa193d90f365e88567430c4dd54bb9f971c24077d687d3bc"
            ),
            Part(
                _COPYRIGHT.format("libc6-arm64-cross"),
                "licences/glibc.txt",
                "40c7e1f2118531f038ca22999bd976901254e1bc5cd1b0f0211bdd064c599987",
                is_for_phone=False,
            ),
        ),
    ),
    Package(
        name="libstdc++6-arm64-cross",
        version="12.2.0-14cross1",
        kind="deb",
        file_names=("libstdc++6-arm64-cross_12.2.0-14cross1_all.deb",),
        size_bytes=513_672,
        sha256="9cba984b64d0cf11698978fc5e0fe93c7441d29b9f42f70f1c6c734cc9e2ea41",
        licence=_GCC_LICENCE,
        source=_GCC_SOURCE,
        parts=(
            _library(
                "libstdc++.so.6",
                "f8253f7e1334b5c55ab50cc44d576e83dee7dd6fcb53bdc9ca63d74198a93640",
                inside="libstdc++.so.6.0.30",
            ),
        ),
    ),
    Package(
        name="libgcc-s1-arm64-cross",
        version="12.2.0-14cross1",
        kind="deb",
        file_names=("libgcc-s1-arm64-cross_12.2.0-14cross1_all.deb",),
        size_bytes=34_832,
        sha256="af1e686fc6a416228222e7bfb68317dd2fa2685236301ae29141fc6108a66cac",
        licence=_GCC_LICENCE,
        source=_GCC_SOURCE,
        parts=(
            _library(
                "libgcc_s.so.1", "c39939ec474dd03d9a8aa657d85fa71a8f879a3159bf1a5d19dff3b4788dfba2"
            ),
        ),
    ),
    Package(
        name="gcc-12-cross-base",  # holds the licences of the two before it
        version="12.2.0-14cross1",
        kind="deb",
        file_names=("gcc-12-cross-base_12.2.0-14cross1_all.deb",),
        size_bytes=33_232,
        sha256="8dcb9dc293df9069f09dbe68d73f4a8ec2d4e3da4dcfbfe14a821d94e257e9d5",
        licence=_GCC_LICENCE,
        source=_GCC_SOURCE,
        parts=(
            Part(
                _COPYRIGHT.format("gcc-12-cross-base"),
                "licences/gcc.txt",
                "da8191658b3452ce9caf31638ba61dab31a38c619fa39df119812e050f592fd3",
                is_for_phone=False,
            ),
        ),
    ),
    Package(
        name="libturbojpeg0",
        version="1:2.1.5-2",
        kind="deb",
        # As the archive calls it (without the epoch), then as apt-get does.
        file_names=("libturbojpeg0_2.1.5-2_arm64.deb", "libturbojpeg0_1%3a2.1.5-2_arm64.deb"),
        size_bytes=209_868,
        sha256="85a0914484efe5bfa51c79bc45ccb5133373f65a94e7bd867c89a6a45188d148",
        licence="IJG AND BSD-3-Clause AND Zlib",
        source=_DEBIAN_SOURCE.format("libjpeg-turbo (1:2.1.5-2)"),
        parts=(
            Part(
                "usr/lib/aarch64-linux-gnu/libturbojpeg.so.0.2.0",
                "libturbojpeg.so.0",
                "a953fad5cc022e6d728084973371401cdb6e74cce66d8c334d5caf8842ba3468",
            ),
            Part(
                _COPYRIGHT.format("libturbojpeg0"),
                "licences/libjpeg-turbo.txt",
                "3821184e23385bf2cdc01f56bd999b34036fc3aa03d5135d41680374eb81bf8a",
                is_for_phone=False,
            ),
        ),
    ),
)
