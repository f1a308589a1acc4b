"""What is the matter with the chosen run: why it failed, what it warned of, how to go on."""

from __future__ import annotations

from studio.gui.training.run import TrainingRun
from studio.gui.widgets.trouble_bar import TroubleBar
from studio.runs.events import Stopped


class RunTroubleBar(TroubleBar):
    """One line above the pages; hidden while there is nothing to say."""

    def show_run(self, run: TrainingRun | None) -> None:
        """Say what is the matter with a run."""
        words, is_bad = _trouble(run)
        find_error = run.row.error_with_log if is_bad and run is not None else None
        self.show_trouble(words, is_bad, find_error)


def _trouble(run: TrainingRun | None) -> tuple[str, bool]:
    """The words, and whether they tell of an end."""
    if run is None:
        return "", False
    error = run.row.error
    if error is not None and not run.is_live:
        again = " Resume goes on from its last checkpoint." if run.can_resume else ""
        return f"{error}{again}", True
    if run.row.warnings:
        last = run.row.warnings[-1]
        more = len(run.row.warnings) - 1
        also = f" (and {more} more, see the tool tip of the run)" if more else ""
        return f"{last.message} {last.remedy}".strip() + also, False
    terminal = run.row.entry.terminal
    if isinstance(terminal, Stopped) and terminal.reason != "You stopped it.":
        return f"Stopped: {terminal.reason}", False
    return "", False
