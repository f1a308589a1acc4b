"""What this program is, which versions it runs with, and its licence."""

from __future__ import annotations

import platform
from importlib import metadata

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.gui import icons

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
    lines = [f"jejunet-studio {_version('jejunet-studio')}"]
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
        picture = QLabel()
        picture.setPixmap(icons.app_icon().pixmap(QSize(64, 64)))
        head.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        title = QLabel(f"JejuNet Studio {_version('jejunet-studio')}")
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
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = QPushButton(icons.icon("copy"), "Copy versions")
        copy.clicked.connect(
            lambda: QGuiApplication.clipboard().setText(self._versions.toPlainText())
        )
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
