"""OpenCV, without its side effects on Qt.

Importing `cv2` points Qt at the plugins and fonts inside OpenCV's own wheel
(QT_QPA_PLATFORM_PLUGIN_PATH, QT_QPA_FONTDIR), which breaks PySide6. Both are put back here, so
every module takes `cv2` from this one. It can go when opencv-python stops shipping Qt.
"""

import os

_KEYS = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")
_before = {key: os.environ.get(key) for key in _KEYS}

import cv2  # noqa: E402, TID251

for _key, _value in _before.items():
    if _value is None:
        os.environ.pop(_key, None)
    else:
        os.environ[_key] = _value

__all__ = ["cv2"]
