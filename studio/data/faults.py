"""Samples that turn out to be broken while training reads them."""

from __future__ import annotations

import threading

from studio.errors import InputError, StudioError

_ALLOWED_SHARE = 0.01
_ALWAYS_ALLOWED = 3


class Faults:
    """Keeps which samples could not be read, and says when they are too many. Thread-safe.

    Args:
        samples: number of samples in all.
    """

    def __init__(self, samples: int) -> None:
        self._samples = samples
        self._lock = threading.Lock()
        self._errors: dict[str, StudioError] = {}
        self._unheard: list[str] = []
        self._fatal: StudioError | None = None

    @property
    def fatal(self) -> StudioError | None:
        """Why training cannot go on; None while it can."""
        return self._fatal

    def add(self, name: str, error: StudioError) -> None:
        """Note a sample that cannot be read.

        Raises:
            InputError: they are too many.
        """
        with self._lock:
            if name not in self._errors:
                self._errors[name] = error
                self._unheard.append(name)
            broken = len(self._errors)
            if broken > max(_ALWAYS_ALLOWED, _ALLOWED_SHARE * self._samples):
                self._fatal = self._fatal or _too_many(broken, self._samples, self._errors)
            fatal = self._fatal
        if fatal is not None:
            raise fatal.with_traceback(None)  # raised by each worker, it would grow and grow

    def fail(self, error: StudioError) -> None:
        """Note an error that ends the training."""
        with self._lock:
            self._fatal = self._fatal or error

    def take_new(self) -> tuple[tuple[str, StudioError], ...]:
        """Samples found broken since the last call, with what is wrong, for warnings."""
        with self._lock:
            names, self._unheard = self._unheard, []
            return tuple((name, self._errors[name]) for name in names)


def _too_many(broken: int, samples: int, errors: dict[str, StudioError]) -> InputError:
    first = next(iter(errors.values()))
    return InputError(
        f"{broken} of {samples} images could not be read while training. The first: "
        f"{first.message}",
        remedy="Was the dataset moved or deleted? Check it, then resume: what was trained is kept.",
        details="\n".join(f"{name}: {error}" for name, error in errors.items()),
    )
