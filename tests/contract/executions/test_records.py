"""The contract of ``RecordRepository``."""

import base64
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from isolambda_core.adapters.dynamodb import DynamoDbStore, open_store
from isolambda_core.adapters.dynamodb.keys import of_record
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.executions.errors import ExecutionNotFoundError
from isolambda_core.domain.executions.execution import (
    ExceededLimit,
    ExecutionError,
    ExecutionResult,
    LogLine,
    Origin,
    Outcome,
    Usage,
    exceeded,
)
from isolambda_core.domain.executions.idempotency import IdempotencyRecord
from isolambda_core.domain.executions.operations import (
    RecordedOperation,
    RecordedOperations,
    RecordedReply,
)
from isolambda_core.domain.executions.reach import FetchRecord
from isolambda_core.domain.executions.records import (
    Callback,
    CallbackStatus,
    ExecutionPayload,
    ExecutionRecord,
    Status,
)
from isolambda_core.domain.functions.versions import Version
from isolambda_core.domain.json_text import JsonValue, to_utf8
from isolambda_core.domain.limits import (
    CALLBACK_URL_CHARACTERS,
    CONTEXT_BYTES,
    ERROR_DETAILS_CHARACTERS,
    KIB,
    PAYLOAD_BYTES,
    RECORD_S,
    RECORD_TEXT_CHARACTERS,
    RECORDED_OPERATIONS_BYTES,
)
from isolambda_core.ports.executions import (
    IdempotencyRepository,
    RecordRepository,
)
from isolambda_core.ports.functions import VersionRepository
from isolambda_local import sqlite
from isolambda_local.sqlite import SqliteStore
from tests.support.stores import Store

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from isolambda_core.adapters.dynamodb.table import Item

Make = Callable[..., ExecutionRecord]

ACCOUNT, OTHER_ACCOUNT = "a" * 32, "b" * 32
FUNCTION, OTHER_FUNCTION = "f" * 32, "e" * 32
NOW_MS = 1_800_000_000_123
ITEM_BYTES = 400 * KIB
LONGEST_TEXT = "\U0001f600" * RECORD_TEXT_CHARACTERS
LONGEST_ERROR = ExecutionError(LONGEST_TEXT, LONGEST_TEXT, LONGEST_TEXT)
HARD_ERRORS = {
    "none": None,
    "plain": ExecutionError("TypeError", "x is not a function", "at 1:2", 1, 2),
    "empty": ExecutionError("", "", ""),
    "a limit": exceeded("wall_time_ms", 5_000, 5_003),
    "texts that no store likes": ExecutionError("\x00", "\ud800\U0001f600\udfff", "\u2028\r\n"),
    "numbers of every size": ExecutionError(
        "n", "m", "s", 0, 2**53, ExceededLimit("memory_mb", 2**63, 10**30)
    ),
    "the longest": LONGEST_ERROR,
}
HARD_TEXTS = {
    "empty": "",
    "zero": "\x00",
    "lone surrogates": "\udfff\ud800",
    "lone surrogates that look like a pair": "\ud83d\ude00",
    "a character beyond the others": "\U0001f600",
    "ends of lines": "\r\n\u2028\u2029\x85",
    "JSON within JSON": '"\\"\\\\\\ud800',
    "what DynamoDB would trim": "  x  ",
    "as long as is kept beside the head": "é" * 1_000,
    "a little longer": "é\ud800" * 1_100,
}

TEXT_OF_BEFORE = (
    '{"execution_id":"01a3185c507b00000000000000000001","account_id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"'
    ',"function_id":"ffffffffffffffffffffffffffffffff","version":"$LATEST","qualifier":"$LATEST"'
    ',"draft_revision":7,"trigger":"kazoo","request_id":"r","status":"succeeded"'
    ',"asynchronous":false,"as_callflow":false,"attempts":1,"began_at_ms":null,"ended_at_ms":null'
    ',"outcome":"ok","error":null,"usage":null,"callback":null,"revision":3}'
)

both_ways = pytest.mark.parametrize("descending", [True, False], ids=["descending", "ascending"])


def noise(seed: int, length: int = PAYLOAD_BYTES) -> str:
    """Return JSON text of ``length`` bytes that does not get shorter than three quarters."""
    text = base64.b64encode(random.Random(seed).randbytes(length)).decode()  # noqa: S311
    return f'"{text[: length - 2]}"'


