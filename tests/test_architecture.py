"""What holds for the project as a whole."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.support.checkout import ROOT

_MOST_LINES = 400
_MODULES = sorted((ROOT / "studio").rglob("*.py"))
_LINT_IMPORTS = (
    "import sys; from importlinter import cli; sys.exit(cli.lint_imports(no_cache=True))"
)
_FORBIDDEN_IN_GUI = ("tensorflow", "keras", "ai_edge_litert", "tflite_runtime", "numba")
_IMPORT_THE_GUI = """
import importlib, pkgutil, sys
import studio.app, studio.gui
for module in pkgutil.walk_packages(studio.gui.__path__, "studio.gui."):
    importlib.import_module(module.name)
print(" ".join(name for name in sys.argv[1:] if name in sys.modules))
"""
# Put together from pieces, so that this file does not hold what it looks for.
_FOREIGN = re.compile(
    "|".join(
        [
            r"(?<![\w.<~])/" + r"(?:root|work)/",
            r"(?<![\w.<~])/" + r"home/\w+/",
            "pypi" + r"\.org",
            "python" + "hosted",
            "simple" + "/index",
            "arti" + "factory",
        ]
    ),
    re.IGNORECASE,
)


def _tracked_files() -> list[Path]:
    """What git keeps; where there is no git, what lies in the folders that it keeps."""
    if shutil.which("git") and (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "-c", "safe.directory=*", "ls-files", "-z"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        return [ROOT / name for name in listed.stdout.split("\0") if name]
    kept = ("studio", "tests", "resources", "models", ".ci")
    return [
        path
        for folder in (*(ROOT / name for name in kept), ROOT)
        for path in (folder.glob("*") if folder == ROOT else folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    ]


def test_imports_keep_the_contracts() -> None:
    # In a process of its own: it ends this one's when TensorFlow was loaded before.
    answer = subprocess.run(
        [sys.executable, "-c", _LINT_IMPORTS],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_the_gui_process_never_loads_a_runtime_or_tensorflow() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", _IMPORT_THE_GUI, *_FORBIDDEN_IN_GUI],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.split() == []


def test_modules_are_short() -> None:
    lines = {path: path.read_text(encoding="utf-8").count("\n") for path in _MODULES}
    long = [f"{path.relative_to(ROOT)}: {n} lines" for path, n in lines.items() if n > _MOST_LINES]
    assert long == []


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = []
    for path in _tracked_files():
        try:
            text = path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):  # a picture; removed but not committed
            continue
        lines = enumerate(text.splitlines(), start=1)
        found += [
            f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
            for number, line in lines
            if _FOREIGN.search(line)
        ]
    assert found == []


def test_a_wheel_brings_modules_and_resources(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run(
        [*command, "--directory", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "JEJUNET_WHEEL_WITHOUT_BUNDLE": "1"},  # it has tests of its own
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    expected = {str(path.relative_to(ROOT)) for path in _MODULES}
    for folder in ("resources", "models"):
        expected |= {
            f"studio/_data/{path.relative_to(ROOT)}"
            for path in _tracked_files()
            if path.is_relative_to(ROOT / folder) and path.exists()
        }
    assert expected <= packed
    assert not [name for name in packed if name.startswith("tests/")]
