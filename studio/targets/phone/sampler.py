"""The phone's condition, about once a second, beside the runner and at little cost."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from studio.errors import PhoneError
from studio.runs.phone_events import PhoneSample
from studio.targets.phone.adb import AdbPhone
from studio.targets.phone.sampling import END, SCRIPT, Questions
from studio.targets.phone.shell import ShellStream

_log = logging.getLogger(__name__)

_INTERVAL_SECONDS = 1.0
_ANSWER_SECONDS = 12.0
_RESTART_SECONDS = 5.0
_MOST_LINES = 20_000


class PhoneSampler:
    """A thread that asks a phone how it is.

    A source that is missing or unreadable leaves its fields empty. When the phone does not answer
    any more, it is asked anew after a pause, until the sampler is closed.

    Args:
        phone: that is connected.
        on_sample: hears each sample, in the sampler's thread.
        runner_pid: of the runner, to tell its work from that of others; may be set later.
        interval_seconds: between samples.
        on_end: hears why the phone does not answer any more, in the sampler's thread; may be set
            later.
    """

    def __init__(
        self,
        phone: AdbPhone,
        on_sample: Callable[[PhoneSample], None],
        *,
        runner_pid: int | None = None,
        interval_seconds: float = _INTERVAL_SECONDS,
        on_end: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.runner_pid = runner_pid
        # Its own, so that closing ends what goes on for the sampler and nothing else.
        self._phone = AdbPhone(phone.serial)
        self._on_sample = on_sample
        self.on_end = on_end
        self._interval_seconds = interval_seconds
        self._closing = threading.Event()
        self._stream: ShellStream | None = None
        self._thread = threading.Thread(target=self._run, name="jejunet-sampler", daemon=True)
        self._thread.start()

    @property
    def received_bytes(self) -> int:
        """What the samples have cost the cable so far."""
        return 0 if self._stream is None else self._stream.received_bytes

    def close(self) -> None:
        """End it, at once. A second call does nothing."""
        self._closing.set()
        self._phone.close()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def __enter__(self) -> PhoneSampler:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        while not self._closing.is_set():
            self._watch()
            self._closing.wait(_RESTART_SECONDS)

    def _watch(self) -> None:
        reason = ""
        try:
            with self._phone.open_shell_stream(SCRIPT, doing="watching its condition") as stream:
                self._stream = stream
                self._sample_on(stream)
        except PhoneError as error:
            reason = str(error)
        if not self._closing.is_set():
            _log.info("The phone's condition is not watched any more: %s", reason)
            self.on_end(reason)

    def _sample_on(self, stream: ShellStream) -> None:
        questions = Questions(_answer(stream))
        due = time.monotonic()
        while not self._closing.wait(max(due - time.monotonic(), 0.0)):
            due = max(due + self._interval_seconds, time.monotonic())
            stream.write(questions.request(self.runner_pid))
            sample = questions.sample(_answer(stream))
            if not self._closing.is_set():
                self._on_sample(sample)


def _answer(stream: ShellStream) -> list[str]:
    """Lines of the script up to the end of its answer."""
    deadline = time.monotonic() + _ANSWER_SECONDS
    lines: list[str] = []
    while (line := stream.read_line(deadline - time.monotonic())) != END:
        if line is None:
            words = stream.err.strip() or f"exit code {stream.exit_code}"
            raise PhoneError("The phone does not tell its condition any more.", details=words)
        lines.append(line)
        if len(lines) > _MOST_LINES:
            raise PhoneError("The phone tells too much about its condition.", details=lines[-1])
    return lines
