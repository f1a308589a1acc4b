"""A sender's trouble is always heard: what nobody foresaw ends the flow in words."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.errors import PhoneError
from studio.targets.phone.feed import FrameFeed
from studio.targets.phone.live import Expectation, Live
from studio.targets.phone.senders import CableSender
from studio.video.file_source import FileSource
from tests.support.clips import class_clip
from tests.support.fake_phone import runner_at
from tests.support.fake_runner import FakeRunner
from tests.support.waiting import wait_until


@pytest.fixture
def source(tmp_path: Path) -> Iterator[FileSource]:
    opened = FileSource(class_clip(tmp_path / "c.mp4", 4, 48, 32))
    yield opened
    opened.close()


@pytest.mark.parametrize("trouble", [RuntimeError("The decoder broke."), MemoryError(), OSError(5)])
def test_what_nobody_foresaw_ends_the_flow_in_words(
    source: FileSource, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    def broken() -> None:
        raise trouble

    monkeypatch.setattr(source, "read", broken)
    sender = CableSender(FrameFeed(source, "fastest"), lambda size: size, "bgr", 2)
    deadline = time.monotonic() + 10.0
    live = Live(sender, lambda _: None, None, None, lambda *_: None)
    with FakeRunner() as fake, runner_at(fake) as runner:
        with pytest.raises(PhoneError, match=f"could not send any more.*{type(trouble).__name__}"):
            live.stream(runner, Expectation(0.01), lambda: time.monotonic() > deadline)
        sender.end()  # told once


def test_the_place_of_the_trouble_is_kept_as_details(
    source: FileSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    def the_broken_read() -> None:
        raise RuntimeError("The decoder broke.")

    monkeypatch.setattr(source, "read", the_broken_read)
    sender = CableSender(FrameFeed(source, "fastest"), lambda size: size, "bgr", 2)
    with FakeRunner() as fake, runner_at(fake) as runner:
        sender.begin(runner.connection)
        wait_until(lambda: sender.is_done)
        with pytest.raises(PhoneError) as told:
            sender.end()
    assert told.value.message.endswith("RuntimeError: The decoder broke.")
    assert told.value.remedy
    assert "the_broken_read" in told.value.details
