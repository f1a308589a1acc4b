"""How verbs answer: words or one JSON object on standard output, all else on standard error."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from studio.errors import StudioError
from studio.jobs import run_job
from studio.jobs.reporter import TerminalReporter
from studio.verbs.quiet import quiet_output


def write_json(value: object) -> None:
    """Print the one JSON object."""
    # Not msgspec's own encoder: it refuses file names that are no proper Unicode.
    sys.stdout.write(json.dumps(msgspec.to_builtins(value, enc_hook=str)) + "\n")
    sys.stdout.flush()


def write_lines(lines: Iterable[str]) -> None:
    """Print words."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def columns() -> int:
    """How many characters a line may have: the terminal's, 80 where there is none."""
    return max(40, shutil.get_terminal_size().columns)


def table(rows: Sequence[Sequence[str]], *, right: Iterable[int] = ()) -> list[str]:
    """Lay rows out in columns that are as wide as they need to be.

    Args:
        rows: of the same length; the first may be a heading.
        right: numbers of the columns that end at the same place, as figures do.

    Returns:
        One line a row.
    """
    to_the_right = frozenset(right)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if at in to_the_right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def reporter() -> TerminalReporter:
    """For a job in this process: progress to standard error, results to a temporary folder."""
    return TerminalReporter(Path(tempfile.gettempdir()) / "jejunet")


def do_job(name: str, spec: object, scratch_dir: Path | None = None) -> dict[str, object]:
    """Do a job in this process; what libraries print meanwhile stays off the terminal.

    Args:
        name: of the job.
        spec: its spec.
        scratch_dir: where the job's own results go if nobody is to be told of them.

    Returns:
        The job's summary.
    """
    speaker = (
        reporter() if scratch_dir is None else TerminalReporter(scratch_dir, names_artifacts=False)
    )
    with speaker, quiet_output():
        return run_job(name, spec, speaker)


def exit_code(summary: dict[str, object], unit: str) -> int:
    """0 when all that was asked for was done; who was stopped by Ctrl-C did not do it."""
    if summary.get("complete", True):
        return 0
    sys.stderr.write(f"jejunet: Stopped after {summary.get(unit, 'some')} {unit}.\n")
    return StudioError.exit_code
