"""A session's states follow what happens, and each is told once."""

from __future__ import annotations

from studio.runs.events import AnyEvent
from studio.runs.phone_events import MaskCompared, PhoneDoubt, PhoneFrame, PhoneSample, PhoneState
from studio.targets.phone.guard import Facts, Guard
from studio.targets.phone.scene import Scene


def frame(number: int) -> PhoneFrame:
    return PhoneFrame(sequence=number, index=number, time_seconds=0.0, sent_at_seconds=0.0)


def states(events: list[AnyEvent]) -> list[str]:
    return [event.state for event in events if isinstance(event, PhoneState)]


def test_a_session_from_beginning_to_end() -> None:
    events: list[AnyEvent] = []
    scene = Scene(events.append, Guard(Facts(is_lab=True)))
    scene.connecting()
    for number in range(3):
        scene.frame(frame(number))
    scene.compared(MaskCompared(sequence=0, agreement=0.75))
    scene.sample(PhoneSample(thermal_status=2))
    scene.sample(PhoneSample(thermal_status=2))
    scene.sample(PhoneSample(thermal_status=0))
    scene.disconnected("The cable is out.", "Put it in.")
    scene.sample(PhoneSample(thermal_status=0))
    scene.frame(frame(3))
    scene.disconnected("Again.", "")
    scene.ended()
    assert states(events) == [
        "connecting",
        "running",
        "throttled",
        "running",
        "disconnected",
        "running",
        "disconnected",
        "ended",
    ]
    lost = [event for event in events if isinstance(event, PhoneState) and event.remedy]
    assert lost[0].message == "The cable is out."
    told = [event.code for event in events if isinstance(event, PhoneDoubt) and not event.is_over]
    assert sorted(told) == ["few-frames", "lab", "throttled"]
    summary = scene.summary
    assert summary["interruptions"] == 2
    assert summary["frames"] == 4
    doubts = summary["doubts"]
    assert isinstance(doubts, dict)
    assert set(doubts) == {"few-frames", "lab"}


def test_a_frame_is_told_before_anything_is_drawn_from_it() -> None:
    events: list[AnyEvent] = []
    scene = Scene(events.append, Guard())
    scene.frame(frame(0))
    assert isinstance(events[0], PhoneFrame)


def test_a_new_reason_for_being_away_is_told_and_is_no_new_interruption() -> None:
    events: list[AnyEvent] = []
    scene = Scene(events.append, Guard())
    scene.frame(frame(0))
    scene.disconnected("It is gone.", "Plug it in.")
    scene.disconnected("It is gone.", "Plug it in.")
    scene.disconnected("It does not allow this.", "Tap Allow.")
    told = [event.message for event in events if isinstance(event, PhoneState) and event.remedy]
    assert told == ["It is gone.", "It does not allow this."]
    assert scene.summary["interruptions"] == 1


def test_what_a_phone_told_last_is_no_fact_once_it_tells_nothing() -> None:
    scene = Scene(lambda _: None, Guard())
    scene.sample(PhoneSample(thermal_status=2, others_busy_percent=90.0))
    assert "throttled" in scene.guard.doubts
    scene.unwatched()
    assert scene.guard.facts.latest is None
    assert scene.guard.facts.others_busy_percent is None
    assert "throttled" not in scene.guard.doubts
