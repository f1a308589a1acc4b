"""The playback process: `python -m studio.playback.engine`, commands in, replies out.

It ends when its standard input ends, so it never outlives the GUI that started it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from typing import NoReturn

from studio.opencv import cv2
from studio.playback.messages import Reply, decode_command, encode
from studio.playback.producer import Producer


def main() -> NoReturn:
    """Serve one GUI until it closes the pipe."""
    # A terminal sends Ctrl-C to us too; it is the GUI that it is meant for, and that ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Native libraries write to standard output as they like; replies get a copy of their own.
    replies = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    cv2.setNumThreads(1)  # resizing and blending share the two cores with decoding
    lock = threading.Lock()

    def send(reply: Reply) -> None:
        # The GUI may be gone: then standard input ends too, and we with it, in order.
        with lock, contextlib.suppress(OSError):
            replies.write(encode(reply))

    producer = Producer(send)
    for line in sys.stdin.buffer:
        producer.obey(decode_command(line))
    producer.close()
    os._exit(0)  # the GUI waits for this; taking the interpreter apart would cost it 0.2 s


if __name__ == "__main__":
    main()
