"""The team's data beside the checkout; tests that use it are skipped where it is absent."""

from __future__ import annotations

from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent.parent.parent / "shared" / "data"


def shared_data(relative: str) -> Path:
    """A file or folder of the shared data; skips the test when it is not there.

    Args:
        relative: path below `shared/data`.
    """
    path = _ROOT / relative
    if not path.exists():
        pytest.skip(f"needs shared/data/{relative} beside the checkout")
    return path


def find_shared_data(relative: str) -> Path | None:
    """The same for scripts that are not tests: None when it is not there."""
    path = _ROOT / relative
    return path if path.exists() else None


CORAL = "models/google-coral/deeplabv3_mnv2_pascal_quant.tflite"
CORAL_HALF = "models/google-coral/deeplabv3_mnv2_dm05_pascal_quant.tflite"
FLOAT_257 = "models/glDelegateBench/deeplabv3_257_mv_gpu.tflite"
JEJUNET = "models/JejuNet/mobilenet_v2_deeplab_v3_256_myquant.tflite"
CLASSIFIER = "models/google-coral/mobilenet_v2_1.0_224_quant.tflite"
CAT = "models/google-coral/cat_720p.jpg"
