"""The adb server of this computer: finding and starting it, asking it.

adbutils brings the adb program along. Its own connections are not used: they start a server that
writes to our standard output, wait without a limit, and send without looking how much was taken.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading

from studio.errors import PhoneError
from studio.targets.phone.conversation import Conversation, try_connect
from studio.targets.phone.troubles import server_gone_error

DEFAULT_TIMEOUT_SECONDS = 5.0
_START_SECONDS = 15.0

if sys.platform == "win32":  # pragma: no cover
    _CREATION_FLAGS = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
else:
    _CREATION_FLAGS = 0

_starting = threading.Lock()


def adb_program() -> str:
    """The adb that starts servers: from `ADBUTILS_ADB_PATH`, the path, or adbutils.

    Raises:
        PhoneError: there is none.
    """
    import adbutils  # loads much that is of no use here, and is needed only for a start

    try:
        return str(adbutils.adb_path())
    except adbutils.AdbError as error:
        raise PhoneError(
            "The program adb, which speaks to phones, was not found.",
            remedy="Install Android's platform tools (on Debian and Ubuntu: apt install adb), "
            "or adbutils anew: pip install --force-reinstall adbutils.",
            details=str(error),
        ) from error


def start_server(timeout_seconds: float = _START_SECONDS) -> None:
    """Start the adb server unless it runs. It stays when the studio ends, as adb's server does.

    Raises:
        PhoneError: it cannot be started.
    """
    with _starting:
        connection = try_connect()
        if connection is None:
            _start(adb_program(), timeout_seconds)
        else:
            connection.close()


def converse(
    doing: str, serial: str | None = None, timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
) -> Conversation:
    """Connect to the adb server; start it if it does not run.

    Args:
        doing: what it is for, as in “while listing the phones”.
        serial: of the phone that is spoken of, for the words of errors.
        timeout_seconds: for what is said first; a server that must be started has its own time.

    Raises:
        PhoneError: there is no server and none can be started.
    """
    connection = try_connect()
    if connection is None:
        start_server()
        connection = try_connect()
    if connection is None:
        raise server_gone_error(doing)
    return Conversation(connection, serial, doing, timeout_seconds)


def ask_server(
    service: str,
    doing: str,
    serial: str | None = None,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
) -> str:
    """Ask a question that is answered by a text.

    Raises:
        PhoneError: no answer, or a refusal.
    """
    with converse(doing, serial, timeout_seconds) as conversation:
        conversation.request(service)
        return conversation.read_block()


def _start(program: str, timeout_seconds: float) -> None:
    # The server inherits what adb writes to, so that a pipe would never end.
    with tempfile.TemporaryFile() as words:
        try:
            ended = subprocess.run(
                [program, "start-server"],
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                timeout=timeout_seconds,
                check=False,
                start_new_session=True,  # Ctrl-C in our terminal is not meant for the server
                creationflags=_CREATION_FLAGS,
            )
            code: int | str = ended.returncode
        except subprocess.TimeoutExpired:
            code = f"no end within {timeout_seconds:g} s"
        except OSError as error:
            code = str(error)
        words.seek(0)
        details = f"{code}\n{words.read().decode(errors='replace')}"
    connection = try_connect()
    if connection is None:
        raise PhoneError(
            f"The adb server could not be started with {program}.",
            remedy="Try `adb kill-server; adb start-server` in a terminal and mend what it says.",
            details=details,
        )
    connection.close()
