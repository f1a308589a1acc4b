"""Compiled loops as the Python that they are written in, to hold the one against the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import numpy as np


@contextmanager
def interpreted(module: ModuleType) -> Iterator[None]:
    """Run a module's compiled functions as Python while inside."""
    compiled = {name: value for name, value in vars(module).items() if hasattr(value, "py_func")}
    try:
        for name, function in compiled.items():
            setattr(module, name, function.py_func)
        with np.errstate(all="ignore"):  # as compiled
            yield
    finally:
        for name, function in compiled.items():
            setattr(module, name, function)
