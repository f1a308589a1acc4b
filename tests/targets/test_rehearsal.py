"""The first frames cost what later ones do."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from numba.core.dispatcher import Dispatcher

from studio.inference.model import SessionOptions
from studio.inference.segmenter import Segmenter
from studio.targets import rehearsal
from studio.targets.computer import ComputerTarget
from studio.targets.rehearsal import compile_ahead, rehearse
from studio.temporal import engine
from studio.temporal.spec import PRESETS, TemporalSpec
from studio.video.source import open_video
from tests.support.models import binary_model, labels_model, logits_model
from tests.support.moving import moving_clip


@pytest.mark.parametrize("make", [logits_model, labels_model, binary_model])
@pytest.mark.parametrize(
    "spec",
    [
        PRESETS["quality"],
        PRESETS["fast"],
        TemporalSpec(mode="per_frame", past_weight=0.0),
        TemporalSpec(carries="labels", area_limit=0.2, forward_backward_limit=0.1),
        TemporalSpec(asynchronous=True, difference_limit=0.0),
    ],
)
def test_every_kind_of_spec_and_model_can_be_rehearsed(
    tmp_path: Path, make: object, spec: TemporalSpec
) -> None:
    assert callable(make)
    rehearse(spec, Segmenter(make(tmp_path / "m.tflite")).info)


def test_it_is_done_once_for_specs_that_differ_in_limits_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = Segmenter(logits_model(tmp_path / "m.tflite", classes=3)).info
    began = []
    init = engine.init

    def counted(config: TemporalSpec) -> engine.State:
        began.append(config)
        return init(config)

    rehearsal._rehearse.cache_clear()
    monkeypatch.setattr(engine, "init", counted)
    for limit in (10.0, 20.0, 30.0):
        rehearse(replace(PRESETS["balanced"], difference_limit=limit, area_limit=limit / 100), info)
    assert len(began) == 1
    rehearse(replace(PRESETS["balanced"], carries="labels"), info)
    assert len(began) == 2


def test_the_past_is_fused_and_a_late_word_taken_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those are the kernels that a stream first calls some frames after it began."""
    info = Segmenter(logits_model(tmp_path / "m.tflite", classes=4)).info
    taken = []
    for name in ("absorb", "absorb_late", "draw"):
        called = getattr(engine, name)

        def noted(config, state, *rest, name=name, called=called):  # type: ignore[no-untyped-def]
            taken.append((name, state.past is not None, state.pending is not None))
            return called(config, state, *rest)

        monkeypatch.setattr(engine, name, noted)
    rehearsal._rehearse.cache_clear()
    rehearse(PRESETS["balanced"], info)
    assert ("absorb", True, False) in taken
    assert ("absorb_late", True, True) in taken


def _compiled() -> set[tuple[str, str, str]]:
    """Each compiled loop of the studio, with the types that it was compiled for."""
    return {
        (module, name, str(types))
        for module, loaded in list(sys.modules.items())
        if module.startswith("studio.")
        for name, value in vars(loaded).items()
        if isinstance(value, Dispatcher)
        for types in value.signatures
    }


@pytest.mark.parametrize("make", [logits_model, labels_model, binary_model])
def test_after_compiling_ahead_no_frame_compiles_anything(tmp_path: Path, make: object) -> None:
    assert callable(make)
    model = make(tmp_path / "m.tflite")
    clip = moving_clip(tmp_path / "images", 8)
    compile_ahead()
    ahead = _compiled()
    assert len(ahead) > 30
    base = PRESETS["balanced"]
    for spec in (
        *PRESETS.values(),
        replace(base, carries="labels"),
        replace(base, past_weight=0.0, area_limit=0.1),
        TemporalSpec(difference_limit=5.0, forward_backward_limit=0.1, refine_gain=1.0),
        replace(base, asynchronous=True),
    ):
        session = ComputerTarget().open(model, SessionOptions(), spec)
        source = open_video(clip)
        while (frame := source.read()) is not None:
            session.segment(frame)
        session.fields()
        session.close()
    assert _compiled() == ahead
