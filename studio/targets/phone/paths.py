"""Where our files lie on a phone: all below one folder that the shell user owns."""

from __future__ import annotations

ROOT = "/data/local/tmp/jejunet"
MODELS_DIR = f"{ROOT}/models"
CLIPS_DIR = f"{ROOT}/clips"
PART_SUFFIX = ".part"
SOCKET_PREFIX = "jejunet-"
"""Begins the names of our runners' abstract sockets; forwards to others are left alone."""

_BUNDLE_PREFIX = "bundle-"
_BUNDLE_HASH_DIGITS = 12
_FILE_HASH_DIGITS = 16


def bundle_dir(bundle_hash: str) -> str:
    """The folder of a bundle.

    Args:
        bundle_hash: of all its content, in hexadecimal digits.
    """
    return f"{ROOT}/{_BUNDLE_PREFIX}{bundle_hash[:_BUNDLE_HASH_DIGITS]}"


def model_path(sha256: str) -> str:
    """The place of a model.

    Args:
        sha256: of the `.tflite` file, in hexadecimal digits.
    """
    return f"{MODELS_DIR}/{sha256[:_FILE_HASH_DIGITS]}.tflite"


def clip_path(sha256: str) -> str:
    """The place of frames that are pushed ahead.

    Args:
        sha256: of the file, in hexadecimal digits.
    """
    return f"{CLIPS_DIR}/{sha256[:_FILE_HASH_DIGITS]}.clip"


def is_bundle_name(name: str) -> bool:
    """Whether a folder directly below `ROOT` holds a bundle."""
    return name.startswith(_BUNDLE_PREFIX)
