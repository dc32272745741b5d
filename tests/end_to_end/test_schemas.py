"""What does not fit is refused; schemas make an OpenAPI document, and come from records."""

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from openapi_spec_validator import validate

from tests.support import commands
from tests.support.hosts import Host
from tests.support.tenants import Tenant
from tests.support.waiting import eventually

NAMED: dict[str, Any] = {
    "type": "object",
    "properties": {"name": {"$ref": "#/$defs/name"}},
    "required": ["name"],
    "$defs": {"name": {"type": "string", "pattern": "^[A-Z]"}},
}
GREETED: dict[str, Any] = {"properties": {"hello": {"type": "string", "maxLength": 5}}}


@pytest.fixture
def greet(tenant: Tenant) -> str:
    """A function with both schemas, in an account that has no other."""
    return tenant.create(
        "return {hello: call.name};",
        name="greet",
        input_schema=NAMED,
        result_schema=GREETED,
        record="all",
    )


def recorded(host: Host, function: str) -> list[dict[str, Any]]:
    with host.client() as client:
        answer = client.get(host.functions_url(function) + "/executions")
    return [dict(each) for each in answer.json()["data"]]


def test_what_does_not_fit_is_refused_with_its_path(tenant: Tenant, greet: str) -> None:
    with tenant.client() as client:
        url = tenant.functions_url(greet)
        refused = client.post(f"{url}/execute", json={"data": {"name": "ada"}})
        by_codemash = client.post(
            f"/v2/serverless/functions/{greet}/execute",
            json={"template": json.dumps({"name": 1})},
            headers={"Authorization": f"Bearer {tenant.api_key}"},
        )
        unfit = client.patch(url, json={"data": {"input_schema": {"items": {"type": "strin"}}}})
    fits = tenant.execute(greet, {"name": "Ada"})
    too_long = tenant.execute(greet, {"name": "Charles"})

    assert (refused.status_code, list(refused.json()["data"])) == (400, ["name"])
    [error] = by_codemash.json()["responseStatus"]["errors"]
    assert (by_codemash.status_code, error["fieldName"]) == (400, "name")
    assert (unfit.status_code, list(unfit.json()["data"])) == (400, ["input_schema.items.type"])
    assert (fits["outcome"], fits["result"]) == ("ok", {"hello": "Ada"})
    assert (too_long["outcome"], too_long["result"]) == ("invalid_result", None)
    assert too_long["error"]["message"] == "/hello: must have at most 5 characters"
    outcomes = eventually(lambda: found if len(found := recorded(tenant, greet)) == 2 else None)
    assert {each["outcome"] for each in outcomes} == {"ok", "invalid_result"}


def test_the_functions_of_an_account_are_an_openapi_document(tenant: Tenant, greet: str) -> None:
    with tenant.client() as client:
        document = client.get(f"/v2/accounts/{tenant.account_id}/openapi.json").json()
        validate(document)
        [(path, verbs)] = document["paths"].items()
        answer = client.post(path, json={"data": {"name": "B"}})

    # An API Gateway speaks TLS, and what stands for it here does not.
    [server] = document["servers"]
    assert urlsplit(server["url"]).netloc == urlsplit(tenant.host.credentials["url"]).netloc
    assert path.split("/")[-2] == greet
    assert verbs["post"]["operationId"] == "greet"
    assert document["components"]["schemas"]["greet.result"] == GREETED
    assert answer.json()["data"]["result"] == {"hello": "B"}


def test_schemas_are_proposed_from_what_was_recorded(
    tenant: Tenant, greet: str, tmp_path: Path
) -> None:
    for name in ("A", "B", "C"):
        tenant.execute(greet, {"name": name, "again": name == "B"})
    eventually(lambda: len(recorded(tenant, greet)) == 3)

    printed = commands.run(
        *("schema", "infer", "greet"),
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],  # noqa: TID251 - of the test run
            "HOME": str(tmp_path),
            "ISOLAMBDA_URL": tenant.credentials["url"],
            "ISOLAMBDA_KEY": tenant.api_key,
        },
    )

    printed.check_returncode()
    proposed = json.loads(printed.stdout)
    assert proposed["input_schema"]["properties"] == {
        "name": {"type": "string"},
        "again": {"type": "boolean"},
    }
    assert proposed["result_schema"]["required"] == ["hello"]
    other = tenant.create("return {hello: call.name};", **proposed)
    assert tenant.execute(other, {"name": "d", "again": True})["outcome"] == "ok"
