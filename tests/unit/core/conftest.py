"""Unit tests of the core: no network, memory only."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from isolambda_local.sqlite import SqliteStore, open_store


@pytest.fixture(autouse=True)
def _no_sockets(socket_disabled: None) -> None:
    """Let no unit test reach for the network."""


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    with closing(open_store(None)) as opened:
        yield opened
