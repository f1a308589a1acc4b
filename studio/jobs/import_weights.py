"""The job that turns a published `.tflite` into a Keras file of ours."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from studio.data.calibration import calibration_images, calibration_subset, open_calibration
from studio.deeplab.quiet import quiet
from studio.deeplab.spec import ImportSpec
from studio.errors import ModelError, SpecError
from studio.runs.reporting import Reporter

if TYPE_CHECKING:
    from studio.deeplab.files import LoadedNetwork


def run(spec: ImportSpec, reporter: Reporter) -> dict[str, object]:
    """Import a file, compare the result with it, and write it.

    Args:
        spec: what to import, and whereto.
        reporter: hears how it goes.

    Returns:
        Where the file lies, the network's spec, its cost, and how well it agrees.

    Raises:
        SpecError: the file to write has another suffix.
        ModelError: the source cannot be read, or is no network that we have, or what was imported
            does not compute what its source computes.
        OutputError: the file cannot be written.
    """
    source, out = Path(spec.source), Path(spec.out)
    if out.suffix != ".keras":
        raise SpecError(
            f"A Keras file is to be written, but {out.name} does not end in .keras.",
            remedy="Give a name that ends in .keras.",
        )
    reporter.progress(0, 3, "steps", "Loading TensorFlow")
    with quiet():  # it greets on standard error, from C++
        from studio.deeplab.cost import network_cost
        from studio.deeplab.files import save_network
        from studio.deeplab.import_check import compare_with_source
        from studio.deeplab.pictures import sample_pictures
        from studio.deeplab.tflite_import import import_tflite

        reporter.progress(1, 3, "steps", f"Reading {source.name}")
        network = import_tflite(source)
        reporter.progress(2, 3, "steps", "Comparing the network with its source")
        check = compare_with_source(source, network, sample_pictures(network.spec.input_size, 1))
    if not check.is_fine:
        raise ModelError(
            f"What was imported from {source.name} does not compute what the file computes: their"
            f" {check.compared} correlate by {check.output.correlation:.3f}; the layer that agrees"
            f" least is {check.worst.name} ({check.worst.op}).",
            remedy="Nothing was written. The file has a structure that is not understood yet.",
            details=repr(check),
        )
    if spec.input_size:
        network = _at_size(network, spec.input_size)
    if spec.head_filters:
        network = _narrowed(network, spec, reporter)
    save_network(
        network.model,
        network.spec,
        out,
        network.labels,
        origin=network.origin,
        has_head=network.has_head,
    )
    reporter.artifact(out.name, out.absolute(), "model")
    if not network.has_head:
        reporter.warn(
            f"{source.name} is a classifier: its backbone was taken, the head is random.",
            "Train it before use.",
        )
    reporter.progress(3, 3, "steps", "Imported")
    cost = network_cost(network.spec)
    return {
        "out": str(out),
        "network": asdict(network.spec),
        "labels": list(network.labels),
        "has_head": network.has_head,
        "multiply_adds": cost.multiply_adds,
        "parameters": cost.parameters,
        "size_bytes": out.stat().st_size,
        "compared": check.compared,
        "source_is_quantized": check.is_quantized,
        "agreement": asdict(check.output),
        "worst_layer": {"name": check.worst.name, **asdict(check.worst.alone)},
    }


def _at_size(network: LoadedNetwork, size: int) -> LoadedNetwork:
    """The same weights behind another input."""
    from studio.deeplab.deeplab_v3plus import deeplab_v3plus

    spec = replace(network.spec, input_height=size, input_width=size)
    model = deeplab_v3plus(spec)
    model.set_weights(network.model.get_weights())
    return replace(network, model=model, spec=spec)


def _narrowed(network: LoadedNetwork, spec: ImportSpec, reporter: Reporter) -> LoadedNetwork:
    from studio.deeplab.narrow import narrow_head

    found = open_calibration(Path(spec.calibration))
    images = calibration_subset(found, spec.calibration_images, spec.seed)
    reporter.progress(2, 3, "steps", f"Narrowing the head by {len(images)} images")
    inputs = calibration_images(images, network.spec.input_size)
    return narrow_head(network, spec.head_filters, inputs)
