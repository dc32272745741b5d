"""The OpenAPI document of an account's own functions."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from starlette.testclient import TestClient

from isolambda_api.http.services import Services
from isolambda_core.domain import limits
from isolambda_core.domain.accounts.api_keys import Scope
from isolambda_core.domain.documents import Document
from isolambda_core.domain.functions.aliases import Target

ORDER: Document = {
    "type": "object",
    "required": ["lines"],
    "properties": {
        "lines": {"type": "array", "items": {"$ref": "#/$defs/line"}},
        "$ref": {"type": "string"},
        "enum": {"$ref": "#/$defs/line"},
        "as_is": {"const": {"$ref": "#/$defs/line"}},
    },
    "$defs": {"line": {"type": "object", "required": ["sku"]}},
}
TOTAL: Document = {"type": "number"}


@pytest.fixture
def path(account_id: str) -> str:
    return f"/v2/accounts/{account_id}/openapi.json"


def create(services: Services, account_id: str, name: str, **more: Any) -> str:
    document = {"name": name, "function_js": "return 1;", **more}
    return services.functions.create(account_id, document).id


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["post"]["operationId"]: each["post"] for each in document["paths"].values()}


def test_a_function_is_an_operation_with_its_schemas(
    client: TestClient, services: Services, account_id: str, path: str
) -> None:
    function_id = create(
        services, account_id, "total", input_schema=ORDER, result_schema=TOTAL, description="Sums."
    )

    answer = client.get(path)

    document = answer.json()
    validate(document)
    execute = f"/v2/accounts/{account_id}/functions/{function_id}/execute"
    assert list(document["paths"]) == [execute]
    assert document["servers"] == [{"url": "http://testserver"}]
    operation = document["paths"][execute]["post"]
    assert operation["summary"] == "total"
    assert operation["description"] == "Sums."
    assert "parameters" not in operation
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    checked = Draft202012Validator({**body, "components": document["components"]})
    assert checked.is_valid({"data": {"lines": [{"sku": 1}], "$ref": "a", "enum": {"sku": 2}}})
    assert not checked.is_valid({"data": {"lines": [{}]}})
    assert not checked.is_valid({"data": {"lines": [], "enum": {}}})
    assert not checked.is_valid({"data": {}})
    as_is = document["components"]["schemas"]["total.input"]["properties"]["as_is"]
    assert as_is == {"const": {"$ref": "#/$defs/line"}}


def test_the_answer_to_an_execution_is_what_the_operation_says(
    client: TestClient, services: Services, account_id: str, path: str
) -> None:
    create(services, account_id, "total", result_schema={"type": "object"})
    document = client.get(path).json()
    [(execute, verbs)] = document["paths"].items()

    answer = client.post(execute, json={"data": {"a": 1}}).json()

    responses = verbs["post"]["responses"]
    for status, said, fits in (("200", answer, True), ("default", answer, False)):
        schema = responses[status]["content"]["application/json"]["schema"]
        checked = Draft202012Validator({**schema, "components": document["components"]})
        assert checked.is_valid(said) is fits
    refused = client.post(execute, content=b"[", headers={"content-type": "application/json"})
    schema = responses["default"]["content"]["application/json"]["schema"]
    Draft202012Validator({**schema, "components": document["components"]}).validate(refused.json())


def test_a_function_with_a_live_alias_is_executed_under_it(
    client: TestClient, services: Services, account_id: str, path: str
) -> None:
    function_id = create(services, account_id, "total", result_schema=TOTAL)
    services.versions.publish(account_id, function_id, "")
    services.aliases.create(account_id, function_id, "live", Target(1), "")
    services.functions.patch(account_id, function_id, {"result_schema": {"type": "string"}})

    document = client.get(path).json()

    assert document["components"]["schemas"]["total.result"] == TOTAL
    [parameter] = operations(document)["total"]["parameters"]
    assert (parameter["name"], parameter["required"]) == ("qualifier", True)
    assert parameter["schema"] == {"const": "live"}


@pytest.mark.usefixtures("disabled_id")
def test_a_function_that_is_disabled_is_left_out(client: TestClient, path: str) -> None:
    assert client.get(path).json()["paths"] == {}


def test_functions_with_one_name_have_their_ids_in_those_of_the_operations(
    client: TestClient, services: Services, account_id: str, path: str
) -> None:
    alike = {create(services, account_id, name) for name in ("say hi", "say-hi")}
    nameless = create(services, account_id, "…")
    create(services, account_id, "total")

    document = client.get(path).json()

    validate(document)
    named = {*(f"say_hi_{each}" for each in alike), f"function_{nameless}", "total"}
    assert operations(document).keys() == named


def test_a_name_like_one_that_has_an_id_is_none_that_another_function_has(
    client: TestClient, services: Services, account_id: str, path: str
) -> None:
    alike = [create(services, account_id, "total") for _ in range(2)]
    create(services, account_id, f"total_{alike[0]}")

    document = client.get(path).json()

    validate(document)
    assert len(operations(document)) == len(document["paths"]) == 3


def test_keywords_that_openapi_has_for_something_else_are_left_out(
    client: TestClient, services: Services, account_id: str, path: str
) -> None:
    about: Document = {"title": "T", "examples": [{"$ref": "#"}], "x-order": {"$ref": "#"}}
    others: Document = {
        "discriminator": "kind",
        "xml": 1,
        "externalDocs": [],
        "definitions": 5,
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "contentSchema": {"$ref": "#/$defs/gone"},
    }
    schema = {**about, **others, "items": {**others, "not": {"const": others}}}
    create(services, account_id, "total", input_schema=schema)

    document = client.get(path).json()

    validate(document)
    shown = document["components"]["schemas"]["total.input"]
    assert shown == {**about, "items": {"not": {"const": others}}}


def test_a_function_without_schemas_takes_any_object(
    client: TestClient, services: Services, account_id: str, path: str
) -> None:
    create(services, account_id, "total")

    [operation] = operations(client.get(path).json()).values()

    body = operation["requestBody"]["content"]["application/json"]["schema"]
    assert body["properties"]["data"] == {"type": "object"}


def test_more_functions_are_in_the_next_document(
    client: TestClient,
    services: Services,
    account_id: str,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert limits.OPENAPI_FUNCTIONS == 200
    monkeypatch.setattr("isolambda_api.executions.execute.OPENAPI_FUNCTIONS", 2)
    names = {f"f{number}" for number in range(5)}
    for name in names:
        create(services, account_id, name)

    found: list[str] = []
    keys: list[str | None] = []
    for _ in range(3):
        query = f"?start_key={keys[-1]}" if keys else ""
        document = client.get(f"{path}{query}").json()
        found += operations(document)
        keys.append(document.get("x-next-start-key"))
        has_more = "There are more" in document["info"]["description"]
        assert has_more is (keys[-1] is not None)

    assert keys[-1] is None
    assert sorted(found) == sorted(names)


@pytest.mark.parametrize("is_limited", [False, True])
def test_a_key_to_execute_sees_what_it_may_execute(
    anonymous: TestClient,
    services: Services,
    account_id: str,
    function_id: str,
    path: str,
    is_limited: bool,
) -> None:
    create(services, account_id, "other")
    only = function_id if is_limited else None
    _, key = services.keys.create(account_id, [Scope.EXECUTE], only)

    answer = anonymous.get(path, headers={"x-auth-token": key})

    seen = set(operations(answer.json()))
    assert seen == ({"say_hi"} if is_limited else {"say_hi", "other"})


def test_a_key_that_is_limited_to_a_function_that_is_gone_sees_none(
    anonymous: TestClient, services: Services, account_id: str, function_id: str, path: str
) -> None:
    _, key = services.keys.create(account_id, [Scope.EXECUTE], function_id)
    services.functions.remove(account_id, function_id)

    assert anonymous.get(path, headers={"x-auth-token": key}).json()["paths"] == {}


def test_others_do_not_see_it(anonymous: TestClient, services: Services, path: str) -> None:
    _, stranger = services.accounts.create_top("other")

    assert anonymous.get(path).status_code == 401
    assert anonymous.get(path, headers={"x-auth-token": stranger}).status_code == 403


def test_a_client_that_has_it_gets_none(
    client: TestClient, services: Services, account_id: str, function_id: str, path: str
) -> None:
    etag = client.get(path).headers["etag"]

    assert client.get(path, headers={"if-none-match": etag}).status_code == 304
    services.functions.patch(account_id, function_id, {"name": "other"})
    assert client.get(path, headers={"if-none-match": etag}).status_code == 200
