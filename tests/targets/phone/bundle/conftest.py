"""A cache of its own for each test, and no network but where a test is about it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from studio import paths
from studio.targets.phone.bundle import compile as compiling
from studio.targets.phone.bundle.pins import Package
from tests.support.phone_packages import make_packages, make_sources

_NO_NETWORK = {
    "PIP_NO_INDEX": "1",
    "UV_OFFLINE": "1",
    "http_proxy": "http://127.0.0.1:9",
    "https_proxy": "http://127.0.0.1:9",
}
USERS_OWN = {name: os.environ.get(name) for name in ("JEJUNET_CACHE", *_NO_NETWORK)}
"""For what needs the user's cache, or the network to fill it."""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("JEJUNET_CACHE", str(folder))
    monkeypatch.delenv("JEJUNET_BUNDLE", raising=False)
    return folder


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every program that fetches meets a closed door, as on a computer without a network."""
    for name, value in _NO_NETWORK.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def packages_folder(tmp_path: Path) -> Path:
    return tmp_path / "fetched by hand"


@pytest.fixture
def packages(packages_folder: Path) -> tuple[Package, ...]:
    """Pins of the packages that lie in `packages_folder`."""
    return make_packages(packages_folder)


@pytest.fixture
def resources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The studio's resources, with sources that compile in no time."""
    folder = tmp_path / "resources"
    make_sources(folder / "device_runner")
    monkeypatch.setattr(paths, "resources_dir", lambda: folder)
    return folder


@pytest.fixture
def sources(resources: Path) -> Path:
    return resources / "device_runner"


@pytest.fixture
def cross_compiler() -> None:
    """Skip where no runner can be compiled."""
    if shutil.which(compiling.GCC) is None:
        pytest.skip("needs a compiler for phones: apt-get install gcc-aarch64-linux-gnu")
