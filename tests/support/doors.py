"""A server behind a real nginx with TLS, for clients that know nothing of tests."""

import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from typing_extensions import override

from tests.support import proxies
from tests.support.hosts import Host
from tests.support.servers import ONE_WORKER, Server, free_port, starting
from tests.support.waiting import WAIT_S

NONE_HERE = (
    "NO NGINX: WHAT IS BEHIND A PROXY WAS NOT TESTED; install Debian's package `nginx-light`, "
    "or name another with NGINX=/path/to/it"
)


@dataclass(frozen=True, slots=True)
class Door(Host):
    """A server behind nginx: ``url`` is nginx's, and ``authority`` the file that has its CA."""

    server: Server
    url: str
    authority: Path

    @property
    @override
    def credentials(self) -> dict[str, str]:
        return {**self.server.credentials, "url": self.url}

    @override
    def client(self, **headers: str) -> httpx2.Client:
        given = headers or {"X-Auth-Token": self.credentials["api_key"]}
        trust = ssl.create_default_context(cafile=str(self.authority))
        return httpx2.Client(base_url=self.url, headers=given, timeout=WAIT_S, verify=trust)

    @property
    def environment(self) -> Mapping[str, str]:
        """What has programs in Python and in JavaScript trust nginx, and no other server."""
        file = str(self.authority)
        return {
            **os.environ,  # noqa: TID251 - of the test run
            "SSL_CERT_FILE": file,
            "REQUESTS_CA_BUNDLE": file,
            "NODE_EXTRA_CA_CERTS": file,
        }


def require_nginx(request: pytest.FixtureRequest) -> None:
    """Skip where there is no nginx: where ``make test`` lists that, and else fail."""
    if proxies.program("nginx") is None:
        if request.config.getoption("--skips"):
            pytest.skip(NONE_HERE)
        pytest.fail(NONE_HERE, pytrace=False)


@contextmanager
def behind_nginx(folder: Path, *, tells_url: bool = True) -> Iterator[Door]:
    """Run a server, and nginx in front of it, in a folder of their own.

    Without ``tells_url`` the server knows its URL by nginx alone.
    """
    upstream = free_port()
    with (
        starting(folder / "data") as start,
        proxies.nginx(folder / "nginx", upstream) as proxy,
    ):
        # Nothing that drives a published client can say under which name it finds an address.
        url = f"https://127.0.0.1:{proxy.port}"
        known = ("--public-url", url) if tells_url else ()
        port = ("--port", str(upstream))
        server = start(*ONE_WORKER, *port, "--trusted-proxies", "127.0.0.1", *known)
        yield Door(server, url, proxy.authority)


@pytest.fixture(scope="module", name="door")
def door_behind_nginx(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Door]:
    """A server behind nginx, for the tests of a module that imports this."""
    require_nginx(request)
    with behind_nginx(tmp_path_factory.mktemp("nginx")) as door:
        yield door
