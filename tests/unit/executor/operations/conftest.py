"""A supervisor whose workers' functions can ask for operations."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.executor.operations.operating import Double, Performed, add_host, supervising


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The chunks of the platform, and that of the tests."""
    folder = tmp_path_factory.mktemp("platform")
    add_host(folder)
    return folder


@pytest.fixture(scope="module")
def performed_by_all(folder: Path) -> Iterator[Performed]:
    double = Double()
    with supervising(folder, double) as supervisor:
        yield Performed(supervisor, double)


@pytest.fixture
def performed(performed_by_all: Performed) -> Performed:
    """One supervisor for the tests of a module; operations are echoed at first."""
    return Performed(performed_by_all.supervisor, performed_by_all._double)