def a_result(text: str | None = "1", outcome: Outcome = Outcome.OK) -> ExecutionResult:
    return ExecutionResult("1" * 32, outcome, result=None if text is None else to_utf8(text))


@pytest.fixture
def sqlite_store() -> Iterator[SqliteStore]:
    with closing(sqlite.open_store(None)) as opened:
        yield opened


@pytest.fixture
def dynamodb_store(moto_client: "DynamoDBClient", moto_table: str) -> DynamoDbStore:
    return open_store(moto_table, moto_client)


@pytest.fixture
def items(moto_client: "DynamoDBClient", moto_table: str) -> Callable[[], "list[Item]"]:
    """Return what lists the items of all records; beside them, one counts those that wait."""

    def scan() -> "list[Item]":
        pages = moto_client.get_paginator("scan").paginate(TableName=moto_table)
        all_items = [item for page in pages for item in page["Items"]]
        return [item for item in all_items if not item["sk"]["S"].startswith("USAGE#")]

    return scan


def add_all(records: RecordRepository, added: Iterable[ExecutionRecord]) -> None:
    for record in added:
        records.add(record, ExecutionPayload(b"{}"))


def get(records: RecordRepository, record: ExecutionRecord) -> ExecutionRecord:
    return records.get(record.account_id, record.function_id, record.id)


def get_whole(
    records: RecordRepository, record: ExecutionRecord
) -> tuple[ExecutionRecord, ExecutionPayload]:
    return records.get_whole(record.account_id, record.function_id, record.id)


def iterate(
    records: RecordRepository,
    after: str | None = None,
    *,
    descending: bool = True,
    at_once: int = 50,
) -> list[ExecutionRecord]:
    return list(records.iterate(ACCOUNT, FUNCTION, after, descending=descending, at_once=at_once))


@pytest.mark.parametrize("error", HARD_ERRORS.values(), ids=HARD_ERRORS)
def test_a_record_comes_back_as_it_was_added(
    records: RecordRepository, a_record: Make, error: ExecutionError | None
) -> None:
    record = a_record(error=error, outcome=Outcome.EXCEPTION, status=Status.FAILED)

    records.add(record, ExecutionPayload(b"{}"))

    assert get(records, record) == record
    assert get_whole(records, record) == (record, ExecutionPayload(b"{}"))
    assert iterate(records) == [record]


@pytest.mark.parametrize("outcome", [*Outcome, None])
@pytest.mark.parametrize("status", Status)
def test_every_status_and_every_outcome_come_back(
    records: RecordRepository, a_record: Make, status: Status, outcome: Outcome | None
) -> None:
    record = a_record(status=status, outcome=outcome)

    records.add(record, ExecutionPayload(b"{}"))

    found = get(records, record)
    assert (found.status, found.outcome) == (status, outcome)
    assert isinstance(found.status, Status)
    assert outcome is None or isinstance(found.outcome, Outcome)


@pytest.mark.parametrize("status", CallbackStatus)
def test_every_field_comes_back(
    records: RecordRepository, a_record: Make, status: CallbackStatus
) -> None:
    record = a_record(
        version="12",
        qualifier="\ud800",
        draft_revision=2**40,
        trigger="codemash",
        request_id="\x00\u2028",
        status=Status.SUCCEEDED,
        asynchronous=True,
        as_callflow=True,
        attempts=3,
        began_at_ms=NOW_MS + 1,
        ended_at_ms=NOW_MS + 2,
        outcome=Outcome.OK,
        usage=Usage(0.25, 1e-9, 12.5, cold=True, fetches=50),
        callback=Callback(
            "https://example.org/" + "x" * CALLBACK_URL_CHARACTERS, status, 2, "timed out"
        ),
        trigger_id="1" * 32,
        event_id="\ud800 2026-12-01T09:00:00Z",
        accepted_at_ms=NOW_MS + 3,
        give_up_at_ms=NOW_MS + 2**40,
        revision=9,
    )

    records.add(record, ExecutionPayload(b"{}"))

    found = get(records, record)
    assert found == record
    assert found.callback is not None
    assert isinstance(found.callback.status, CallbackStatus)


