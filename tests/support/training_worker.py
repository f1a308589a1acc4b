"""One process of a training: `python -m tests.support.training_worker DATASET ARTIFACTS JSON`.

JSON sets fields of the tiny training; `devices` makes so many devices of the processor, and
`stop_at` asks this process to stop behind a step. Prints the loss by step, and the summary.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def main(dataset: Path, artifacts: Path, changes: dict[str, Any]) -> None:
    if devices := changes.pop("devices", 0):
        import tensorflow as tf

        (processor,) = tf.config.list_physical_devices("CPU")
        tf.config.set_logical_device_configuration(
            processor, [tf.config.LogicalDeviceConfiguration()] * devices
        )
    from studio.errors import StudioError
    from studio.training.loop import Training
    from tests.support.trainings import StoppingReporter, points, tiny_training

    reporter = StoppingReporter(artifacts, changes.pop("stop_at", None))
    try:
        summary = Training(tiny_training(dataset, **changes), reporter).run()
    except StudioError as error:
        print(json.dumps({"error": str(error)}))
        return
    loss = points(reporter.events, "loss")
    print(json.dumps({"loss": list(loss.items()), "summary": summary}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3]))
