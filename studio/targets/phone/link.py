"""What the cable carries, and how pictures should travel over it."""

from __future__ import annotations

from dataclasses import dataclass

from studio.targets.phone.connection import RunnerConnection
from studio.targets.phone.spec import FrameEncoding
from studio.targets.phone.wire import MOST_MESSAGE_BYTES

_ROUND_TRIPS = 5
_FIRST_BYTES = 1 << 16
_MOST_BYTES = 1 << 22
_ENOUGH_SECONDS = 0.05
_RAW_SHARE = 0.5
"""Of the cable for pixels at the video's rate; the rest is for masks and for a bad moment."""

_MESSAGE_HEAD_BYTES = 64


@dataclass(frozen=True, slots=True)
class LinkSpeed:
    """A cable, as measured.

    Attributes:
        round_trip_seconds: of a message without content, the shortest of a few.
        bytes_per_second: to the phone.
        offset_micros: the phone's clock less the computer's.
    """

    round_trip_seconds: float
    bytes_per_second: float
    offset_micros: int


def measure_link(connection: RunnerConnection) -> LinkSpeed:
    """Measure the way to a runner that has nothing else to do.

    Raises:
        ConnectionLostError: no answer came.
    """
    echoes = [connection.probe() for _ in range(_ROUND_TRIPS)]
    best = min(echoes, key=lambda echo: echo.seconds)
    size_bytes = _FIRST_BYTES
    while True:
        echo = connection.probe(payload=bytes(size_bytes), seconds=15.0)
        if echo.seconds >= _ENOUGH_SECONDS or size_bytes >= _MOST_BYTES:
            seconds = max(echo.seconds - best.seconds, 1e-6)
            return LinkSpeed(best.seconds, size_bytes / seconds, best.offset_micros)
        size_bytes = min(_MOST_BYTES, size_bytes * 4)


def choose_encoding(
    asked: FrameEncoding,
    size: tuple[int, int],
    frames_per_second: float,
    bytes_per_second: float,
) -> str:
    """How pictures should travel.

    Args:
        asked: by the user.
        size: height and width of a picture.
        frames_per_second: that are to be carried.
        bytes_per_second: that the cable carries.

    Returns:
        `bgr` or `jpeg`.
    """
    raw_bytes = size[0] * size[1] * 3
    if raw_bytes + _MESSAGE_HEAD_BYTES > MOST_MESSAGE_BYTES:
        return "jpeg"
    if asked != "auto":
        return asked
    return "jpeg" if raw_bytes * frames_per_second > _RAW_SHARE * bytes_per_second else "bgr"
