"""The Tools menu: how models run, by what, and how fast."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QActionGroup, QDesktopServices
from PySide6.QtWidgets import QMenu

from studio import paths
from studio.errors import output_error
from studio.gui import icons
from studio.gui.actions import make_action
from studio.inference.model import RUNTIMES, Runtime

if TYPE_CHECKING:
    from studio.gui.main_window import MainWindow

_MOST_THREADS = 16
_RUNTIME_NAMES: dict[Runtime, tuple[str, str]] = {
    "litert": ("&LiteRT", "Google's current runtime; runs 8-bit models fastest"),
    "tflite-runtime": ("&tflite-runtime", "Its predecessor, for comparison"),
}


class ToolsMenu(QMenu):
    """How models run.

    Args:
        window: whose models.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__("&Tools", window)
        self._window = window
        settings = window.settings
        self._runtimes = QMenu("&Runtime", self)
        self._runtimes.setIcon(icons.icon("runtime"))
        self._runtimes.menuAction().setStatusTip("What runs the models")
        group = QActionGroup(self)
        for runtime in RUNTIMES:
            text, tip = _RUNTIME_NAMES[runtime]
            action = make_action(
                self._runtimes,
                text,
                "runtime",
                tip,
                partial(self._choose_runtime, runtime),
                checkable=True,
            )
            group.addAction(action)
            self._runtimes.addAction(action)
        self.addMenu(self._runtimes)
        self._threads = QMenu("&Threads", self)
        self._threads.setIcon(icons.icon("threads"))
        self._threads.menuAction().setStatusTip("Inference threads")
        thread_group = QActionGroup(self)
        most = min(os.cpu_count() or 1, _MOST_THREADS)
        for count in range(1, max(most, settings.threads) + 1):
            action = make_action(
                self._threads,
                f"{count} thread{'s' if count > 1 else ''}",
                "threads",
                f"Run the network on {count} of {os.cpu_count()} cores",
                partial(self._choose_threads, count),
                checkable=True,
            )
            thread_group.addAction(action)
            self._threads.addAction(action)
        self.addMenu(self._threads)
        self.show_choices()
        self.model_settings = make_action(
            self,
            "&Model settings…",
            "settings",
            "Set labels, normalization and fit of the open model by hand",
            window.edit_model_settings,
            ("Ctrl+,",),
        )
        self.benchmark = make_action(
            self,
            "&Benchmark this model",
            "gauge",
            "Time the open model by itself, as a job in the background",
            window.benchmark_model,
            ("Ctrl+B",),
        )
        for needs_model in (self.model_settings, self.benchmark):
            needs_model.setEnabled(False)
            self.addAction(needs_model)
        self.addSeparator()
        self.deploy = make_action(
            self,
            "&Deploy to phone",
            "phone",
            "Put the open model on the connected phone, run it there and show what it does",
            window.deploy_to_phone,
            ("Ctrl+D",),
        )
        self.addAction(self.deploy)
        self.addAction(
            make_action(
                self,
                "Clean &phone…",
                "trash",
                "Remove everything of the studio from the chosen phone",
                window.clean_phone,
            )
        )
        self.addSeparator()
        self.addAction(
            make_action(
                self,
                "Check a &dataset…",
                "grid",
                "Class frequencies, samples and broken pairs of images and masks",
                self._check_dataset,
            )
        )
        self.addAction(
            make_action(
                self,
                "Open &workspace folder",
                "external",
                "Show runs, results and logs in the file manager",
                self._open_workspace,
            )
        )

    def show_choices(self) -> None:
        """Tick the runtime and the number of threads that the settings name."""
        settings = self._window.settings
        for runtime, action in zip(RUNTIMES, self._runtimes.actions(), strict=True):
            action.setChecked(settings.runtime == runtime)
        for count, action in enumerate(self._threads.actions(), 1):
            action.setChecked(settings.threads == count)

    def set_has_model(self, has_model: bool) -> None:
        """Enable what needs a model."""
        self.model_settings.setEnabled(has_model)
        self.benchmark.setEnabled(has_model)

    def _choose_runtime(self, runtime: Runtime) -> None:
        if self._window.settings.runtime != runtime:
            self._window.settings.runtime = runtime
            self._window.apply_runtime()

    def _choose_threads(self, count: int) -> None:
        if self._window.settings.threads != count:
            self._window.settings.threads = count
            self._window.apply_runtime()

    def _check_dataset(self) -> None:
        from studio.gui.datasets.opening import ask_dataset  # its charts are not needed before

        ask_dataset(self._window)

    def _open_workspace(self) -> None:
        folder = paths.workspace_dir()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._window.show_error(output_error(folder, error))
            return
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
