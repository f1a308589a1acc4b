"""What this program is, which versions it runs with, and its licence."""

from __future__ import annotations

import platform
from importlib import metadata

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from studio import __version__
from studio.gui import icons
from studio.gui.widgets.close_row import close_row
from studio.gui.widgets.icon_label import IconLabel

# Read from the installed packages' metadata: importing TensorFlow for its version is forbidden.
_PACKAGES = (
    "ai-edge-litert",
    "tflite-runtime",
    "tensorflow-cpu",
    "numpy",
    "opencv-python",
    "av",
    "PySide6-Essentials",
)

_ABOUT = (
    "Plays videos with segmentation masks, measures every frame, and prepares networks "
    "for phones. Free software under the MIT licence; Qt is used under the LGPL."
)


def versions() -> str:
    """The versions to put into a report, a line each."""
    lines = [f"jejunet-studio {__version__}"]
    lines.append(f"Python {platform.python_version()} on {platform.platform()}")
    lines += [f"{package} {_version(package)}" for package in _PACKAGES]
    return "\n".join(lines)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "is not installed"


class AboutDialog(QDialog):
    """Name, versions, licence."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("About JejuNet Studio")
        self.setFixedSize(520, 380)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 22, 24, 16)
        column.setSpacing(14)
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addWidget(IconLabel(icons.app_icon(), 64), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        title = QLabel(f"JejuNet Studio {__version__}")
        title.setProperty("role", "title")
        words.addWidget(title)
        text = QLabel(_ABOUT)
        text.setWordWrap(True)
        text.setProperty("role", "muted")
        words.addWidget(text)
        head.addLayout(words, 1)
        column.addLayout(head)
        self._versions = QPlainTextEdit(versions())
        self._versions.setReadOnly(True)
        self._versions.setAccessibleName("Versions")
        column.addWidget(self._versions, 1)
        column.addWidget(close_row(self, self._copy))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._versions.toPlainText())
