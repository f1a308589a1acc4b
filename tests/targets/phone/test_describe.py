"""What a phone tells about itself is understood, and judged."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.targets.phone.adb import parse_properties
from studio.targets.phone.describe import (
    LEAST_FREE_BYTES,
    clusters_of,
    parse_description,
    parse_free_bytes,
    trouble_of,
)

TOLD = """\
[ro.build.version.release]: [11]
[ro.build.version.sdk]: [30]
[ro.product.cpu.abi]: [arm64-v8a]
[ro.product.cpu.abilist]: [arm64-v8a,armeabi-v7a,armeabi]
[ro.product.model]: [Pixel 2]
[ro.product.name]: [walleye]
[persist.sys.note]: [two
lines]
--jejunet--
4.4.210-g5b5bd35f5afb-ab6708250
--jejunet--
0 1900800
1 1900800
2 1900800
3 1900800
4 2457600
5 2457600
6 2457600
7 2457600
--jejunet--
Filesystem     1024-blocks     Used Available Capacity Mounted on
/dev/block/dm-0   50905000 10000000  40905000      20% /data
--jejunet--
writable
"""
PIXEL = parse_description(TOLD)


def test_a_pixel_2_is_understood() -> None:
    assert (PIXEL.model, PIXEL.product) == ("Pixel 2", "walleye")
    assert (PIXEL.android, PIXEL.api_level, PIXEL.abi) == ("11", 30, "arm64-v8a")
    assert PIXEL.kernel == "4.4.210-g5b5bd35f5afb-ab6708250"
    assert PIXEL.cpus == 8
    assert PIXEL.clusters == ((0, 1, 2, 3), (4, 5, 6, 7))
    assert PIXEL.free_bytes == 40905000 * 1024
    assert PIXEL.can_write
    assert not PIXEL.is_lab
    assert trouble_of(PIXEL) is None


def test_lines_may_end_as_on_a_terminal() -> None:
    assert parse_description(TOLD.replace("\n", "\r\n")) == PIXEL


def test_a_value_may_have_several_lines() -> None:
    assert parse_properties(TOLD)["persist.sys.note"] == "two\nlines"


@pytest.mark.parametrize(
    ("details", "code"),
    [
        (replace(PIXEL, api_level=25, android="7.1.2"), "too-old"),
        (replace(PIXEL, abi="armeabi-v7a", abis=("armeabi-v7a", "armeabi")), "wrong-abi"),
        (replace(PIXEL, abi="x86_64", abis=("x86_64", "x86")), "wrong-abi"),
        (replace(PIXEL, can_write=False), "unwritable"),
        (replace(PIXEL, free_bytes=LEAST_FREE_BYTES - 1), "no-space"),
    ],
)
def test_a_phone_that_will_not_do_is_told_why(details: object, code: str) -> None:
    trouble = trouble_of(details)  # type: ignore[arg-type]
    assert trouble is not None
    assert trouble.code == code
    assert trouble.remedy


def test_an_emulated_phone_says_so() -> None:
    assert parse_description(f"[ro.jejunet.lab]: [1]\n{TOLD}").is_lab


@given(st.text(), st.integers(0, len(TOLD)))
def test_no_answer_makes_the_reader_fail(text: str, cut: int) -> None:
    trouble_of(parse_description(TOLD[:cut] + text))


def test_clusters_are_sorted_slow_first_and_silent_cpus_left_out() -> None:
    clocks = {7: 2841600, 0: 1804800, 4: 2419200, 5: 2419200, 6: 0, 1: 1804800}
    assert clusters_of(clocks) == ((0, 1), (4, 5), (7,))
    assert clusters_of({0: 0, 1: 0}) == ()


@pytest.mark.parametrize(
    ("text", "free_bytes"),
    [
        (
            "Filesystem 1K-blocks Used Available Use% Mounted on\n/data/media 100 40 60 40% /x",
            61440,
        ),
        ("Filesystem  1K-blocks\n/a/very/long/name\n            100 40 60 40% /x", 61440),
        ("df: /data/local/tmp: No such file", None),
        ("", None),
    ],
)
def test_free_space(text: str, free_bytes: int | None) -> None:
    assert parse_free_bytes(text) == free_bytes
