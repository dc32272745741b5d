"""The contract of ``TriggerRepository``."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from isolambda_core.adapters.dynamodb import open_store
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.executions.idempotency import IdempotencyRecord
from isolambda_core.domain.executions.records import (
    ExecutionPayload,
    ExecutionRecord,
)
from isolambda_core.domain.functions.aliases import Alias
from isolambda_core.domain.functions.versions import Version
from isolambda_core.domain.limits import TRIGGERS
from isolambda_core.domain.triggers.errors import (
    SourceInUseError,
    TriggerNotFoundError,
)
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    TriggerType,
)
from isolambda_core.ports.triggers import TriggerRepository
from isolambda_local import sqlite
from isolambda_local.sqlite import SqliteStore
from tests.support.stores import Store

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Make = Callable[..., Trigger]

ACCOUNT, OTHER_ACCOUNT = "a" * 32, "b" * 32
FUNCTION, OTHER_FUNCTION = "f" * 32, "e" * 32
LATER = 1_700_000_100
QUEUE = "arn:aws:sqs:eu-central-1:000000000000:orders"
USAGE = (f"ACCOUNT#{ACCOUNT}", "USAGE")
TOPIC = "arn:aws:sns:eu-central-1:000000000000:news"
STREAM = "arn:aws:dynamodb:eu-central-1:000000000000:table/t/stream/2026-11-22T09:00:00.000"
OWN_QUEUE = "arn:aws:sqs:local:000000000000:" + "1" * 32
SOURCES = {
    "a queue": {"trigger_type": "queue", "queue_arn": QUEUE},
    "a topic": {"trigger_type": "topic", "topic_arn": TOPIC},
    "a stream": {"trigger_type": "stream", "stream_arn": STREAM},
    "a host": {"trigger_type": "http", "host": "shop.example.com"},
    "a queue of its own": {"trigger_type": "queue", "own_queue_arn": OWN_QUEUE},
}
HARD_VALUES = {
    "null": None,
    "texts that no store likes": ["", "\x00", "\ud800\U0001f600\udfff", "\u2028\r\n", "  x  "],
    "names that no store likes": {"": 1, "#a": 2, ":b": 3, "pk": 4, "\ud800": 5, "failures": 6},
    "numbers of every size": [0, -1, 2**63, 10**60, 0.1, 1e-300, 1e300, True],
    "nested": [[[{"a": [{"b": {}}, []]}]]],
    "long": "\u00e9" * 20_000,
}

with_each_source = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)


def get(triggers: TriggerRepository, trigger: Trigger) -> Trigger:
    return triggers.get(trigger.account_id, trigger.function_id, trigger.id)


def changed(trigger: Trigger, **document: Any) -> Trigger:
    return trigger.changed({**trigger.document, **document}, trigger.secret, LATER)


@pytest.mark.parametrize("trigger_type", TriggerType)
def test_a_trigger_comes_back_as_it_was_added(
    triggers: TriggerRepository, a_trigger: Make, trigger_type: TriggerType
) -> None:
    trigger = a_trigger(trigger_type.value, pattern={"detail": {"a": [1]}}, path="shop")

    triggers.add(trigger)

    assert get(triggers, trigger) == trigger
    assert get(triggers, trigger).etag == trigger.etag
    assert triggers.of_function(ACCOUNT, FUNCTION) == [trigger]


@pytest.mark.parametrize("value", HARD_VALUES.values(), ids=HARD_VALUES)
def test_a_document_may_hold_any_json(
    triggers: TriggerRepository, a_trigger: Make, value: Any
) -> None:
    trigger = a_trigger(name="\ud800 \U0001f600", input=value)

    triggers.add(trigger)

    assert get(triggers, trigger) == trigger


def test_what_is_not_in_the_document_comes_back(
    triggers: TriggerRepository, a_trigger: Make
) -> None:
    trigger = a_trigger("queue", own_queue_arn=OWN_QUEUE, secret="whsec_\ud800\x00")  # noqa: S106
    triggers.add(trigger)
    disabled = trigger.disabled("10 failures in a row; the last: \ud800", LATER)

    triggers.replace(disabled, replace(disabled, revision=1))

    assert get(triggers, trigger) == disabled
    assert get(triggers, trigger).secret == trigger.secret
    assert get(triggers, trigger).own_queue_arn == OWN_QUEUE
    assert get(triggers, trigger).disable_reason == disabled.disable_reason


def test_a_trigger_that_is_not_there_is_not_found(
    triggers: TriggerRepository, a_trigger: Make
) -> None:
    triggers.add(a_trigger())

    for missing in (
        a_trigger(number=2),
        a_trigger(function_id=OTHER_FUNCTION),
        a_trigger(account_id=OTHER_ACCOUNT),
    ):
        with pytest.raises(TriggerNotFoundError) as caught:
            get(triggers, missing)
        assert caught.value.identifier == missing.id


def test_triggers_of_a_function_come_in_the_order_of_their_ids(
    triggers: TriggerRepository, a_trigger: Make
) -> None:
    numbers = [*range(TRIGGERS, 0, -1), 16**31, TRIGGERS + 5]
    for number in numbers:
        triggers.add(a_trigger(number=number))
    triggers.add(a_trigger(number=3, function_id=OTHER_FUNCTION))
    triggers.add(a_trigger(number=3, account_id=OTHER_ACCOUNT))

    found = triggers.of_function(ACCOUNT, FUNCTION)

    assert found == [a_trigger(number=number) for number in sorted(numbers)]


def test_nothing_but_triggers_shows(
    store: Store,
    a_trigger: Make,
    a_version: Callable[..., Version],
    an_alias: Callable[..., Alias],
    a_record: Callable[..., ExecutionRecord],
    a_claim: Callable[..., IdempotencyRecord],
) -> None:
    store.versions.add(a_version())
    store.aliases.add(an_alias())
    store.records.add(a_record(), ExecutionPayload(b"{}"))
    store.idempotency_records.add(a_claim(), 0)

    assert store.triggers.of_function(ACCOUNT, FUNCTION) == []

    store.triggers.add(a_trigger())
    store.records.remove_all(ACCOUNT, FUNCTION)

    assert store.triggers.of_function(ACCOUNT, FUNCTION) == [a_trigger()]


def test_the_next_revision_takes_the_place_of_the_one_before(
    triggers: TriggerRepository, a_trigger: Make
) -> None:
    first = a_trigger("topic", topic_arn=TOPIC)
    triggers.add(first)
    second = changed(first, name="other", enabled=False)

    triggers.replace(second, replace(second, revision=1))

    assert get(triggers, first) == second
    assert triggers.of_source(TOPIC) == second
    assert triggers.of_function(ACCOUNT, FUNCTION) == [second]


def test_a_write_over_another_revision_changes_nothing(
    triggers: TriggerRepository, a_trigger: Make
) -> None:
    first = a_trigger()
    second = changed(first, name="second")
    triggers.add(first)
    triggers.replace(second, replace(second, revision=1))

    for expected in (0, 1, 3):
        with pytest.raises(RevisionConflictError):
            triggers.replace(
                replace(second, revision=expected + 1, secret="x"),  # noqa: S106
                replace(second, revision=expected),
            )
    with pytest.raises(RevisionConflictError):
        triggers.remove(first)

    assert get(triggers, first) == second


def test_a_write_over_no_trigger_makes_none(triggers: TriggerRepository, a_trigger: Make) -> None:
    triggers.add(a_trigger(function_id=OTHER_FUNCTION))

    with pytest.raises(RevisionConflictError):
        triggers.replace(changed(a_trigger()), a_trigger())
    with pytest.raises(RevisionConflictError):
        triggers.remove(a_trigger())

    assert triggers.of_function(ACCOUNT, FUNCTION) == []


def test_a_removed_trigger_is_gone_and_the_others_stay(
    triggers: TriggerRepository, a_trigger: Make
) -> None:
    removed, kept = a_trigger(number=1), a_trigger(number=2)
    for trigger in (removed, kept):
        triggers.add(trigger)

    triggers.remove(removed)

    with pytest.raises(TriggerNotFoundError):
        get(triggers, removed)
    with pytest.raises(RevisionConflictError):
        triggers.remove(removed)
    assert triggers.of_function(ACCOUNT, FUNCTION) == [kept]


@with_each_source
def test_a_source_tells_its_trigger(
    triggers: TriggerRepository, a_trigger: Make, source: dict[str, str]
) -> None:
    trigger = a_trigger(**source)
    triggers.add(trigger)

    assert trigger.source is not None
    assert triggers.of_source(trigger.source) == trigger


@pytest.mark.parametrize("unknown", [QUEUE, QUEUE.upper(), "", OWN_QUEUE])
def test_a_source_without_a_listener_has_no_trigger(
    triggers: TriggerRepository, a_trigger: Make, unknown: str
) -> None:
    triggers.add(a_trigger("queue", queue_arn=QUEUE + "2"))
    triggers.add(a_trigger("schedule", 2))

    with pytest.raises(TriggerNotFoundError):
        triggers.of_source(unknown)


@with_each_source
def test_a_source_belongs_to_one_trigger_whosever_it_is(
    triggers: TriggerRepository, a_trigger: Make, source: dict[str, str]
) -> None:
    mine = a_trigger(**source)
    triggers.add(mine)

    for rival in (
        a_trigger(number=2, **source),
        a_trigger(account_id=OTHER_ACCOUNT, **source),
        a_trigger(function_id=OTHER_FUNCTION, **source),
        mine,
    ):
        with pytest.raises(SourceInUseError) as caught:
            triggers.add(rival)
        assert caught.value.source == mine.source

    assert mine.source is not None
    assert triggers.of_source(mine.source) == mine
    assert triggers.of_function(ACCOUNT, FUNCTION) == [mine]
    assert triggers.of_function(OTHER_ACCOUNT, FUNCTION) == []


def test_an_id_is_taken_once(triggers: TriggerRepository, a_trigger: Make) -> None:
    triggers.add(a_trigger(name="mine"))

    with pytest.raises(RevisionConflictError):
        triggers.add(a_trigger(name="another"))

    assert get(triggers, a_trigger()) == a_trigger(name="mine")


def test_a_path_is_of_its_account_alone(triggers: TriggerRepository, a_trigger: Make) -> None:
    mine = a_trigger("http", path="shop")
    theirs = a_trigger("http", account_id=OTHER_ACCOUNT, path="shop")
    triggers.add(mine)
    triggers.add(theirs)

    with pytest.raises(SourceInUseError):
        triggers.add(a_trigger("http", number=2, function_id=OTHER_FUNCTION, path="shop"))

    assert triggers.of_source(f"/http/{ACCOUNT}/shop") == mine
    assert triggers.of_source(f"/http/{OTHER_ACCOUNT}/shop") == theirs


@with_each_source
def test_a_source_is_free_when_its_trigger_is_gone(
    triggers: TriggerRepository, a_trigger: Make, source: dict[str, str]
) -> None:
    first, second = a_trigger(**source), a_trigger(number=2, account_id=OTHER_ACCOUNT, **source)
    assert first.source is not None
    triggers.add(first)

    triggers.remove(first)

    with pytest.raises(TriggerNotFoundError):
        triggers.of_source(first.source)

    triggers.add(second)

    assert triggers.of_source(first.source) == second


def test_a_source_stays_taken_when_its_trigger_was_not_removed(
    triggers: TriggerRepository, a_trigger: Make
) -> None:
    first = a_trigger("topic", topic_arn=TOPIC)
    triggers.add(first)
    second = changed(first)
    triggers.replace(second, replace(second, revision=1))

    with pytest.raises(RevisionConflictError):
        triggers.remove(first)

    assert triggers.of_source(TOPIC) == second


def test_failures_are_counted_and_forgotten_without_a_revision(
    triggers: TriggerRepository, a_trigger: Make
) -> None:
    trigger = a_trigger()
    triggers.add(trigger)

    counts = [triggers.count_failure(trigger) for _ in range(12)]

    assert counts == list(range(1, 13))
    assert get(triggers, trigger) == replace(trigger, failures=12)
    assert triggers.of_function(ACCOUNT, FUNCTION) == [replace(trigger, failures=12)]

    triggers.forget_failures(trigger)

    assert get(triggers, trigger) == trigger
    assert triggers.count_failure(trigger) == 1


def test_a_trigger_is_changed_and_removed_whatever_its_failures(
    triggers: TriggerRepository, a_trigger: Make
) -> None:
    trigger = a_trigger("topic", topic_arn=TOPIC)
    triggers.add(trigger)
    triggers.count_failure(trigger)
    second = changed(trigger)

    triggers.replace(second, replace(second, revision=1))

    assert get(triggers, trigger) == second
    assert second.failures == 0

    triggers.count_failure(second)
    triggers.remove(second)

    with pytest.raises(TriggerNotFoundError):
        triggers.of_source(TOPIC)


def test_what_failed_at_another_revision_does_not_count(
    triggers: TriggerRepository, a_trigger: Make
) -> None:
    first = a_trigger()
    second = changed(first)
    triggers.add(first)
    triggers.replace(second, replace(second, revision=1))
    triggers.count_failure(second)

    assert triggers.count_failure(first) == 0
    triggers.forget_failures(first)

    assert get(triggers, first) == replace(second, failures=1)


def test_failures_of_a_trigger_that_is_gone_bring_nothing_back(
    triggers: TriggerRepository, a_trigger: Make
) -> None:
    trigger = a_trigger()
    triggers.add(trigger)
    triggers.remove(trigger)

    assert triggers.count_failure(trigger) == 0
    triggers.forget_failures(trigger)

    assert triggers.of_function(ACCOUNT, FUNCTION) == []


@pytest.fixture
def sqlite_store() -> Iterator[SqliteStore]:
    with closing(sqlite.open_store(None)) as opened:
        yield opened


def test_sqlite_lists_the_triggers_of_a_type_and_of_an_account(
    sqlite_store: SqliteStore, a_trigger: Make
) -> None:
    triggers = sqlite_store.triggers
    mine = [a_trigger("event", 1), a_trigger("event", 2, function_id="f" * 31 + "e")]
    other = a_trigger("event", 1, account_id=OTHER_ACCOUNT)
    for trigger in (other, *mine, a_trigger("schedule", 3)):
        triggers.add(trigger)

    assert triggers.of_type(TriggerType.EVENT) == [*mine[::-1], other]
    assert triggers.of_account(ACCOUNT, TriggerType.EVENT) == mine[::-1]
    assert triggers.of_account(OTHER_ACCOUNT, TriggerType.SCHEDULE) == []


def test_dynamodb_holds_a_trigger_and_its_source_and_nothing_once_both_are_gone(
    moto_client: "DynamoDBClient", moto_table: str, a_trigger: Make
) -> None:
    triggers = open_store(moto_table, moto_client).triggers
    trigger = a_trigger("topic", topic_arn=TOPIC)
    triggers.add(trigger)

    def items() -> list[Any]:
        found = moto_client.scan(TableName=moto_table)["Items"]
        return [item for item in found if not item["pk"]["S"].startswith("AUDIT#")]

    assert {(item["pk"]["S"], item["sk"]["S"]) for item in items()} == {
        (f"FUNCTION#{ACCOUNT}#{FUNCTION}", f"TRIGGER#{trigger.id}"),
        (f"SOURCE#{TOPIC}", "TRIGGER"),
        USAGE,
    }

    triggers.remove(trigger)

    [left] = items()
    assert (left.pop("pk")["S"], left.pop("sk")["S"]) == USAGE
    assert {amount["N"] for amount in left.values()} == {"0"}
