"""The network in a thread of its own: asked about a frame now, its word comes in frames later.

TFLite lets go of the interpreter lock while it computes, so the caller's thread goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from studio.targets.scoring import NetworkWord
from studio.video.frame import Frame, Image

MakeExecutor = Callable[[], Executor]


def network_thread() -> Executor:
    """One thread, for one network."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="network")


@dataclass(frozen=True, slots=True, eq=False)
class LateWord:
    """What came in.

    Attributes:
        word: the network's.
        frame_index: of the frame that it speaks of, in the video.
    """

    word: NetworkWord
    frame_index: int


class NetworkBeside:
    """Runs a network beside the caller, on one frame at a time.

    Args:
        ask: runs the network on a frame.
        make_executor: makes what it runs in; one call at a time.
    """

    def __init__(
        self,
        ask: Callable[[Frame], NetworkWord],
        make_executor: MakeExecutor = network_thread,
    ) -> None:
        self._ask = ask
        self._make_executor = make_executor
        self._executor: Executor | None = None
        self._work: Future[NetworkWord] | None = None
        self._copy: Image | None = None
        self._asked_index = 0
        self._is_void = False

    @property
    def is_idle(self) -> bool:
        """Whether a frame can be handed over."""
        return self._work is None

    def hand_over(self, frame: Frame) -> None:
        """Let the network run on a frame; its pixels are copied, for rings are overwritten.

        Args:
            frame: any size; the network must be idle.
        """
        assert self._work is None, "the network is at work"
        if self._copy is None or self._copy.shape != frame.image.shape:
            self._copy = np.empty_like(frame.image)
        np.copyto(self._copy, frame.image)
        if self._executor is None:
            self._executor = self._make_executor()
        self._asked_index, self._is_void = frame.index, False
        self._work = self._executor.submit(self._ask, replace(frame, image=self._copy))

    def forget(self) -> None:
        """Listen no more to what the network will say of the frame that it is at."""
        self._is_void = True

    def take(self) -> LateWord | None:
        """What the network said, if it has; it is idle from then on.

        Raises:
            ModelError: the network refused to run.
        """
        if self._work is None or not self._work.done():
            return None
        return self._result()

    def join(self) -> None:
        """Wait until the network is done with its frame; `take` tells what it said."""
        if self._work is not None:
            self._work.exception()

    def close(self) -> None:
        """End the thread, when the network is done with its frame. May be called again."""
        executor, self._executor = self._executor, None
        self._work = None
        if executor is not None:
            executor.shutdown(wait=True, cancel_futures=True)

    def _result(self) -> LateWord | None:
        assert self._work is not None
        work, self._work = self._work, None
        word = work.result()
        return None if self._is_void else LateWord(word, self._asked_index)
