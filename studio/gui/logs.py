"""The studio's log file, and Qt's own messages in it."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from studio.paths import workspace_dir

_LOG_BYTES = 1_000_000
_KEPT_FILES = 3

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}

_qt_log = logging.getLogger("qt")


def log_file() -> Path:
    """Where the studio logs to."""
    return workspace_dir() / "logs" / "studio.log"


def start_logging() -> str:
    """Log to the file, with Qt's messages.

    Returns:
        Why there is no log file, or an empty string.
    """
    problem = ""
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    path = log_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = RotatingFileHandler(
            path, maxBytes=_LOG_BYTES, backupCount=_KEPT_FILES, encoding="utf-8", delay=False
        )
    except OSError as error:
        problem = f"No log is written: {path} cannot be opened ({error.strerror})."
        handler = logging.NullHandler()
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s")
    )
    root.addHandler(handler)
    qInstallMessageHandler(_on_qt_message)
    return problem


def _on_qt_message(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    _qt_log.log(_LEVELS.get(kind, logging.WARNING), "%s", text)
