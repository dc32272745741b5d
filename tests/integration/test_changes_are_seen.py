"""What one process changes, the very next execution or read of another process goes by."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from typing_extensions import override

from tests.support import commands
from tests.support.hosts import Host
from tests.support.servers import Server, starting
from tests.support.tenants import Tenant

ROUNDS = 10


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    """Two servers on one data directory, where each test has an account of its own."""
    with starting(tmp_path_factory.mktemp("data")) as start:
        yield start("--workers", "1"), start("--workers", "1")


def isolambda(server: Server, *words: str) -> Any:
    done = commands.run("admin", *words, "--json", "--data-dir", server.data_dir)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@dataclass(frozen=True)
class Address(Host):
    """One of the servers on a data directory, whose credentials name the first."""

    server: Server

    @property
    @override
    def credentials(self) -> dict[str, str]:
        [url] = re.findall(r"http://127\.0\.0\.1:\d+", "".join(self.server.output))[:1]
        return {**self.server.credentials, "url": url}


def tenant_on(server: Server, made: dict[str, str]) -> Tenant:
    return Tenant(Address(server), made["account_id"], made["api_key"])


def status(tenant: Tenant, function: str, key: str | None = None) -> int:
    """Return the status of a plain execution."""
    with tenant.client(**{"X-Auth-Token": key or tenant.api_key}) as client:
        url = f"{tenant.functions_url(function)}/execute"
        return client.post(url, json={"data": {}}).status_code


def test_another_source_is_executed_at_once(servers: tuple[Server, Server]) -> None:
    writer, reader = servers
    made = isolambda(writer, "accounts", "create", "Acme")
    here, there = tenant_on(writer, made), tenant_on(reader, made)
    function = here.create("return 0")
    assert there.execute(function)["result"] == 0

    for number in range(1, ROUNDS):
        with here.client() as client:
            changed = {"data": {"function_js": f"return {number}"}}
            client.patch(here.functions_url(function), json=changed).raise_for_status()

        assert there.execute(function)["result"] == number


def test_secrets_come_and_go_at_once(servers: tuple[Server, Server]) -> None:
    server, _ = servers
    made = isolambda(server, "accounts", "create", "Acme")
    tenant = tenant_on(server, made)
    function = tenant.create("return 1", secrets=["KEY"])
    put = {"value": "a good value", "sign": True}

    for _ in range(ROUNDS):
        assert status(tenant, function) == 409
        with tenant.client() as client:
            path = f"/v2/accounts/{made['account_id']}/secrets/KEY"
            client.put(path, json={"data": put}).raise_for_status()
        assert status(tenant, function) == 200
        isolambda(server, "secrets", "remove", made["account_id"], "KEY")


def test_keys_and_accounts_open_and_close_at_once(servers: tuple[Server, Server]) -> None:
    server, _ = servers
    made = isolambda(server, "accounts", "create", "Acme")
    tenant = tenant_on(server, made)
    function = tenant.create("return 1")
    assert status(tenant, function) == 200

    rotated = isolambda(server, "keys", "rotate", tenant.account_id)["api_key"]
    assert status(tenant, function) == status(tenant, function, rotated) == 200
    keys = isolambda(server, "keys", "list", tenant.account_id)
    before = next(row for row in keys if row["expires"])
    isolambda(server, "keys", "revoke", tenant.account_id, before["key_id"])
    assert status(tenant, function) == 401
    assert status(tenant, function, rotated) == 200

    isolambda(server, "accounts", "disable", tenant.account_id)
    assert status(tenant, function, rotated) == 423
    isolambda(server, "accounts", "enable", tenant.account_id)
    assert status(tenant, function, rotated) == 200


def read(tenant: Tenant, function: str) -> tuple[int, str]:
    """Return the status of a plain read, and the source that it shows."""
    with tenant.client() as client:
        answer = client.get(tenant.functions_url(function))
        listed = client.get(tenant.functions_url(""))
    assert listed.status_code == answer.status_code
    if answer.status_code != httpx2.codes.OK:
        return answer.status_code, ""
    source = answer.json()["data"]["function_js"]
    assert [one["function_js"] for one in listed.json()["data"]] == [source]
    return answer.status_code, source


def test_another_source_is_read_at_once(servers: tuple[Server, Server]) -> None:
    writer, reader = servers
    made = isolambda(writer, "accounts", "create", "Acme")
    here, there = tenant_on(writer, made), tenant_on(reader, made)
    function = here.create("return 0")

    for number in range(1, ROUNDS):
        assert read(there, function) == read(there, function)
        with here.client() as client:
            changed = {"data": {"function_js": f"return {number}"}}
            client.patch(here.functions_url(function), json=changed).raise_for_status()

        assert read(there, function) == read(here, function) == (200, f"return {number}")


def test_reads_open_and_close_with_keys_and_accounts_at_once(
    servers: tuple[Server, Server],
) -> None:
    server, _ = servers
    made = isolambda(server, "accounts", "create", "Acme")
    before = tenant_on(server, made)
    function = before.create("return 1")
    rotated = isolambda(server, "keys", "rotate", before.account_id)["api_key"]
    after = tenant_on(server, {**made, "api_key": rotated})
    assert [read(each, function)[0] for each in (before, after) * 2] == [200] * 4

    keys = isolambda(server, "keys", "list", before.account_id)
    expiring = next(row for row in keys if row["expires"])
    isolambda(server, "keys", "revoke", before.account_id, expiring["key_id"])
    assert [read(each, function)[0] for each in (before, after) * 2] == [401, 200] * 2

    isolambda(server, "accounts", "disable", before.account_id)
    assert read(after, function)[0] == 423
    isolambda(server, "accounts", "enable", before.account_id)
    assert read(after, function)[0] == 200
