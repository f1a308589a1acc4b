"""What goes wrong between computer and runner, in words."""

from __future__ import annotations

import signal

from studio.errors import PhoneError
from studio.targets.phone.wire import PROTOCOL_VERSION, Command, Hello, Refused

_VERSION, _HASH = 1, 2

_CHATTER = ("INFO:", "WARNING: All log messages")
"""What LiteRT writes to standard error without being asked."""


class RunnerRefusedError(PhoneError):
    """The runner understood and said no: asking again will not change that."""


class ConnectionLostError(PhoneError):
    """The wire to the runner broke; who is to blame is found out elsewhere."""


class RunnerDiedError(PhoneError):
    """The runner's process ended by itself, or something on the phone ended it."""


def another_runner(what: str, expected: bytes) -> RunnerRefusedError:
    """The error for a runner of other sources.

    Args:
        what: it is.
        expected: hash of the right one.
    """
    return RunnerRefusedError(
        "The runner on the phone is not the one that belongs to this studio"
        f" ({what}; version {PROTOCOL_VERSION}, hash {expected.hex()[:12]} was expected).",
        remedy="Run `jejunet clean-phone`, then deploy again; if it stays so, `jejunet bundle"
        " --force` builds the bundle anew.",
    )


def refusal(refused: Refused, command: Command | None) -> PhoneError:
    """Put the runner's no into an error.

    Args:
        refused: what it said.
        command: that it answered; None when it spoke unasked.
    """
    if refused.code in (_VERSION, _HASH) and isinstance(command, Hello):
        return another_runner(refused.text, command.runner_hash)
    remedies = {
        3: "Try the model on this computer; if it runs here, export it for LiteRT 2.0.",
        4: "Choose other options, or another model.",
        6: "Close other apps on the phone, or choose a smaller model or frame size.",
        7: "Try without XNNPACK (--no-xnnpack), or another model.",
        8: "Deploy again; if it stays so, run `jejunet clean-phone` first.",
    }
    return RunnerRefusedError(
        f"The runner on the phone cannot do it: {refused.text.rstrip('.')}.",
        remedy=remedies.get(refused.code, ""),
        details=f"refusal {refused.code}",
    )


def died_error(exit_code: int, err: str) -> RunnerDiedError:
    """The error for a runner that ended while it was needed.

    Args:
        exit_code: of its process.
        err: the end of what it wrote to standard error.
    """
    signal_number = exit_code - 128
    how = f"ended with exit code {exit_code}"
    remedy = "Try another model, or run `jejunet clean-phone` and deploy again."
    if signal_number == signal.SIGKILL:
        how = "was killed"
        remedy = "If it was not you: close other apps, the phone may have run out of memory."
    elif signal_number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGILL, signal.SIGBUS):
        how = f"crashed ({signal.Signals(signal_number).name})"
        remedy = "Try without XNNPACK (--no-xnnpack), or another model."
    lines = [line for line in err.strip().splitlines() if not line.startswith(_CHATTER)]
    words = f": {lines[-1][:200]}" if lines else ""
    return RunnerDiedError(
        f"The runner on the phone {how}{words}.".replace("..", "."), remedy=remedy, details=err
    )
