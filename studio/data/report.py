"""What an inspection of a dataset leaves in the run folder, for the window and for people.

```
artifacts/
  dataset.json        `DatasetReport`
  samples/0000.jpg    an image with its mask drawn over it, at most 384 px long
```
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from studio.errors import SpecError
from studio.video.atomic_file import write_atomically

REPORT_FILE = "dataset.json"
SAMPLES_FOLDER = "samples"


@dataclass(frozen=True, slots=True)
class InspectSpec:
    """Look through a dataset: class frequencies, sizes, broken pairs, sample pictures.

    Attributes:
        dataset: folder; see `studio.data.dataset`.
        split: list to look through.
        val_split: list that must not share images with it; empty for none. One that is not there
            is passed over.
        samples: pictures with their masks to keep.
        seed: of the draw of those.
    """

    dataset: str
    split: str = "train"
    val_split: str = "val"
    samples: int = 24
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.samples <= 1000:
            raise SpecError(
                f"{self.samples} sample pictures were asked for.", remedy="Give 0 to 1000."
            )


class SizeCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many images have one size.

    Attributes:
        width: pixels.
        height: pixels.
        images: number of them.
    """

    width: int
    height: int
    images: int


class BrokenSample(msgspec.Struct, frozen=True, kw_only=True):
    """A pair that cannot be trained on.

    Attributes:
        name: in the list.
        image: path of the image.
        mask: path of the mask; empty without.
        reason: what was expected, what came.
        remedy: how to mend it.
    """

    name: str
    image: str
    mask: str
    reason: str
    remedy: str


class SamplePicture(msgspec.Struct, frozen=True, kw_only=True):
    """A sample kept as a picture.

    Attributes:
        name: in the list.
        file: relative to the run's artifacts.
        classes: indices of those it shows.
        width: pixels of the original.
        height: pixels of the original.
    """

    name: str
    file: str
    classes: tuple[int, ...]
    width: int
    height: int


class DatasetReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an inspection found.

    Attributes:
        name: of the dataset and its list.
        root: folder of the dataset.
        split: the list.
        labels: name of each class, background first.
        palette: RGB of each class.
        images: in the list.
        checked: looked at; fewer than `images` when it was stopped.
        class_pixels: pixels of each class.
        class_images: images that show each class.
        void_pixels: pixels to be ignored.
        sizes: of the images, the most frequent first.
        broken: pairs that cannot be used.
        shared: names that the other list has too.
        identical: groups of names in both lists whose image files are the same to the byte.
        val_split: the other list; empty when there was none.
        samples: kept as pictures.
        warnings: what a user should know, in words.
    """

    name: str
    root: str
    split: str
    labels: tuple[str, ...]
    palette: tuple[tuple[int, int, int], ...]
    images: int
    checked: int
    class_pixels: tuple[int, ...]
    class_images: tuple[int, ...]
    void_pixels: int
    sizes: tuple[SizeCount, ...]
    broken: tuple[BrokenSample, ...]
    shared: tuple[str, ...] = ()
    identical: tuple[tuple[str, ...], ...] = ()
    val_split: str = ""
    samples: tuple[SamplePicture, ...] = ()
    warnings: tuple[str, ...] = ()


def write_report(report: DatasetReport, artifacts_dir: Path) -> Path:
    """Write a report; the file appears complete or not at all.

    Returns:
        The file.

    Raises:
        OutputError: it cannot be written.
    """
    path = artifacts_dir / REPORT_FILE
    write_atomically(path, msgspec.json.format(msgspec.json.encode(report), indent=1))
    return path


def read_report(artifacts_dir: Path) -> DatasetReport | None:
    """Read a report; None when it is missing or damaged."""
    try:
        return msgspec.json.decode((artifacts_dir / REPORT_FILE).read_bytes(), type=DatasetReport)
    except (OSError, msgspec.MsgspecError):
        return None
