"""Warming up touches every stage, and leaves no trace."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from studio.inference.model import SessionOptions
from studio.playback.warming import warm_up
from studio.targets.computer import ComputerTarget
from studio.targets.target import SegmentedFrame
from studio.targets.temporal_session import TemporalSession
from studio.temporal.spec import PRESETS, TemporalSpec
from studio.video.frame import Frame
from tests.support.models import logits_model
from tests.support.moving import moving_frame


@pytest.mark.parametrize(
    "spec", [PRESETS["quality"], PRESETS["balanced"], TemporalSpec(asynchronous=True)]
)
def test_every_stage_is_gone_through_and_the_engine_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: TemporalSpec
) -> None:
    net = logits_model(tmp_path / "net.tflite")
    engine = ComputerTarget().open(net, SessionOptions(), spec)
    told: list[SegmentedFrame] = []
    segment = TemporalSession.segment

    def listen(self: TemporalSession, frame: Frame) -> SegmentedFrame:
        told.append(segment(self, frame))
        return told[-1]

    monkeypatch.setattr(TemporalSession, "segment", listen)
    warm_up(engine, 96, 128)
    reports = [each.temporal for each in told]
    assert [report.is_key for report in reports if report] == [True, False, True, False]
    assert any(report.flow_millis > 0 and report.warp_millis > 0 for report in reports if report)
    assert any(report.fuse_millis > 0 for report in reports if report)
    assert (engine.spec, engine.state) == (spec, None)
    first = engine.segment(Frame(7, 0.3, moving_frame(7), 0.0)).temporal
    assert first is not None
    assert first.trigger in ("first", "every")
    engine.close()


def test_the_smallest_frame_can_be_warmed_up_for(tmp_path: Path) -> None:
    net = logits_model(tmp_path / "net.tflite")
    engine = ComputerTarget().open(net, SessionOptions(), replace(PRESETS["balanced"]))
    warm_up(engine, 1, 1)
    assert engine.state is None
    engine.close()
