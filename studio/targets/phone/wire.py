"""The runner's wire protocol: what computer and phone say to each other.

Reference:
    `resources/device_runner/protocol.md`, of which this is the computer's half.
"""

from __future__ import annotations

from studio.targets.phone.commands import (
    Close,
    Command,
    FrameMessage,
    Hello,
    Open,
    Play,
    Probe,
    encode,
    header,
)
from studio.targets.phone.protocol import (
    ENCODINGS,
    INPUT_TYPES,
    MASKS_AT_MODEL_SIZE,
    MOST_MESSAGE_BYTES,
    NO_MASK,
    OUTPUT_KINDS,
    PROTOCOL_VERSION,
    RESTART,
    WITH_OUTPUT,
    XNNPACK,
    WireError,
)
from studio.targets.phone.replies import (
    Decoder,
    Opened,
    Output,
    Probed,
    Ready,
    Refused,
    Reply,
    Result,
    decode,
)

__all__ = [
    "ENCODINGS",
    "INPUT_TYPES",
    "MASKS_AT_MODEL_SIZE",
    "MOST_MESSAGE_BYTES",
    "NO_MASK",
    "OUTPUT_KINDS",
    "PROTOCOL_VERSION",
    "RESTART",
    "WITH_OUTPUT",
    "XNNPACK",
    "Close",
    "Command",
    "Decoder",
    "FrameMessage",
    "Hello",
    "Open",
    "Opened",
    "Output",
    "Play",
    "Probe",
    "Probed",
    "Ready",
    "Refused",
    "Reply",
    "Result",
    "WireError",
    "decode",
    "encode",
    "header",
]
