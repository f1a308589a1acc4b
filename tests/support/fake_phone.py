"""A runner behind a socket of this computer, held as one that adb started would be."""

from __future__ import annotations

from contextlib import closing

from studio.errors import PhoneError
from studio.targets.phone.connection import RunnerConnection, connect
from studio.targets.phone.wire import Ready
from tests.support.fake_runner import FakeRunner


class SocketRunner:
    """Implements `studio.targets.phone.runner.Runner`.

    Args:
        fake: the other end.
        cause: whom to blame for a broken wire; None leaves it to the wire.
    """

    def __init__(self, fake: FakeRunner, cause: PhoneError | None = None) -> None:
        self._connection = connect(fake.port)
        self._ready = self._connection.hello(fake.faults.hash)
        self._cause = cause
        self.trouble: PhoneError | None = None

    @property
    def connection(self) -> RunnerConnection:
        return self._connection

    @property
    def ready(self) -> Ready:
        return self._ready

    def check(self) -> None:
        if self.trouble is not None:
            raise self.trouble

    def blame(self, error: PhoneError) -> PhoneError:
        return self._cause or error

    def close(self) -> None:
        self._connection.close()


def runner_at(fake: FakeRunner) -> closing[SocketRunner]:
    """For a `with`."""
    return closing(SocketRunner(fake))
