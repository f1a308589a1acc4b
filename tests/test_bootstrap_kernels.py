"""The inner loops are compiled at the installation, once for their source, and at no one's cost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.checkout import ROOT, Checkout

_TOLD = "Compiling the fast paths"
_FAILED = "That did not work"
_KERNELS = "studio/temporal/some_kernels.py"

_COMPILES = """\
def compile_ahead():
    print("chatter")
    open("compiled.log", "a").write("once\\n")
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    from studio.bootstrap import tools

    made = Checkout.create(tmp_path / "checkout")
    made.place_uv(tools.UV_VERSION)
    for name, content in ((_KERNELS, ""), ("studio/targets/rehearsal.py", _COMPILES)):
        path = made.root / name
        path.parent.mkdir()
        path.write_text(content)
    return made


def _times(checkout: Checkout) -> int:
    log = checkout.root / "compiled.log"
    return len(log.read_text().splitlines()) if log.exists() else 0


def test_they_are_compiled_once_and_again_when_their_source_changes(checkout: Checkout) -> None:
    first = checkout.run("models")
    assert first.stdout == "opened with: models\n"
    assert first.stderr.count(_TOLD) == 1
    assert _FAILED not in first.stderr
    assert "chatter" not in first.stderr
    assert checkout.run("models").stderr == ""
    assert _times(checkout) == 1
    (checkout.root / _KERNELS).write_text("# another loop\n")
    assert _TOLD in checkout.run("models").stderr
    assert checkout.run("models").stderr == ""
    assert _times(checkout) == 2
    (checkout.root / "studio/targets/rehearsal.py").touch()  # holds no loop
    assert checkout.run("models").stderr == ""


def test_another_numba_compiles_them_anew(checkout: Checkout) -> None:
    checkout.run()
    with (checkout.root / "requirements.lock").open("a") as lock:
        lock.write("# another version\n")
    checkout.run()
    assert _times(checkout) == 2


def test_a_failure_is_told_once_and_the_studio_opens(checkout: Checkout) -> None:
    (checkout.root / "studio/targets/rehearsal.py").write_text("import nothing_of_this_name\n")
    ended = checkout.run("models")
    assert ended.stdout == "opened with: models\n"
    assert _FAILED in ended.stderr
    assert "Traceback" not in ended.stderr
    assert checkout.run("models").stderr == ""


def test_one_that_was_cut_off_is_taken_up_again(checkout: Checkout) -> None:
    rehearsal = checkout.root / "studio/targets/rehearsal.py"
    rehearsal.write_text(
        "import os, signal\ndef compile_ahead(): os.kill(os.getppid(), signal.SIGKILL)\n"
    )
    assert checkout.run().returncode == -9
    rehearsal.write_text(_COMPILES)
    assert _TOLD in checkout.run().stderr
    assert _times(checkout) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_opens_as_before(checkout: Checkout) -> None:
    checkout.run()
    (checkout.root / _KERNELS).write_text("# another loop\n")
    (checkout.root / ".venv").chmod(0o555)
    assert checkout.run("models").stdout == "opened with: models\n"


def test_every_compiled_loop_lies_where_a_change_is_seen() -> None:
    seen = set((ROOT / "studio").glob("*/*kernels.py"))
    with_loops = {
        path
        for path in (ROOT / "studio").rglob("*.py")
        if any(line.startswith("@njit") for line in path.read_text("utf-8").splitlines())
    }
    assert with_loops
    assert with_loops <= seen
