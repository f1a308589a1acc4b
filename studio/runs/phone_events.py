"""What a session with a phone tells the world, beside what every run tells."""

from __future__ import annotations

import msgspec

from studio.runs.event import Event


class DeployStep(Event, frozen=True, kw_only=True):
    """How far one step of a deployment is. A later event of the same name supersedes it.

    Attributes:
        name: `bundle`, `phone`, `space`, `push-runner`, `push-model`, `start`, `self-test`,
            `link`, `clip`, or `stream`.
        state: `running`, `done`, `skipped` (nothing was to do) or `failed`.
        message: what was done or found, in words.
        done_bytes: carried so far; 0 where nothing is carried, as below.
        total_bytes: to carry.
        seconds: how long it took, once it ended.
    """

    name: str
    state: str
    message: str = ""
    done_bytes: int = 0
    total_bytes: int = 0
    seconds: float = 0.0


class PhoneFound(Event, frozen=True, kw_only=True):
    """The phone of a session, and what was set up on it.

    Attributes:
        serial: by which adb knows it.
        model: as on its box, such as `Pixel 2`.
        product: code name, such as `walleye`.
        android: version, such as `11`.
        abi: such as `arm64-v8a`.
        kernel: release.
        cpus: how many.
        clusters: CPUs that share a clock, slow ones first, such as ((0, 1, 2, 3), (4, 5, 6, 7)).
        is_lab: whether it says of itself that it is emulated: its speeds mean nothing.
        model_name: of the network, as shown to the user.
        model_sha256: of the `.tflite` file.
        litert_version: of the library on the phone; empty until the runner started.
        labels: names of the classes.
        palette: RGB of each class.
        width: of the network's input.
        height: of the network's input.
        threads: for inference.
        cpu_mask: that was asked for; 0 for none.
        encoding: how pictures travel: `bgr`, `jpeg`, or `clip` when they were pushed ahead.
        video: what is segmented.
        temporal: how the redundancy between frames is used: `off`, or a preset's name, or
            `per_frame` or `key_frames` for a spec of one's own.
    """

    serial: str
    model: str
    product: str = ""
    android: str = ""
    abi: str = ""
    kernel: str = ""
    cpus: int = 0
    clusters: tuple[tuple[int, ...], ...] = ()
    is_lab: bool = False
    model_name: str = ""
    model_sha256: str = ""
    litert_version: str = ""
    labels: tuple[str, ...] = ()
    palette: tuple[tuple[int, int, int], ...] = ()
    width: int = 0
    height: int = 0
    threads: int = 0
    cpu_mask: int = 0
    encoding: str = ""
    video: str = ""
    temporal: str = "off"


class PhoneState(Event, frozen=True, kw_only=True):
    """What a live session is at.

    Attributes:
        state: `connecting`, `running`, `throttled`, `disconnected` or `ended`.
        message: why, in words.
        remedy: what the user can do; may be empty.
    """

    state: str
    message: str = ""
    remedy: str = ""


class PhoneFrame(Event, frozen=True, kw_only=True):
    """A frame that came back from the phone; `at_seconds` is when it did.

    Attributes:
        sequence: number of the frame in this session, which also names its masks.
        index: of the frame in the video.
        time_seconds: presentation time in the video.
        sent_at_seconds: unix time when it left the computer.
        link_millis: both ways over the cable, and waiting; 0 for frames on the phone.
        decode_millis: 0 where the stage did not run, here and below.
        preprocess_millis: resize and normalize.
        invoke_millis: the network.
        propagate_millis: temporal engine, all of its stages but the drawing.
        postprocess_millis: logits to a mask.
        plane_millis: of the temporal engine: shrinking the frame to its luma plane.
        flow_millis: optical flow.
        warp_millis: carrying the past along.
        decide_millis: whether the network is asked.
        fuse_millis: joining the network's word with the past.
        interval_millis: between the ends of this frame's work and of the one before, by the
            phone's clock; 0 for the first of a flow.
        is_key_frame: whether the network ran.
        trigger: why the network ran, see `studio.temporal.step.Trigger`; empty in older records.
        is_warm_up: among the first of a flow, which statistics leave out.
        cpu: that it ended on.
        clock_khz: of that CPU; 0 where the phone does not tell.
        memory_bytes: of the runner.
        dropped_before: frames of the video that were skipped to keep its pace.
    """

    sequence: int
    index: int
    time_seconds: float
    sent_at_seconds: float
    link_millis: float = 0.0
    decode_millis: float = 0.0
    preprocess_millis: float = 0.0
    invoke_millis: float = 0.0
    propagate_millis: float = 0.0
    postprocess_millis: float = 0.0
    plane_millis: float = 0.0
    flow_millis: float = 0.0
    warp_millis: float = 0.0
    decide_millis: float = 0.0
    fuse_millis: float = 0.0
    interval_millis: float = 0.0
    is_key_frame: bool = True
    trigger: str = ""
    is_warm_up: bool = False
    cpu: int = 0
    clock_khz: int = 0
    memory_bytes: int = 0
    dropped_before: int = 0


class MaskCompared(Event, frozen=True, kw_only=True):
    """The computer's mask of a frame beside the phone's.

    Attributes:
        sequence: of the frame.
        agreement: share of pixels with the same class, 0..1.
        computer_millis: what the computer needed for its mask.
        is_same_decision: whether both asked the network of this frame, or did not, for the same
            reason.
    """

    sequence: int
    agreement: float
    computer_millis: float = 0.0
    is_same_decision: bool = True


class PhoneSample(Event, frozen=True, kw_only=True):
    """The phone's condition, about once a second. None and empty where it does not tell.

    Attributes:
        clocks_khz: of each CPU; 0 for one that is off or silent.
        temperatures_celsius: by sensor.
        battery_percent: charge.
        battery_celsius: temperature.
        is_charging: whether the cable feeds it.
        memory_available_bytes: free for programs.
        busy_percent: of all CPUs together, 0..100.
        others_busy_percent: of all CPUs together, by anything but the runner.
        thermal_status: Android's, 0 (none) to 6 (shutdown).
    """

    clocks_khz: tuple[int, ...] = ()
    temperatures_celsius: dict[str, float] = msgspec.field(default_factory=dict)
    battery_percent: float | None = None
    battery_celsius: float | None = None
    is_charging: bool | None = None
    memory_available_bytes: int | None = None
    busy_percent: float | None = None
    others_busy_percent: float | None = None
    thermal_status: int | None = None


class PhoneDoubt(Event, frozen=True, kw_only=True):
    """Something that makes the session's numbers untrustworthy, or no longer does.

    Attributes:
        code: `lab`, `charging`, `hot-at-start`, `throttled`, `little-cores`, `busy`,
            `few-frames`, or `low-battery`.
        message: in words, with the value that was found.
        is_over: whether it has passed.
    """

    code: str
    message: str
    is_over: bool = False
