"""What all events of a run have in common."""

from __future__ import annotations

import time

import msgspec


class Event(msgspec.Struct, frozen=True, tag_field="event"):
    """Something that happened in a run.

    Attributes:
        at_seconds: unix time.
    """

    at_seconds: float = msgspec.field(default_factory=time.time)
