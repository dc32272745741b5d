import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isolambda_core.adapters.codecs.records import (
    dump_input,
    dump_record,
    dump_result,
    load_contents,
    load_record,
)
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionResult,
    LogLine,
    Origin,
    Outcome,
    Usage,
)
from isolambda_core.domain.executions.records import (
    CANCELLED,
    Callback,
    CallbackStatus,
    ExecutionPayload,
    ExecutionRecord,
    Status,
)
from isolambda_core.domain.ids import new_execution_id
from isolambda_core.domain.json_text import to_utf8
from isolambda_core.domain.limits import KIB, MIB, RECORD_S, RECORD_TEXT_CHARACTERS

NOW_MS = 1_800_000_000_999
RECORD = ExecutionRecord(
    execution_id=new_execution_id(NOW_MS),
    account_id="a" * 32,
    function_id="f" * 32,
    version="$LATEST",
    qualifier="live",
    draft_revision=3,
    trigger="kazoo",
    request_id="r",
    status=Status.QUEUED,
)
USAGE = Usage(2.5, 1.0, 3.0, cold=True)
OK = ExecutionResult(RECORD.id, Outcome.OK, result=b"1", usage=USAGE)
ERROR = ExecutionError("TypeError", "no", "at 1:2", 1, 2)
FAILED = ExecutionResult(RECORD.id, Outcome.EXCEPTION, error=ERROR, usage=USAGE)

texts = st.text(st.characters(codec=None, exclude_categories=()))
encoded = texts.map(to_utf8)
tellings = st.dictionaries(texts, texts, max_size=3)
errors = st.builds(ExecutionError, texts, texts, texts)
results = st.builds(
    ExecutionResult,
    texts,
    st.sampled_from(Outcome),
    result=st.none() | encoded,
    error=st.none() | errors,
    logs=st.lists(st.builds(LogLine, texts, texts, st.integers(0))).map(tuple),
)
fields = st.fixed_dictionaries(
    {
        "version": texts,
        "qualifier": texts,
        "request_id": texts,
        "status": st.sampled_from(Status),
        "began_at_ms": st.none() | st.integers(),
        "outcome": st.none() | st.sampled_from(Outcome),
        "error": st.none() | errors,
        "usage": st.none() | st.just(USAGE),
        "callback": st.none() | st.builds(Callback, texts, st.sampled_from(CallbackStatus)),
        "trigger_id": st.none() | texts,
        "event_id": st.none() | texts,
        "accepted_at_ms": st.none() | st.integers(0),
        "give_up_at_ms": st.none() | st.integers(),
        "revision": st.integers(1),
    }
)


def test_a_record_is_of_the_moment_in_its_id_and_expires_in_seconds() -> None:
    assert RECORD.asked_at_ms == NOW_MS
    assert RECORD.expires_at == 1_800_000_000 + RECORD_S


@pytest.mark.parametrize("accepted_at_ms", [0, 5_999, NOW_MS + 10_000])
def test_the_record_of_an_event_is_kept_from_when_that_was_accepted(accepted_at_ms: int) -> None:
    record = replace(RECORD, accepted_at_ms=accepted_at_ms)

    assert record.asked_at_ms == NOW_MS
    assert record.expires_at == accepted_at_ms // 1000 + RECORD_S
    assert record.begun(5).ended(OK, 9).expires_at == record.expires_at


def test_an_execution_that_succeeds_at_once_goes_through_two_revisions() -> None:
    begun = RECORD.begun(5)
    ended = begun.ended(OK, 9)

    assert begun == replace(RECORD, revision=2, status=Status.RUNNING, began_at_ms=5)
    assert ended == replace(
        begun,
        revision=3,
        status=Status.SUCCEEDED,
        attempts=1,
        ended_at_ms=9,
        outcome=Outcome.OK,
        usage=USAGE,
    )
    assert [record.has_ended for record in (RECORD, begun, ended)] == [False, False, True]


