"""The command `jejunet`: opens the studio, or does a verb."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence

from studio.arguments import VERBS, parse
from studio.errors import StudioError, WorkerError


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
    child = subprocess.Popen([sys.executable, "-m", "studio.verbs", *words])
    # Ctrl-C reaches the child as well, which stops in order; we wait for it to do so.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda _number, _frame: child.terminate())
    code = child.wait()
    if code >= 0:
        return code
    name = signal.Signals(-code).name
    from studio.verbs import report_error

    error = WorkerError(
        f"The process that ran the model was ended by {name}.",
        remedy="If it was not you who ended it, the model crashes the interpreter: "
        "try --no-xnnpack, the other --runtime, or another model.",
    )
    return report_error(error, "--json" in words)
