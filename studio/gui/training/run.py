"""A training run as the panel knows it: what it was asked, how far it is, how it ended."""

from __future__ import annotations

from collections import deque
from typing import Any

from studio.errors import StudioError
from studio.gui.jobs.row import JobRow, duration_text
from studio.gui.training.curves import RunCurves
from studio.gui.training.metrics import BEST_OF
from studio.jobs import JOBS, can_resume, decode_spec
from studio.runs.events import EpochMetrics, Progress, Resumed, Started
from studio.runs.folder import RunFolder, RunStatus
from studio.runs.store import RunEntry
from studio.runs.watch import RunUpdate
from studio.training.spec import TrainSpec

JOB = "train"
STEPS = "steps"
"""The unit in which a training counts its progress."""

_PACE_SECONDS = 300.0


class StepPace:
    """How long the rest of a training takes, evaluations and checkpoints included.

    It looks back over minutes, because a training pauses its steps now and then to evaluate.
    """

    def __init__(self) -> None:
        self._points: deque[Progress] = deque()

    def add(self, progress: Progress) -> None:
        """Take note of steps done."""
        points = self._points
        if points and (points[-1].total != progress.total or progress.done < points[-1].done):
            points.clear()
        points.append(progress)
        while progress.at_seconds - points[0].at_seconds > _PACE_SECONDS:
            points.popleft()

    def clear(self) -> None:
        """A pause begins: what was before says nothing about what comes."""
        self._points.clear()

    def remaining_seconds(self, now_seconds: float) -> float | None:
        """Until the last step; None while nobody can know."""
        if not self._points:
            return None
        first, last = self._points[0], self._points[-1]
        seconds = last.at_seconds - first.at_seconds
        if last.total is None or seconds < 1.0 or last.done <= first.done:
            return None
        left_seconds = (last.total - last.done) * seconds / (last.done - first.done)
        return max(0.0, left_seconds - max(0.0, now_seconds - last.at_seconds))


class TrainingRun:
    """One run and what its log tells.

    Args:
        entry: of the run.
        now_seconds: unix time.
    """

    def __init__(self, entry: RunEntry, now_seconds: float) -> None:
        self.row = JobRow(entry, now_seconds)
        self.curves = RunCurves()
        self.steps: Progress | None = None
        self.note = ""
        self._pace = StepPace()
        self._doing = ""
        self._spec: TrainSpec | StudioError | None = None

    @property
    def folder(self) -> RunFolder:
        """Of the run."""
        return self.row.entry.folder

    @property
    def name(self) -> str:
        """Of its folder."""
        return self.folder.name

    @property
    def title(self) -> str:
        """As shown to the user."""
        return self.row.entry.title

    @property
    def status(self) -> RunStatus:
        """What state it is in."""
        return self.row.entry.status

    @property
    def is_live(self) -> bool:
        """Whether a worker is at it, or about to be."""
        return self.status.is_live

    @property
    def created_seconds(self) -> float:
        """Unix time."""
        return self.row.entry.created_seconds

    @property
    def is_shown(self) -> bool:
        """Whether it is a training, or at least reports metrics as one does."""
        record = self.row.entry.record
        return (record is not None and record.job == JOB) or bool(self.curves.metrics)

    @property
    def can_resume(self) -> bool:
        """Whether it ended before it was done and can go on."""
        record = self.row.entry.record
        return record is not None and can_resume(record.job, self.status)

    def take(self, update: RunUpdate) -> bool:
        """Take in what a look at the run brought; whether there were metrics in it."""
        has_points = False
        for event in update.events:
            if isinstance(event, EpochMetrics):
                self.curves.add(event)
                has_points = True
            elif isinstance(event, Progress):
                self._take_progress(event)
            elif isinstance(event, Started):
                self.curves.begin(event.at_seconds)
                self._pace.clear()
            elif isinstance(event, Resumed):
                self.curves.supersede(event.step, event.at_seconds)
                has_points = True
        self.row.take(update)
        return has_points

    def _take_progress(self, event: Progress) -> None:
        self._doing = event.message
        if event.unit != STEPS:
            return
        self.steps = event
        self._pace.add(event)
        spec = self.spec
        if event.total and isinstance(spec, TrainSpec) and not spec.most_steps:
            self.curves.expect_steps_per_epoch(event.total / spec.epochs)

    @property
    def spec(self) -> TrainSpec | None:
        """What it was asked to do; None when that cannot be read, see `spec_error`."""
        found = self._spec_or_error()
        return found if isinstance(found, TrainSpec) else None

    @property
    def spec_error(self) -> StudioError | None:
        """Why the spec cannot be read."""
        found = self._spec_or_error()
        return found if isinstance(found, StudioError) else None

    def _spec_or_error(self) -> Any:
        if self._spec is None:
            record = self.row.entry.record
            try:
                if record is None or record.job != JOB:
                    raise StudioError(
                        "What this run was asked to do is not a training of this studio.",
                        remedy="Start a new training instead.",
                    )
                self._spec = decode_spec(JOB, record.spec, JOBS)  # type: ignore[assignment]
            except StudioError as error:
                self._spec = error
        return self._spec

    @property
    def best(self) -> float | None:
        """The highest mIoU so far."""
        metric = next((name for name in BEST_OF if name in self.curves.metrics), "")
        found = self.curves.best(metric)
        return None if found is None else found[1]

    def remaining_seconds(self, now_seconds: float) -> float | None:
        """Until it will be done; None while nobody can know."""
        return self._pace.remaining_seconds(now_seconds) if self.is_live else None

    @property
    def fraction(self) -> float | None:
        """Share of the steps done, 0..1; None while it is not known or no longer matters."""
        steps = self.steps
        if not self.is_live or steps is None or not steps.total:
            return None
        return min(1.0, steps.done / steps.total)

    def figures_text(self) -> str:
        """Epoch, step and best mIoU in a line."""
        parts = []
        epoch, step = self.curves.epochs_begun, self.curves.last_step
        spec = self.spec
        if epoch:
            of_all = f"/{spec.epochs}" if spec is not None and not spec.most_steps else ""
            parts.append(f"epoch {epoch}{of_all}")
        done = max(step, self.steps.done if self.steps is not None else -1)
        best = self.best
        if best is not None:
            parts.append(f"best mIoU {best:.3f}")
        if done >= 0:
            parts.append(f"step {done:,}")
        if self.is_live and self._doing and not parts:
            parts.append(self._doing)
        return " · ".join(parts) or ("nothing reported yet" if self.is_live else "no metrics")

    def left_text(self, now_seconds: float) -> str:
        """The time left in words; empty while nobody can know."""
        seconds = self.remaining_seconds(now_seconds)
        return "" if seconds is None else f"{duration_text(seconds)} left"

    def tooltip(self, now_seconds: float) -> str:
        """Everything worth knowing, in plain text."""
        lines = [self.title, self.figures_text()]
        if self.is_live and self._doing:
            lines.append(self._doing)
        if self.left_text(now_seconds):
            lines.append(f"About {self.left_text(now_seconds)}")
        if self.curves.worked_seconds:
            lines.append(f"{duration_text(self.curves.worked_seconds)} at work")
        error = self.row.error
        if error is not None:
            lines.append(str(error))
        lines += [f"⚠ {each.message} {each.remedy}".rstrip() for each in self.row.warnings]
        if self.note:
            lines += ["", self.note]
        lines += ["", str(self.folder.path)]
        return "\n".join(lines)
