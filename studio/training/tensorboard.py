"""A training's curves as TensorBoard reads them.

Events are written as the protocol buffers that they are: the functions of `tf.summary` for
scalars, texts and images belong to the package tensorboard, which writing does not need.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf

from studio.errors import output_error
from studio.opencv import cv2

_VERSION = "brain.Event:2"


class TensorBoardLog:
    """One event file, new for each process that goes on with a run.

    Args:
        folder: of the run's event files; made if needed.
        step: from which the training goes on: TensorBoard drops what older files have beyond it.

    Raises:
        OutputError: the file cannot be written; so it is with all methods.
    """

    def __init__(self, folder: Path, step: int) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise output_error(folder, error) from error
        # TensorBoard reads files in the order of their names.
        number = len(list(folder.glob("events.out.tfevents.*")))
        self._path = folder / f"events.out.tfevents.{int(time.time()):010d}.{number:04d}"
        try:
            self._writer = tf.io.TFRecordWriter(str(self._path))
        except tf.errors.OpError as error:
            raise output_error(self._path, OSError(error.message)) from error
        self._write(tf.compat.v1.Event(file_version=_VERSION))
        start = tf.compat.v1.SessionLog(status=tf.compat.v1.SessionLog.START)
        self._write(tf.compat.v1.Event(step=step + 1, session_log=start))
        self._flush()

    def scalars(self, step: int, values: Mapping[str, float | None]) -> None:
        """Write one point of each curve.

        Args:
            step: optimizer steps done.
            values: by name; None is left out.
        """
        summary = tf.compat.v1.Summary(
            value=[
                tf.compat.v1.Summary.Value(tag=name, simple_value=value)
                for name, value in values.items()
                if value is not None
            ]
        )
        self._write(tf.compat.v1.Event(step=step, summary=summary))
        self._flush()

    def text(self, name: str, text: str) -> None:
        """Write a text in Markdown that belongs to the whole training."""
        metadata = tf.compat.v1.SummaryMetadata()
        metadata.plugin_data.plugin_name = "text"
        value = tf.compat.v1.Summary.Value(
            tag=name, metadata=metadata, tensor=tf.make_tensor_proto([text.encode()])
        )
        self._write(tf.compat.v1.Event(summary=tf.compat.v1.Summary(value=[value])))
        self._flush()

    def image(self, step: int, name: str, path: Path) -> None:
        """Write a picture.

        Args:
            step: optimizer steps done.
            name: of the picture.
            path: of a PNG file; nothing is written when it is gone.
        """
        try:
            content = path.read_bytes()
        except OSError:
            return
        height, width = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR).shape[:2]
        image = tf.compat.v1.Summary.Image(
            height=height, width=width, colorspace=3, encoded_image_string=content
        )
        value = tf.compat.v1.Summary.Value(tag=name, image=image)
        self._write(tf.compat.v1.Event(step=step, summary=tf.compat.v1.Summary(value=[value])))
        self._flush()

    def close(self) -> None:
        """Let go of the file. A second call does nothing."""
        self._refusals_in_words(self._writer.close)

    def _write(self, event: tf.compat.v1.Event) -> None:
        event.wall_time = time.time()
        record = event.SerializeToString()
        self._refusals_in_words(lambda: self._writer.write(record))

    def _flush(self) -> None:
        self._refusals_in_words(self._writer.flush)

    def _refusals_in_words(self, do: Callable[[], None]) -> None:
        try:
            do()
        except tf.errors.OpError as error:
            raise output_error(self._path, OSError(error.message)) from error
