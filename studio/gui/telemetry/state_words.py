"""What a session with a phone is at, in words and in a colour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from studio.gui.icons import Tint
from studio.gui.telemetry.phone_session import PhoneSession
from studio.runs.phone_events import DeployStep


@dataclass(frozen=True, slots=True)
class StateWords:
    """What a session is at.

    Attributes:
        chip: a word or two.
        tint: the colour of its dot.
        note: the reason and what can be done; empty where all is well.
    """

    chip: str
    tint: Tint
    note: str = ""


def state_words(session: PhoneSession) -> StateWords:
    """Say what a session is at."""
    state = session.state
    note = "" if state is None else f"{state.message} {state.remedy}".strip()
    if session.conditions.is_recorded:
        began = datetime.fromtimestamp(session.conditions.started_at_seconds)
        return StateWords(f"Recorded {began:%d %b %Y, %H:%M}", "accent")
    if state is not None and state.state == "ended":
        return StateWords("Ended", "muted", note)
    if session.is_ended:
        return StateWords(
            "Ended", "muted", note if _is_trouble(state.state if state else "") else ""
        )
    if state is None or state.state == "connecting":
        return StateWords(_connecting(session.step), "accent", "" if state is None else note)
    if state.state == "disconnected":
        # The phone may have been reported again since, for another reason.
        since = datetime.fromtimestamp(session.away_spans(state.at_seconds)[-1].start_seconds)
        return StateWords(f"Disconnected since {since:%H:%M:%S}", "bad", note)
    if state.state == "throttled":
        return StateWords("Throttled", "warn", note)
    return StateWords("Running", "good")


def _is_trouble(state: str) -> bool:
    return state in ("disconnected", "throttled")


def _connecting(step: DeployStep | None) -> str:
    if step is None or step.state != "running" or not step.total_bytes:
        return "Connecting"
    return f"Connecting, {100 * step.done_bytes / step.total_bytes:.0f} % carried"
