"""The studio's entry: sets the application up and shows the window as early as it can."""

from __future__ import annotations

import logging
import signal
import sys
import time
from dataclasses import dataclass

from studio.errors import StudioError
from studio.gui.display import display_problem
from studio.gui.theme import ThemeChoice
from studio.inference.model import Runtime

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AppArguments:
    """What the command line asks of the studio; None leaves it to the settings.

    Attributes:
        video: to open: a file, a folder of images, or `camera:N`.
        model: a .tflite file to open.
        runtime: what runs models.
        threads: inference threads, 1 or more.
        theme: for this start and later ones.
    """

    video: str | None = None
    model: str | None = None
    runtime: Runtime | None = None
    threads: int | None = None
    theme: ThemeChoice | None = None


def run(arguments: AppArguments) -> int:
    """Open the studio and stay until its window is closed.

    Args:
        arguments: from the command line.

    Returns:
        The process's exit code.

    Raises:
        StudioError: there is no screen.
    """
    problem = display_problem()
    if problem is not None:
        raise StudioError(problem, remedy="Run the studio in a desktop session.")
    began = time.perf_counter()
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from studio.gui.errors import UncaughtErrors
    from studio.gui.garbage import GuiThreadGarbage
    from studio.gui.icons import app_icon
    from studio.gui.logs import start_logging
    from studio.gui.main_window import MainWindow
    from studio.gui.settings import Settings
    from studio.gui.style import ThemeSwitch

    app = QApplication(sys.argv[:1])
    garbage = GuiThreadGarbage(app)
    app.setApplicationName("jejunet")
    app.setApplicationDisplayName("JejuNet Studio")
    app.setDesktopFileName("jejunet")
    app.setWindowIcon(app_icon())
    log_problem = start_logging()
    settings = Settings()
    if arguments.theme is not None:
        settings.theme = arguments.theme
    if arguments.runtime is not None:
        settings.runtime = arguments.runtime
    if arguments.threads is not None:
        settings.threads = arguments.threads
    themes = ThemeSwitch(app, settings.theme)
    window = MainWindow(settings, themes, arguments.video, arguments.model)
    uncaught = UncaughtErrors(window.show_error, app)
    window.show()
    _log.info("window shown %.0f ms after the entry", 1000 * (time.perf_counter() - began))
    for words in (log_problem, settings.problem):
        if words:
            window.show_error(StudioError(words))
    signal.signal(signal.SIGINT, lambda *_: window.close())
    # Python runs its signal handlers only between two of its own instructions: without a timer
    # Ctrl-C would wait for the next event.
    heartbeat = QTimer(interval=250)
    heartbeat.timeout.connect(lambda: None)
    heartbeat.start()
    try:
        return app.exec()
    finally:
        heartbeat.stop()
        garbage.stop()
        uncaught.uninstall()
