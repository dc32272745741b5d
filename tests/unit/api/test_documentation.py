"""The OpenAPI document is valid and complete; the clients of these tests check that it is true."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from jsonschema import Draft202012Validator
from pydantic_core import to_jsonable_python
from starlette.routing import Route
from starlette.testclient import TestClient

from isolambda_api import documentation
from isolambda_api.accounts import schemas as account_schemas
from isolambda_api.aliases import schemas as alias_schemas
from isolambda_api.app import RESOURCES, dialect_for
from isolambda_api.codemash import errors as codemash_errors
from isolambda_api.events import schemas as event_schemas
from isolambda_api.functions import schemas
from isolambda_api.http_functions import openapi as http_functions
from isolambda_api.http_functions import problems
from isolambda_api.http_functions.requests import WITH_BODY
from isolambda_api.kazoo import errors as kazoo_errors
from isolambda_api.triggers import schemas as trigger_schemas
from isolambda_core.domain.accounts.accounts import ACCOUNT_SCHEMA
from isolambda_core.domain.functions import functions
from isolambda_core.domain.functions.alias_documents import ALIAS_SCHEMA, FORCE_SCHEMA
from isolambda_core.domain.triggers.documents import schema_of
from isolambda_core.domain.triggers.sent_documents import EVENT_SCHEMA
from isolambda_core.domain.triggers.triggers import TriggerType


def test_the_document_is_served(app: FastAPI, document: dict[str, Any]) -> None:
    answer = TestClient(app).get("/openapi.json")

    assert answer.status_code == 200
    assert answer.json() == document


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Return the API's own operations, and none that a function answers."""
    return [
        (path, verb, operation)
        for path, verbs in document["paths"].items()
        if path != http_functions.PATH
        for verb, operation in verbs.items()
    ]


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for child in value.values() for found in references(child)]
    if isinstance(value, list):
        return [found for child in value for found in references(child)]
    return []


def test_each_route_has_a_name_and_a_description_of_its_own(app: FastAPI) -> None:
    routes = {route.name: route for route in app.routes if isinstance(route, APIRoute)}

    assert len(routes) == sum(isinstance(route, APIRoute) for route in app.routes)
    bodies = documentation.bodies_of(RESOURCES)
    described = {
        name
        for name, route in routes.items()
        if documentation.describe(route, dialect_for(route.path), bodies)
    }
    assert routes.keys() - described == {"healthz", "readyz", "perform_kv_operation"}


def test_every_route_is_documented(app: FastAPI, document: dict[str, Any]) -> None:
    served = {
        (route.path_format, verb.lower())
        for route in app.routes
        if isinstance(route, APIRoute) and route.include_in_schema
        for verb in route.methods or ()
    }

    assert {(path, verb) for path, verb, _ in operations(document)} == served


def test_every_operation_says_what_it_does(document: dict[str, Any]) -> None:
    for path, verb, operation in operations(document):
        assert operation["summary"], (path, verb)
        assert operation["description"], (path, verb)
        assert operation["tags"], (path, verb)
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = references(document)

    assert found
    for reference in found:
        assert reference.removeprefix("#/components/schemas/") in document["components"]["schemas"]


