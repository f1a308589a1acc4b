"""What is compiled once for all tests of the runner."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.device_runner.build import build_runner, load_parts
from tests.device_runner.client import RunnerClient


@pytest.fixture(scope="session")
def parts_library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The runner's modules in this process."""
    return load_parts(tmp_path_factory.mktemp("parts"))


@pytest.fixture(scope="session")
def runner_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runner, with a stand-in for LiteRT beside it."""
    return build_runner(tmp_path_factory.mktemp("runner"))


@pytest.fixture
def start_runner(runner_program: Path) -> Iterator[Callable[..., RunnerClient]]:
    """Starts runners, which end with the test."""
    clients: list[RunnerClient] = []

    def start(*arguments: str, folder: Path | None = None) -> RunnerClient:
        clients.append(RunnerClient([str(runner_program), *arguments], folder))
        return clients[-1]

    yield start
    for client in clients:
        client.kill()
