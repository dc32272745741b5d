"""Which rules events and messages break, and in which order."""

import pytest

from isolambda_core.domain.errors import Violation
from isolambda_core.domain.json_schema import Schema, check
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import EVENT_BYTES, EVENT_ELEMENTS, EVENTS
from isolambda_core.domain.triggers.bus_events import BusEvent
from isolambda_core.domain.triggers.sent_documents import (
    EVENTS_SCHEMA,
    MESSAGES_SCHEMA,
    check_bodies,
    check_event_sizes,
    check_events,
)

PLACED: dict[str, JsonValue] = {"source": "shop", "detail-type": "order placed", "detail": {}}
TOO_LARGE = f"Must not be more than {EVENT_BYTES} bytes"


@pytest.mark.parametrize(
    ("key", "schema"), [("events", EVENTS_SCHEMA), ("messages", MESSAGES_SCHEMA)]
)
def test_what_is_sent_is_a_list_and_unknown_keys_come_as_they_were_sent(
    key: str, schema: Schema
) -> None:
    assert list(check({key: ["x"]}, schema)) == []
    assert list(check({"b": 1, key: ["x"] * (EVENTS + 1), "a": 1}, schema)) == [
        Violation(("b",), "additionalProperties", None, "b"),
        Violation(("a",), "additionalProperties", None, "a"),
        Violation((key,), "maxItems", EVENTS, EVENTS + 1),
    ]


@pytest.mark.parametrize(
    ("event", "violations"),
    [
        (PLACED, []),
        (
            {"resources": [], "id": "1"},
            [
                Violation(("resources",), "additionalProperties", None, "resources"),
                Violation(("id",), "additionalProperties", None, "id"),
                Violation(("source",), "required", None, "source"),
                Violation(("detail-type",), "required", None, "detail-type"),
                Violation(("detail",), "required", None, "detail"),
            ],
        ),
        (
            {"detail": [], "detail-type": "", "source": "AWS.s3"},
            [
                Violation(
                    ("source",),
                    "error",
                    None,
                    "AWS.s3",
                    "What begins with aws. is said by AWS alone",
                ),
                Violation(("detail-type",), "minLength", 1, ""),
                Violation(("detail",), "type", "object", []),
            ],
        ),
        (
            {**PLACED, "source": "aws.\0"},
            [
                Violation(
                    ("source",),
                    "error",
                    None,
                    None,
                    "U+0000 at character 5 is a control character, and is not carried",
                )
            ],
        ),
    ],
    ids=["good", "unknown and missing keys", "values", "of two rules the first"],
)
def test_the_keys_of_an_event_come_in_the_order_of_its_table(
    event: JsonValue, violations: list[Violation]
) -> None:
    found = list(check_events(["x", event]))

    assert found[0] == Violation(("events", "0"), "type", "object", "x")
    assert [violation.path[:2] for violation in found[1:]] == [("events", "1")] * len(violations)
    assert [
        (each.path[2:], each.rule, each.target, each.value, each.message) for each in found[1:]
    ] == [(each.path, each.rule, each.target, each.value, each.message) for each in violations]


def test_an_event_that_is_too_large_is_named_with_its_size() -> None:
    detail = '"' + "x" * EVENT_BYTES + '"'

    found = list(check_event_sizes([BusEvent("s", "t", "{}"), BusEvent("s", "t", detail)]))

    used = EVENT_BYTES + 4 + 128
    assert found == [Violation(("events", "1"), "error", EVENT_BYTES, used, TOO_LARGE)]


@pytest.mark.parametrize(
    ("body", "violations"),
    [
        ("two\n\u00e9\U0001f600", []),
        ("x" * EVENT_BYTES, []),
        ({"body": "x"}, [Violation(("messages", "0"), "type", "string", {"body": "x"})]),
        ("", [Violation(("messages", "0"), "minLength", 1, "")]),
        (
            "x" * (EVENT_BYTES + 1),
            [Violation(("messages", "0"), "error", EVENT_BYTES, EVENT_BYTES + 1, TOO_LARGE)],
        ),
        (
            "\ud800" * (EVENT_BYTES + 1),
            [
                Violation(
                    ("messages", "0"),
                    "error",
                    None,
                    None,
                    "U+D800 at character 1 is a lone surrogate, and is not carried",
                )
            ],
        ),
    ],
    ids=["good", "as large as may be", "no text", "empty", "too large", "not carried"],
)
def test_a_body_is_text_that_the_queue_carries(
    body: JsonValue, violations: list[Violation]
) -> None:
    assert list(check_bodies([body])) == violations


@pytest.mark.parametrize(
    ("detail", "elements"),
    [
        ({"a": [0] * EVENT_ELEMENTS}, EVENT_ELEMENTS),
        ({"a": [{}] * (EVENT_ELEMENTS + 1)}, EVENT_ELEMENTS + 1),
        ({"a": [0] * EVENT_ELEMENTS, "b": {"c": [0]}}, EVENT_ELEMENTS + 1),
        ({"a": [[0] * 200] * 50}, 50 * 201),
        ({str(number): [0, 0] for number in range(EVENT_ELEMENTS)}, 2 * EVENT_ELEMENTS),
        ({str(number): number for number in range(EVENT_ELEMENTS + 1)}, 0),
    ],
    ids=["as many as may be", "one array", "two arrays", "arrays in arrays", "many arrays", "none"],
)
def test_the_arrays_of_an_event_have_only_so_many_members(detail: JsonValue, elements: int) -> None:
    found = list(check_events([{**PLACED, "detail": detail}]))

    message = "Must not have more than 10000 members in its arrays together"
    path = ("events", "0", "detail")
    violation = Violation(path, "error", EVENT_ELEMENTS, elements, message)
    assert found == ([violation] if elements > EVENT_ELEMENTS else [])
