from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.run_jobs import no_worker_left


@pytest.fixture
def runs_dir(tmp_path: Path) -> Iterator[Path]:
    with no_worker_left(tmp_path / "runs") as path:
        yield path
