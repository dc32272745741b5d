"""Events that accounts publish, and messages that they send to their triggers."""

import json
import logging
from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services
from isolambda_api.events.request import (
    events_of,
    messages_of,
)
from isolambda_core.domain.accounts.api_keys import Scope
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import InvalidDocumentError
from isolambda_core.domain.limits import EVENT_BYTES, EVENTS
from isolambda_core.domain.triggers.bus_events import BusEvent
from tests.support.sources import FakeEventSources

PLACED = {"source": "shop", "detail-type": "order placed", "detail": {"total": 120}}
SAME_IN_OUR_WORDS = {"source": "shop", "detail_type": "order placed", "detail": {"total": 120}}
AS_PUBLISHED = BusEvent("shop", "order placed", '{"total":120}')


@pytest.fixture
def events_path(account_id: str) -> str:
    return f"/v2/accounts/{account_id}/events"


@pytest.fixture
def triggers_path(functions_path: str, function_id: str) -> str:
    return f"{functions_path}/{function_id}/triggers"


def trigger(client: TestClient, path: str, **data: Any) -> str:
    answer = client.put(path, json={"data": {"name": "n", "type": "queue", **data}})
    assert answer.status_code == 201, answer.text
    return f"{path}/{answer.json()['data']['id']}"


@pytest.fixture
def messages_path(client: TestClient, triggers_path: str) -> str:
    """The queue of a trigger, that was made for it."""
    return f"{trigger(client, triggers_path)}/messages"


def test_events_are_published_in_the_name_of_the_account(
    client: TestClient, events_path: str, account_id: str, sources: FakeEventSources
) -> None:
    asked = {"data": {"events": [PLACED, SAME_IN_OUR_WORDS]}}

    answer = client.put(events_path, json=asked)

    assert answer.status_code == 202
    assert answer.json()["data"] == {"ids": ["event-1", "event-2"], "refused": 0}
    assert sources.published == [(account_id, AS_PUBLISHED)] * 2


def test_what_the_bus_does_not_take_is_reported_apart(
    client: TestClient, events_path: str, sources: FakeEventSources
) -> None:
    sources.full = frozenset({'{"n":1}'})
    events = [{**PLACED, "detail": {"n": number}} for number in range(3)]

    answer = client.put(events_path, json={"data": {"events": events}})

    assert answer.status_code == 202
    assert answer.json()["data"] == {"ids": ["event-1", None, "event-2"], "refused": 1}


def test_a_bus_that_does_not_answer_is_not_available(
    client: TestClient, events_path: str, sources: FakeEventSources
) -> None:
    sources.away = True

    answer = client.put(events_path, json={"data": {"events": [PLACED]}})

    assert (answer.status_code, answer.json()["message"]) == (503, "service_unavailable")


@pytest.mark.parametrize(
    ("data", "rules"),
    [
        ({}, {"events": "required"}),
        ({"events": PLACED}, {"events": "type"}),
        ({"events": []}, {"events": "minItems"}),
        ({"events": [PLACED] * (EVENTS + 1)}, {"events": "maxItems"}),
        ({"events": [PLACED], "resources": []}, {"resources": "additionalProperties"}),
        ({"events": ["x"]}, {"events.0": "type"}),
        (
            {"events": [PLACED, {}]},
            {
                "events.1.source": "required",
                "events.1.detail-type": "required",
                "events.1.detail": "required",
            },
        ),
        (
            {"events": [{**PLACED, "resources": ["x"]}]},
            {"events.0.resources": "additionalProperties"},
        ),
        (
            {"events": [{**PLACED, "detail_type": "x"}]},
            {"events.0.detail_type": "additionalProperties"},
        ),
        ({"events": [{**PLACED, "source": 1}]}, {"events.0.source": "type"}),
        ({"events": [{**PLACED, "source": ""}]}, {"events.0.source": "minLength"}),
        ({"events": [{**PLACED, "source": "s" * 257}]}, {"events.0.source": "maxLength"}),
        ({"events": [{**PLACED, "source": "aws.s3"}]}, {"events.0.source": "error"}),
        ({"events": [{**PLACED, "source": "AWS.s3"}]}, {"events.0.source": "error"}),
        ({"events": [{**PLACED, "source": "\ud800"}]}, {"events.0.source": "error"}),
        ({"events": [{**PLACED, "detail-type": "\0"}]}, {"events.0.detail-type": "error"}),
        ({"events": [{**PLACED, "detail": []}]}, {"events.0.detail": "type"}),
        ({"events": [{**PLACED, "detail": {"x": "y" * EVENT_BYTES}}]}, {"events.0": "error"}),
    ],
)
def test_an_event_obeys_its_rules(
    client: TestClient,
    events_path: str,
    sources: FakeEventSources,
    data: Any,
    rules: dict[str, str],
) -> None:
    answer = client.put(events_path, content=json.dumps({"data": data}))

    assert answer.status_code == 400
    assert {key: next(iter(found)) for key, found in answer.json()["data"].items()} == rules
    assert sources.published == []


