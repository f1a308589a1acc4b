"""The verbs that change a network's form: `import` and `export`."""

from __future__ import annotations

import argparse
import errno
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from studio.deeplab.spec import ExportSpec, ImportSpec
from studio.errors import InputError, SpecError, output_error
from studio.inference.catalogue import find_model
from studio.jobs import can_resume
from studio.runs.folder import RunStatus
from studio.runs.lookup import find_run
from studio.runs.store import RunEntry
from studio.training.spec_paths import existing_folder, weights_of
from studio.verbs.answers import do_job, table, write_json, write_lines


def import_weights(parsed: argparse.Namespace) -> int:
    """Do `jejunet import`.

    Returns:
        The exit code.

    Raises:
        StudioError: the file holds no such network, or the other cannot be written.
    """
    source = find_model(parsed.file).absolute()
    calibration = parsed.calibration
    spec = ImportSpec(
        source=str(source),
        out=str(_out(parsed.out, ".keras")),
        head_filters=parsed.head_filters,
        calibration=str(existing_folder(calibration, "calibration folder")) if calibration else "",
        calibration_images=parsed.calibration_images,
        seed=parsed.seed,
        input_size=parsed.size,
    )
    return _tell(do_job("import", spec), _tell_import, as_json=parsed.json)


def export(parsed: argparse.Namespace) -> int:
    """Do `jejunet export`.

    Returns:
        The exit code.

    Raises:
        StudioError: there is no such network, or the file cannot be written.
    """
    height, width = _size(parsed.size)
    calibration = parsed.calibration
    spec = ExportSpec(
        source=str(_source(parsed.source)),
        out=str(_out(parsed.out, ".tflite")),
        int8=parsed.int8,
        calibration=str(existing_folder(calibration, "calibration folder")) if calibration else "",
        calibration_images=parsed.calibration_images,
        seed=parsed.seed,
        input_height=height,
        input_width=width,
        output="labels" if parsed.labels_output else "logits",
        name=parsed.name,
    )
    return _tell(do_job("export", spec), _tell_export, as_json=parsed.json)


def _source(text: str) -> Path:
    """A `.keras` file, or the folder of a training run."""
    path = Path(text).expanduser().absolute()
    if path.suffix.lower() == ".keras":
        try:
            is_there = path.is_file()
        except OSError:
            is_there = False
        if not is_there:
            raise InputError(f"There is no file {text}.", remedy="Check the path.")
        return path
    run = find_run(text, fits=_is_training, what="training run or .keras file")
    weights_of(run)  # before TensorFlow is loaded, which takes seconds
    return run.path


def _is_training(entry: RunEntry) -> bool:
    # The jobs that can be resumed are those that save networks.
    return entry.record is not None and can_resume(entry.record.job, RunStatus.STOPPED)


def _out(text: str, suffix: str) -> Path:
    """The absolute path of a file to write.

    Raises:
        SpecError: its name does not end as it should.
        OutputError: its folder is missing; told before the work, not behind it.
    """
    path = Path(text).expanduser().absolute()
    if path.suffix.lower() != suffix:
        raise SpecError(
            f"The file to write is called {path.name}.",
            remedy=f"Give a name that ends in {suffix}.",
        )
    if not path.parent.is_dir():
        raise output_error(path, FileNotFoundError(errno.ENOENT, "No such folder"))
    if path.is_dir():
        raise output_error(path, IsADirectoryError(errno.EISDIR, "Is a folder"))
    return path


def _size(text: str | None) -> tuple[int, int]:
    """Height and width as in `257` or `193x321`; zeros for the network's own."""
    if text is None:
        return 0, 0
    match = re.fullmatch(r"(\d{1,5})(?:[xX×](\d{1,5}))?", text.strip())
    if match is None:
        raise SpecError(f"“{text}” is no size.", remedy="Write 257, or HEIGHTxWIDTH as 193x321.")
    return int(match[1]), int(match[2] or match[1])


def _network_rows(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    agreed = summary["agreement"]
    rows = [
        ("wrote", str(summary["out"])),
        ("file", f"{summary['size_bytes'] / 1e6:.2f} MB"),
        ("network", f"{summary['multiply_adds'] / 1e9:.3f} billion multiply-adds an image"),
    ]
    if agreed is not None:
        rows.append(
            (
                "agreement",
                f"{100 * agreed['same_class']:.2f} % of pixels alike, "
                f"correlation {agreed['correlation']:.6f}, over {agreed['images']} images",
            )
        )
    return rows


def _tell_import(summary: Mapping[str, Any]) -> list[str]:
    network = summary["network"]
    knobs = (
        f"{network['input_width']}×{network['input_height']}, width {network['width']:g}, "
        f"output stride {network['output_stride']}, {network['classes']} classes"
    )
    return table([*_network_rows(summary), ("input", knobs)])


def _tell_export(summary: Mapping[str, Any]) -> list[str]:
    height, width = summary["input_size"]
    form = "int8" if summary["int8"] else "float32"
    return table(
        [
            *_network_rows(summary),
            ("input", f"{width}×{height}, {form}, {summary['output']} out"),
            ("XNNPACK", f"runs {100 * summary['delegated_share']:.0f} % of its operators"),
            ("card", str(summary["card"])),
        ]
    )


def _tell(
    summary: dict[str, object], words: Callable[[Mapping[str, Any]], list[str]], *, as_json: bool
) -> int:
    if as_json:
        write_json(summary)
    else:
        write_lines(words(summary))
    return 0
