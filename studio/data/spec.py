"""How training images are varied."""

from __future__ import annotations

from dataclasses import dataclass

from studio.errors import SpecError


@dataclass(frozen=True, slots=True)
class AugmentationSpec:
    """Random changes to each training image; everything drawn from the run's seed.

    Attributes:
        smallest_scale: of the image that the crop is taken from, before `fit_long_side` of it.
        largest_scale: upper end of the same.
        flip: mirror every other image.
        brightness: largest change, as a share of the full range.
        contrast: largest change, as a share.
        saturation: largest change, as a share.
        hue_degrees: largest turn on the colour circle.

    Reference: Chen et al. 2017, "Rethinking Atrous Convolution", section 4.1 (scale 0.5 to 2.0,
        crop, flip).
    """

    smallest_scale: float = 0.5
    largest_scale: float = 2.0
    flip: bool = True
    brightness: float = 0.1
    contrast: float = 0.2
    saturation: float = 0.2
    hue_degrees: float = 5.0

    def __post_init__(self) -> None:
        if not 0.1 <= self.smallest_scale <= self.largest_scale <= 8.0:
            raise SpecError(
                f"Images cannot be scaled from {self.smallest_scale:g} to {self.largest_scale:g}.",
                remedy="Give 0.1 or more for the smallest scale, at most 8 for the largest, and"
                " no more for the smallest than for the largest.",
            )
        for name in ("brightness", "contrast", "saturation"):
            value = getattr(self, name)
            if not 0.0 <= value < 1.0:
                raise SpecError(
                    f"The {name} cannot change by {value:g}.", remedy="Give 0 or more, below 1."
                )
        if not 0.0 <= self.hue_degrees <= 180.0:
            raise SpecError(
                f"The hue cannot turn by {self.hue_degrees:g} degrees.", remedy="Give 0 to 180."
            )
