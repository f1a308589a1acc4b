"""Make `sample.mp4`, the clip that the studio opens at its first start.

Three photographs in the public domain, which come inside scikit-image, are filmed by a moving
camera. Run it from the checkout with the development dependencies installed::

    python resources/make_sample_clip.py

The same versions of the libraries give the same pictures; sources and licences: README.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import skimage

from studio.opencv import cv2
from studio.video.frame import Image
from studio.video.writer import VideoWriter

WIDTH, HEIGHT = 1280, 720
FRAMES_PER_SECOND = 30
FADE_SECONDS = 0.5
_UPSCALE = 4  # done once, with Lanczos; the camera then only has to sample it smoothly


@dataclass(frozen=True)
class View:
    """Where the camera looks.

    Attributes:
        x: centre of the view, as a share of the photograph's width.
        y: centre of the view, as a share of its height.
        width: of the view, as a share of the photograph's width.
        tilt_degrees: clockwise.
    """

    x: float
    y: float
    width: float
    tilt_degrees: float = 0.0


@dataclass(frozen=True)
class Scene:
    """A camera move over one photograph.

    Attributes:
        photograph: its file name in `skimage/data`.
        seconds: how long it lasts, fades included.
        views: what the camera passes through, evenly spread in time.
    """

    photograph: str
    seconds: float
    views: tuple[View, ...]


SCENES = (
    Scene(
        "astronaut.png",
        4.25,
        (View(0.42, 0.25, 0.58, -2), View(0.48, 0.28, 0.78, 1), View(0.5, 0.36, 0.94, 1)),
    ),
    Scene("rocket.jpg", 2.5, (View(0.5, 0.62, 0.62), View(0.5, 0.42, 0.8))),
    Scene(
        "chelsea.png",
        4.25,
        (View(0.42, 0.52, 0.66, -2), View(0.5, 0.5, 0.82, 1), View(0.5, 0.43, 0.96, 0)),
    ),
)


def load_photograph(name: str) -> Image:
    """Read a photograph and enlarge it.

    Returns:
        uint8 [4 H, 4 W, 3] BGR.
    """
    stored = cv2.imread(str(Path(skimage.__file__).parent / "data" / name), cv2.IMREAD_COLOR)
    if stored is None:
        raise FileNotFoundError(name)
    large = cv2.resize(stored, None, fx=_UPSCALE, fy=_UPSCALE, interpolation=cv2.INTER_LANCZOS4)
    # The enlarged photograph is soft; a wide, weak unsharp mask gives its edges back.
    soft = cv2.GaussianBlur(large, (0, 0), 3.0)
    return np.asarray(cv2.addWeighted(large, 1.5, soft, -0.5, 0), np.uint8)


def view_at(scene: Scene, progress: float) -> View:
    """The camera at a moment of its move: a smooth curve through the scene's views.

    Args:
        scene: the scene.
        progress: 0 at its start to 1 at its end.
    """
    stations = np.array([[v.x, v.y, v.width, v.tilt_degrees] for v in scene.views])
    # Speeding up and slowing down gently, but never at rest: something always moves.
    eased = 0.5 * progress + 0.5 * progress * progress * (3 - 2 * progress)
    place = np.linspace(0.0, 1.0, len(stations))
    fit = np.polyfit(place, stations, len(stations) - 1)
    powers = eased ** np.arange(len(stations) - 1, -1, -1)
    return View(*(powers @ fit).tolist())


def film(photograph: Image, view: View) -> Image:
    """Take one picture.

    Returns:
        uint8 [720, 1280, 3] BGR.
    """
    height, width = photograph.shape[:2]
    scale = WIDTH / (view.width * width)
    centre = (view.x * width, view.y * height)
    matrix = np.asarray(cv2.getRotationMatrix2D(centre, view.tilt_degrees, scale), np.float64)
    matrix[:, 2] += (WIDTH / 2 - centre[0], HEIGHT / 2 - centre[1])
    picture = cv2.warpAffine(
        photograph,
        matrix,
        (WIDTH, HEIGHT),
        flags=cv2.INTER_AREA if scale < 0.5 else cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    return np.asarray(picture, np.uint8)


def make(path: Path) -> None:
    """Write the clip."""
    fade_frames = round(FADE_SECONDS * FRAMES_PER_SECOND)
    with VideoWriter(path, WIDTH, HEIGHT, FRAMES_PER_SECOND, crf=23) as writer:
        tail: list[Image] = []
        for scene in SCENES:
            photograph = load_photograph(scene.photograph)
            count = round(scene.seconds * FRAMES_PER_SECOND)
            pictures = [
                film(photograph, view_at(scene, frame / (count - 1))) for frame in range(count)
            ]
            for number, old in enumerate(tail):
                share = (number + 1) / (fade_frames + 1)
                mixed = cv2.addWeighted(pictures[number], share, old, 1 - share, 0)
                pictures[number] = np.asarray(mixed, np.uint8)
            is_last = scene is SCENES[-1]
            tail = [] if is_last else pictures[-fade_frames:]
            for picture in pictures if is_last else pictures[:-fade_frames]:
                writer.write(picture)


if __name__ == "__main__":
    make(Path(__file__).with_name("sample.mp4"))
