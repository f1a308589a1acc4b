"""What is the matter with a session: why it failed, waits, or is slower than it could be."""

from __future__ import annotations

import time

from studio.gui.phone.session import Session
from studio.gui.phone.words import elapsed_words
from studio.gui.widgets.trouble_bar import TroubleBar


class SessionTroubleBar(TroubleBar):
    """One line above the pictures; hidden while there is nothing to say."""

    def show_session(self, session: Session | None, now_seconds: float) -> None:
        """Say what is the matter.

        Args:
            session: that is shown.
            now_seconds: unix time.
        """
        words, is_bad = ("", False) if session is None else trouble_of(session, now_seconds)
        error = None if session is None else session.error
        self.show_trouble(words, is_bad, None if error is None else lambda: error)


def trouble_of(session: Session, now_seconds: float) -> tuple[str, bool]:
    """The words, and whether they tell of something that stopped the session.

    Args:
        session: live or over.
        now_seconds: unix time, to say for how long a phone is away.
    """
    if session.error is not None:
        return str(session.error), True
    state = session.state
    if session.is_live and state is not None and state.state == "disconnected":
        began = time.strftime("%H:%M:%S", time.localtime(session.state_since_seconds))
        since = f"{began} ({elapsed_words(now_seconds - session.state_since_seconds)})"
        message = state.message or "The phone is not there."
        remedy = state.remedy or "Plug it in again: the session goes on by itself."
        return f"Disconnected since {since}. {message} {remedy}", True
    parts = []
    if session.is_live and state is not None and state.state == "throttled":
        parts.append(f"Throttled. {state.message} {state.remedy}".strip())
    elif session.is_live and state is not None and state.remedy:
        parts.append(f"{state.message} {state.remedy}".strip())
    if session.warnings:
        last = session.warnings[-1]
        parts.append(f"{last.message} {last.remedy}".strip())
    return "  ·  ".join(parts), False
