"""Steps say how they go and how they end, and not too often."""

from __future__ import annotations

import pytest

from studio.errors import PhoneError
from studio.runs.phone_events import DeployStep
from studio.targets.phone.steps import Steps


def test_a_step_that_goes_well_is_done() -> None:
    told: list[DeployStep] = []
    with Steps(told.append).step("start", "Starting") as step:
        step.end("done", "It runs")
        step.end("failed", "too late to say so")
    assert [(one.name, one.state, one.message) for one in told] == [
        ("start", "running", "Starting"),
        ("start", "done", "It runs"),
    ]


def test_without_words_of_its_own_the_end_is_done() -> None:
    told: list[DeployStep] = []
    with Steps(told.append).step("start", "Starting"):
        pass
    assert told[-1].state == "done"


def test_an_error_is_told_and_goes_on() -> None:
    told: list[DeployStep] = []
    with pytest.raises(PhoneError), Steps(told.append).step("start", "Starting"):
        raise PhoneError("It did not.")
    assert (told[-1].state, told[-1].message) == ("failed", "It did not.")
    with pytest.raises(RuntimeError), Steps(told.append).step("start", "Starting"):
        raise RuntimeError("a surprise")
    assert (told[-1].state, told[-1].message) == ("failed", "Starting")


def test_progress_is_told_now_and_then_and_at_the_end() -> None:
    told: list[DeployStep] = []
    with Steps(told.append).step("push-model", "Looking") as step:
        for done in range(0, 100_001, 10):
            step.progress(done, 100_000, "Copying")
    assert 4 <= len(told) < 60
    assert told[-2].done_bytes == 100_000
    assert (told[-1].state, told[-1].total_bytes) == ("done", 100_000)