def test_an_attempt_that_failed_leaves_its_error_until_the_next_has_ended() -> None:
    again = RECORD.begun(5).to_be_retried(FAILED)
    begun = again.begun(7)

    assert (again.status, again.attempts, again.ended_at_ms) == (Status.QUEUED, 1, None)
    assert (again.outcome, again.error, again.usage) == (Outcome.EXCEPTION, ERROR, USAGE)
    assert begun == replace(again, revision=4, status=Status.RUNNING, began_at_ms=7)
    assert begun.ended(OK, 9).error is None


def test_an_attempt_that_came_to_nothing_is_none() -> None:
    back = RECORD.begun(5).put_back()

    assert (back.status, back.attempts, back.revision) == (Status.QUEUED, 0, 3)


@pytest.mark.parametrize("outcome", Outcome)
def test_whatever_is_not_ok_has_failed_and_itself_unless_the_fault_is_ours(
    outcome: Outcome,
) -> None:
    ended = RECORD.begun(5).ended(replace(FAILED, outcome=outcome), 9)

    assert ended.status is (Status.SUCCEEDED if outcome is Outcome.OK else Status.FAILED)
    assert ended.has_itself_failed == (outcome not in (Outcome.OK, Outcome.INTERNAL_ERROR))


def test_code_that_throws_what_a_cancelled_task_has_is_not_cancelled() -> None:
    thrown = replace(FAILED, error=ExecutionError(CANCELLED, "by code"))
    cancelled = replace(thrown, outcome=Outcome.INTERNAL_ERROR)

    assert not RECORD.begun(5).ended(thrown, 9).is_cancelled
    assert not RECORD.begun(5).to_be_retried(cancelled).is_cancelled
    assert RECORD.begun(5).ended(cancelled, 9).is_cancelled


def test_what_an_error_carries_is_left_to_the_contents() -> None:
    error = replace(ERROR, details={"cause": {"value": "x" * 16_000}})

    assert RECORD.ended(replace(FAILED, error=error), 9).error == ERROR


@pytest.mark.parametrize("text", ["x", "\ud800", "\U0001f600"], ids=ascii)
def test_of_the_texts_of_an_error_a_record_keeps_the_beginning(text: str) -> None:
    long, kept = text * 100_000, text * RECORD_TEXT_CHARACTERS
    result = replace(FAILED, error=ExecutionError(long, long, long, line=1, column=2))

    assert RECORD.ended(result, 9).error == ExecutionError(kept, kept, kept, 1, 2)
    assert RECORD.to_be_retried(result).error == ExecutionError(kept, kept, kept, 1, 2)


def test_a_callback_is_a_revision_of_its_own() -> None:
    callback = Callback("https://example.org", CallbackStatus.DELIVERED, 1)

    assert RECORD.called_back(callback) == replace(RECORD, callback=callback, revision=2)


@given(fields)
def test_every_record_survives_as_json_and_is_ascii(changed: dict[str, object]) -> None:
    record = replace(RECORD, **changed)  # type: ignore[arg-type]

    text = dump_record(record)

    assert text.isascii()
    assert load_record(text) == record
    assert None not in json.loads(text).values()


@given(encoded, tellings, tellings, st.none() | results)
def test_whatever_goes_with_a_record_survives(
    input_: bytes, meta: dict[str, str], tokens: dict[str, str], result: ExecutionResult | None
) -> None:
    contents = ExecutionPayload(input_, Origin(meta=meta, tokens=tokens), result)

    assert load_contents(dump_input(contents), dump_result(contents.result)) == contents


def test_what_is_long_is_stored_shorter() -> None:
    contents = ExecutionPayload(
        b'{"a":1},' * (5 * MIB // 8), result=replace(OK, result=b"x" * 5 * MIB)
    )

    assert len(dump_input(contents)) < 64 * KIB
    assert len(dump_result(contents.result) or b"") < 64 * KIB
