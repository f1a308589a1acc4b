"""What the temporal engine did with a frame, as jobs and the window are told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TemporalReport:
    """One frame.

    Attributes:
        is_key: the network's word on this very frame went into the mask.
        trigger: see `step.Trigger`; its value. `none` where the network was not given this frame;
            an asynchronous one is given a frame only when it is free.
        gap: age in frames of the network's word that the mask rests on: frames since the last key
            frame, or since the one that an asynchronous network's last word was about.
        late_frames: how old the network's word was that came in with this frame (asynchronous key
            frames); 0 where none came or it was not late.
        change: see `step.Measures`, here and in the next six.
        difference: likewise.
        residual: likewise.
        flow: likewise.
        area: likewise.
        forward_backward: likewise.
        disagreement: likewise.
        plane_millis: shrinking the frame to the luma plane.
        flow_millis: optical flow.
        warp_millis: carrying the past along.
        decide_millis: the policy.
        network_millis: preprocessing and the network; 0 where it did not run. An asynchronous
            network's time is told with the frame that its word came in with.
        fuse_millis: joining the network's word with the past.
        draw_millis: the mask at the frame's size.
        total_millis: from the frame to its mask, waiting included.
    """

    is_key: bool
    trigger: str
    gap: int
    late_frames: int = 0
    change: float = 0.0
    difference: float = 0.0
    residual: float = 0.0
    flow: float = 0.0
    area: float = 0.0
    forward_backward: float = 0.0
    disagreement: float = 0.0
    plane_millis: float = 0.0
    flow_millis: float = 0.0
    warp_millis: float = 0.0
    decide_millis: float = 0.0
    network_millis: float = 0.0
    fuse_millis: float = 0.0
    draw_millis: float = 0.0
    total_millis: float = 0.0

    @property
    def propagation_millis(self) -> float:
        """All that is not the network, fusion or drawing."""
        return self.plane_millis + self.flow_millis + self.warp_millis + self.decide_millis
