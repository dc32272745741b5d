"""Unit tests of the core: no network, memory only."""

from collections.abc import Iterator
from typing import Any

import pytest

from isolambda_core.adapters.event_sources import Clients
from tests.support.aws import (
    account,
    make_sources,
    put_back_after,
)
from tests.support.samples import ACCOUNT


@pytest.fixture(autouse=True)
def _no_sockets(socket_disabled: None) -> None:
    """Let no unit test reach for the network."""


@pytest.fixture(scope="module")
def aws() -> Iterator[tuple[Clients, dict[str, dict[str, Any]]]]:
    """An AWS account that is emulated, and documents that name something which is there."""
    with account() as made:
        yield made, make_sources(made, ACCOUNT)


@pytest.fixture
def clients(aws: tuple[Clients, dict[str, dict[str, Any]]]) -> Iterator[Clients]:
    """The clients of the account, which is after the test what it was before."""
    made, _ = aws
    with put_back_after():
        yield made


@pytest.fixture
def documents(aws: tuple[Clients, dict[str, dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """Documents that name something which is there for the account ``ACCOUNT``."""
    _, made = aws
    return made
