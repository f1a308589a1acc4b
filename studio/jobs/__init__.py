"""All long work, one module a job; the same jobs behind the GUI and the command line.

The table names modules and does not import them: whoever only lists or launches jobs, as the GUI
does, must not load what the jobs load.
"""

from __future__ import annotations

import dataclasses
import importlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import msgspec

from studio.errors import SpecError
from studio.runs.folder import RunStatus
from studio.runs.plain import from_plain, read_infinities

if TYPE_CHECKING:
    from studio.runs.reporting import Reporter


@dataclass(frozen=True, slots=True)
class JobEntry:
    """Where a job's code lies.

    Attributes:
        run: `module:function`, called as `run(spec, reporter)`; returns the summary.
        spec: `module:class`, a dataclass.
        title: what the job does, in words.
        resumes: whether it can go on in the folder of a run that ended before it was done, from
            what it finds among the artifacts there.
    """

    run: str
    spec: str
    title: str
    resumes: bool = False


JOBS: dict[str, JobEntry] = {
    "segment": JobEntry(
        run="studio.jobs.segment:run",
        spec="studio.jobs.spec:SegmentSpec",
        title="Segment a video",
    ),
    "bench": JobEntry(
        run="studio.jobs.bench:run",
        spec="studio.jobs.spec:BenchSpec",
        title="Measure a model",
    ),
    "train": JobEntry(
        run="studio.jobs.train:run",
        spec="studio.training.spec:TrainSpec",
        title="Train a network",
        resumes=True,
    ),
    "evaluate": JobEntry(
        run="studio.jobs.evaluate:run",
        spec="studio.evaluation.spec:EvaluateSpec",
        title="Evaluate models",
    ),
    "evaluate-video": JobEntry(
        run="studio.jobs.evaluate_video:run",
        spec="studio.evaluation.video.spec:EvaluateVideoSpec",
        title="Evaluate on videos",
    ),
    "inspect": JobEntry(
        run="studio.jobs.inspect:run",
        spec="studio.data.report:InspectSpec",
        title="Check a dataset",
    ),
    "import": JobEntry(
        run="studio.jobs.import_weights:run",
        spec="studio.deeplab.spec:ImportSpec",
        title="Import weights",
    ),
    "export": JobEntry(
        run="studio.jobs.export:run",
        spec="studio.deeplab.spec:ExportSpec",
        title="Export a model",
    ),
    "deploy": JobEntry(
        run="studio.jobs.deploy:run",
        spec="studio.targets.phone.spec:DeploySpec",
        title="Run a model on a phone",
    ),
}


def job_entry(name: str, jobs: Mapping[str, JobEntry] = JOBS) -> JobEntry:
    """Look a job up.

    Raises:
        SpecError: there is no such job.
    """
    entry = jobs.get(name)
    if entry is None:
        raise SpecError(
            f"Expected one of the jobs {', '.join(sorted(jobs))}; got {name!r}.",
            remedy="If a newer studio made this run, update this one.",
        )
    return entry


def can_resume(name: str, status: RunStatus, jobs: Mapping[str, JobEntry] = JOBS) -> bool:
    """Whether a run can be gone on with: it ended before it was done, and its job knows how.

    Args:
        name: of the job.
        status: of the run.
        jobs: the table.
    """
    has_ended_early = not status.is_live and status is not RunStatus.FINISHED
    return has_ended_early and name in jobs and jobs[name].resumes


def decode_spec(name: str, plain: Mapping[str, Any], jobs: Mapping[str, JobEntry] = JOBS) -> object:
    """Read a job's spec from a JSON object.

    Args:
        name: of the job.
        plain: as in `run.json`; fields with a default may be missing.
        jobs: the table.

    Returns:
        The job's spec, an instance of its dataclass.

    Raises:
        SpecError: an option is unknown, missing, or has a value that does not fit.
    """
    kind = cast("type[Any]", _load(job_entry(name, jobs).spec))
    known = {field.name for field in dataclasses.fields(kind)}
    unknown = sorted(set(plain) - known)
    if unknown:
        raise SpecError(
            f"The job {name!r} has no option {unknown[0]!r}.",
            remedy=f"Its options are {', '.join(sorted(known))}.",
        )
    try:
        return msgspec.convert(read_infinities(dict(plain)), kind, dec_hook=from_plain)
    except msgspec.ValidationError as error:
        raise _spec_error(name, error) from error


def run_job(
    name: str, spec: object, reporter: Reporter, jobs: Mapping[str, JobEntry] = JOBS
) -> dict[str, object]:
    """Do a job in this process.

    Args:
        name: of the job.
        spec: an instance of the job's spec.
        reporter: hears how it goes.
        jobs: the table.

    Returns:
        The job's summary.

    Raises:
        StudioError: the job failed in a way a user can understand.
    """
    run = cast("Callable[[object, Reporter], dict[str, object]]", _load(job_entry(name, jobs).run))
    return run(spec, reporter)


def _load(place: str) -> object:
    module, _, attribute = place.partition(":")
    return getattr(importlib.import_module(module), attribute)


def _spec_error(name: str, error: msgspec.ValidationError) -> SpecError:
    """Put msgspec's "Expected `int`, got `str` - at `$.threads`" into our words."""
    expectation, _, place = str(error).partition(" - at ")
    key = re.sub(r"^`\$\.?|`$", "", place)
    missing = re.search(r"missing required field `(\w+)`", expectation)
    if missing:
        key = f"{key}.{missing[1]}".lstrip(".")
        expectation = "Expected a value, got none"
    expectation = expectation[:1].lower() + expectation[1:].replace("`", "")
    return SpecError(
        f"The option {key!r} of the job {name!r} does not fit: {expectation}.",
        remedy="Correct the option and start the job again.",
        details=str(error),
    )
