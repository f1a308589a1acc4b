"""The curves of runs as a table."""

from __future__ import annotations

import csv
import io
import math

from studio.gui.training.curves import Table


def csv_bytes(runs: list[tuple[str, str, Table]]) -> bytes:
    """Write one row a report; a metric that it does not hold is empty.

    Args:
        runs: name of the folder, title, and all reports.
    """
    metrics = list(dict.fromkeys(name for _, _, table in runs for name in table.metrics))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["run", "title", "step", "epoch", "worked_seconds", *metrics])
    for name, title, table in runs:
        absent = [math.nan] * len(table.steps)
        listed = [table.metrics[m].tolist() if m in table.metrics else absent for m in metrics]
        places = (table.steps.tolist(), table.epochs.tolist(), table.worked_seconds.tolist())
        rows = zip(*places, *listed, strict=True)
        for step, epoch, worked, *values in rows:
            cells = ["" if math.isnan(value) else repr(value) for value in values]
            writer.writerow([name, title, int(step), int(epoch), f"{worked:.3f}", *cells])
    return out.getvalue().encode()
