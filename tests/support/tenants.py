"""Accounts beside the one of a host, so that tests do not see each other's."""

import json
from dataclasses import dataclass

import httpx2
from typing_extensions import override

from tests.support import commands
from tests.support.hosts import Host
from tests.support.servers import Server


@dataclass(frozen=True)
class Tenant(Host):
    """Another account than a host's own, with a key of its own."""

    host: Host
    account_id: str
    api_key: str

    @property
    @override
    def credentials(self) -> dict[str, str]:
        own = {"account_id": self.account_id, "api_key": self.api_key}
        return {**self.host.credentials, **own}

    @override
    def client(self, **headers: str) -> httpx2.Client:
        return self.host.client(**(headers or {"X-Auth-Token": self.api_key}))


def tenant_of(host: Host) -> Tenant:
    """Make an account below a host's own."""
    with host.client() as client:
        made = client.put("/v2/accounts", json={"data": {"name": "tenant"}}).json()["data"]["id"]
        shown = client.get(f"/v2/accounts/{made}/api_key").json()["data"]
    return Tenant(host, made, shown["api_key"])


def tenant_at_the_top(server: Server) -> Tenant:
    """Make an account at the top of a server, as an operator does: a tenant of its own."""
    words = ("admin", "accounts", "create", "tenant", "--json", "--data-dir", server.data_dir)
    done = commands.run(*words)
    done.check_returncode()
    made = json.loads(done.stdout)
    return Tenant(server, made["account_id"], made["api_key"])
