"""A phone panel with playback, phones and sessions that a test drives by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio.errors import PhoneError
from studio.gui.phone.panel import PhonePanel
from studio.gui.phone.phones import PhoneWatch
from studio.gui.phone.view_model import PhoneModel
from studio.runs.folder import RunFolder
from studio.targets.phone.clean import CleanReport
from studio.targets.phone.listing import Phone, PhoneDetails
from studio.targets.phone.spec import DeploySpec
from studio.targets.phone.troubles import PhoneTrouble, trouble_of_state
from tests.support.driven_playback import DrivenPlayback
from tests.support.phone_runs import PhoneRun, open_phone_run

PIXEL = Phone(
    "FA7AB1A00001",
    "device",
    "Pixel 2",
    "walleye",
    transport=1,
    details=PhoneDetails(
        model="Pixel 2",
        product="walleye",
        android="11",
        api_level=30,
        abi="arm64-v8a",
        abis=("arm64-v8a",),
        kernel="4.4",
        cpus=8,
        clusters=((0, 1, 2, 3), (4, 5, 6, 7)),
        is_lab=False,
        free_bytes=10**9,
    ),
)


def unauthorized(serial: str = "R58M123") -> Phone:
    return Phone(serial, "unauthorized", transport=2, trouble=trouble_of_state("unauthorized"))


def full_phone() -> Phone:
    trouble = PhoneTrouble("no-space", "only 3 MiB of its storage are free", "Free 48 MiB.")
    return PIXEL.in_trouble(trouble)


class DrivenTracker:
    """Says which phones there are when the test does."""

    def __init__(self) -> None:
        self.tell: Callable[[tuple[Phone, ...]], None] = lambda _phones: None
        self.trouble: Callable[[PhoneError | None], None] = lambda _error: None
        self.is_closed = False

    def __call__(
        self,
        on_phones: Callable[[tuple[Phone, ...]], None],
        on_trouble: Callable[[PhoneError | None], None],
    ) -> DrivenTracker:
        self.tell, self.trouble = on_phones, on_trouble
        return self

    def close(self) -> None:
        self.is_closed = True


class DrivenLaunch:
    """Begins sessions whose worker is the test."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.runs: list[PhoneRun] = []
        self.specs: list[DeploySpec] = []
        self.error: PhoneError | None = None

    def __call__(self, job: str, spec: object, *, title: str, runs_dir: Path) -> RunFolder:
        assert job == "deploy"
        assert isinstance(spec, DeploySpec)
        if self.error is not None:
            raise self.error
        self.specs.append(spec)
        self.runs.append(
            self._stack.enter_context(open_phone_run(runs_dir, title=title, spec=spec))
        )
        return self.runs[-1].folder


@pytest.fixture
def runs_dir(tmp_path: Path) -> Path:
    return tmp_path / "runs"


@pytest.fixture
def playback(qtbot: QtBot) -> DrivenPlayback:
    made = DrivenPlayback()
    made.give_video()
    made.give_model()
    return made


@pytest.fixture
def tracker() -> DrivenTracker:
    return DrivenTracker()


@pytest.fixture
def starts() -> Iterator[DrivenLaunch]:
    with ExitStack() as stack:
        yield DrivenLaunch(stack)


@pytest.fixture
def model(
    qtbot: QtBot, runs_dir: Path, tmp_path: Path, starts: DrivenLaunch
) -> Iterator[PhoneModel]:
    made = PhoneModel(runs_dir, tmp_path / "none is shipped", starts)
    yield made
    made.shutdown()
    made.deleteLater()


@pytest.fixture
def panel(
    qtbot: QtBot,
    playback: DrivenPlayback,
    runs_dir: Path,
    tracker: DrivenTracker,
    model: PhoneModel,
) -> Iterator[PhonePanel]:
    watch = PhoneWatch(
        tracker, clean=lambda _serial: CleanReport(runners=1, files=3, bytes=12_000_000)
    )
    made = PhonePanel(playback, runs_dir, watch, model)
    qtbot.addWidget(made)
    made.resize(1110, 560)
    made.start()
    made.set_looked_at(True)
    made.show()
    yield made
    made.shutdown()
