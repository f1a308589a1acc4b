"""What a bundle is made from, as one hash: a change of it calls for a new bundle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from studio.targets.phone.bundle.compile import FLAGS_NAME
from studio.targets.phone.bundle.manifest import FORMAT_VERSION
from studio.targets.phone.bundle.pins import PACKAGES, Package
from studio.targets.phone.bundle.sources import sources_dir

_LICENCES = Path(__file__).resolve().parent / "licences"


def licence_files() -> list[Path]:
    """Our licence, and the texts that the packages' own notes refer to, sorted by name."""
    return sorted(_LICENCES.glob("*.txt"))


def recipe_hash(sources: Path | None = None, packages: Sequence[Package] = PACKAGES) -> str:
    """Hash what goes into a bundle beside the runner's sources.

    The compiler is left out: a bundle that was built elsewhere is as good.

    Args:
        sources: folder of the runner's sources, where its flags lie too; None for the studio's.
        packages: that files are taken from.

    Returns:
        A SHA-256 as hex, over the format, the packages, the compiler's flags and the licences.
    """
    flags = (sources or sources_dir()) / FLAGS_NAME
    text = flags.read_text(encoding="utf-8") if flags.is_file() else ""
    licences = [(file.name, file.read_text(encoding="utf-8")) for file in licence_files()]
    parts = [FORMAT_VERSION, [asdict(package) for package in packages], text, licences]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
