"""The way from a bare system to a running studio."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from studio.bootstrap import checks, environment, system, tools
from studio.bootstrap.__main__ import check_python
from studio.errors import InputError, StudioError
from tests.support.checkout import BASE_PYTHON, ROOT, Checkout

_STAMP = ".venv/jejunet-installed.json"


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    made = Checkout.create(tmp_path / "checkout")
    made.place_uv(tools.UV_VERSION)
    return made


def test_it_needs_nothing_but_the_standard_library() -> None:
    names = [f"studio.bootstrap.{path.stem}" for path in (ROOT / "studio/bootstrap").glob("*.py")]
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import " + ", ".join(sorted(names))
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)


def test_a_first_start_installs_from_the_run_lock_and_opens_the_studio(checkout: Checkout) -> None:
    ended = checkout.run("segment", "a clip.mp4")
    assert ended.stdout == "opened with: segment a clip.mp4\n"
    assert ended.returncode == 7, "the studio's own exit code comes through"
    make, sync, install = checkout.uv_calls()
    assert make.startswith("venv ")
    assert "--require-hashes" in sync
    assert "--compile-bytecode" in sync
    assert sync.endswith(f"{checkout.root}/requirements.lock")
    assert "--editable" in install
    assert "--offline" in install


def test_a_second_start_installs_nothing_and_is_quick(checkout: Checkout) -> None:
    checkout.run()
    calls = checkout.uv_calls()
    seconds = []
    for _ in range(3):
        started = time.monotonic()
        ended = checkout.run("models")
        seconds.append(time.monotonic() - started)
        assert ended.stdout == "opened with: models\n"
        assert ended.stderr == ""
    assert checkout.uv_calls() == calls
    assert min(seconds) < 0.6  # 0.1 s on an idle machine


def test_an_installation_that_was_cut_off_is_made_anew(checkout: Checkout) -> None:
    checkout.place_uv(tools.UV_VERSION, on_sync="kill -9 $PPID")
    assert checkout.run().returncode == -9
    checkout.place_uv(tools.UV_VERSION)
    before = len(checkout.uv_calls())
    ended = checkout.run()
    assert "cut off" in ended.stderr
    assert checkout.uv_calls()[before].startswith("venv ")
    assert "--clear" in checkout.uv_calls()[before]
    assert ended.returncode == 7


def test_a_changed_lock_is_installed_in_place(checkout: Checkout) -> None:
    checkout.run()
    with (checkout.root / "requirements.lock").open("a") as lock:
        lock.write("# another version\n")
    before = len(checkout.uv_calls())
    checkout.run()
    assert [call.split()[:2] for call in checkout.uv_calls()[before:]] == [
        ["pip", "sync"],
        ["pip", "install"],
    ]


def test_settings_of_linters_are_no_reason_to_install(checkout: Checkout) -> None:
    checkout.run()
    with (checkout.root / "pyproject.toml").open("a") as project:
        project.write("[tool.another]\nkey = 1\n")
    before = checkout.uv_calls()
    checkout.run()
    assert checkout.uv_calls() == before


def test_opening_the_studio_keeps_what_the_tests_installed(checkout: Checkout) -> None:
    checkout.run()
    (checkout.root / ".venv/bin/pytest").touch()
    (checkout.root / _STAMP).unlink()
    checkout.run()
    assert checkout.uv_calls()[-2].endswith(f"{checkout.root}/tests/requirements.lock")
    stamp = json.loads((checkout.root / _STAMP).read_text())
    assert stamp["kind"] == "test"
    before = checkout.uv_calls()
    checkout.run()
    assert checkout.uv_calls() == before, "an environment for tests also runs"


def test_a_moved_checkout_gets_a_new_environment(checkout: Checkout, tmp_path: Path) -> None:
    checkout.run()
    moved = Checkout(checkout.root.rename(tmp_path / "moved"))
    moved.place_uv(tools.UV_VERSION)
    before = len(moved.uv_calls())
    assert moved.run().returncode == 7
    assert moved.uv_calls()[before].startswith("venv ")


def test_two_installations_at_once_wait_for_each_other(checkout: Checkout) -> None:
    checkout.run()
    stamp = checkout.root / _STAMP
    kept = stamp.rename(stamp.with_suffix(".kept"))
    before = checkout.uv_calls()
    with (checkout.root / ".tools/lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with checkout.start() as process:
            assert process.stderr is not None
            assert "waiting" in process.stderr.readline()
            kept.rename(stamp)
            fcntl.flock(lock, fcntl.LOCK_UN)
            assert process.wait(timeout=30) == 7
    assert checkout.uv_calls() == before, "the first one has done the work"


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("error: No space left on device (os error 28)", "disk filled up"),
        ("error: Failed to fetch: dns error", "could not be reached"),
        ("error: something new", "could not be installed"),
    ],
)
def test_a_failed_installation_is_put_into_words(
    checkout: Checkout, output: str, words: str
) -> None:
    checkout.place_uv(tools.UV_VERSION, on_sync=f"echo '{output}' >&2; exit 2")
    ended = checkout.run()
    assert ended.returncode == 1
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""
    assert not (checkout.root / _STAMP).exists()


def test_an_update_that_cannot_begin_leaves_the_environment_as_it_was(checkout: Checkout) -> None:
    checkout.run()
    lock = checkout.root / "requirements.lock"
    old = lock.read_text()
    lock.write_text(old + "# another version\n")
    checkout.place_uv(tools.UV_VERSION, on_sync="echo 'Failed to fetch'; exit 2")
    assert checkout.run().returncode == 1
    lock.write_text(old)
    before = checkout.uv_calls()
    assert checkout.run().returncode == 7
    assert checkout.uv_calls() == before, "the old environment still opens the studio"


def test_an_update_that_fails_half_way_is_made_anew(checkout: Checkout) -> None:
    checkout.run()
    (checkout.root / "requirements.lock").write_text("")
    begun = 'touch "$PWD/.venv/lib/python3.11/site-packages/half"; echo broken; exit 2'
    checkout.place_uv(tools.UV_VERSION, on_sync=begun)
    assert checkout.run().returncode == 1
    checkout.place_uv(tools.UV_VERSION)
    before = len(checkout.uv_calls())
    assert checkout.run().returncode == 7
    assert checkout.uv_calls()[before].startswith("venv ")


def test_without_a_network_the_first_start_says_what_it_needs(tmp_path: Path) -> None:
    if subprocess.run([BASE_PYTHON, "-m", "pip", "--version"], capture_output=True).returncode:
        pytest.skip(f"{BASE_PYTHON} has no pip")
    programs = tmp_path / "programs"  # all but uv
    programs.mkdir()
    bare = Checkout.create(tmp_path / "checkout")
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_CONFIG_FILE": os.devnull}
    nowhere |= {"PATH": str(programs), "PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": ""}
    ended = bare.run(env=nowhere)
    assert ended.returncode == 1
    assert "Installing needs the network" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_another_python_is_refused_in_words() -> None:
    check_python((3, 11))
    with pytest.raises(InputError, match=r"needs Python 3\.11, this is Python 3\.13") as caught:
        check_python((3, 13))
    assert "python3.11 -m studio.bootstrap" in caught.value.remedy


def test_wrong_arguments_exit_with_two(checkout: Checkout) -> None:
    assert checkout.run("lock", "all").returncode == 2
    assert "usage" in checkout.run("--help").stdout


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks Linux's loader")
def test_missing_libraries_are_named_by_their_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert system.missing_packages(for_tests=False) == []
    monkeypatch.setitem(system.LIBRARIES, "libnever-there.so.9", "libnever-there9")
    assert system.missing_packages(for_tests=False) == ["libnever-there9"]
    monkeypatch.setenv("PATH", str(tmp_path))  # neither apt-get nor sudo
    with pytest.raises(StudioError) as caught:
        system.provide(for_tests=False)
    assert "apt-get install -y --no-install-recommends libnever-there9" in caught.value.remedy
    assert {"gcc", "qemu-user-static", "xvfb"} <= set(system.missing_packages(for_tests=True))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks Linux's loader")
def test_what_the_tests_need_is_looked_for_only_for_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(system, "TEST_PROGRAMS", {"no-such-program": "its-package"})
    monkeypatch.setattr(system, "TEST_LIBRARIES", {"libnever-there.so.9": "libnever-there9"})
    monkeypatch.setattr(
        system, "TEST_FILES", {str(tmp_path / "no.h"): "no-dev", str(tmp_path): "there-dev"}
    )
    assert system.missing_packages(for_tests=False) == []
    assert system.missing_packages(for_tests=True) == ["its-package", "libnever-there9", "no-dev"]


def test_uv_is_told_of_the_index_that_pip_uses() -> None:
    listing = "\n".join(
        [
            "global.index-url='https://one.example/simple'",
            "global.extra-index-url='file:///a file:///b'",
            ":env:.index-url='https://two.example/simple'",
            "install.trusted-host='two.example'",
            "freeze.timeout='10'",
            "",
        ]
    )
    assert tools.pip_settings(listing) == {
        "index-url": "https://two.example/simple",
        "extra-index-url": "file:///a file:///b",
        "trusted-host": "two.example",
    }


def test_pips_extra_indexes_are_the_second_choice(checkout: Checkout) -> None:
    checkout.place_uv(tools.UV_VERSION, on_sync='echo "index: $UV_INDEX"; test -n "$UV_INDEX"')
    extra = {"PIP_EXTRA_INDEX_URL": "file:///extra", "PIP_INDEX_URL": "file:///main"}
    ended = checkout.run(env=extra)
    assert ended.returncode == 7
    first, second = (line for line in ended.stderr.splitlines() if "index:" in line)
    assert first.strip() == "index:"
    assert second.strip() == "index: file:///extra"


def test_every_check_runs_though_one_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    witness = tmp_path / "ran"
    monkeypatch.setattr(environment, "compile_sources", lambda: None)
    monkeypatch.setattr(environment, "program", lambda name: Path(sys.executable))
    failing = checks.Check("first", ("python", "-c", "raise SystemExit(3)"))
    passing = checks.Check("second", ("python", "-c", f"open({str(witness)!r}, 'w').close()"))
    monkeypatch.setattr(checks, "CHECKS", (failing, passing))
    assert checks.run_all() == 1
    assert witness.exists()
    assert "FAILED (exit code 3)" in capfd.readouterr().err
    monkeypatch.setattr(checks, "CHECKS", (passing,))
    assert checks.run_all() == 0


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="needs Xvfb")
def test_the_screen_for_tests_comes_and_goes() -> None:
    with checks.screen() as display:
        socket = Path(f"/tmp/.X11-unix/X{display[1:]}")
        assert socket.exists()
    assert not socket.exists()


@pytest.mark.screen
def test_tests_on_a_screen_draw_to_an_x_server(qapp: QApplication) -> None:
    assert QGuiApplication.platformName() == "xcb"
