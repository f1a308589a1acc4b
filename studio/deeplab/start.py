"""Where a training takes its first weights from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras

from studio.deeplab.files import LoadedNetwork, load_network
from studio.deeplab.imagenet import ORIGIN, assign_backbone, imagenet_backbone
from studio.deeplab.spec import NetworkSpec
from studio.deeplab.tflite_import import import_tflite
from studio.errors import ModelError

_BACKBONE = ("stem", "block_")
_LOADERS: dict[str, Callable[[Path], LoadedNetwork]] = {
    ".keras": load_network,
    ".tflite": import_tflite,
}


def start_weights(model: keras.Model, spec: NetworkSpec, source: str) -> tuple[str, ...]:
    """Give a network its first weights.

    Layers take over what a layer of the same name and shape has; so the head may differ from the
    source's, the number of classes too, and fewer or more blocks may be kept.

    Args:
        model: as `deeplab_v3plus` builds it, at any size.
        spec: what it was built from.
        source: empty (random), `imagenet`, the `.h5` file of those weights, a `.keras` file of
            this studio, or a published `.tflite`.

    Returns:
        In sentences: what was taken, what stays random, and what follows from it.

    Raises:
        ModelError: the source cannot be read, or its backbone has another width.
        SpecError: there are no ImageNet weights for this network.
    """
    if not source:
        return ("All weights start at random.",)
    if source == "imagenet" or Path(source).suffix == ".h5":
        file = None if source == "imagenet" else Path(source)
        assign_backbone(model, spec, imagenet_backbone(spec, file))
        taken = {layer.name for layer in model.layers if layer.name.startswith(_BACKBONE)}
        return _in_words(model, taken, ORIGIN)
    path = Path(source)
    loader = _LOADERS.get(path.suffix.lower())
    if loader is None:
        raise ModelError(
            f"A network cannot start from {source}: expected nothing, `imagenet`, an .h5 file of"
            " ImageNet weights, a .keras file, or a .tflite file.",
            remedy="Choose one of these.",
        )
    network = loader(path)
    taken = _take_over(model, spec, network, path.name)
    words = _in_words(model, taken, network.origin or path.name)
    if loader is import_tflite:
        words = (
            *words,
            "The file holds no batch-norm statistics of its own: train it with frozen norm.",
        )
    return words


def _take_over(
    model: keras.Model, spec: NetworkSpec, network: LoadedNetwork, file_name: str
) -> set[str]:
    """Copy what fits; returns the names of the layers that took over."""
    sources = {layer.name: layer for layer in network.model.layers if layer.weights}
    taken = set()
    for layer in model.layers:
        source = sources.get(layer.name)
        is_learnt = network.has_head or layer.name.startswith(_BACKBONE)
        if source is None or not layer.weights or not is_learnt:
            continue
        if [tuple(weight.shape) for weight in layer.weights] == [
            tuple(weight.shape) for weight in source.weights
        ]:
            for target, weight in zip(layer.weights, source.weights, strict=True):
                target.assign(weight)
            taken.add(layer.name)
        elif layer.name.startswith(_BACKBONE):
            raise ModelError(
                f"The backbone in {file_name} has width {network.spec.width:g} with filters in"
                f" multiples of {network.spec.filter_divisor}; this network has width"
                f" {spec.width:g} and multiples of {spec.filter_divisor}.",
                remedy=f"Set the width to {network.spec.width:g} and the filter divisor to"
                f" {network.spec.filter_divisor}, or start from something else.",
            )
    return taken


def _in_words(model: keras.Model, taken: set[str], origin: str) -> tuple[str, ...]:
    names = [layer.name for layer in model.layers if layer.weights]
    random = [name for name in names if name not in taken]
    words = [f"{len(taken)} of {len(names)} layers start from {origin}."]
    blocks = [name for name in random if name.startswith(_BACKBONE)]
    head = [name for name in random if not name.startswith(_BACKBONE)]
    if blocks:
        words.append(f"These layers of the backbone start at random: {', '.join(blocks)}.")
    if head:
        words.append(f"These layers behind the backbone start at random: {', '.join(head)}.")
    return tuple(words)