def test_every_schema_is_a_schema(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_no_operation_answers_as_fastapi_would(document: dict[str, Any]) -> None:
    for _, _, operation in operations(document):
        assert "HTTPValidationError" not in str(operation["responses"])
    assert not {"HTTPValidationError", "ValidationError"} & document["components"]["schemas"].keys()


def test_every_error_has_examples_that_are_true(document: dict[str, Any]) -> None:
    for path, verb, operation in operations(document):
        for status, response in operation["responses"].items():
            if status == "304":
                assert "content" not in response
                continue
            content = response["content"]["application/json"]
            whole = {**content["schema"], "components": document["components"]}
            examples = content.get("examples", {})
            assert examples or int(status) < 400, (path, verb, status)
            for example in examples.values():
                Draft202012Validator(whole).validate(example["value"])


def test_what_functions_answer_is_there_with_each_verb(
    app: FastAPI, document: dict[str, Any]
) -> None:
    [route] = [one for one in app.routes if getattr(one, "path", "") == http_functions.PATH]

    verbs = document["paths"][http_functions.PATH]

    assert isinstance(route, Route)
    assert {verb.upper() for verb in verbs} == route.methods
    assert {verb for verb, operation in verbs.items() if "requestBody" in operation} == {
        verb.lower() for verb in WITH_BODY
    }
    for operation in verbs.values():
        assert operation["summary"]
        assert operation["description"]
        assert operation["operationId"] not in {
            one["operationId"] for *_, one in operations(document)
        }


def test_each_problem_of_http_functions_is_told_with_an_example(document: dict[str, Any]) -> None:
    known = {*problems.TABLE.values()}
    known |= {(status, outcome.value) for outcome, status in problems.OUTCOMES.items()}
    schema = {"$ref": "#/components/schemas/Problem", "components": document["components"]}

    for operation in document["paths"][http_functions.PATH].values():
        told = {
            (int(status), code): example["value"]
            for status, response in operation["responses"].items()
            for code, example in response["content"]
            .get(problems.MEDIA_TYPE, {})
            .get("examples", {})
            .items()
        }
        assert told.keys() == known
        for example in told.values():
            Draft202012Validator(schema).validate(example)


def test_no_parameter_is_null(document: dict[str, Any]) -> None:
    for path, verb, operation in operations(document):
        assert "null" not in str(operation.get("parameters")), (path, verb)


def answered(document: dict[str, Any], model: str) -> set[tuple[int, str | None]]:
    """Return the statuses and the names of all examples of a dialect's errors."""
    return {
        (int(status), name.partition(". ")[2])
        for _, _, operation in operations(document)
        for status, response in operation["responses"].items()
        for content in response.get("content", {}).values()
        if content["schema"] == {"$ref": f"#/components/schemas/{model}"}
        for name in content.get("examples", ())
    }


def test_each_error_of_kazoo_is_one_of_some_operation(document: dict[str, Any]) -> None:
    of_no_route = {(404, "not_found"), (405, "invalid_method"), (410, "gone")}
    known = {(row.status, row.message) for row in kazoo_errors.TABLE.values()}

    assert answered(document, "ErrorEnvelope") == known - of_no_route


def test_each_error_and_outcome_of_codemash_is_one_of_its_operations(
    document: dict[str, Any],
) -> None:
    of_no_route = (405, "NotSupportedException")
    named_by_error = {(400, "FormatException"), (500, "TypeError")}
    rows = {(row.status, row.code) for row in codemash_errors.TABLE.values()}
    known = {(status, code) for status, code in rows if code is not None}
    known |= {(status, code) for status, code in codemash_errors.OUTCOMES.values() if code}

    assert answered(document, "ErrorResponse") == known - {of_no_route} | named_by_error


def test_operations_that_need_a_key_say_so(document: dict[str, Any]) -> None:
    open_to_all = {
        "/healthz",
        "/readyz",
        "/v2/functions/samples",
        "/v2/api_auth",
        "/v2/user_auth",
        "/webhooks/{account_id}/{function_id}/{trigger_id}",
    }

    schemes = document["components"]["securitySchemes"]
    for path, _, operation in operations(document):
        assert ("security" in operation) == (path not in open_to_all)
        # A request with a bad key is refused, also where none is needed.
        assert ("401" in operation["responses"]) == (path not in {"/healthz", "/readyz"})
        for choice in operation.get("security", []):
            assert choice.keys() <= schemes.keys()


@pytest.mark.parametrize("verb", ["put", "post", "patch"])
def test_operations_with_a_body_describe_it(document: dict[str, Any], verb: str) -> None:
    for path, found, operation in operations(document):
        if found == verb and not path.endswith(("/api_key", "/rollback", "/approve", "/deny")):
            assert "schema" in operation["requestBody"]["content"]["application/json"], path


def test_the_model_of_a_function_knows_what_the_domain_demands() -> None:
    described = schemas.FunctionInput.model_json_schema()

    for key, rules in functions.FUNCTION_SCHEMA["properties"].items():
        if key not in ("limits", "fallback"):
            assert described["properties"][key] == to_jsonable_python(rules)
    assert described["required"] == ["name", "function_js"]
    assert "required" not in schemas.FunctionPatch.model_json_schema()


def test_the_model_of_an_account_shows_its_table() -> None:
    described = account_schemas.AccountInput.model_json_schema()

    assert described["properties"] == to_jsonable_python(ACCOUNT_SCHEMA["properties"])
    assert described["required"] == ["name"]
    assert described["additionalProperties"] is True


@pytest.mark.parametrize("trigger_type", TriggerType)
def test_the_model_of_a_trigger_shows_the_table_of_its_type(trigger_type: TriggerType) -> None:
    described = trigger_schemas.MODELS[trigger_type].model_json_schema()

    table = to_jsonable_python(schema_of(trigger_type))
    assert described["properties"].pop("type")["const"] == trigger_type
    assert table["properties"].pop("type")["enum"] == list(TriggerType)
    assert described["properties"] == table["properties"]
    assert described["required"] == table["required"]
    assert described["additionalProperties"] is True


def test_the_models_of_what_is_sent_show_their_tables() -> None:
    event = event_schemas.EventInput.model_json_schema()
    events = event_schemas.EventsData.model_json_schema()
    messages = Draft202012Validator(event_schemas.MessagesData.model_json_schema())

    assert event["properties"] == to_jsonable_python(EVENT_SCHEMA["properties"])
    assert events["properties"]["events"]["items"] == {"$ref": "#/$defs/EventInput"}
    assert events["properties"]["events"]["minItems"] == 1
    assert messages.is_valid({"messages": ["hi", {"body": "hi"}]})
    assert not messages.is_valid({"messages": [""]})
    assert not messages.is_valid({"messages": [{"body": ""}]})


def test_the_models_of_aliases_show_their_tables() -> None:
    described = alias_schemas.AliasInput.model_json_schema()
    patch = Draft202012Validator(alias_schemas.AliasPatch.model_json_schema())

    forced = FORCE_SCHEMA["properties"]
    assert described["properties"] == to_jsonable_python({**ALIAS_SCHEMA["properties"], **forced})
    assert described["required"] == ["name", "version"]
    assert described["additionalProperties"] is False
    assert patch.is_valid({"description": None, "additional_version": None})
    assert not patch.is_valid({"version": None})
    assert not patch.is_valid({"name": "live"})


def test_a_patch_may_remove_what_is_not_required() -> None:
    validator = Draft202012Validator(account_schemas.AccountPatch.model_json_schema())

    assert validator.is_valid({"enabled": None})
    assert validator.is_valid({})
    assert not validator.is_valid({"name": None})


def test_no_page_loads_scripts_from_elsewhere(app: FastAPI) -> None:
    for path in ("/redoc", "/docs/oauth2-redirect"):
        assert TestClient(app).get(path).status_code == 404
