"""A finished session as a target: the phone's masks and timings, without the phone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from studio.errors import ModelError, RunError
from studio.inference.model import ModelInfo, SessionOptions, StageMillis
from studio.inference.segmenter import Segmenter
from studio.runs.events import decode_lines
from studio.runs.folder import RunFolder
from studio.runs.phone_events import PhoneFound, PhoneFrame
from studio.targets.phone.recording import RECORDING_NAME, RecordingReader
from studio.targets.target import Mask, SegmentedFrame
from studio.video.frame import Frame


class RecordedTarget:
    """Replays a run of the job `deploy`.

    Args:
        folder: of the run.

    Raises:
        RunError: it is no such run, or it cannot be read.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        try:
            events = decode_lines(folder.events_file.read_bytes()).events
        except OSError as error:
            raise RunError(
                f"The run {folder.path} cannot be read.",
                remedy="It was moved or deleted; choose another one.",
                details=repr(error),
            ) from error
        found = [event for event in events if isinstance(event, PhoneFound)]
        if not found:
            raise RunError(
                f"The run {folder.name} is no recorded session with a phone.",
                remedy="Choose a run of `jejunet deploy` in which a phone was found.",
            )
        self._found = found[-1]
        self._frames = [event for event in events if isinstance(event, PhoneFrame)]

    @property
    def name(self) -> str:
        """As shown to the user."""
        return f"Recording of {self._found.model or self._found.serial} ({self._folder.name})"

    def open(self, model: Path, options: SessionOptions) -> RecordedSession:
        """Open the recording of a model.

        Args:
            model: the file that was recorded.
            options: how the model is meant; the threads are those of the recording.

        Raises:
            ModelError: not a model, or another one than the recorded one.
            RunError: the recording is damaged.
        """
        info = Segmenter(model, options).info
        digest = hashlib.sha256(model.read_bytes()).hexdigest()
        if digest != self._found.model_sha256:
            raise ModelError(
                f"The run {self._folder.name} recorded {self._found.model_name}"
                f" ({self._found.model_sha256[:12]}); {model.name} is another model"
                f" ({digest[:12]}).",
                remedy="Open the recorded model, or record this one.",
            )
        info = replace(
            info, threads=self._found.threads, runtime_version=self._found.litert_version
        )
        return RecordedSession(
            RecordingReader(self._folder.artifacts_dir / RECORDING_NAME), self._frames, info
        )


class RecordedSession:
    """A recording, opened.

    Args:
        reader: of the pictures and masks; closed with the session.
        frames: what was told of each frame.
        info: the model.

    Raises:
        RunError: the recording is damaged.
    """

    def __init__(
        self, reader: RecordingReader, frames: Iterable[PhoneFrame], info: ModelInfo
    ) -> None:
        self._info = info
        self._reader: RecordingReader | None = reader
        reader.refresh()
        self._by_index: dict[int, PhoneFrame] = {}
        for frame in frames:
            if frame.sequence in reader:
                known = self._by_index.get(frame.index)
                if known is None or known.is_warm_up:  # the settled timing, where there is one
                    self._by_index[frame.index] = frame

    @property
    def info(self) -> ModelInfo:
        """The recorded model; known after closing, too."""
        return self._info

    def segment(self, frame: Frame, out: Mask | None = None) -> SegmentedFrame:
        """The recorded mask of a frame of the same video; see `Session.segment`.

        Raises:
            RunError: the frame was not recorded, or has another size.
        """
        if self._reader is None:
            raise ModelError(f"The model {self._info.name} is closed.", remedy="Open it again.")
        told = self._by_index.get(frame.index)
        mask = None if told is None else self._reader.frame(told.sequence).phone_mask
        if told is None or mask is None:
            raise RunError(
                f"Frame {frame.index} was not recorded; {len(self._by_index):,} others were.",
                remedy="Choose one of those, or record again with the pace `fastest`,"
                " which leaves none out.",
            )
        if mask.shape != frame.image.shape[:2]:
            raise RunError(
                f"The recorded mask of frame {frame.index} has {mask.shape[1]}×{mask.shape[0]}"
                f" pixels, the frame {frame.image.shape[1]}×{frame.image.shape[0]}.",
                remedy="Give the video that was recorded; label maps at the network's size cannot"
                " be replayed.",
            )
        if out is not None:
            np.copyto(out, mask)
            mask = out
        return SegmentedFrame(
            frame=frame,
            mask=mask,
            millis=StageMillis(
                preprocess=told.decode_millis + told.preprocess_millis,
                invoke=told.invoke_millis,
                postprocess=told.propagate_millis + told.postprocess_millis,
            ),
        )

    def segment_all(self, frames: Iterable[Frame]) -> Iterator[SegmentedFrame]:
        """The recorded masks of frames, in order."""
        for frame in frames:
            yield self.segment(frame)

    def close(self) -> None:
        """Let go of the recording. A second call does nothing."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
