"""Finds the devices and machines of a training's strategy."""

from __future__ import annotations

import json
import os
from typing import Any

import keras
import tensorflow as tf

from studio.errors import RunError, SpecError
from studio.training.spec import Strategy

_EXAMPLE = (
    '{"cluster": {"worker": ["host1:2222", "host2:2222"]}, "task": {"type": "worker", "index": 0}}'
)
_ROLES = ("chief", "worker")


def open_strategy(name: Strategy, batch_size: int) -> tf.distribute.Strategy:
    """Connect to the devices of a strategy.

    Must come before TensorFlow computes anything.

    Args:
        name: any but `none`.
        batch_size: of all replicas together.

    Raises:
        SpecError: the batch cannot be divided, TF_CONFIG is wrong, there is no such device, or
            Keras runs on another backend.
        RunError: the other workers cannot be reached.
    """
    if keras.backend.backend() != "tensorflow":
        raise SpecError(
            f"The strategy {name!r} needs Keras on TensorFlow; it runs on"
            f" {keras.backend.backend()}.",
            remedy="Unset KERAS_BACKEND, or set the strategy to none.",
        )
    if name == "multi-worker":
        strategy = _multi_worker(read_tf_config(os.environ.get("TF_CONFIG", "")))
    elif name == "tpu":
        strategy = _tpu()
    else:
        devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
        strategy = tf.distribute.MirroredStrategy([device.name for device in devices])
    replicas = strategy.num_replicas_in_sync
    if batch_size % replicas:
        raise SpecError(
            f"A batch of {batch_size} cannot be divided among {replicas} replicas.",
            remedy=f"Set batch_size to a multiple of {replicas}.",
        )
    return strategy


def read_tf_config(text: str) -> dict[str, Any]:
    """Check the description of a cluster.

    Args:
        text: the environment variable TF_CONFIG.

    Returns:
        Its content.

    Raises:
        SpecError: it is missing or makes no sense.
    """

    def wrong(what: str) -> SpecError:
        return SpecError(
            f"The strategy multi-worker reads its cluster from the environment variable TF_CONFIG,"
            f" but {what}.",
            remedy=f"Set it on every worker, each with its own index, such as {_EXAMPLE}.",
            details=f"TF_CONFIG={text!r}",
        )

    if not text.strip():
        raise wrong("it is not set")
    try:
        config = json.loads(text)
    except json.JSONDecodeError as error:
        raise wrong(f"it is no JSON ({error})") from error
    cluster = config.get("cluster") if isinstance(config, dict) else None
    task = config.get("task") if isinstance(config, dict) else None
    if not isinstance(cluster, dict) or not isinstance(task, dict):
        raise wrong("it lacks `cluster` or `task`")
    unknown = sorted(set(cluster) - set(_ROLES))
    if unknown or not cluster:
        raise wrong(f"its cluster names {unknown or 'nobody'}, where `worker` was expected")
    for role, addresses in cluster.items():
        if not isinstance(addresses, list) or not addresses:
            raise wrong(f"its list of {role} addresses is empty or no list")
        for address in addresses:
            host, _, port = str(address).rpartition(":")
            if not (host and port.isdecimal() and 0 < int(port) < 65536):
                raise wrong(f"{address!r} is no address of the form host:port")
    role, index = task.get("type"), task.get("index")
    if role not in cluster:
        raise wrong(f"its task is a {role!r}, which its cluster does not have")
    if not isinstance(index, int) or not 0 <= index < len(cluster[role]):
        raise wrong(f"its task has index {index!r}, where its cluster has {len(cluster[role])}")
    return dict(config)


def _multi_worker(config: dict[str, Any]) -> tf.distribute.Strategy:
    workers = [address for addresses in config["cluster"].values() for address in addresses]
    try:
        return tf.distribute.MultiWorkerMirroredStrategy()
    except (tf.errors.OpError, RuntimeError) as error:
        raise RunError(
            f"The workers {', '.join(workers)} did not find each other.",
            remedy="Start the training on all of them, and let no firewall stand between them.",
            details=repr(error),
        ) from error


def _tpu() -> tf.distribute.Strategy:
    try:
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver.connect()
        return tf.distribute.TPUStrategy(resolver)
    except (ValueError, RuntimeError, tf.errors.OpError) as error:
        raise SpecError(
            "The strategy tpu needs a TPU, and none was found.",
            remedy="Run it on a TPU machine (TPU_NAME names another one), or choose the strategy"
            " none or mirrored.",
            details=repr(error),
        ) from error
