"""What both halves of the runner's wire protocol stand on.

Reference:
    `resources/device_runner/protocol.md`.
"""

from __future__ import annotations

import struct

from studio.errors import PhoneError

PROTOCOL_VERSION = 2
MAGIC = b"JNRP"
MOST_MESSAGE_BYTES = 1 << 26

INPUT_TYPES: dict[str, int] = {"float32": 1, "uint8": 2, "int8": 3, "int16": 4}
OUTPUT_KINDS: dict[str, int] = {"logits": 0, "labels": 1, "binary": 2}
ENCODINGS: dict[str, int] = {"bgr": 1, "jpeg": 2}

XNNPACK = 1
MASKS_AT_MODEL_SIZE = 2
NO_MASK = 1
WITH_OUTPUT = 2
RESTART = 4

HEADER = struct.Struct("<IB")
"""Length of the type and the body, then the type."""


class WireError(PhoneError):
    """The runner said something that the protocol does not allow."""


def broken(what: str) -> WireError:
    """The error for something that the runner should not have sent."""
    return WireError(
        f"The runner on the phone sent {what}.",
        remedy="Deploy again; if it stays so, run `jejunet clean-phone` first.",
    )
