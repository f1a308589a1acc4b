"""Run a model on a phone: deploy, stream, measure, record."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from studio.errors import PhoneError, StudioError
from studio.opencv import cv2
from studio.paths import sample_clip
from studio.runs.phone_events import PhoneFound
from studio.runs.reporting import Reporter
from studio.targets.phone.clip import Clip, make_clip
from studio.targets.phone.comparison import Comparer
from studio.targets.phone.deployment import Deployment
from studio.targets.phone.feed import FrameFeed
from studio.targets.phone.guard import Facts, Guard
from studio.targets.phone.link import LinkSpeed, choose_encoding
from studio.targets.phone.live import Expectation, Live
from studio.targets.phone.recorder import Recorder
from studio.targets.phone.recording import RECORDING_NAME
from studio.targets.phone.scene import Scene
from studio.targets.phone.self_test import SelfTest
from studio.targets.phone.senders import CableSender, ClipSender, Sender
from studio.targets.phone.session import LiveSession, Started
from studio.targets.phone.spec import DeploySpec, temporal_name
from studio.targets.phone.steps import Steps
from studio.targets.phone.watchman import ended_by_stop
from studio.video.frame import VideoSource
from studio.video.source import open_video

_IN_FLIGHT = {"video": 2, "fastest": 3}
LAB_NOTE = "This phone is emulated: its speeds mean nothing."


def run(spec: DeploySpec, reporter: Reporter) -> dict[str, object]:
    """Deploy a model and stream a video through it.

    What comes back is told as it comes; pictures and masks go to `recording.bin`. When the phone
    is lost the session waits for it, and goes on.

    Args:
        spec: what to do.
        reporter: hears how it goes.

    Returns:
        `phone`, `model`, `frames`, `dropped`, `fps` (mean, p1_low), `millis` by stage (p50, p90,
        p99, mean), `agreement` with this computer, `self_test`, `link`, `temperatures_celsius`,
        `doubts`, `conditions`, `is_lab`, and whether all that was asked for was done
        (`complete`).

    Raises:
        PhoneError: there is no phone that will do, or the runner fails on it.
        ModelError: the model cannot be used.
        VideoError: the video cannot be read.
        OutputError: the recording cannot be begun.
    """
    cv2.setNumThreads(1)  # the work is spread by frames, not inside them
    with contextlib.closing(open_video(spec.video or sample_clip())) as source:
        for text in source.info.warnings:
            reporter.warn(text)
        deployment = Deployment(
            Path(spec.model),
            spec.serial,
            spec.options,
            spec.phone,
            Steps(reporter.emit),
            reporter.should_stop,
            (source.info.height, source.info.width),
        )
        with contextlib.closing(deployment):
            return _Deploy(spec, reporter, source, deployment).run()


class _Deploy:
    """One run of the job.

    Args:
        spec: what to do.
        reporter: hears how it goes.
        source: the video.
        deployment: not begun.
    """

    def __init__(
        self, spec: DeploySpec, reporter: Reporter, source: VideoSource, deployment: Deployment
    ) -> None:
        self._spec = spec
        self._reporter = reporter
        self._source = source
        self._deployment = deployment
        self._deadline: float | None = None
        self._was_stopped = False
        self._was_away = False
        self._guard = Guard()
        self._scene = Scene(reporter.emit, self._guard)
        self._self_test: SelfTest | None = None
        self._link: LinkSpeed | None = None
        self._encoding = ""
        self._litert_version = ""

    def run(self) -> dict[str, object]:
        """Do all of it."""
        self._scene.connecting()
        try:
            with contextlib.ExitStack() as stack:
                self._stream(stack)
        except PhoneError:
            if not self._has_heard_stop():
                raise
        finally:
            self._scene.ended()
        return self._summary()

    def _stream(self, stack: contextlib.ExitStack) -> None:
        deployment = self._deployment
        deployment.find()
        details = deployment.details
        self._guard.facts = Facts(is_lab=details.is_lab, clusters=details.clusters)
        sampler = LiveSession.watch(deployment.adb, self._scene.sample)
        stack.callback(sampler.close)
        with ended_by_stop(self._reporter.should_stop, deployment.abort):
            deployment.push()
            runner, opened = deployment.start()
            stack.callback(runner.close)
            self._litert_version = deployment.bundle.litert_version
            self._tell_phone()
            self._self_test = deployment.self_test(runner)
            self._link = deployment.measure_link(runner)
            self._warn()
            stack.callback(self._remove_clip)  # a phone that lost its files gets them again
            sender = self._sender()
        if sender is None:
            return
        self._tell_phone()
        recorder = stack.enter_context(self._recorder())
        live = Live(
            sender,
            self._scene.frame,
            recorder,
            stack.enter_context(self._comparer(recorder)),
            self._reporter.warn,
        )
        with Steps(self._reporter.emit).step("stream", "Streaming") as step:
            if self._spec.seconds is not None:
                self._deadline = time.monotonic() + self._spec.seconds
            session = LiveSession(deployment, live, self._scene, self._expectation())
            session.run(Started(runner, opened), sampler, self._should_end)
            frames = f"{self._scene.measures.frames:,} frames"
            if session.is_waiting and not self._was_stopped:
                self._was_away = True
                words = f"The phone was away when the time was over; {frames} came before"
                step.end("failed", words)
                self._reporter.warn(f"{words}.", "Connect the phone, then deploy again.")
            else:
                step.end("done", frames)

    def _sender(self) -> Sender | None:
        """How frames get there; None when the user stopped while a clip was made."""
        spec, info = self._spec, self._source.info
        size = (info.height, info.width)
        assert self._link is not None
        if spec.phone.is_pushed_ahead:
            clip = self._make_clip()
            if clip is None:
                return None
            self._encoding = "clip"
            remote = self._deployment.push_clip(clip)
            return ClipSender(clip, remote, is_endless=spec.seconds is not None)
        feed = FrameFeed(self._source, spec.pace, spec.start, spec.end)
        rate = feed.frames_per_second
        if spec.pace == "fastest" and self._self_test is not None:
            rate = max(rate, 1e3 / max(self._self_test.frame_millis, 1.0))
        self._encoding = choose_encoding(
            spec.phone.encoding, size, rate, self._link.bytes_per_second
        )
        return CableSender(feed, self._deployment.fit, self._encoding, _IN_FLIGHT[spec.pace])

    @property
    def _clip_path(self) -> Path:
        return self._reporter.artifacts_dir / "frames.clip"

    def _remove_clip(self) -> None:
        with contextlib.suppress(OSError):  # some systems keep what is open
            self._clip_path.unlink(missing_ok=True)

    def _make_clip(self) -> Clip | None:
        with Steps(self._reporter.emit).step("clip", "Making the clip") as step:
            return make_clip(
                self._clip_path,
                self._source,
                self._deployment.fit,
                self._spec.phone.encoding,
                self._spec.start,
                self._spec.end,
                lambda done, total: step.progress(0, 0, f"Making the clip: {done} of {total}"),
                self._has_heard_stop,
            )

    @contextlib.contextmanager
    def _recorder(self) -> Iterator[Recorder]:
        path = self._reporter.artifacts_dir / RECORDING_NAME
        recorder = Recorder(path, self._reporter.warn)
        try:
            yield recorder
        finally:
            recorder.close()
            self._reporter.artifact("Recording", path, "file")

    @contextlib.contextmanager
    def _comparer(self, recorder: Recorder) -> Iterator[Comparer | None]:
        if not self._spec.compares:
            yield None
            return
        comparer = Comparer(
            self._deployment.segmenter,
            self._scene.compared,
            recorder,
            at_model_size=self._spec.phone.masks_at_model_size,
            temporal=self._spec.phone.temporal,
        )
        try:
            yield comparer
        finally:
            comparer.close()
            if comparer.error is not None:
                self._reporter.warn(
                    f"This computer could not segment any more: {comparer.error.message}",
                    comparer.error.remedy,
                )

    def _expectation(self) -> Expectation:
        assert self._link is not None
        info = self._source.info
        frame_bytes = info.height * info.width * 3
        test = self._self_test
        carried = 0.0 if self._encoding == "clip" else frame_bytes / self._link.bytes_per_second
        return Expectation(
            frame_seconds=test.frame_millis / 1e3 if test else 1.0,
            link_seconds=_IN_FLIGHT[self._spec.pace] * carried,
        )

    def _should_end(self) -> bool:
        frames = self._scene.measures.frames
        self._reporter.progress(frames, None, "frames", "Streaming")
        if self._deadline is not None and time.monotonic() >= self._deadline:
            return True
        return self._has_heard_stop()

    def _has_heard_stop(self) -> bool:
        self._was_stopped = self._was_stopped or self._reporter.should_stop()
        return self._was_stopped

    def _warn(self) -> None:
        for text in self._deployment.warnings:
            self._reporter.warn(text)
        test = self._self_test
        if test is not None and not test.is_equal:
            self._reporter.warn(
                f"The phone does not compute what this computer computes: {test.words}.",
                "Try without XNNPACK (--no-xnnpack); if it stays so, trust the masks of neither.",
            )

    def _tell_phone(self) -> None:
        deployment, details = self._deployment, self._deployment.details
        info = deployment.segmenter.info
        self._reporter.emit(
            PhoneFound(
                serial=deployment.phone.serial,
                model=details.model,
                product=details.product,
                android=details.android,
                abi=details.abi,
                kernel=details.kernel,
                cpus=details.cpus,
                clusters=details.clusters,
                is_lab=details.is_lab,
                model_name=info.name,
                model_sha256=deployment.model_sha256,
                litert_version=self._litert_version,
                labels=info.labels,
                palette=info.palette,
                width=info.input_width,
                height=info.input_height,
                threads=self._spec.options.threads,
                cpu_mask=deployment.cpu_mask,
                encoding=self._encoding,
                video=self._source.info.location,
                temporal=temporal_name(self._spec.phone.temporal),
            )
        )

    def _summary(self) -> dict[str, object]:
        deployment, spec = self._deployment, self._spec
        figures = self._scene.summary
        summary: dict[str, object] = {
            "frames": figures.pop("frames"),
            "complete": self._is_complete(),
            **figures,
            "self_test": None if self._self_test is None else asdict(self._self_test),
            "link": None if self._link is None else asdict(self._link),
            "video": self._source.info.location,
            "encoding": self._encoding,
            "network_input": spec.options.input_fit,
            "pace": spec.pace,
        }
        if deployment.is_found:
            details = deployment.details
            summary["phone"] = {
                "serial": deployment.phone.serial,
                "model": details.model,
                "product": details.product,
                "android": details.android,
                "kernel": details.kernel,
            }
            summary["is_lab"] = details.is_lab
            if details.is_lab:
                summary["note"] = LAB_NOTE
            with contextlib.suppress(StudioError):  # a stop may come before it was open here
                summary["model_sha256"] = deployment.model_sha256
                summary["model"] = deployment.segmenter.info.name
            summary["conditions"] = self._conditions()
        return summary

    def _is_complete(self) -> bool:
        """Who streams without an end is done when told so; else all must have come."""
        is_endless = self._spec.seconds is None and not self._spec.phone.is_pushed_ahead
        is_whole = is_endless or not (self._was_stopped or self._was_away)
        return self._scene.measures.frames > 0 and is_whole

    def _conditions(self) -> dict[str, object]:
        sample = self._guard.facts.first
        return {
            "threads": self._spec.options.threads,
            "xnnpack": self._spec.options.xnnpack,
            "cpu_mask": self._deployment.cpu_mask,
            "litert_version": self._litert_version,
            "battery_percent": sample.battery_percent if sample else None,
            "is_charging": sample.is_charging if sample else None,
        }
