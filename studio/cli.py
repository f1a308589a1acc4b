"""The command `jejunet`: opens the studio, or does a verb."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence

from studio.arguments import VERBS, parse
from studio.errors import StudioError, WorkerError

_CHATTER = re.compile(
    rb"INFO: Created TensorFlow Lite XNNPACK delegate for CPU\."
    rb"|WARNING: All log messages before absl::InitializeLog\(\) is called are written to STDERR"
    rb"|[IW]\d{4} \d\d:\d\d:\d[\d.]* +\d+ [\w./]+:\d+\] "
)
"""Begins lines that libraries write and nobody needs: LiteRT has no way to turn them off, and
TensorFlow logs before it reads how much to log."""


_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "ABSL_MIN_LOG_LEVEL": "3", "GLOG_minloglevel": "3"}
"""TensorFlow's C++ side, quiet but for fatal errors, unless the user sets it otherwise."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: without the program's name; those of this process by default.

    Returns:
        The exit code: 0 done, 1 failed, 2 wrong input.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and words[0] in VERBS:
        return _guarded(words)
    try:
        parsed = parse(words)
        from studio.app import AppArguments, run

        return run(
            AppArguments(
                video=parsed.video,
                model=parsed.model,
                runtime=parsed.runtime,
                threads=parsed.threads,
                theme=parsed.theme,
            )
        )
    except StudioError as error:
        sys.stderr.write(f"jejunet: {error}\n")
        return error.exit_code


def _guarded(words: list[str]) -> int:
    """Do a verb in a child process: should a model crash it, someone is left to say so."""
    child = _start(words)
    signal.signal(signal.SIGTERM, lambda _number, _frame: child.terminate())
    for line in child.stderr or ():
        if not _CHATTER.match(line):
            sys.stderr.buffer.write(line)
            sys.stderr.flush()
    code = child.wait()
    if code >= 0:
        return code
    from studio.verbs import INTERRUPTED, report_error

    as_json = "--json" in words
    if -code in (signal.SIGINT, signal.SIGTERM):
        return report_error(StudioError(INTERRUPTED), as_json)
    error = WorkerError(
        f"The process that did the work was ended by {signal.Signals(-code).name}.",
        remedy="If it was not you who ended it, the model crashes the interpreter: "
        "try --no-xnnpack, the other --runtime, or another model.",
    )
    return report_error(error, as_json)


def _start(words: list[str]) -> subprocess.Popen[bytes]:
    # Ctrl-C reaches the child as well, which stops in order; we wait for it to do so. A handler,
    # other than SIG_IGN, is not passed on to the child.
    signal.signal(signal.SIGINT, lambda _number, _frame: None)
    module = [sys.executable, "-m", "studio.verb_process"]
    if sys.platform == "win32":  # pragma: no cover - it passes no descriptors on
        return subprocess.Popen([*module, "2", *words], env={**_QUIET, **os.environ})
    # Only what native libraries write passes through us; the progress bar needs the terminal.
    terminal = os.dup(2)
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return subprocess.Popen(
            [*module, str(terminal), *words],
            stderr=subprocess.PIPE,
            pass_fds=(terminal,),
            env={**_QUIET, **os.environ},
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        os.close(terminal)
