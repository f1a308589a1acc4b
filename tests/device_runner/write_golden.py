"""Writes the bytes to which both sides of the wire are held.

Commands as the computer says them, replies as the runner does. What comes of it is to be looked at
before it is committed: `python -m tests.device_runner.write_golden`.
"""

from __future__ import annotations

import ctypes
import tempfile
from pathlib import Path

from studio.targets.phone.wire import encode
from tests.device_runner.build import load_parts
from tests.device_runner.test_golden_bytes import COMMANDS, GOLDEN, REPLIES

_FIRST_REPLY = 129


def main() -> None:
    """Write them all."""
    for name, (command, _) in COMMANDS.items():
        (GOLDEN / f"{name}.bin").write_bytes(encode(command))
    with tempfile.TemporaryDirectory() as folder:
        library = load_parts(Path(folder))
        for kind, name in enumerate(REPLIES, _FIRST_REPLY):
            out = ctypes.create_string_buffer(600)
            used = library.shim_reply(kind, out)
            (GOLDEN / f"{name}.bin").write_bytes(out.raw[:used])


if __name__ == "__main__":
    main()
