"""What is exported can be read back, with its conditions; a bad place leaves nothing behind."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from studio.errors import OutputError
from studio.gui.telemetry.conditions import Conditions, host
from studio.gui.telemetry.export import COLUMNS, SCHEMA, RecordTables
from studio.gui.telemetry.records import Records
from studio.gui.telemetry.ring import RecordRing
from studio.gui.telemetry.saving import save_bytes
from studio.gui.telemetry.statistics import summarize
from tests.support.driven_playback import a_model, a_record, a_video, steady_records


def _records(count: int = 50) -> Records:
    ring = RecordRing(count + 1)
    for record in steady_records(count):
        ring.append(record)
    ring.append(a_record(3, 200.0, is_playing=False, decode_millis=0.1), segment=1)
    return ring.records()


def _tables(
    records: Records, conditions: dict[int, Conditions] | None = None, budget_millis: float = 40.0
) -> RecordTables:
    return RecordTables(records, conditions or {0: Conditions(None, None)}, budget_millis)


def test_a_table_reads_back_as_what_was_measured() -> None:
    records = _records()
    rows = list(csv.DictReader(io.StringIO(_tables(records).csv().decode())))
    assert tuple(rows[0]) == COLUMNS
    assert [int(row["frame"]) for row in rows] == records.index.tolist()
    stages = ("decode", "invoke")
    read = np.array([[row[f"{stage}_millis"] for row in rows] for stage in stages], np.float32)
    np.testing.assert_array_equal(read, records.stage_millis[[0, 2]])
    assert rows[0]["shown_at_seconds"] == "0.0"
    assert rows[0]["interval_seconds"] == ""
    assert rows[1]["interval_seconds"] == "0.04"
    assert rows[-1]["is_playing"] == "0"


def test_json_reads_back_with_conditions_and_numbers() -> None:
    records = _records()
    conditions = {
        0: Conditions(a_video(), a_model()),
        1: Conditions(a_video(), None),
    }
    plain = json.loads(_tables(records, conditions, 41.7).json())
    assert plain["schema"] == SCHEMA
    assert plain["budget_millis"] == 41.7
    assert plain["host"] == json.loads(json.dumps(host()))
    assert plain["host"]["versions"]["numpy"] == np.__version__
    first, second = plain["segments"]
    assert first["conditions"]["model"]["runtime"] == "litert"
    assert first["conditions"]["model"]["threads"] == 1
    assert first["conditions"]["video"]["width"] == 64
    assert second["conditions"]["model"] is None
    expected = summarize(records.sliced(0, 50))
    assert first["summary"]["p99_millis"] == pytest.approx(expected.p99_millis)
    assert first["summary"]["stage_mean_millis"]["invoke"] == pytest.approx(8.5)
    assert second["summary"]["p99_millis"] is None
    frames = plain["frames"]
    assert set(frames) == set(COLUMNS)
    np.testing.assert_array_equal(np.array(frames["work_millis"], np.float32), records.work_millis)


def test_nothing_measured_is_an_empty_table() -> None:
    empty = RecordRing(1).records()
    assert _tables(empty).csv().decode() == ",".join(COLUMNS) + "\n"
    assert json.loads(_tables(empty).json())["segments"] == []


def test_saving_replaces_the_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")
    save_bytes(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="its folder does not exist"):
        save_bytes(tmp_path / "gone" / "a.csv", b"")


def test_a_folder_in_the_way_is_told_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.mkdir()
    with pytest.raises(OutputError, match="it is a folder"):
        save_bytes(path, b"new")
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_breaks_off_keeps_the_old_file_and_leaves_no_other(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="limits of file size are POSIX")
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OutputError, match="Could not write"):
            save_bytes(path, b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_words_say_what_is_measured() -> None:
    words = Conditions(a_video(), a_model()).words
    assert words.startswith("This computer · LiteRT 2.3.0 · 1 thread · XNNPACK")
    assert Conditions(None, None).words == "This computer · no model, video only"
