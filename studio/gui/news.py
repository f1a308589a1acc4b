"""Tells what came out well: files that were saved, jobs that are done."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QStatusBar

from studio.errors import StudioError
from studio.gui.widgets.notice import NoticeBar, Step
from studio.runs.events import Artifact
from studio.runs.store import RunEntry

_SAVED_MILLIS = 8_000


class News(QObject):
    """Says in the status bar what was saved, and in a notice which job is done.

    Args:
        notice: where finished jobs are told.
        status: where saved files are told.
        play: opens and plays a video.
        show_jobs: brings the jobs panel up.
        failed: takes what could not be done.
        parent: owner.
    """

    def __init__(
        self,
        notice: NoticeBar,
        status: QStatusBar,
        play: Callable[[str], object],
        show_jobs: Callable[[], object],
        failed: Callable[[StudioError], object],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._notice = notice
        self._status = status
        self._play = play
        self._show_jobs = show_jobs
        self._failed = failed

    def tell_saved(self, path: str) -> None:
        """A file was written at once."""
        self._status.showMessage(f"Saved {path}", _SAVED_MILLIS)

    def tell_finished(self, entry: RunEntry) -> None:
        """A job has finished."""
        steps: list[Step] = []
        for made in entry.artifacts:
            path = entry.folder.artifact_path(made)
            if made.kind == "video":
                steps.append(Step("Play", "play", partial(self._play, str(path))))
            if made.kind in ("video", "images"):
                steps.append(self._folder_step(made, path))
                break
        steps.append(Step("Show job", "jobs", self._show_jobs))
        self._notice.tell(f"{entry.title}: done.", tuple(steps))

    def _folder_step(self, made: Artifact, path: Path) -> Step:
        folder = path if made.kind == "images" else path.parent

        def open_folder() -> None:
            if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
                self._failed(
                    StudioError(
                        "No program is set up to open folders.",
                        remedy=f"The result lies in {folder}.",
                    )
                )

        return Step("Open folder", "folder", open_folder)