def test_an_event_is_measured_in_bytes_and_with_all_that_the_bus_counts(
    client: TestClient, events_path: str
) -> None:
    room = EVENT_BYTES - len(b'shoporder placed{"x":""}') - 128

    def status(text: str) -> int:
        events = [{**PLACED, "detail": {"x": text}}]
        return client.put(events_path, json={"data": {"events": events}}).status_code

    assert status("y" * room) == 202
    assert status("y" * (room + 1)) == 400
    assert status("\u00e9" * (room // 2 + 1)) == 400


def test_a_detail_that_is_no_unicode_is_published_as_json_has_it(
    client: TestClient, events_path: str, sources: FakeEventSources
) -> None:
    event = rb'{"source": "shop", "detail-type": "t", "detail": {"x": "\ud800", "y": "\u00e9"}}'

    answer = client.put(events_path, content=b'{"data": {"events": [' + event + b"]}}")

    assert answer.status_code == 202
    assert sources.published[0][1].detail == '{"x":"\\ud800","y":"\u00e9"}'


def test_a_key_that_may_execute_publishes_for_its_own_account_alone(
    anonymous: TestClient,
    services: Services,
    events_path: str,
    account_id: str,
    function_id: str,
    sources: FakeEventSources,
) -> None:
    stranger, strangers_key = services.accounts.create_top("other")
    _, may_execute = services.keys.create(account_id, [Scope.EXECUTE], None)
    _, may_execute_one = services.keys.create(account_id, [Scope.EXECUTE], function_id)
    body = {"data": {"events": [PLACED]}}

    def status(key: str | None, path: str = events_path) -> int:
        headers = {} if key is None else {"x-auth-token": key}
        return anonymous.put(path, json=body, headers=headers).status_code

    assert status(may_execute) == 202
    assert status(may_execute_one) == 403
    assert status(strangers_key) == 403
    assert status(None) == 401
    assert status(may_execute, f"/v2/accounts/{stranger.id}/events") == 403
    assert [account for account, _ in sources.published] == [account_id]


def test_messages_are_sent_to_the_queue_that_was_made_for_a_trigger(
    client: TestClient, messages_path: str, sources: FakeEventSources
) -> None:
    asked = {"data": {"messages": ["one", {"body": "two\n\u00e9\U0001f600"}]}}

    answer = client.put(messages_path, json=asked)

    assert answer.status_code == 202
    assert answer.json()["data"] == {"ids": ["message-1", "message-2"], "refused": 0}
    trigger_id = messages_path.split("/")[-2]
    assert sources.sent == [(trigger_id, "one"), (trigger_id, "two\n\u00e9\U0001f600")]


def test_what_the_queue_does_not_take_is_reported_apart(
    client: TestClient, messages_path: str, sources: FakeEventSources
) -> None:
    sources.full = frozenset({"one"})

    answer = client.put(messages_path, json={"data": {"messages": ["one", "two"]}})

    assert answer.json()["data"] == {"ids": [None, "message-1"], "refused": 1}


@pytest.mark.parametrize(
    ("data", "rules"),
    [
        ({}, {"messages": "required"}),
        ({"messages": "one"}, {"messages": "type"}),
        ({"messages": []}, {"messages": "minItems"}),
        ({"messages": ["one"] * (EVENTS + 1)}, {"messages": "maxItems"}),
        ({"messages": ["one", 2]}, {"messages.1": "type"}),
        ({"messages": [{"body": 1}]}, {"messages.0": "type"}),
        ({"messages": [{"body": "one", "delay": 1}]}, {"messages.0": "type"}),
        ({"messages": [""]}, {"messages.0": "minLength"}),
        ({"messages": ["\0"]}, {"messages.0": "error"}),
        ({"messages": ["\ud800"]}, {"messages.0": "error"}),
        ({"messages": ["\uffff"]}, {"messages.0": "error"}),
        ({"messages": ["\u00e9" * (EVENT_BYTES // 2 + 1)]}, {"messages.0": "error"}),
    ],
)
def test_a_message_obeys_its_rules(
    client: TestClient,
    messages_path: str,
    sources: FakeEventSources,
    data: Any,
    rules: dict[str, str],
) -> None:
    answer = client.put(messages_path, content=json.dumps({"data": data}))

    assert answer.status_code == 400
    assert {key: next(iter(found)) for key, found in answer.json()["data"].items()} == rules
    assert sources.sent == []


@pytest.mark.parametrize(
    "data", [{"queue_arn": "arn:aws:sqs:us-east-1:123456789012:orders"}, {"type": "webhook"}]
)
def test_no_messages_go_where_no_queue_was_made(
    client: TestClient, triggers_path: str, sources: FakeEventSources, data: dict[str, Any]
) -> None:
    path = f"{trigger(client, triggers_path, **data)}/messages"

    answer = client.put(path, json={"data": {"messages": ["one"]}})

    assert answer.status_code == 400
    assert answer.json()["data"]["messages"].keys() == {"error"}
    assert sources.sent == []


def test_messages_for_a_trigger_that_is_not_there_are_not_taken(
    client: TestClient, triggers_path: str
) -> None:
    for absent in ("0" * 32, "x"):
        answer = client.put(
            f"{triggers_path}/{absent}/messages", json={"data": {"messages": ["one"]}}
        )
        assert answer.status_code == 404


def test_a_key_that_may_execute_the_function_sends_messages(
    anonymous: TestClient,
    services: Services,
    messages_path: str,
    account_id: str,
    function_id: str,
    disabled_id: str,
) -> None:
    _, right = services.keys.create(account_id, [Scope.EXECUTE], function_id)
    _, wrong = services.keys.create(account_id, [Scope.EXECUTE], disabled_id)
    body = {"data": {"messages": ["one"]}}

    assert (
        anonymous.put(messages_path, json=body, headers={"x-auth-token": right}).status_code == 202
    )
    assert (
        anonymous.put(messages_path, json=body, headers={"x-auth-token": wrong}).status_code == 403
    )


def test_neither_events_nor_messages_are_logged(
    client: TestClient, events_path: str, messages_path: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "isolambda_api")
    caplog.set_level(logging.DEBUG, "isolambda_core")

    client.put(events_path, json={"data": {"events": [{**PLACED, "detail": {"n": "hunter2"}}]}})
    client.put(messages_path, json={"data": {"messages": ["hunter2"]}})

    assert "hunter2" not in str([record.__dict__ for record in caplog.records])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\ud800", "U+D800 at character 2 is a lone surrogate, and is not carried"),
        ("\udfffa", "U+DFFF at character 1 is a lone surrogate, and is not carried"),
        ("ab\0", "U+0000 at character 3 is a control character, and is not carried"),
        ("\ufffe", "U+FFFE at character 1 is no character, and is not carried"),
    ],
)
def test_a_character_that_aws_does_not_carry_is_named(text: str, message: str) -> None:
    event: Document = {"source": text, "detail-type": "d", "detail": {}}

    with pytest.raises(InvalidDocumentError) as of_event:
        events_of({"events": [event]})
    with pytest.raises(InvalidDocumentError) as of_message:
        messages_of({"messages": [text]})

    for refused in (of_event, of_message):
        assert [violation.message for violation in refused.value.violations] == [message]
