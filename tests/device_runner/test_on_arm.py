"""The very program that a phone gets, with the real LiteRT, on an emulated Cortex-A53."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import numpy as np
import pytest

from studio.inference.geometry import fitted_size
from studio.inference.model import SessionOptions
from studio.inference.segmenter import Segmenter
from studio.opencv import cv2
from studio.paths import sample_clip, shipped_models_dir
from studio.targets.phone.bundle import Bundle
from studio.targets.phone.runs import decode_runs
from studio.targets.phone.wire import ENCODINGS, WITH_OUTPUT, Close, Output, Result
from studio.targets.phone.wiring import open_message
from studio.video.frame import Image
from studio.video.source import open_video
from tests.device_runner.client import RunnerClient, frame_message
from tests.support.phone_bundle import provide_bundle

_QEMU = "qemu-aarch64-static"
_FRAME = 40


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    """The bundle, where it can be run."""
    if shutil.which(_QEMU) is None:
        pytest.skip("needs an emulator of ARM: apt-get install qemu-user-static")
    return provide_bundle()


@pytest.fixture
def runner(bundle: Bundle) -> Iterator[RunnerClient]:
    """The bundle's runner, started as on a phone."""
    # A Cortex-A53 has no dot product, as the Pixel 2's cores have none.
    emulator = [_QEMU, "-cpu", "cortex-a53", "-r", "4.4.78"]
    loader = ["./ld-linux-aarch64.so.1", "--library-path", ".", "./runner"]
    client = RunnerClient([*emulator, *loader], bundle.folder)
    yield client
    client.kill()


def _sample_frame() -> Image:
    source = open_video(sample_clip())
    try:
        source.seek(_FRAME)
        frame = source.read()
    finally:
        source.close()
    assert frame is not None
    return frame.image


@pytest.mark.parametrize("name", ["jejunet_fast_289_int8", "jejunet_balanced_257_float32"])
def test_a_frame_of_the_sample_clip_gives_the_computers_output_and_mask(
    bundle: Bundle, runner: RunnerClient, name: str
) -> None:
    path = shipped_models_dir() / f"{name}.tflite"
    segmenter = Segmenter(path, SessionOptions(threads=2))
    image = _sample_frame()
    expected, _ = segmenter.segment(image)
    output = segmenter.output()
    wiring = segmenter.wiring
    opened = runner.open(
        open_message(wiring, str(path), threads=2, xnnpack=True, cpu_mask=0, warm_up=0),
        bundle.runner_hash,
    )
    assert opened.has_xnnpack
    size = (image.shape[0], image.shape[1])
    fitted = fitted_size(size, wiring.choices.input_size, wiring.choices.fit)
    runner.send(frame_message(1, size, fitted, image.tobytes(), flags=WITH_OUTPUT))
    result = runner.expect(Result)
    got = np.frombuffer(runner.expect(Output).tensor, output.dtype).reshape(output.shape)
    mask = decode_runs(result.runs, result.mask_size)
    if output.dtype == np.int8:
        np.testing.assert_array_equal(got, output)
        np.testing.assert_array_equal(mask, expected)
    else:
        # Libraries for ARM and x86 add in another order.
        assert np.abs(got - output).max() < 1e-3 * np.abs(output).max()
        assert (mask == expected).mean() > 0.9995
    runner.send(Close())
    assert runner.receive() is None
    assert runner.exit_code() == 0


def test_its_libraries_decode_jpeg_as_this_computer_does(
    bundle: Bundle, runner: RunnerClient
) -> None:
    path = shipped_models_dir() / "jejunet_fast_289_int8.tflite"
    segmenter = Segmenter(path, SessionOptions(threads=2))
    jpeg = cv2.imencode(".jpg", cv2.resize(_sample_frame(), (480, 270)))[1]
    image = cv2.imdecode(jpeg, cv2.IMREAD_COLOR).astype(np.uint8)
    expected, _ = segmenter.segment(image)
    message = open_message(
        segmenter.wiring, str(path), threads=2, xnnpack=True, cpu_mask=0, warm_up=0
    )
    runner.open(message, bundle.runner_hash)
    runner.send(frame_message(0, (270, 480), (163, 289), bytes(jpeg), encoding=ENCODINGS["jpeg"]))
    result = runner.expect(Result)
    assert result.decode_millis > 0
    np.testing.assert_array_equal(decode_runs(result.runs, result.mask_size), expected)
