"""What holds for every test: no screen, no user's files, nothing left behind."""

from __future__ import annotations

import contextlib
import gc
import itertools
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from studio.errors import ModelError, SpecError
from studio.inference.interpreter import load_runtime
from tests.phone_lab.fixtures import (  # noqa: F401 - fixtures are found by their names here
    _kept_phone,
    _lab_server,
    adb_server,
    lab_phone,
    more_phones,
)
from tests.support.processes import belongings, left_behind

with contextlib.suppress(ModelError, SpecError):  # there is none for this system
    # It can allocate nothing when a test before loaded TensorFlow; the studio's processes load
    # one of them, or this one first.
    load_runtime("tflite-runtime")

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# A busy machine is no defect; what is slow here is measured in tests/benchmarks.
hypothesis.settings.register_profile("studio", deadline=None)
hypothesis.settings.load_profile("studio")

# Tests that wait for other processes, or watch the clock: a machine that others use may fail one
# by keeping a thread from its core or its disk for a moment. Such a test holds when it holds in one
# of three tries; each further try is named at the end of the report, so that nothing is hidden.
_RUN_AGAIN = frozenset(
    (
        *("device_runner", "end_to_end", "gui", "jobs", "phone_lab", "playback", "runs"),
        *("targets", "training", "verbs"),
    )
)
_TRIES_MORE = 2

_GRACE_SECONDS = 3.0
_tests_done = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what depends on the clock try again; skip what needs a screen where Qt draws to none."""
    for item in items:
        if _RUN_AGAIN.intersection(item.path.relative_to(Path(__file__).parent).parts):
            item.add_marker(pytest.mark.flaky(reruns=_TRIES_MORE))
    if os.environ["QT_QPA_PLATFORM"] != "offscreen":
        return
    no_screen = pytest.mark.skip(reason="needs a screen: QT_QPA_PLATFORM=xcb under Xvfb")
    for item in items:
        if item.get_closest_marker("screen"):
            item.add_marker(no_screen)


@pytest.fixture(scope="session", autouse=True)
def _own_adb_server() -> Iterator[None]:
    """Have studios that tests start look for phones where the user's adb server is not."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    os.environ["ANDROID_ADB_SERVER_PORT"] = str(port)
    yield
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as server:
        server.sendall(b"0009host:kill")
        server.recv(4)


@pytest.fixture(autouse=True)
def _garbage_goes_in_this_thread() -> Iterator[None]:
    """Keep collections out of other threads, as the studio does: they may find Qt objects.

    The oldest generation is looked through every 50 tests only, because it takes its time.
    """
    gc.disable()
    yield
    gc.collect(2 if next(_tests_done) % 50 == 0 else 1)


@pytest.fixture(autouse=True)
def _nothing_is_left_behind() -> Iterator[None]:
    """Fail a test that leaves a thread, a child process or shared memory behind."""
    before = belongings()
    yield
    left = left_behind(before, grace_seconds=_GRACE_SECONDS)
    if left:
        pytest.fail("The test left behind:\n  " + "\n  ".join(left), pytrace=False)


@pytest.fixture(autouse=True)
def _own_files(
    _nothing_is_left_behind: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Give each test its own workspace and settings, so that none touches the user's."""
    monkeypatch.setenv("JEJUNET_WORKSPACE", str(tmp_path / "workspace"))
    monkeypatch.setenv("JEJUNET_SETTINGS", str(tmp_path / "settings" / "studio.ini"))
