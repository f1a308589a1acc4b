"""A Keras network and tflite-runtime in one process, whichever is opened first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from studio.deeplab.files import save_network
from studio.paths import shipped_models_dir
from tests.support.checkout import ROOT
from tests.support.networks import lively_network, tiny_spec

_OPEN_BOTH = """
import sys
from pathlib import Path
import numpy as np
from studio.evaluation.predict import open_predictor
from studio.inference.model import SessionOptions
image = np.zeros((40, 50, 3), np.uint8)
for path in sys.argv[1:]:
    predictor = open_predictor(Path(path), SessionOptions(runtime="tflite-runtime"))
    print(predictor.predict([image])[0].mask.shape)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="tflite-runtime has wheels for Linux only")
@pytest.mark.parametrize("keras_first", [True, False])
def test_both_segment(tmp_path: Path, keras_first: bool) -> None:
    network = lively_network(tiny_spec())
    keras_file = tmp_path / "net.keras"
    save_network(network.model, network.spec, keras_file, network.labels)
    tflite_file = next(shipped_models_dir().glob("*fast*float32.tflite"))
    files = [keras_file, tflite_file] if keras_first else [tflite_file, keras_file]
    done = subprocess.run(
        [sys.executable, "-c", _OPEN_BOTH, *map(str, files)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:2] == ["(40, 50)", "(40, 50)"]