def test_a_record_of_before_there_were_triggers_can_be_read_and_changed(
    store: Store, a_record: Make
) -> None:
    ended = a_record(status=Status.SUCCEEDED, attempts=1, outcome=Outcome.OK, revision=3)
    store.records.add(ended, ExecutionPayload(b"{}"))
    replace_text(store, ended, TEXT_OF_BEFORE)

    assert get(store.records, ended) == ended
    assert iterate(store.records) == [ended]

    expected = ended.called_back(Callback("https://example.org"))
    store.records.replace(expected, 3)

    assert get_whole(store.records, ended) == (expected, ExecutionPayload(b"{}"))


def replace_text(store: Store, record: ExecutionRecord, text: str) -> None:
    """Write another text in the place of what is in the store."""
    if isinstance(store, SqliteStore):
        with store.database.writing() as connection:
            connection.execute("UPDATE records SET record = ?", (text,))
    else:
        table = store.records.table
        table.client.update_item(
            TableName=table.name,
            Key=of_record(record.account_id, record.function_id, record.id).attributes(),
            UpdateExpression="SET head = :head",
            ExpressionAttributeValues={":head": {"S": text}},
        )


@pytest.mark.parametrize("text", HARD_TEXTS.values(), ids=HARD_TEXTS)
def test_any_text_may_go_into_a_function_and_come_of_it(
    records: RecordRepository, a_record: Make, text: str
) -> None:
    result = ExecutionResult(
        "1" * 32,
        Outcome.EXCEPTION,
        result=to_utf8(text),
        error=ExecutionError(text, text, text, 1, 2, ExceededLimit(text, 1, 2)),
        logs=(LogLine(text, text, 3), LogLine("log", "", 0)),
        usage=Usage(1.5, 0.1, 2.0, cold=True, fetches=2),
        fetches=(
            FetchRecord("GET", text, 200, None, 0, 2**40, 0.1),
            FetchRecord("GET", "", None, text),
        ),
    )
    contents = ExecutionPayload(
        to_utf8(text), Origin(meta={text: text}, tokens={"a": text, "b": ""}), result
    )

    records.add(a_record(), contents)

    assert get_whole(records, a_record()) == (a_record(), contents)


@pytest.mark.parametrize("text", HARD_TEXTS.values(), ids=HARD_TEXTS)
def test_whatever_an_error_carries_comes_back(
    records: RecordRepository, a_record: Make, text: str
) -> None:
    chain: Mapping[str, JsonValue] = {"value": {text: [text, None, 1.5, True, {}]}}
    for _ in range(32):
        chain = {
            "name": text[:99],
            "message": "",
            "stack": "",
            "line": 1,
            "column": None,
            "cause": chain,
        }
    details: Mapping[str, JsonValue] = {
        "fields": {text: noise(4, ERROR_DETAILS_CHARACTERS)},
        "cause": chain,
    }
    error = ExecutionError("E", "m", details=details, exceeded=ExceededLimit("memory_mb", 64, None))
    contents = ExecutionPayload(
        b"{}", result=replace(a_result(None, Outcome.EXCEPTION), error=error)
    )

    records.add(a_record(), contents)

    assert get_whole(records, a_record()) == (a_record(), contents)


def test_of_the_origin_what_the_record_lacks_is_kept_with_the_contents(
    records: RecordRepository, a_record: Make
) -> None:
    parent = f"00-{'a' * 32}-{'b' * 16}-01"
    own = Origin(meta={"a": "1"}, tokens={"b": "2"}, hops=3, key_id="c" * 32, trace_parent=parent)
    expected = replace(own, trigger="codemash", request_id="the request")

    records.add(a_record(), ExecutionPayload(b"{}", expected))

    _, contents = get_whole(records, a_record())
    assert contents == ExecutionPayload(b"{}", own)


def test_the_longest_of_everything_at_once_comes_back_whole(
    records: RecordRepository, a_record: Make
) -> None:
    meta = {"m": noise(3, CONTEXT_BYTES)}
    lines = tuple(LogLine("log", noise(seed, 16 * KIB), seed) for seed in range(4))
    result = replace(a_result(noise(2)), logs=lines, error=LONGEST_ERROR)
    contents = ExecutionPayload(noise(1).encode(), Origin(meta=meta), result)
    record = a_record(error=LONGEST_ERROR)

    records.add(record, contents)

    assert get_whole(records, record) == (record, contents)
    assert iterate(records) == [record]


