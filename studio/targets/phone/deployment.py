"""Bringing a model onto a phone, step by step: what was told is what was done."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from studio.errors import PhoneError
from studio.inference.geometry import fitted_size
from studio.inference.graph import read_graph
from studio.inference.model import SessionOptions
from studio.inference.segmenter import Segmenter
from studio.targets.phone.adb import AdbPhone
from studio.targets.phone.bundle import Bundle, ensure_bundle
from studio.targets.phone.clean import remove_old
from studio.targets.phone.clip import Clip
from studio.targets.phone.cpus import fast_cpu_mask
from studio.targets.phone.devices import choose_phone
from studio.targets.phone.fitting import FittedModel, file_sha256, fit_model
from studio.targets.phone.fold_test import run_whole_test
from studio.targets.phone.link import LinkSpeed, measure_link
from studio.targets.phone.listing import Phone, PhoneDetails
from studio.targets.phone.paths import bundle_dir, clip_path, model_path
from studio.targets.phone.push import PushFile, push_files
from studio.targets.phone.runner import START_SECONDS, AdbRunner, Runner
from studio.targets.phone.self_test import SelfTest
from studio.targets.phone.spec import PhoneOptions
from studio.targets.phone.steps import Step, Steps
from studio.targets.phone.wire import Opened
from studio.targets.phone.wiring import open_message

_SELF_TEST_SECONDS = 60.0
_POLL_SECONDS = 0.1
_MIB = 2**20

Outcome = TypeVar("Outcome")

ShouldStop = Callable[[], bool]


class Deployment:
    """A model on its way to a phone, and there.

    The model is opened here while the phone is looked for and filled: both are needed, and each
    takes its time.

    Args:
        model: path of a `.tflite` file.
        serial: of the phone; None for the only one.
        options: threads (those of the phone) and how the model is meant.
        phone_options: how the runner runs.
        steps: hears how it goes.
        should_stop: asked often.
        frame_size: height and width of the frames, for a model that is to fit them; None where
            they are not known, and the model is used as it is.
    """

    def __init__(
        self,
        model: Path,
        serial: str | None,
        options: SessionOptions,
        phone_options: PhoneOptions,
        steps: Steps,
        should_stop: ShouldStop = lambda: False,
        frame_size: tuple[int, int] | None = None,
    ) -> None:
        self._given = model
        self._serial = serial
        self._options = options
        self._phone_options = phone_options
        self._steps = steps
        self._gives_up = threading.Event()
        self._has_user_stopped = should_stop
        self._adb: AdbPhone | None = None
        self._runner: Runner | None = None
        self._phone: Phone | None = None
        self._bundle: Bundle | None = None
        self._clip: Clip | None = None
        self._pool = ThreadPoolExecutor(3, thread_name_prefix="deploy")
        # The phone's threads are not this computer's; two leave room for the streaming.
        self._fitted: Future[FittedModel] = self._pool.submit(
            fit_model, model, replace(options, threads=2), frame_size
        )
        self._segmenter: Future[Segmenter] = self._pool.submit(self._open_here)
        self._sha256: Future[str] = self._pool.submit(
            lambda: file_sha256(self._fitted.result().path)
        )

    @property
    def adb(self) -> AdbPhone:
        """The phone, once it was found."""
        assert self._adb is not None
        return self._adb

    @property
    def is_found(self) -> bool:
        """Whether there is a phone."""
        return self._phone is not None

    @property
    def phone(self) -> Phone:
        """What adb says of it, once it was found."""
        assert self._phone is not None
        return self._phone

    @property
    def details(self) -> PhoneDetails:
        """What the phone says of itself, once it was found."""
        assert self.phone.details is not None
        return self.phone.details

    @property
    def bundle(self) -> Bundle:
        """What the phone needs, once it was found or built."""
        assert self._bundle is not None
        return self._bundle

    @property
    def segmenter(self) -> Segmenter:
        """The model, opened here; waits for it.

        Raises:
            ModelError: it cannot be used.
        """
        return self._outcome(self._segmenter)

    @property
    def model_sha256(self) -> str:
        """Of the file that goes to the phone; waits for it."""
        return self._outcome(self._sha256)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is odd about the model; waits for it.

        Raises:
            ModelError: it cannot be used.
        """
        told = self.segmenter.info.warnings
        why_not = self._outcome(self._fitted).warning
        return (*told, why_not) if why_not else told

    @property
    def cpu_mask(self) -> int:
        """The CPUs to run on: those asked for, else the fast ones; 0 where there is no choice."""
        asked = self._phone_options.cpu_mask
        if asked is not None:
            return asked
        return fast_cpu_mask(self.details.clusters, self._options.threads)

    def fit(self, size: tuple[int, int]) -> tuple[int, int]:
        """Height and width of the part of the network's input that a frame fills."""
        choices = self.segmenter.wiring.choices
        return fitted_size(size, choices.input_size, choices.fit)

    def find(self) -> None:
        """Find the phone and what it needs, both at once.

        Raises:
            StudioError: one of them is not there.
        """
        read_graph(self._given)  # what is no model at all should not cost a deployment
        bundle = self._pool.submit(self._find_bundle)
        try:
            with self._steps.step("phone", "Looking for the phone") as step:
                self._phone = self._outcome(self._pool.submit(choose_phone, self._serial))
                self._adb = AdbPhone(self._phone.serial)
                details = self.details
                step.end(
                    "done", f"{details.model or self._phone.serial}, Android {details.android}"
                )
        except BaseException:
            self._gives_up.set()  # building can take minutes, and there is no phone to fill
            wait([bundle])
            raise
        self._bundle = self._outcome(bundle)

    def push(self) -> None:
        """Put on the phone what is not there yet.

        Raises:
            PhoneError: it has no room, or went away.
        """
        bundle = self.bundle
        with self._steps.step("space", "Looking at the phone's storage") as step:
            self._check_space(step)
        folder = bundle_dir(bundle.hash)
        files = [
            PushFile(file.path, f"{folder}/{file.name}", file.sha256, file.is_executable)
            for file in bundle.files
        ]
        has_pushed = self._push("push-runner", "runner and libraries", files)
        remote = model_path(self.model_sha256)
        model = PushFile(self._outcome(self._fitted).path, remote, self.model_sha256)
        if self._push("push-model", "model", [model]) or has_pushed:
            remove_old(self.adb, {folder, remote})
        if self._clip is not None:
            self.push_clip(self._clip)

    def push_clip(self, clip: Clip) -> str:
        """Put frames on the phone; from now on they are pushed with the rest.

        Args:
            clip: whose file stays as long as it may be pushed again.

        Returns:
            Their place there.

        Raises:
            PhoneError: it has no room, or went away.
        """
        self._clip = clip
        remote = clip_path(clip.sha256)
        if self._push("clip", "clip", [PushFile(clip.path, remote, clip.sha256)]):
            folder, model = bundle_dir(self.bundle.hash), model_path(self.model_sha256)
            remove_old(self.adb, {folder, model, remote})
        return remote

    def start(self, seconds: float = START_SECONDS) -> tuple[Runner, Opened]:
        """Start the runner and open the model there.

        Args:
            seconds: for the start; the model has its own time.

        Raises:
            PhoneError: the runner does not come up, or cannot use the model.
            ModelError: the model cannot be used here.
        """
        with self._steps.step("start", "Starting the runner") as step:
            runner = AdbRunner(
                self.adb, bundle_dir(self.bundle.hash), self.bundle.runner_hash, seconds
            )
            self._runner = runner
            try:
                if not self._segmenter.done():
                    step.progress(0, 0, "Opening the model on this computer")
                wiring = self.segmenter.wiring
                step.progress(0, 0, "Opening the model on the phone")
                opened = runner.connection.open(
                    open_message(
                        wiring,
                        model_path(self.model_sha256),
                        threads=self._options.threads,
                        xnnpack=self._options.xnnpack,
                        cpu_mask=self.cpu_mask,
                        warm_up=self._phone_options.warm_up,
                        masks_at_model_size=self._phone_options.masks_at_model_size,
                        temporal=self._phone_options.temporal,
                    )
                )
            except PhoneError as error:
                cause = runner.blame(error)
                runner.close()
                raise cause from error
            except BaseException:
                runner.close()
                raise
            step.end("done", _opened_words(opened, has_asked_cpus=self.cpu_mask != 0))
        return runner, opened

    def self_test(self, runner: Runner) -> SelfTest:
        """Compare the phone's answer to one picture with this computer's.

        Raises:
            PhoneError: the phone failed.
        """
        with self._steps.step("self-test", "Comparing the phone with this computer") as step:
            try:
                report = run_whole_test(
                    runner.connection,
                    self.segmenter,
                    self.model_sha256,
                    self._phone_options,
                    self.fit,
                    _SELF_TEST_SECONDS,
                )
            except PhoneError as error:
                raise runner.blame(error) from error
            step.end("done" if report.is_equal else "failed", report.words)
        return report

    def measure_link(self, runner: Runner) -> LinkSpeed:
        """Measure the cable.

        Raises:
            PhoneError: it broke.
        """
        with self._steps.step("link", "Measuring the cable") as step:
            try:
                speed = measure_link(runner.connection)
            except PhoneError as error:
                raise runner.blame(error) from error
            step.end(
                "done",
                f"{speed.bytes_per_second / 1e6:.0f} MB/s, there and back in"
                f" {speed.round_trip_seconds * 1e3:.1f} ms",
            )
        return speed

    def abort(self) -> None:
        """Make what waits for the phone fail, from another thread; nothing works afterwards."""
        self._gives_up.set()
        if self._adb is not None:
            self._adb.close()
        if self._runner is not None:
            self._runner.connection.close()

    def close(self) -> None:
        """Let go of the phone. A second call does nothing."""
        self._gives_up.set()
        if self._adb is not None:
            self._adb.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _should_stop(self) -> bool:
        return self._gives_up.is_set() or self._has_user_stopped()

    def _outcome(self, future: Future[Outcome]) -> Outcome:
        """Wait for what is done in another thread, or for a stop."""
        while not future.done():
            if self._should_stop():
                raise _stopped()
            wait([future], _POLL_SECONDS)
        return future.result()

    def _open_here(self) -> Segmenter:
        fitted = self._fitted.result()
        return Segmenter(fitted.path, fitted.options)

    def _find_bundle(self) -> Bundle:
        with self._steps.step("bundle", "Looking for what the phone needs") as step:

            def on_progress(what: str, done_bytes: int, total_bytes: int) -> None:
                step.progress(done_bytes, total_bytes, what)

            bundle = ensure_bundle(on_progress, self._should_stop)
            size_bytes = sum(file.size_bytes for file in bundle.files)
            step.end("done", f"LiteRT {bundle.litert_version}, {size_bytes / _MIB:.1f} MiB")
        return bundle

    def _check_space(self, step: Step) -> None:
        free_bytes = self.details.free_bytes
        if free_bytes is None:
            step.end("skipped", "The phone does not tell how much is free")
        else:
            step.end("done", f"{free_bytes / _MIB:,.0f} MiB free")

    def _push(self, name: str, what: str, files: list[PushFile]) -> bool:
        """Put files on the phone; whether any was missing there."""
        with self._steps.step(name, f"Looking for the {what} on the phone") as step:

            def on_progress(done_bytes: int, total_bytes: int, file: str) -> None:
                step.progress(done_bytes, total_bytes, f"Copying {file}")

            report = push_files(self.adb, files, on_progress, self._should_stop)
            if not report.is_complete:
                raise _stopped()
            if report.pushed:
                step.end("done", f"{report.bytes / _MIB:.1f} MiB copied")
            else:
                step.end("skipped", "Already on the phone")
        return bool(report.pushed)


def _stopped() -> PhoneError:
    return PhoneError("The deployment was stopped.", remedy="Start it again.")


def _opened_words(opened: Opened, *, has_asked_cpus: bool) -> str:
    words = [f"Model open in {opened.load_millis:.0f} ms"]
    if opened.warm_up_millis:
        words.append(f"warm in {opened.warm_up_millis:.0f} ms")
    words.append("XNNPACK" if opened.has_xnnpack else "without XNNPACK")
    if has_asked_cpus and not opened.has_cpu_mask:
        words.append("the phone does not let us choose CPUs")
    return ", ".join(words)
