"""What is exported of a phone reads back with every column and condition."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from studio.gui.telemetry.export import SCHEMA
from studio.gui.telemetry.phone_conditions import PhoneConditions
from studio.gui.telemetry.phone_export import PhoneTables
from studio.gui.telemetry.phone_session import PhoneSession
from studio.runs.phone_events import MaskCompared, PhoneDoubt
from tests.support.phone_feed import BEGAN, FOUND, a_sample, a_state, steady_frames


@pytest.fixture
def tables(qapp: QApplication) -> PhoneTables:
    session = PhoneSession(PhoneConditions("Pixel 2", "a_run", False, BEGAN))
    lab = PhoneDoubt(code="lab", message="The phone is emulated.", at_seconds=BEGAN)
    busy = PhoneDoubt(code="busy", message="40 % busy.", at_seconds=BEGAN)
    passed = PhoneDoubt(code="busy", message="", is_over=True, at_seconds=BEGAN + 3)
    session.take([a_state("connecting", message="Looking."), FOUND, lab, busy, a_state("running")])
    session.take([a_sample(BEGAN + 1.5, 31.0), passed, *steady_frames(50)])
    session.take([MaskCompared(sequence=7, agreement=0.75, computer_millis=9.5)])
    session.take([a_sample(BEGAN + 2.5, 32.0)])
    return PhoneTables.of(session)


def _rows(text: str) -> tuple[list[str], list[dict[str, str]]]:
    lines = text.splitlines()
    heading = [line for line in lines if line.startswith("# ")]
    table = "\n".join(line for line in lines if not line.startswith("# "))
    return heading, list(csv.DictReader(io.StringIO(table)))


def test_a_table_reads_back_with_samples_beside_frames(tables: PhoneTables) -> None:
    _, rows = _rows(tables.csv().decode())
    records = tables.records
    assert [int(row["sequence"]) for row in rows] == list(range(50))
    for stage in records.stages:
        read = np.array([row[f"{stage}_millis"] for row in rows], np.float32)
        np.testing.assert_array_equal(read, records.stage_millis[records.stages.index(stage)])
    assert rows[7]["agreement"] == "0.75"
    assert rows[8]["agreement"] == ""
    assert float(rows[0]["at_unix_seconds"]) == BEGAN + 1
    # A frame has the newest sample that was told by then; before the first there is none.
    skin = [row["temperature_SKIN_celsius"] for row in rows]
    assert (skin[0], skin[12], skin[13], skin[37], skin[38]) == ("", "", "31.0", "31.0", "32.0")
    assert {row["clock_khz"] for row in rows} == {"2457600"}
    assert rows[20]["link_millis"] == "6.0"
    assert rows[20]["interval_seconds"] == "0.04"


def test_conditions_and_doubts_stand_before_the_table(tables: PhoneTables) -> None:
    heading, _ = _rows(tables.csv().decode())
    for line in (
        "# Phone: Pixel 2 (walleye)",
        "# Android: 11",
        "# Threads: 4",
        "# CPUs asked for: CPUs 4–7",
        "# At the start: 31.0 °C (SKIN)",
        "# Untrustworthy: The phone is emulated.",
        "# Untrustworthy: 40 % busy.",
    ):
        assert line in heading


def test_json_reads_back_with_everything(tables: PhoneTables) -> None:
    plain: dict[str, Any] = json.loads(tables.json())
    assert plain["schema"] == SCHEMA
    assert plain["measured_on"] == "a phone"
    [segment] = plain["segments"]
    assert segment["conditions"]["phone"]["serial"] == "FA7AB1A00001"
    assert segment["conditions"]["phone"]["clusters"] == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert segment["conditions"]["start_celsius"] == 31.0
    assert segment["summary"]["stage_mean_millis"]["invoke"] == pytest.approx(16.5)
    assert segment["summary"]["frames"] == 50
    assert [doubt["code"] for doubt in plain["doubts"]] == ["busy", "lab"]
    assert plain["doubts"][0]["until"].endswith("+00:00")
    assert plain["doubts"][1]["until"] is None
    assert [state["state"] for state in plain["states"]] == ["connecting", "running"]
    assert plain["samples"]["temperature_SKIN_celsius"] == [31.0, 32.0]
    assert plain["samples"]["at_unix_seconds"] == [BEGAN + 1.5, BEGAN + 2.5]
    assert len(plain["frames"]["propagate_millis"]) == 50
    assert plain["frames"]["agreement"][7:9] == [0.75, None]


def test_a_session_without_frames_is_an_empty_table(qapp: QApplication) -> None:
    session = PhoneSession(PhoneConditions("Pixel 2", "a_run", False, BEGAN))
    tables = PhoneTables.of(session)
    _, rows = _rows(tables.csv().decode())
    assert rows == []
    assert json.loads(tables.json())["segments"] == []
