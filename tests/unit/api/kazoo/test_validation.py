"""Kazoo: every rule that a document can break is reported in the words of its validator.

K: core/kazoo_schemas/src/kz_json_schema.erl
"""

from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_api.kazoo.coercion import coerced_account, coerced_function
from isolambda_api.kazoo.validation import violations_data
from isolambda_core.domain.errors import InvalidDocumentError, Violation

STRICT = "Strict checking of data is enabled; only include schema-defined properties"


def data_of(*violations: Violation) -> dict[str, Any]:
    data = violations_data(InvalidDocumentError(violations))
    assert isinstance(data, dict)
    return data


@pytest.mark.parametrize(
    ("violation", "details"),
    [
        (("required", None, "a"), {"message": "Field is required but missing", "value": "a"}),
        (
            ("type", "string", 1),
            {"message": "Value did not match type(s): string", "target": "string", "value": 1},
        ),
        (
            ("minLength", 3, "a"),
            {"message": "String must be at least 3 characters", "target": 3, "value": "a"},
        ),
        (
            ("maxLength", 3, "abcd"),
            {"message": "String must not be more than 3 characters", "target": 3, "value": "abcd"},
        ),
        (
            ("enum", ["x"], "a"),
            {
                "message": "Value not found in enumerated list of values",
                "target": ["x"],
                "value": "a",
            },
        ),
        (("minimum", 3, 1), {"message": "Value must be at least 3", "target": 3, "value": 1}),
        (("maximum", 3, 5), {"message": "Value must be at most 3", "target": 3, "value": 5}),
        (
            ("minItems", 3, []),
            {"message": "The list must have at least 3 items", "target": 3, "value": []},
        ),
        (
            ("maxItems", 1, [1, 2]),
            {"message": "The list is more than 1 items", "target": 1, "value": [1, 2]},
        ),
        (
            ("minProperties", 1, {}),
            {"message": "The object must have at least 1 keys", "target": 1, "value": {}},
        ),
        (
            ("uniqueItems", None, [1, 1]),
            {"message": "List of items is not unique", "value": [1, 1]},
        ),
        (("additionalProperties", None, "a"), {"message": STRICT, "value": "a"}),
        (
            ("pattern", "^b$", "a"),
            {"message": "Failed to match pattern '^b$'", "target": "^b$", "value": "a"},
        ),
        (
            ("wrong_format", "uri", "a"),
            {"message": "Field is not in the correct format", "format": "uri", "value": "a"},
        ),
        (("not_divisible", None, 3), {"message": "failed to validate", "value": 3}),
    ],
    ids=lambda given: given[0] if isinstance(given, tuple) else "",
)
def test_a_rule_is_reported_as_kazoo_does(violation: tuple[str, Any, Any], details: Any) -> None:
    rule, target, value = violation

    assert data_of(Violation(("a",), rule, target, value)) == {"a": {rule: details}}


def test_what_no_schema_knows_is_reported_in_its_own_words() -> None:
    violation = Violation(("a",), "error", None, None, message="unable to find callflow schema")

    assert data_of(violation) == {"a": {"error": {"message": violation.message}}}


def test_a_path_has_dots_between_its_keys_and_none_in_them() -> None:
    violation = Violation(("a.b", "0", "c"), "required", None, "c")

    assert list(data_of(violation)) == ["a%2Eb.0.c"]


def test_a_key_can_break_several_rules() -> None:
    broken = [Violation(("a",), "minLength", 2, ""), Violation(("a",), "pattern", "x", "")]

    assert data_of(*broken)["a"].keys() == {"minLength", "pattern"}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"enabled": "true"}, {"enabled": True}),
        ({"enabled": "false"}, {"enabled": False}),
        ({"enabled": "yes"}, {"enabled": "yes"}),
        ({"limits": {"wall_time_ms": "50"}}, {"limits": {"wall_time_ms": 50}}),
        ({"limits": {"wall_time_ms": 50.0}}, {"limits": {"wall_time_ms": 50}}),
        ({"limits": {"wall_time_ms": "fast"}}, {"limits": {"wall_time_ms": "fast"}}),
        ({"limits": "5"}, {"limits": "5"}),
        ({"custom": "true", "name": "5"}, {"custom": "true", "name": "5"}),
    ],
)
def test_words_become_what_the_schema_asks_for(sent: Any, kept: Any) -> None:
    assert coerced_function(sent) == kept


def test_an_account_has_no_limits_of_a_function() -> None:
    custom = {"limits": {"seats": "5"}}

    assert coerced_account(custom) == custom


def test_an_id_in_the_data_of_a_change_is_passed_over(
    client: TestClient, functions_path: str, function_id: str
) -> None:
    document = {"id": "0" * 32, "name": "n", "function_js": ""}

    answer = client.post(f"{functions_path}/{function_id}", json={"data": document})

    assert answer.json()["data"]["id"] == function_id


def test_a_function_is_kept_under_the_id_in_its_data(
    client: TestClient, functions_path: str
) -> None:
    document = {"id": "1" * 32, "name": "n", "function_js": ""}

    created = client.put(functions_path, json={"data": document})
    again = client.put(functions_path, json={"data": document})
    document["id"] = "2" * 32
    below = client.put(
        functions_path, json={"data": document}, headers={"X-Forwarded-Prefix": "/below"}
    )

    assert created.headers["location"] == f"{functions_path}/{'1' * 32}"
    assert below.headers["location"] == f"/below{functions_path}/{'2' * 32}"
    assert (again.status_code, again.json()["message"]) == (409, "datastore_conflict")
