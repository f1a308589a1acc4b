"""One step of turning the temporal setting, to be taken back and done again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QUndoCommand

from studio.temporal.spec import TemporalSpec


@dataclass(frozen=True, slots=True)
class Setting:
    """A spec and the name that it goes by.

    Attributes:
        name: a preset, or `custom`.
        spec: how the redundancy between frames is used.
    """

    name: str
    spec: TemporalSpec


class SettingChange(QUndoCommand):
    """From one setting to another; turning the same parameter on is one change.

    Args:
        before: what it was.
        after: what it is.
        words: what was done.
        merge_id: of the parameter that was turned; -1 for a change that stands alone.
        apply: makes a setting the present one.
    """

    def __init__(
        self,
        before: Setting,
        after: Setting,
        words: str,
        merge_id: int,
        apply: Callable[[Setting], None],
    ) -> None:
        super().__init__(words)
        self._before = before
        self._after = after
        self._merge_id = merge_id
        self._apply = apply

    def id(self) -> int:
        """Which changes may become one."""
        return self._merge_id

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Take in the change that follows."""
        if not isinstance(other, SettingChange):
            return False
        self._after = other._after
        self.setObsolete(self._after == self._before)
        return True

    def undo(self) -> None:
        """As it was."""
        self._apply(self._before)

    def redo(self) -> None:
        """As it is."""
        self._apply(self._after)
