"""The cable is measured, and pictures travel as it can carry them."""

from __future__ import annotations

import pytest

from studio.targets.phone.link import choose_encoding, measure_link
from studio.targets.phone.spec import FrameEncoding
from tests.support.fake_phone import runner_at
from tests.support.fake_runner import FakeRunner

FULL_HD = (1080, 1920)


@pytest.mark.parametrize(
    ("asked", "size", "rate", "megabytes_per_second", "expected"),
    [
        ("auto", (360, 640), 30.0, 100, "bgr"),
        ("auto", FULL_HD, 30.0, 300, "jpeg"),  # USB 2 and slow USB 3 do not carry 187 MB/s twice
        ("auto", FULL_HD, 30.0, 500, "bgr"),
        ("auto", FULL_HD, 30.0, 30, "jpeg"),
        ("bgr", FULL_HD, 30.0, 1, "bgr"),
        ("jpeg", (64, 64), 1.0, 1000, "jpeg"),
        ("bgr", (4800, 8000), 1.0, 10_000, "jpeg"),  # no message may be so long
    ],
)
def test_pixels_go_where_the_cable_has_room_for_twice_as_many(
    asked: FrameEncoding,
    size: tuple[int, int],
    rate: float,
    megabytes_per_second: float,
    expected: str,
) -> None:
    assert choose_encoding(asked, size, rate, megabytes_per_second * 1e6) == expected


def test_a_link_is_measured() -> None:
    with FakeRunner() as fake, runner_at(fake) as runner:
        speed = measure_link(runner.connection)
    assert 0 < speed.round_trip_seconds < 1
    assert speed.bytes_per_second > 1e6
    assert abs(speed.offset_micros - 1_000_000_000) < 1e6
