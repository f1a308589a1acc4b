"""An executor that runs its calls when the test says so, in the test's own thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any


class ScriptedExecutor(Executor):
    """Takes calls and lets them lie until `finish`; whoever waits for one has it run at once.

    Attributes:
        taken: how many calls came in.
        is_shut: whether it was shut down.
    """

    def __init__(self) -> None:
        self.taken = 0
        self.is_shut = False
        self._waiting: list[tuple[Future[Any], Callable[[], Any]]] = []

    def is_busy(self) -> bool:
        """Whether a call has not been run yet."""
        return bool(self._waiting)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Take a call."""
        assert not self.is_shut
        self.taken += 1
        future = _AwaitedFuture(self)
        self._waiting.append((future, lambda: fn(*args, **kwargs)))
        return future

    def finish(self) -> None:
        """Run the call that came in first."""
        future, call = self._waiting.pop(0)
        try:
            future.set_result(call())
        except Exception as error:  # noqa: BLE001 - as an executor does
            future.set_exception(error)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Run what lies here, as waiting for a thread would, unless it is cancelled."""
        while wait and not cancel_futures and self._waiting:
            self.finish()
        self.is_shut = True


class _AwaitedFuture(Future[Any]):
    def __init__(self, executor: ScriptedExecutor) -> None:
        super().__init__()
        self._executor = executor

    def exception(self, timeout: float | None = None) -> BaseException | None:
        while not self.done():
            self._executor.finish()
        return super().exception(timeout)
