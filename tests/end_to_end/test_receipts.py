"""Receipts say what ran, and are verified by the command with what a client has itself."""

import hashlib
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.end_to_end.test_asynchronous import ended, submit
from tests.end_to_end.test_http_functions import ask, key_for, publish
from tests.support import commands
from tests.support.hosts import Host
from tests.support.tenants import Tenant

JWKS = "/.well-known/jwks.json"
ENTRY = "import {twice} from './lib/twice.js';\nexport default (call) => twice(call.n);\n"
FILES = {"lib/twice.js": "export const twice = (n) => n * 2;\n"}


@pytest.fixture
def keys(host: Host, tmp_path: Path) -> Path:
    """The keys of the host, in a file."""
    with host.client(Accept="*/*") as stranger:
        answer = stranger.get(JWKS).raise_for_status()
    path = tmp_path / "jwks.json"
    path.write_bytes(answer.content)
    return path


def receipt_at(client: httpx2.Client, location: str) -> str:
    answer = client.get(f"{location}/receipt")
    assert answer.status_code == 200, answer.text
    receipt: str = answer.json()["data"]["receipt"]
    return receipt


def verify(receipt: str, keys: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return commands.run(
        *("receipts", "verify", "-", "--jwks", str(keys), "--json", *words), stdin=receipt
    )


def claims_of(receipt: str, keys: Path, *words: str) -> Mapping[str, Any]:
    done = verify(receipt, keys, *words)
    assert done.returncode == 0, done.stderr
    claims: Mapping[str, Any] = json.loads(done.stdout)["claims"]
    return claims


def test_a_receipt_has_the_hashes_of_what_a_client_has_itself(
    host: Host, client: httpx2.Client, keys: Path, tmp_path: Path
) -> None:
    function = host.create(ENTRY, files=FILES, record="all")
    execution = host.execute(function, {"n": 21})
    for name, text in {
        "function.js": ENTRY,
        **FILES,
        "input": '{ "n": 21 }',
        "result": "42\n",
        "function.json": json.dumps({"function_js": ENTRY, "files": FILES}),
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    location = f"{host.functions_url(function)}/executions/{execution['execution_id']}"
    receipt = receipt_at(client, location)
    said = claims_of(
        receipt,
        keys,
        *("--input", str(tmp_path / "input"), "--result", str(tmp_path / "result")),
        *("--source", str(tmp_path / "function.json")),
    )

    printed = subprocess.run(
        ["sha256sum", "function.js", *FILES],  # noqa: S607 - that of the machine
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    assert said["source_sha256"] == hashlib.sha256(printed).hexdigest()
    assert (said["outcome"], said["usage"]) == ("ok", execution["usage"])
    assert receipt == receipt_at(client, location)
    (tmp_path / "input").write_text('{"n":22}')
    assert verify(receipt, keys, "--input", str(tmp_path / "input")).returncode == 1
    signed, _, signature = receipt.rpartition(".")
    another = "B" if signature.startswith("A") else "A"
    assert verify(f"{signed}.{another}{signature[1:]}", keys).returncode == 1


def test_an_asynchronous_execution_has_the_receipt_of_its_end(
    host: Host, client: httpx2.Client, keys: Path
) -> None:
    location = submit(client, host, host.create("throw new Error('no')", attempts=1))
    record = ended(client, location)

    said = claims_of(receipt_at(client, location), keys)

    assert (said["outcome"], said["result_sha256"]) == ("exception", None)
    assert (said["ended_ms"], said["usage"]) == (record["ended_ms"], record["usage"])


def test_a_key_that_a_function_does_not_get_is_in_no_hash_of_its_input(
    tenant: Tenant, keys: Path
) -> None:
    function = tenant.create("return new Response('hi')", record="all")
    path = publish(tenant, function, {"type": "key"})
    key = key_for(tenant, function)

    assert ask(tenant, path, headers={"X-Auth-Token": key}).text == "hi"

    with tenant.client() as client:
        base = f"{tenant.functions_url(function)}/executions"
        [listed] = client.get(base).json()["data"]
        location = f"{base}/{listed['execution_id']}"
        answer = client.get(location)
        said = claims_of(receipt_at(client, location), keys)
    given = json.dumps(answer.json()["data"]["input"], separators=(",", ":"), ensure_ascii=False)
    assert key not in given
    assert said["input_sha256"] == hashlib.sha256(given.encode()).hexdigest()


def test_an_account_has_no_receipt_of_another_ones_execution(
    host: Host, tenant: Tenant, client: httpx2.Client
) -> None:
    function = host.create("return 1", record="all")
    execution = host.execute(function)["execution_id"]
    theirs = f"{host.functions_url(function)}/executions/{execution}"
    as_if_its_own = f"{tenant.functions_url(function)}/executions/{execution}"

    with tenant.client() as other:
        assert other.get(f"{theirs}/receipt").status_code == 403
        assert other.get(f"{as_if_its_own}/receipt").status_code == 404
    assert client.get(f"{theirs}/receipt").status_code == 200
