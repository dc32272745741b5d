"""Two accounts on one real server: who attacks, and who must not notice."""

from collections.abc import Iterator

import pytest

from tests.support.servers import Server, starting
from tests.support.tenants import Tenant, tenant_of


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with one worker at a time, for which all accounts compete."""
    with starting(tmp_path_factory.mktemp("data")) as start:
        yield start("--workers", "1")


@pytest.fixture(scope="module")
def mallory(server: Server) -> Tenant:
    return tenant_of(server)


@pytest.fixture(scope="module")
def alice(server: Server) -> Tenant:
    return tenant_of(server)