@pytest.mark.parametrize("length", [0, RECORDED_OPERATIONS_BYTES], ids=["short", "the longest"])
@pytest.mark.parametrize("text", ["{}", ascii("\ud800"), '"\\u0000"'])
def test_recorded_operations_come_back_with_the_result(
    records: RecordRepository, a_record: Make, text: str, length: int
) -> None:
    content = random.Random(1).randbytes(length)  # noqa: S311 - the same noise in every test run
    replies = (RecordedReply(text), RecordedReply('{"end":true}', content))
    operations = (
        RecordedOperation("fetch", text, replies, abandoned=True),
        RecordedOperation("kv", text, None),
        RecordedOperation("tool", text),
    )
    recorded = RecordedOperations(operations, complete=False, unrecorded=2)
    first = replace(a_result("1"), recorded=recorded)
    records.add(a_record(), ExecutionPayload(b"{}", result=first))

    _, contents = get_whole(records, a_record())
    again = replace(a_result("2"), recorded=RecordedOperations())
    records.replace(replace(a_record(), revision=2), 1, again)

    assert contents.result == first
    assert get_whole(records, a_record())[1].result == again


def test_which_source_ran_is_kept_with_each_result_of_its_own(
    records: RecordRepository, a_record: Make
) -> None:
    record = a_record(revision=1)
    results = [replace(a_result(), source_sha256=sha256) for sha256 in ("0" * 64, "f" * 64, None)]
    records.add(record, ExecutionPayload(b"{}", result=results[0]))
    kept = []

    for result in results:
        found, payload = get_whole(records, record)
        assert payload.result is not None
        kept.append(payload.result.source_sha256)
        changed = replace(found, revision=found.revision + 1)
        records.replace(changed, found.revision, result)

    assert kept == ["0" * 64, "0" * 64, "f" * 64]
    last = get_whole(records, record)[1].result
    assert last is not None
    assert last.source_sha256 is None


def test_what_nests_deeper_than_python_can_follow_comes_back(
    records: RecordRepository, a_record: Make
) -> None:
    deep = "[" * (PAYLOAD_BYTES // 2) + "]" * (PAYLOAD_BYTES // 2)

    records.add(a_record(), ExecutionPayload(deep.encode(), result=a_result(deep)))

    _, contents = get_whole(records, a_record())
    assert contents.input == deep.encode()
    assert contents.result == a_result(deep)


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"account_id": OTHER_ACCOUNT},
        {"function_id": OTHER_FUNCTION},
        {"number": 2},
        {"asked_at_ms": NOW_MS + 1},
    ],
    ids=str,
)
def test_a_record_that_is_not_there_is_not_found(
    records: RecordRepository, a_record: Make, elsewhere: dict[str, str]
) -> None:
    records.add(a_record(), ExecutionPayload(b"{}"))
    missing = a_record(**elsewhere)

    for read in (get, get_whole):
        with pytest.raises(ExecutionNotFoundError) as caught:
            read(records, missing)
        assert caught.value.identifier == missing.id


def test_the_same_record_once_more_does_no_harm(records: RecordRepository, a_record: Make) -> None:
    contents = ExecutionPayload(b'"input"')
    for _ in range(2):
        records.add(a_record(), contents)
    begun = a_record().begun(NOW_MS)
    records.replace(begun, 1)

    records.add(a_record(), contents)

    assert get_whole(records, begun) == (begun, contents)
    assert iterate(records) == [begun]


def test_the_next_revision_takes_the_place_of_the_one_before(
    records: RecordRepository, a_record: Make
) -> None:
    contents = ExecutionPayload(noise(1, 3 * KIB).encode(), Origin(meta={"a": "b"}))
    records.add(a_record(), contents)
    begun = a_record().begun(NOW_MS + 5)
    result = a_result()

    records.replace(begun, 1)

    assert get_whole(records, begun) == (begun, contents)

    ended = begun.ended(result, NOW_MS + 9)
    records.replace(ended, 2, result)

    assert get_whole(records, ended) == (ended, replace(contents, result=result))
    assert iterate(records) == [ended]


@pytest.mark.parametrize("sizes", [(9, 9_000), (9_000, 9), (9_000, 9_001), (9, 10)], ids=str)
def test_a_result_takes_the_place_of_the_one_before_and_stays_until_the_next(
    records: RecordRepository, a_record: Make, sizes: tuple[int, int]
) -> None:
    first, second = (a_result(noise(size, size)) for size in sizes)
    record = a_record()
    records.add(record, ExecutionPayload(b"{}"))
    for result in (first, second):
        again = record.begun(NOW_MS).to_be_retried(result)

        records.replace(again, record.revision, result)
        record = again.begun(NOW_MS)
        records.replace(record, again.revision)

        assert get_whole(records, record) == (record, ExecutionPayload(b"{}", result=result))


