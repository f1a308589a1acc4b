"""Open any video: a file, a folder of images, a camera."""

from __future__ import annotations

from pathlib import Path

from studio.errors import VideoError
from studio.video.camera_source import CameraSource, camera_number
from studio.video.file_source import FileSource
from studio.video.frame import VideoSource
from studio.video.image_source import IMAGE_SUFFIXES, ImageSource


def open_video(location: str | Path, *, threads: int = 2) -> VideoSource:
    """Open a video for reading.

    Args:
        location: a video file, an image, a folder of images, or `camera:N`.
        threads: decoding threads of a video file.

    Returns:
        The source; the caller closes it.

    Raises:
        VideoError: it is not there, or it is nothing that can be played.
    """
    number = camera_number(str(location))
    if number is not None:
        return CameraSource(number)
    path = Path(location).expanduser()
    try:
        is_folder = path.is_dir()
    except OSError as error:  # the name is too long, or a folder above may not be entered
        raise VideoError(
            f"Could not read {path}: {error.strerror}.",
            remedy="Check the path.",
            details=repr(error),
        ) from error
    if is_folder or path.suffix.lower() in IMAGE_SUFFIXES:
        return ImageSource(path)
    return FileSource(path, threads)
