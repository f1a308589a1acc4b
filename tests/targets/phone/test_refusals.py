"""How a runner ended is told in words, with what helps."""

from __future__ import annotations

import pytest

from studio.targets.phone.refusals import RunnerRefusedError, died_error, refusal
from studio.targets.phone.wire import Hello, Refused


@pytest.mark.parametrize(
    ("exit_code", "words", "remedy"),
    [
        (137, "was killed", "out of memory"),
        (139, r"crashed \(SIGSEGV\)", "--no-xnnpack"),
        (134, r"crashed \(SIGABRT\)", "--no-xnnpack"),
        (3, "exit code 3: no socket", "clean-phone"),
    ],
)
def test_exit_codes_have_words(exit_code: int, words: str, remedy: str) -> None:
    error = died_error(exit_code, "first line\nno socket.\nINFO: Created a delegate.\n")
    assert remedy in error.remedy
    assert "first line" in error.details
    with pytest.raises(type(error), match=words):
        raise error


@pytest.mark.parametrize("code", range(1, 10))
def test_refusals_keep_the_runners_own_words(code: int) -> None:
    error = refusal(Refused(code, "the model has no input."), None)
    assert isinstance(error, RunnerRefusedError)
    assert "the model has no input." in error.message


def test_another_hash_is_told_as_another_runner() -> None:
    error = refusal(Refused(2, "hash abc"), Hello(bytes(32)))
    assert "not the one that belongs" in str(error)