def test_a_write_over_another_revision_changes_nothing(
    records: RecordRepository, a_record: Make
) -> None:
    first, second = a_record(), a_record().begun(NOW_MS)
    kept = ExecutionPayload(b"1", result=a_result("2"))
    records.add(first, kept)
    records.replace(second, 1)

    for expected in (0, 1, 3):
        with pytest.raises(RevisionConflictError):
            records.replace(replace(second, revision=expected + 1), expected, a_result(noise(1)))

    assert get_whole(records, second) == (second, kept)


def test_a_write_over_no_record_makes_none(records: RecordRepository, a_record: Make) -> None:
    records.add(a_record(function_id=OTHER_FUNCTION), ExecutionPayload(b"{}"))

    with pytest.raises(RevisionConflictError):
        records.replace(a_record().begun(NOW_MS), 1, a_result())

    assert iterate(records) == []


def test_a_function_without_records_has_none(records: RecordRepository) -> None:
    assert iterate(records) == []


@both_ways
@pytest.mark.parametrize("at_once", [1, 2, 3, 5, 6, 50])
def test_records_come_in_the_order_in_which_executions_were_asked_for(
    records: RecordRepository, a_record: Make, at_once: int, *, descending: bool
) -> None:
    made = [
        a_record(9, NOW_MS - 0xFFFFF),
        a_record(9, NOW_MS - 1),
        a_record(2, NOW_MS),
        a_record(3, NOW_MS),
        a_record(1, NOW_MS + 1),
        a_record(1, NOW_MS + 0xFFFFF),
    ]
    add_all(records, random.Random(1).sample(made, len(made)))  # noqa: S311

    assert iterate(records, descending=descending, at_once=at_once) == (
        made[::-1] if descending else made
    )


@both_ways
def test_records_start_behind_one_that_need_not_be_there(
    records: RecordRepository, a_record: Make, *, descending: bool
) -> None:
    made = [a_record(number) for number in (2, 4, 6)]
    add_all(records, made)

    def behind(after: str) -> list[ExecutionRecord]:
        found = iterate(records, after, descending=descending, at_once=2)
        return found[::-1] if descending else found

    lower, all_but = (made[:1], made) if descending else (made[2:], made)
    assert behind(made[1].id) == lower
    assert behind(a_record(5).id) == (made[:2] if descending else made[2:])
    for below in ("", "!", "0" * 32, made[0].id[:-1]):
        assert behind(below) == ([] if descending else all_but)
    for above in ("~", "ž", "f" * 32, "x" * 900):
        assert behind(above) == (all_but if descending else [])


@both_ways
def test_records_of_others_do_not_show(
    records: RecordRepository, a_record: Make, *, descending: bool
) -> None:
    mine = a_record(2)
    add_all(
        records,
        [
            a_record(1, account_id=OTHER_ACCOUNT),
            mine,
            a_record(3, function_id=OTHER_FUNCTION),
            a_record(4, account_id=OTHER_ACCOUNT, function_id=OTHER_FUNCTION),
        ],
    )

    assert iterate(records, descending=descending, at_once=1) == [mine]


@both_ways
def test_nothing_but_records_shows(
    records: RecordRepository,
    idempotency_records: IdempotencyRepository,
    versions: VersionRepository,
    a_record: Make,
    a_claim: Callable[..., IdempotencyRecord],
    a_version: Callable[..., Version],
    *,
    descending: bool,
) -> None:
    records.add(a_record(), ExecutionPayload(noise(1, 9_000).encode()))
    idempotency_records.add(a_claim(), 0)
    versions.add(a_version())

    assert iterate(records, descending=descending) == [a_record()]


def test_a_walk_reads_as_it_goes(records: RecordRepository, a_record: Make) -> None:
    add_all(records, [a_record(number) for number in (1, 2, 3)])
    found = records.iterate(ACCOUNT, FUNCTION, at_once=1)
    next(found)

    records.replace(a_record(2).begun(NOW_MS), 1)
    records.add(a_record(4), ExecutionPayload(b"{}"))

    assert list(found) == [a_record(2).begun(NOW_MS), a_record(1)]


