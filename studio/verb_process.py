"""The process in which a verb is done: `python -m studio.verb_process DESCRIPTOR segment ...`.

`jejunet` starts it, so that a model which crashes its interpreter ends in a message.
"""

from __future__ import annotations

import os
import signal
import sys

if __name__ == "__main__":
    # Until a job is there that stops in order, Ctrl-C ends the process without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.platform != "win32":
        # The parent blocked it, so that it cannot come while Python itself is starting.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    # Native libraries write to descriptors 1 and 2, which from now on the parent filters; our
    # words go past it.
    sys.stderr = os.fdopen(
        int(sys.argv[1]), "w", buffering=1, encoding=sys.stderr.encoding, errors="backslashreplace"
    )
    sys.stdout = os.fdopen(os.dup(1), "w", encoding=sys.stdout.encoding, errors=sys.stdout.errors)
    os.dup2(2, 1)
    from studio.verbs import main

    sys.exit(main(sys.argv[2:]))
