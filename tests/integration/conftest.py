"""A real server for each test or each module."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.servers import ONE_WORKER, Server, starting


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start servers on one data directory; all are ended after the test."""
    with starting(tmp_path) as start_one:
        yield start_one


@pytest.fixture
def server(start: Callable[..., Server]) -> Server:
    """A server of the test's own."""
    return start(*ONE_WORKER)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for tests which each look at nothing but what they made."""
    with starting(tmp_path_factory.mktemp("shared")) as start_one:
        yield start_one(*ONE_WORKER)