def test_an_iteration_that_pauses_holds_no_one_up(
    records: RecordRepository, a_record: Make
) -> None:
    add_all(records, [a_record(number) for number in range(8)])
    walks = [records.iterate(ACCOUNT, FUNCTION, at_once=1) for _ in range(8)]

    for found in walks:
        next(found)

    records.replace(a_record(1).begun(NOW_MS), 1)
    assert get(records, a_record(1)).revision == 2


def test_a_walk_of_the_longest_heads_ends_after_the_last(
    records: RecordRepository, a_record: Make
) -> None:
    made = [a_record(number, error=LONGEST_ERROR) for number in range(60)]  # 36 KB each
    add_all(records, made)

    assert iterate(records, at_once=500) == made[::-1]


def test_records_added_at_once_are_all_kept(records: RecordRepository, a_record: Make) -> None:
    made = [a_record(number) for number in range(40)]

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda record: records.add(record, ExecutionPayload(b"{}")), made))

    assert iterate(records) == made[::-1]


def test_all_records_of_a_function_are_removed_and_of_no_other(
    records: RecordRepository,
    versions: VersionRepository,
    idempotency_records: IdempotencyRepository,
    a_record: Make,
    a_version: Callable[..., Version],
    a_claim: Callable[..., IdempotencyRecord],
) -> None:
    kept = [a_record(function_id=OTHER_FUNCTION), a_record(account_id=OTHER_ACCOUNT)]
    long = ExecutionPayload(noise(1, 9_000).encode(), result=a_result(noise(2, 9_000)))
    for record in (*kept, *[a_record(number) for number in range(130)]):
        records.add(record, long)
    versions.add(a_version())
    idempotency_records.add(a_claim(1), 0)

    records.remove_all(ACCOUNT, FUNCTION)

    assert iterate(records) == []
    for record in kept:
        assert get_whole(records, record) == (record, long)
    assert versions.get(ACCOUNT, FUNCTION, 1) == a_version()
    assert idempotency_records.add(a_claim(2), 0) == a_claim(1)
    records.add(a_record(), ExecutionPayload(b"{}"))
    assert get(records, a_record()) == a_record()


