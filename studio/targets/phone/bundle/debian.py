"""Debian packages for the phone's processor, with apt-get and the system's own mirrors and keys.

Nothing is installed and no state of the system's is touched: apt-get works on lists of its own in
a temporary folder, for arm64. Where the system is another release of Debian, its mirror is asked
for the release that the packages are pinned to.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.targets.phone.bundle.commands import folder_bytes, run
from studio.targets.phone.bundle.pins import DEBIAN_CODENAME, Package
from studio.targets.phone.bundle.progress import OnProgress, ShouldStop

_LISTS_BYTES = 20_000_000  # about; for the progress only
_KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_TARGETS = "$(LABEL)|$(CODENAME)|$(COMPONENT)|$(REPO_URI)"
# What the system does after an update of its own lists (emptying caches, waking daemons) is not
# for ours; `#clear` is apt's way to take back what other configuration files said.
_CONFIG = """\
Dir::State "{root}/state";
Dir::State::status "{root}/status";
Dir::Cache "{root}/cache";
Dir::Log "{root}/log";
APT::Architecture "arm64";
#clear APT::Architectures;
APT::Architectures {{ "arm64"; }};
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
"""


def fetch_debs(
    packages: Sequence[Package], folder: Path, on_progress: OnProgress, should_stop: ShouldStop
) -> tuple[dict[str, Path], str]:
    """Fetch Debian packages.

    Args:
        packages: which.
        folder: empty; takes apt-get's lists and the packages.
        on_progress: told how much has come.
        should_stop: asked often.

    Returns:
        The file of each package that could be had, by the package's name; and what apt-get had
        to say about the others.

    Raises:
        OutputError: the disk is full.
        BundleStoppedError: someone asked to stop.
    """
    if shutil.which("apt-get") is None:
        return {}, "This system has no apt-get."
    apt = _Apt(_configure(folder), folder, on_progress, should_stop)
    apt.update()
    apt.use_pinned_release()
    return apt.download(packages)


def _configure(folder: Path) -> Path:
    (folder / "state" / "lists" / "partial").mkdir(parents=True)
    (folder / "cache" / "archives" / "partial").mkdir(parents=True)
    (folder / "log").mkdir()
    (folder / "status").touch()
    settings = _CONFIG.format(root=folder)
    if sys.platform != "win32" and os.geteuid() == 0:
        # Root's apt fetches as the user _apt, who may not enter our folder.
        settings += 'APT::Sandbox::User "root";\n'
    config = folder / "apt.conf"
    config.write_text(settings, encoding="utf-8")
    return config


@dataclass
class _Apt:
    """apt-get with a state of its own."""

    _config: Path
    _folder: Path
    _on_progress: OnProgress
    _should_stop: ShouldStop
    _said: str = ""

    def update(self) -> None:
        """Read the lists of the sources; one that is out of order does not hinder the others."""
        command = self._command("update")
        outcome = run(
            command,
            folder=self._folder,
            watch=lambda: self._on_progress(
                "Reading Debian's package lists",
                min(folder_bytes(self._folder / "state"), _LISTS_BYTES),
                _LISTS_BYTES,
            ),
            should_stop=self._should_stop,
        )
        if outcome.code != 0:
            self._said += outcome.words(command) + "\n"

    def use_pinned_release(self) -> None:
        """On another release of Debian, read the lists of the pinned one from the same mirror."""
        command = self._command("indextargets", "--format", _TARGETS)
        outcome = run(command, folder=self._folder, should_stop=self._should_stop)
        lines = [line.split("|") for line in outcome.output.splitlines()]
        mirrors = {
            line[1]: line[3] for line in lines if len(line) == 4 and line[::2] == ["Debian", "main"]
        }
        if not mirrors or DEBIAN_CODENAME in mirrors:
            return
        keys = f"[signed-by={_KEYS}] " if _KEYS.is_file() else ""
        mirror = next(iter(mirrors.values()))
        sources = self._folder / "sources.list"
        sources.write_text(f"deb {keys}{mirror} {DEBIAN_CODENAME} main\n", encoding="utf-8")
        with self._config.open("a", encoding="utf-8") as config:
            config.write(f'Dir::Etc::sourcelist "{sources}";\nDir::Etc::sourceparts "/dev/null";\n')
        self.update()

    def download(self, packages: Sequence[Package]) -> tuple[dict[str, Path], str]:
        """Fetch packages; returns those that came, and what there was to say."""
        found = {}
        for package in packages:
            place = self._folder / package.name
            place.mkdir()
            self._on_progress(f"Fetching {package.name}", 0, package.size_bytes)
            command = self._command("download", f"{package.name}={package.version}")
            outcome = run(command, folder=place, should_stop=self._should_stop)
            file = next(iter(place.glob("*.deb")), None)
            if outcome.code == 0 and file is not None:
                found[package.name] = file
            else:
                self._said += outcome.words(command) + "\n"
        return found, self._said

    def _command(self, *words: str) -> list[str]:
        return ["apt-get", "-c", str(self._config), "-q", *words]
