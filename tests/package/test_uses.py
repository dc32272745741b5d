"""The package in use, in a fresh environment and from another folder: everything works there."""

import hmac
import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.package.dist import LOCK, ROOT, UV, Dist, succeed
from tests.package.served import serving
from tests.support.servers import Server

EVENT = ROOT / "tests/events/sqs.json"
VALUE = "a key that signs"
REACHES = """
const encode = (text) => new TextEncoder().encode(text)
const algorithm = {name: 'HMAC', hash: 'SHA-256'}
const raw = encode(context.secrets.KEY)
const key = await crypto.subtle.importKey('raw', raw, algorithm, false, ['sign'])
const mac = await crypto.subtle.sign('HMAC', key, encode(await call.text()))
return Response.json({
  mac: new Uint8Array(mac).toHex(),
  count: await context.kv.increment('requests'),
  fetched: await fetch('http://127.0.0.1:1/').catch(({cause}) => cause.code),
})
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory that has nothing to do with the checkout."""
    return tmp_path_factory.mktemp("elsewhere")


@pytest.fixture(scope="module")
def server(command: Path, folder: Path) -> Iterator[Server]:
    with serving([command], folder) as started:
        yield started


def ask(command: Path, folder: Path, *words: str) -> Any:
    """Return what the installed command prints as JSON; it must succeed."""
    return json.loads(succeed(command, *words, "--json", cwd=folder))


def test_no_sdk_of_aws_is_installed(command: Path) -> None:
    listed = succeed(UV, "pip", "list", "--python", command.parents[1], "--format", "json")

    names = {package["name"] for package in json.loads(listed)}
    assert {"isolambda", "fastapi", "mini-racer", "brotli", "cryptography"} <= names
    assert names.isdisjoint({"boto3", "botocore", "s3transfer", "mangum", "pytest"})


def test_a_function_is_created_and_executed(server: Server) -> None:
    function = server.create("return {greeting: 'hi ' + call.name}")

    executed = server.execute(function, {"name": "Ada"})

    assert (executed["outcome"], executed["result"]) == ("ok", {"greeting": "hi Ada"})
    with server.client() as client:
        health = client.get("/healthz").json()
        samples = client.get(server.functions_url("samples")).json()["data"]
    assert (health["status"], health["confined"]) == ("ok", True)
    assert len(samples) > 5


def test_a_request_reaches_secrets_values_and_the_network(server: Server) -> None:
    reach = {"secrets": ["KEY"], "kv": ["counters"], "net": {"allow": ["127.0.0.1"]}}
    function = server.create(REACHES, **reach)
    account = server.credentials["account_id"]
    secret = {"data": {"value": VALUE, "sign": True}}
    trigger = {"name": "n", "type": "http", "path": "reaches", "auth": {"type": "none"}}

    with server.client() as client:
        client.put(f"/v2/accounts/{account}/secrets/KEY", json=secret).raise_for_status()
        url = f"{server.functions_url(function)}/triggers"
        client.put(url, json={"data": trigger}).raise_for_status()
    with server.client(Accept="*/*") as stranger:
        answer = stranger.post(f"/http/{account}/reaches", content=b"a body")

    assert answer.json() == {
        "mac": hmac.new(VALUE.encode(), b"a body", "sha256").hexdigest(),
        "count": 1,
        "fetched": "private_address",
    }


def test_accounts_and_keys_are_kept(server: Server, command: Path, folder: Path) -> None:
    made = ask(command, folder, "admin", "accounts", "create", "Acme")
    account = made["account_id"]
    key = ask(command, folder, "admin", "keys", "create", account, "--scope", "execute")

    assert account in [
        each["account_id"] for each in ask(command, folder, "admin", "accounts", "list")
    ]
    assert len(ask(command, folder, "admin", "keys", "list", account)) == 2
    with server.client(**{"X-Auth-Token": made["api_key"]}) as client:
        assert client.get(f"/v2/accounts/{account}/functions").status_code == 200
    assert ask(command, folder, "admin", "keys", "rotate", account)["api_key"] != made["api_key"]
    assert (
        ask(command, folder, "admin", "keys", "revoke", account, key["key_id"])["revoked"] is True
    )
    assert ask(command, folder, "admin", "accounts", "disable", account)["enabled"] is False
    assert ask(command, folder, "admin", "accounts", "enable", account)["enabled"] is True


def test_a_recorded_event_is_played(server: Server, command: Path, folder: Path) -> None:
    function = server.create("return call.body")
    with server.client() as client:
        asked = {"data": {"name": "orders", "type": "queue"}}
        trigger = client.put(server.functions_url(function) + "/triggers", json=asked).json()
    to = ("--function", function, "--account", server.credentials["account_id"])

    played = ask(
        *(command, folder, "admin", "events", "send", "--file", str(EVENT)),
        *("--trigger", trigger["data"]["id"], *to),
    )

    assert {each["status"] for each in played} == {"succeeded"}


@pytest.mark.usefixtures("server")
def test_dead_letters_are_looked_at(command: Path, folder: Path) -> None:
    assert ask(command, folder, "admin", "dead-letters", "list") == []
    assert ask(command, folder, "admin", "dead-letters", "redrive", "--all") == []


def test_a_stack_says_what_to_install(command: Path, folder: Path) -> None:
    words = ("admin", "accounts", "list", "--stack", "acme")

    ended = subprocess.run([command, *words], capture_output=True, check=False, cwd=folder)

    assert (ended.returncode, ended.stdout) == (1, b"")
    assert ended.stderr.endswith(b"pip install 'isolambda[aws]'\n")
    assert ended.stderr.count(b"\n") == 1


def test_uvx_serves_without_an_installation(dist: Dist, tmp_path: Path) -> None:
    uvx = (UV, "tool", "run", "--constraints", LOCK, "--from", dist.wheel)

    with serving([*uvx, "isolambda"], tmp_path) as server:
        executed = server.execute(server.create("return 6 * 7"))
        output = server.end(signal.SIGTERM)

    assert executed["result"] == 42
    assert "Traceback" not in output