def test_dynamodb_gets_no_item_over_its_limit_and_the_time_when_each_may_go(
    dynamodb_store: DynamoDbStore, a_record: Make, items: Callable[[], "list[Item]"]
) -> None:
    meta = {"m": noise(3, CONTEXT_BYTES)}
    record = a_record(error=LONGEST_ERROR)

    dynamodb_store.records.add(
        record, ExecutionPayload(noise(1).encode(), Origin(meta=meta), a_result(noise(2)))
    )
    dynamodb_store.records.replace(record.begun(NOW_MS), 1, a_result(noise(4)))

    found = items()
    assert len(found) == 1 + 3 * 12
    assert max(size_of(item) for item in found) < ITEM_BYTES
    assert [item["expires_at"] for item in found] == [{"N": str(NOW_MS // 1000 + RECORD_S)}] * len(
        found
    )


@pytest.mark.parametrize("happened_at_ms", [0, NOW_MS - 9**9, NOW_MS + 9**13], ids=str)
def test_dynamodb_keeps_what_came_of_an_event_from_when_that_was_accepted(
    dynamodb_store: DynamoDbStore,
    a_record: Make,
    items: Callable[[], "list[Item]"],
    happened_at_ms: int,
) -> None:
    record = a_record(1, happened_at_ms, accepted_at_ms=NOW_MS)

    dynamodb_store.records.add(record, ExecutionPayload(b"{}"))

    assert items()[0]["expires_at"] == {"N": str(NOW_MS // 1000 + RECORD_S)}


def size_of(item: "Item") -> int:
    """Return what DynamoDB counts for an item, or a little more."""
    return sum(
        len(name) + len(value["B"] if "B" in value else str(value)) for name, value in item.items()
    )


def test_dynamodb_removes_the_parts_of_a_record_with_it(
    dynamodb_store: DynamoDbStore, a_record: Make, items: Callable[[], "list[Item]"]
) -> None:
    records = dynamodb_store.records
    kept = a_record(function_id=OTHER_FUNCTION)
    for record in (a_record(), kept):
        records.add(record, ExecutionPayload(noise(1, 900_000).encode()))
    all_items = len(items())

    records.remove_all(ACCOUNT, FUNCTION)

    assert all_items == 2 * len(items())
    assert get_whole(records, kept)[1] == ExecutionPayload(noise(1, 900_000).encode())


def test_in_dynamodb_two_that_perform_one_execution_never_mix_their_results(
    dynamodb_store: DynamoDbStore, a_record: Make
) -> None:
    records = dynamodb_store.records
    records.add(a_record(), ExecutionPayload(b"{}"))
    first, second = a_result(noise(1)), a_result(noise(2))
    records.replace(a_record().begun(NOW_MS), 1, first)

    with pytest.raises(RevisionConflictError):  # its parts are written by then
        records.replace(a_record().begun(NOW_MS + 1), 1, second)

    assert get_whole(records, a_record())[1].result == first


@pytest.mark.parametrize("forgotten", ["first", "last", "all"])
def test_a_record_of_which_dynamodb_forgot_parts_after_it_expired_is_not_found(
    dynamodb_store: DynamoDbStore,
    moto_client: "DynamoDBClient",
    moto_table: str,
    a_record: Make,
    items: Callable[[], "list[Item]"],
    forgotten: str,
) -> None:
    records = dynamodb_store.records
    records.add(a_record(), ExecutionPayload(noise(1, 1_400_000).encode()))
    parts = [item for item in items() if "part" in item]
    gone = {"first": parts[:1], "last": parts[-1:], "all": parts}[forgotten]
    for part in gone:
        moto_client.delete_item(TableName=moto_table, Key={"pk": part["pk"], "sk": part["sk"]})

    with pytest.raises(ExecutionNotFoundError) as caught:
        get_whole(records, a_record())

    assert len(parts) == 4
    assert caught.value.identifier == a_record().id
    assert get(records, a_record()) == a_record()


def test_in_dynamodb_records_of_an_older_isolambda_do_not_show(
    dynamodb_store: DynamoDbStore, moto_client: "DynamoDBClient", moto_table: str, a_record: Make
) -> None:
    old = {
        "pk": {"S": f"FUNCTION#{ACCOUNT}#{FUNCTION}"},
        "sk": {"S": f"EXECUTION#{NOW_MS}-{'1' * 32}"},
        "record": {"S": "{}"},
    }
    moto_client.put_item(TableName=moto_table, Item=old)
    add_all(dynamodb_store.records, [a_record(1), a_record(2)])

    assert iterate(dynamodb_store.records, at_once=1) == [a_record(2), a_record(1)]


def test_sqlite_lets_go_of_what_expired_a_bounded_number_at_a_time(
    sqlite_store: SqliteStore, a_record: Make
) -> None:
    records = sqlite_store.records
    add_all(records, [a_record(number, function_id=f"{number:032x}") for number in range(15)])
    later = a_record(1, NOW_MS + RECORD_S * 1000)

    records.add(later, ExecutionPayload(b"{}"))
    after_one = count(sqlite_store)
    records.add(a_record(2, later.asked_at_ms), ExecutionPayload(b"{}"))

    assert after_one == 6
    assert count(sqlite_store) == 2
    assert get(records, later) == later


def test_sqlite_keeps_what_is_a_second_short_of_expiry(
    sqlite_store: SqliteStore, a_record: Make
) -> None:
    add_all(sqlite_store.records, [a_record(), a_record(2, NOW_MS + (RECORD_S - 1) * 1000)])

    assert count(sqlite_store) == 2


def test_an_event_of_the_future_makes_sqlite_let_go_of_nothing(
    sqlite_store: SqliteStore, a_record: Make
) -> None:
    future_ms = NOW_MS + 2 * RECORD_S * 1000
    of_an_event = a_record(2, future_ms, accepted_at_ms=NOW_MS)

    add_all(sqlite_store.records, [a_record(1), of_an_event])

    assert count(sqlite_store) == 2


def test_an_event_of_long_ago_is_kept_as_long_as_any(
    sqlite_store: SqliteStore, a_record: Make
) -> None:
    of_an_event = a_record(1, 0, accepted_at_ms=NOW_MS)

    add_all(sqlite_store.records, [of_an_event, a_record(2)])

    assert get(sqlite_store.records, of_an_event) == of_an_event


def count(store: SqliteStore) -> int:
    with store.database.connection() as connection:
        [(rows,)] = connection.execute("SELECT count(*) FROM records").fetchall()
    return int(rows)
