"""What goes through the queue, as text."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isolambda_core.adapters.codecs.messages import (
    dump_message,
    read_message,
)
from isolambda_core.domain.executions.wire import MalformedMessageError
from isolambda_core.domain.ids import MS_MAX
from isolambda_core.domain.queue.messages import (
    QueuedExecution,
    ReconcileTrigger,
)
from isolambda_core.domain.triggers.triggers import (
    TriggerRef,
    TriggerType,
)

MESSAGE = QueuedExecution("a" * 32, "f" * 32, "0192" + "e" * 28, 1_800_000_000_000)
FIELDS = {
    "account_id": "a" * 32,
    "function_id": "f" * 32,
    "execution_id": "0192" + "e" * 28,
    "sent_at_ms": 1_800_000_000_000,
}
TRIGGER = {
    "account_id": "a" * 32,
    "function_id": "f" * 32,
    "trigger_id": "1" * 32,
    "type": "queue",
    "source": "arn:aws:sqs:eu-central-1:000000000000:orders",
}
LONGEST_SOURCE = "arn:aws:sns:" + "x" * 1_012


def reconciler(**fields: Any) -> str:
    return json.dumps({"settle": {**TRIGGER, **fields}, "sent_at_ms": 5})


def test_an_execution_is_ids_and_a_time_and_nothing_else() -> None:
    text = dump_message(MESSAGE)

    assert json.loads(text) == FIELDS
    assert read_message(text) == MESSAGE


@pytest.mark.parametrize("source", [None, TRIGGER["source"], LONGEST_SOURCE])
@pytest.mark.parametrize("trigger_type", TriggerType)
def test_a_trigger_that_is_to_be_settled_comes_back(
    trigger_type: TriggerType, source: str | None
) -> None:
    ref = TriggerRef("a" * 32, "f" * 32, "1" * 32, trigger_type, source)

    text = dump_message(ReconcileTrigger(ref, 5))

    assert json.loads(text) == json.loads(reconciler(type=trigger_type.value, source=source))
    assert read_message(text) == ReconcileTrigger(ref, 5)


def test_a_message_of_a_newer_version_may_hold_more() -> None:
    assert read_message(json.dumps({**FIELDS, "priority": 1})) == MESSAGE
    assert read_message(reconciler(urgent=True)) == read_message(reconciler())


@pytest.mark.parametrize("body", ["", "null", "[]", "1", '"text"', "{", "{}", "\ud800"])
def test_a_body_that_is_no_object_of_ours_is_refused(body: str) -> None:
    with pytest.raises(MalformedMessageError):
        read_message(body)


@pytest.mark.parametrize(
    "wrong",
    [
        {"account_id": "A" * 32},
        {"account_id": "a" * 31},
        {"account_id": "a" * 32 + "\n"},
        {"function_id": None},
        {"function_id": "../../../../../../../../../../../"},
        {"execution_id": 5},
        {"execution_id": ["e" * 32]},
        {"sent_at_ms": "1800000000000"},
        {"sent_at_ms": 1.5},
        {"sent_at_ms": True},
        {"sent_at_ms": -1},
        {"sent_at_ms": MS_MAX + 1},
        {"sent_at_ms": None},
    ],
    ids=str,
)
def test_a_field_that_is_not_as_ours_are_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(MalformedMessageError):
        read_message(json.dumps({**FIELDS, **wrong}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"account_id": "A" * 32},
        {"function_id": None},
        {"trigger_id": "1" * 31},
        {"type": "cron"},
        {"type": None},
        {"source": 5},
        {"source": ["arn"]},
    ],
    ids=str,
)
def test_a_trigger_that_is_not_as_ours_are_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(MalformedMessageError):
        read_message(reconciler(**wrong))


@pytest.mark.parametrize(
    "fields", [{"settle": TRIGGER}, {"settle": None, "sent_at_ms": 5}, {"settle": {}, **FIELDS}]
)
def test_a_settling_that_is_not_whole_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(MalformedMessageError):
        read_message(json.dumps(fields))


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_that_is_missing_is_noticed(name: str) -> None:
    with pytest.raises(MalformedMessageError):
        read_message(json.dumps({key: value for key, value in FIELDS.items() if key != name}))


def test_a_body_that_is_too_long_is_not_even_parsed() -> None:
    with pytest.raises(MalformedMessageError, match="longer"):
        read_message(json.dumps(FIELDS) + " " * 2_048)


@given(st.text())
def test_whatever_a_body_says_it_is_read_or_refused(body: str) -> None:
    with pytest.raises(MalformedMessageError):
        read_message(body)
