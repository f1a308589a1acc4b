from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.run_jobs import no_worker_left


@pytest.fixture
def runs_dir(tmp_path: Path) -> Iterator[Path]:
    """The workspace's runs, as `tests/conftest.py` sets it."""
    with no_worker_left(Path(os.environ["JEJUNET_WORKSPACE"]) / "runs") as path:
        yield path
