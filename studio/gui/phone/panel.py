"""The phone panel: phones and recorded sessions at the left, the shown session at the right."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QLabel,
    QMessageBox,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.errors import VideoError
from studio.gui.phone.camera import CameraHandover
from studio.gui.phone.phone_cards import PhoneCards
from studio.gui.phone.phones import PhoneWatch
from studio.gui.phone.recorded_list import SessionsView
from studio.gui.phone.session_page import SessionPage
from studio.gui.phone.setup import SetupBox
from studio.gui.phone.view_model import PhoneModel
from studio.gui.phone.words import bytes_words
from studio.gui.playback.view_model import PlaybackModel
from studio.gui.widgets.empty_state import EmptyState
from studio.targets.phone.clean import CleanReport
from studio.targets.phone.listing import Phone
from studio.targets.phone.spec import DeploySpec

_SIDE_PIXELS = 290

CONNECT_WORDS = (
    "No phone is connected. On the phone, tap Build number in Settings › About phone seven times, "
    "switch on USB debugging in Developer options, then connect a data cable and tap Allow."
)
CAMERA_WORDS = (
    "The camera moves to the phone's session: playback closes it, as only one program can use it."
)
_EMPTY_HEADING = "The model, on a real phone"
_EMPTY_TEXT = (
    "Put the open model on a phone with one click: its masks and its milliseconds stream back "
    "while it runs, and every session is recorded here, to be replayed without the phone."
)


class PhonePanel(QWidget):
    """Assembles the parts.

    Args:
        playback: its model and video are what is deployed.
        runs_dir: where run folders lie.
        watch: the phones on the cable.
        model: the session that is shown.
    """

    failed = Signal(object)  # StudioError
    told = Signal(str)  # good news in a sentence
    model_requested = Signal()

    def __init__(
        self,
        playback: PlaybackModel,
        runs_dir: Path,
        watch: PhoneWatch | None = None,
        model: PhoneModel | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("phone")
        self.model = PhoneModel(runs_dir, parent=self) if model is None else model
        self.watch = PhoneWatch(parent=self) if watch is None else watch
        self._playback = playback
        self._handover = CameraHandover(playback, self)
        self._waiting: tuple[DeploySpec, str] | None = None
        self._notes: dict[str, str] = {}
        self._build(playback)
        self._connect(playback)
        self._show_phones()
        self._show_sessions()

    # -- assembly ------------------------------------------------------------------------------

    def _build(self, playback: PlaybackModel) -> None:
        self.cards = PhoneCards()
        self.hint = QLabel()
        self.hint.setProperty("role", "muted")
        self.hint.setWordWrap(True)
        self.setup = SetupBox(playback)
        self.sessions = SessionsView()
        self._sessions_title = _heading("Recorded phones")
        self.page = SessionPage(self.model)
        replay = ("Replay a recorded phone", self.show_sample)
        self._empty = EmptyState("phone", _EMPTY_HEADING, _EMPTY_TEXT)
        self._offer = EmptyState("phone", _EMPTY_HEADING, _EMPTY_TEXT, replay)
        self._pages = QStackedWidget()
        for page in (self._empty, self._offer, self.page):
            self._pages.addWidget(page)
        side = QWidget()
        left = QVBoxLayout(side)
        left.setContentsMargins(10, 8, 10, 8)
        left.setSpacing(8)
        left.addWidget(_heading("Phones"))
        left.addWidget(self.cards)
        left.addWidget(self.hint)
        left.addSpacing(4)
        left.addWidget(_heading("What runs"))
        left.addWidget(self.setup)
        left.addSpacing(4)
        left.addWidget(self._sessions_title)
        left.addWidget(self.sessions, 1)
        self._filler = QWidget()
        left.addWidget(self._filler, 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setMinimumWidth(240)
        scroll.setWidget(side)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(3)
        self.splitter.addWidget(scroll)
        right = QWidget()
        around = QVBoxLayout(right)
        around.setContentsMargins(10, 8, 10, 8)
        around.addWidget(self._pages)
        self.splitter.addWidget(right)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([_SIDE_PIXELS, 10_000])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.splitter)
        self.setMinimumSize(420, 200)

    def _connect(self, playback: PlaybackModel) -> None:
        self.watch.changed.connect(self._show_phones)
        self.watch.cleaned.connect(self._on_cleaned)
        self.watch.clean_failed.connect(self.failed)
        self.cards.chosen_changed.connect(self._show_button)
        self.cards.clean_requested.connect(self.ask_clean)
        self.setup.deploy_requested.connect(self.deploy)
        for signal in (playback.model_opened, playback.model_closed):
            signal.connect(self._show_button)
        for signal in (playback.video_opened, playback.video_closed):
            signal.connect(self._show_button)
        self._handover.freed.connect(self._on_camera_freed)
        self._handover.stuck.connect(self._on_camera_stuck)
        playback.overlay_changed.connect(self.model.set_overlay)
        self.model.set_overlay(playback.overlay)
        self.sessions.chosen.connect(self.model.show)
        self.model.failed.connect(self.failed)
        self.model.list.changed.connect(self._show_sessions)
        self.model.session_changed.connect(self._on_session)
        self.model.updated.connect(self._on_updated)

    def start(self) -> None:
        """Begin to look for phones and sessions; returns at once."""
        self.watch.start()
        self.model.start()

    def shutdown(self) -> None:
        """End what was begun here: threads, and the sessions that were started by this studio."""
        self._handover.stop()
        self.watch.stop()
        self.model.shutdown()

    def set_looked_at(self, is_looked_at: bool) -> None:
        """Make pictures only while somebody looks: a dock behind another tab is not hidden."""
        self.model.set_shown(is_looked_at)

    # -- phones --------------------------------------------------------------------------------

    @property
    def phone(self) -> Phone | None:
        """The one that is deployed to."""
        return self.cards.chosen

    def _show_phones(self) -> None:
        self._notes = self._card_notes()
        self.cards.show_phones(self.watch.phones, self._notes)
        trouble = self.watch.trouble
        if trouble is not None:
            words = str(trouble)
        elif not self.watch.has_looked:
            words = "Looking for phones…"
        else:
            words = "" if self.watch.phones else CONNECT_WORDS
        self.hint.setText(words)
        self.hint.setVisible(bool(words))
        self.cards.setVisible(bool(self.watch.phones))
        self._show_button()

    def _show_button(self, _changed: object = None) -> None:
        phone = self.phone
        words = "Deploy and run"
        why_not = ""
        if self._handover.is_waiting:
            words = "Waiting for the camera…"
            why_not = "Playback is closing the camera; the session begins when it is free."
        elif not self.setup.has_model:
            why_not = "Open a model first (Ctrl+M)."
        elif phone is None:
            is_recorded = bool(self.model.list.recorded)
            why_not = f"Connect a phone{', or replay a recorded one below' * is_recorded}."
        elif phone.trouble is not None:
            why_not = f"{phone.model or phone.serial} cannot be used yet; see above."
        elif self.watch.is_cleaning(phone.serial):
            why_not = "The phone is being cleaned."
        elif self._is_busy(phone):
            words = "Running…"
            why_not = f"{phone.model or 'The phone'} is at work; stop its session to deploy again."
        self.setup.show_button(words, why_not)
        if not why_not and self._has_camera:
            self.setup.why_not.setText(CAMERA_WORDS)
            self.setup.why_not.show()

    @property
    def _has_camera(self) -> bool:
        video = self._playback.video
        return video is not None and video.kind == "camera"

    def _card_notes(self) -> dict[str, str]:
        """What is done with the phones now, by serial."""
        notes = {}
        for phone in self.watch.phones:
            if self.watch.is_cleaning(phone.serial):
                notes[phone.serial] = "Cleaning…"
            elif phone.trouble is None and self._is_busy(phone):
                notes[phone.serial] = "At work"
        return notes

    def _on_updated(self) -> None:
        if self._card_notes() == self._notes:
            self._show_button()
        else:
            self._show_phones()

    def _is_busy(self, phone: Phone) -> bool:
        session = self.model.session
        found = None if session is None or not session.is_live else session.found
        if found is not None and found.serial == phone.serial:
            return True
        return any(entry.serial == phone.serial for entry in self.model.list.live)

    def deploy(self) -> None:
        """Put the model on the chosen phone and show what happens."""
        phone = self.phone
        if not self.setup.button.isEnabled() or phone is None:
            return
        spec = self.setup.spec(phone.serial)
        if spec is None:
            return
        title = f"{self.setup.model_name} on {phone.model or phone.serial}"
        if self._has_camera:
            self._waiting = spec, title
            self._handover.start()
        else:
            self.model.deploy(spec, title)
        self._show_button()

    def _on_camera_freed(self) -> None:
        if self._waiting is None:
            return
        (spec, title), self._waiting = self._waiting, None
        if self.model.deploy(spec, title) is None:
            self._reopen_camera(spec)
        self._show_button()

    def _on_camera_stuck(self) -> None:
        if self._waiting is None:
            return
        (spec, _title), self._waiting = self._waiting, None
        self._reopen_camera(spec)
        self._show_button()
        self.failed.emit(
            VideoError(
                f"Playback did not let go of {spec.video} in time, so nothing was put on the "
                "phone.",
                remedy="Unplug the camera, plug it in again and deploy once more.",
            )
        )

    def _reopen_camera(self, spec: DeploySpec) -> None:
        """Without it the next click would run the sample clip instead."""
        if spec.video is not None and self._playback.video is None:
            self._playback.open_video(spec.video)

    def ask_clean(self, phone: Phone) -> None:
        """Remove everything of ours from a phone, once the user confirms it."""
        name = phone.model or phone.serial
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Clean phone")
        box.setText(f"Remove everything of the studio from {name}?")
        box.setInformativeText(
            "Runners that are left there are ended, and copied models, frames and libraries are "
            "removed. Recorded sessions stay on this computer. The next deployment copies anew."
        )
        clean = box.addButton("Clean phone", QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        clean.clicked.connect(lambda: self.watch.clean(phone))
        box.open()

    def _on_cleaned(self, phone: Phone, report: CleanReport) -> None:
        name = phone.model or phone.serial
        if not report.files and not report.runners:
            self.told.emit(f"{name} is clean: there was nothing of ours.")
            return
        files = f"{report.files} file{'s' if report.files != 1 else ''}"
        self.told.emit(f"{name} is clean: removed {files} ({bytes_words(report.bytes)}).")

    # -- sessions ------------------------------------------------------------------------------

    def show_sample(self) -> None:
        """Show a recorded session: the shipped one, or the newest."""
        recorded = self.model.list.recorded
        if recorded:
            self.model.show(next((each for each in recorded if each.is_shipped), recorded[0]))

    def _on_session(self) -> None:
        self._show_sessions()

    def _show_sessions(self) -> None:
        listed = [*self.model.list.live, *self.model.list.recorded]
        shown = self.model.session
        self.sessions.show_entries(listed, "" if shown is None else shown.name)
        self.sessions.setVisible(bool(listed))
        self._sessions_title.setVisible(bool(listed))
        is_any_live = bool(self.model.list.live)
        self._sessions_title.setText("Live and recorded" if is_any_live else "Recorded phones")
        self._filler.setVisible(not listed)
        empty = self._offer if self.model.list.recorded else self._empty
        self._pages.setCurrentWidget(empty if shown is None else self.page)
        self._on_updated()


def _heading(words: str) -> QLabel:
    label = QLabel(words)
    label.setProperty("role", "heading")
    return label
