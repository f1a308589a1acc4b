"""Plain pipelines as users write them today: decode, segment, colour, blend, frame by frame.

Each runs alone in a process of its own (`python peers.py NAME VIDEO MODEL FRAMES`) and prints one
JSON object, so that none warms up or burdens another. It imports nothing of the studio and can be
run by an interpreter that has only the peer installed.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

_OPACITY = 0.55


def _palette() -> Any:
    index = np.arange(256)
    palette = np.zeros((256, 3), np.uint8)
    for bit in range(8):
        for channel in range(3):
            palette[:, 2 - channel] |= (((index >> (3 * bit + channel)) & 1) << (7 - bit)).astype(
                np.uint8
            )
    return palette


_PALETTE = _palette()


def _blend(frame: Any, mask: Any) -> Any:
    """The overlay of countless tutorials: `palette[mask]` and a weighted sum in NumPy."""
    colours = _PALETTE[mask]
    blended = (frame * (1 - _OPACITY) + colours * _OPACITY).astype(np.uint8)
    return np.where(mask[..., None] == 0, frame, blended)


def _mask(logits: Any, frame: Any) -> Any:
    """Upsample all 21 channels, then arg-max: the definition, written down."""
    large = cv2.resize(logits, (frame.shape[1], frame.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.argmax(large, axis=2).astype(np.uint8)


def _tflite(interpreter: Any) -> Callable[[Any], Any]:
    interpreter.allocate_tensors()
    wanted = interpreter.get_input_details()[0]
    given = interpreter.get_output_details()[0]
    height, width = wanted["shape"][1:3]
    in_scale, in_zero = wanted["quantization"]
    out_scale, out_zero = given["quantization"]

    def segment(frame: Any) -> Any:
        rgb = cv2.cvtColor(cv2.resize(frame, (width, height)), cv2.COLOR_BGR2RGB)
        values = (rgb.astype(np.float32) - 127.5) / 127.5
        if in_scale:
            values = np.round(values / in_scale + in_zero).clip(
                np.iinfo(wanted["dtype"]).min, np.iinfo(wanted["dtype"]).max
            )
        interpreter.set_tensor(wanted["index"], values[None].astype(wanted["dtype"]))
        interpreter.invoke()
        logits = interpreter.get_tensor(given["index"])[0].astype(np.float32)
        if out_scale:
            logits = (logits - out_zero) * out_scale
        return _mask(logits, frame)

    return segment


def litert(model: str) -> Callable[[Any], Any]:
    """OpenCV, LiteRT's interpreter, NumPy."""
    from ai_edge_litert.interpreter import Interpreter

    return _tflite(Interpreter(model, num_threads=1))


def tf_lite(model: str) -> Callable[[Any], Any]:
    """OpenCV, `tf.lite`, NumPy."""
    import tensorflow as tf

    return _tflite(tf.lite.Interpreter(model, num_threads=1))


def openvino(model: str) -> Callable[[Any], Any]:
    """OpenCV, OpenVINO on the same file with one inference thread, NumPy."""
    import openvino as ov

    compiled = ov.Core().compile_model(
        model, "CPU", {"INFERENCE_NUM_THREADS": 1, "PERFORMANCE_HINT": "LATENCY"}
    )
    source, sink = compiled.input(0), compiled.output(0)
    _, height, width, _ = source.shape
    wants_float = source.element_type == ov.Type.f32

    def segment(frame: Any) -> Any:
        rgb = cv2.cvtColor(cv2.resize(frame, (width, height)), cv2.COLOR_BGR2RGB)
        if wants_float:
            values = (rgb.astype(np.float32) - 127.5) / 127.5
        else:  # the int8 grid of this network is the pixel values, shifted
            values = (rgb.astype(np.int16) - 128).astype(np.int8)
        logits = compiled(values[None])[sink][0].astype(np.float32)
        return _mask(logits, frame)

    return segment


def mediapipe(model: str) -> Callable[[Any], Any]:
    """OpenCV and MediaPipe's ImageSegmenter, which resizes and arg-maxes itself."""
    import mediapipe as mp
    from mediapipe.tasks import python
    from mediapipe.tasks.python import vision

    segmenter = vision.ImageSegmenter.create_from_options(
        vision.ImageSegmenterOptions(
            base_options=python.BaseOptions(model_asset_path=model),
            output_category_mask=True,
            output_confidence_masks=False,
        )
    )

    def segment(frame: Any) -> Any:
        rgb = cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
        image = mp.Image(image_format=mp.ImageFormat.SRGB, data=rgb)
        return segmenter.segment(image).category_mask.numpy_view().reshape(frame.shape[:2])

    return segment


PEERS = {"litert": litert, "tf.lite": tf_lite, "openvino": openvino, "mediapipe": mediapipe}


def main(name: str, video: str, model: str, frames: int) -> None:
    """Run a peer over the first frames of a video and print what it took."""
    segment = PEERS[name](model)
    capture = cv2.VideoCapture(video)
    _, frame = capture.read()
    segment(frame)  # the first run plans and allocates
    capture = cv2.VideoCapture(video)
    started = time.perf_counter()
    done = 0
    shares = []
    while done < frames:
        found, frame = capture.read()
        if not found:
            break
        mask = segment(frame)
        _blend(frame, mask)
        shares.append(float((mask > 0).mean()))
        done += 1
    seconds = time.perf_counter() - started
    print(json.dumps({"fps": done / seconds, "frames": done, "foreground": np.mean(shares)}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
