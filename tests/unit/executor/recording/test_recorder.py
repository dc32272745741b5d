"""What is recorded of an execution is what its isolate asked, and got."""

import hashlib
import json
from typing import Any

import pytest

from isolambda_core.domain.executions.operations import (
    RecordedOperation,
    RecordedOperations,
    RecordedReply,
)
from isolambda_core.domain.limits import RECORDED_OPERATIONS_BYTES, REPLY_BYTES
from isolambda_executor.frames import BrokenPeerError
from isolambda_executor.handlers import OperationEndedError
from tests.unit.executor.recording.recorded import OTHER, PLACEHOLDERS, VALUE, executing

CHUNK = {"chunk": True}
END = {"end": True}
PUT: dict[str, Any] = {"op": "put", "namespace": "n", "key": "k"}


def asked_of(operation: RecordedOperation) -> Any:
    return json.loads(operation.asked)


def test_an_operation_is_recorded_as_it_was_asked_and_answered() -> None:
    with executing() as isolate:
        isolate.take(3, "kv", **PUT, value={"b": 1, "a": [2.5]})
        isolate.answer(3, ({"value": None, "end": True}, b""))

        assert isolate.recorded() == RecordedOperations(
            (
                RecordedOperation(
                    "kv",
                    '{"key":"k","namespace":"n","op":"put","value":{"a":[2.5],"b":1}}',
                    (RecordedReply('{"value":null,"end":true}'),),
                ),
            )
        )


def test_operations_are_in_the_order_in_which_they_began() -> None:
    with executing() as isolate:
        for number in (1, 2, 3):
            isolate.take(number, "tool", tool=f"t{number}", arguments={})
        for number in (3, 1, 2):
            isolate.answer(number, ({**END, "value": number}, b""))

        found = isolate.recorded().operations

    assert [each.target for each in found] == [("tool", "t1"), ("tool", "t2"), ("tool", "t3")]
    assert [each.replies for each in found] == [
        (RecordedReply(f'{{"end":true,"value":{number}}}'),) for number in (1, 2, 3)
    ]


def test_bytes_that_follow_one_another_are_one_reply() -> None:
    pieces = [(CHUNK, b"a" * REPLY_BYTES), (CHUNK, b"b"), (CHUNK, b"c")]
    with executing() as isolate:
        isolate.take(1, "fetch", method="GET", url="https://a.test/", body=None)
        isolate.answer(1, ({"head": {}}, b""), *pieces, (END, b""))

        [operation] = isolate.recorded().operations

    assert operation.replies == (
        RecordedReply('{"head":{}}'),
        RecordedReply('{"chunk":true}', b"a" * REPLY_BYTES + b"bc"),
        RecordedReply('{"end":true}'),
    )


def test_bytes_that_are_sent_stand_there_by_length_and_hash() -> None:
    with executing() as isolate:
        isolate.take(1, "sign", b"signed", hash="SHA-1", key=PLACEHOLDERS[0])

        [operation] = isolate.recorded().operations

    assert asked_of(operation) == {
        "hash": "SHA-1",
        "key": "{secret KEY}",
        "bytes": {"length": 6, "sha256": hashlib.sha256(b"signed").hexdigest()},
    }


def test_a_streamed_body_is_hashed_when_it_has_ended_and_leave_to_send_is_no_reply() -> None:
    with executing() as isolate:
        for number in (1, 2):
            isolate.take(number, "fetch", method="PUT", url="u", body="stream")
            isolate.take(number, "send", b"ab", chunk=True)
            isolate.answer(number, ({"more": 2}, b""))
            isolate.take(number, "send", b"c", chunk=True)
        isolate.take(2, "send", last=True)
        isolate.take(2, "send", b"too late", chunk=True)

        cut, whole = isolate.recorded().operations

    assert asked_of(cut)["bytes"] is None
    assert asked_of(whole)["bytes"] == {
        "length": 3,
        "sha256": hashlib.sha256(b"abc").hexdigest(),
    }
    assert cut.replies == whole.replies == ()


def test_no_placeholder_is_recorded_even_where_it_is_cut_in_two() -> None:
    placeholder = PLACEHOLDERS[0].encode()
    with executing() as isolate:
        isolate.take(
            1, "fetch", b"k=" + placeholder, method="POST", url=f"u?{PLACEHOLDERS[0]}", body="bytes"
        )
        isolate.take(2, "fetch", method="POST", url="v", body="stream")
        for piece in (placeholder[:20], placeholder[20:]):
            isolate.take(2, "send", piece, chunk=True)
        isolate.take(2, "send", last=True)
        isolate.answer(
            1,
            ({"head": {"headers": [["a", PLACEHOLDERS[0]]]}}, b""),
            (CHUNK, b"is " + placeholder[:7]),
            (CHUNK, placeholder[7:] + b"."),
            (END, b""),
        )
        isolate.answer(2, (CHUNK, placeholder[:30]), (CHUNK, placeholder[30:]))

        whole, cut = isolate.recorded().operations

    assert asked_of(whole)["url"] == "u?{secret KEY}"
    assert asked_of(whole)["bytes"]["sha256"] == hashlib.sha256(b"k={secret KEY}").hexdigest()
    assert asked_of(cut)["bytes"]["sha256"] == hashlib.sha256(b"{secret KEY}").hexdigest()
    assert whole.replies is not None
    assert cut.replies is not None
    assert whole.replies[0].fields == '{"head":{"headers":[["a","{secret KEY}"]]}}'
    assert whole.replies[1].content == b"is {secret KEY}."
    assert cut.replies[0].content == b"{secret KEY}"
    assert VALUE not in repr((whole, cut))


def test_what_is_answered_after_an_operation_was_abandoned_is_not_recorded() -> None:
    with executing() as isolate:
        isolate.take(1, "fetch", method="GET", url="u", body=None)
        isolate.answer(1, ({"head": {}}, b""))
        isolate.take(1, "abandon")
        with pytest.raises(OperationEndedError):
            isolate.answer(1, (CHUNK, b"late"))

        [operation] = isolate.recorded().operations

    assert operation.abandoned
    assert operation.replies == (RecordedReply('{"head":{}}'),)


def test_what_goes_beyond_the_limit_is_left_out_and_what_was_there_stays() -> None:
    with executing() as isolate:
        for number in (1, 2, 3):
            isolate.take(number, "fetch", method="GET", url=f"{number}", body=None)
        isolate.answer(1, (END, b""))
        isolate.answer(2, (CHUNK, b"x" * (RECORDED_OPERATIONS_BYTES - 2_000)))
        isolate.answer(3, (CHUNK, b"y" * 2_000))
        isolate.answer(2, (END, b""))
        isolate.take(4, "kv", **PUT)

        recorded = isolate.recorded()

    assert not recorded.complete
    assert [each.target[2] for each in recorded.operations] == ["1", "2", "3"]
    assert [each.replies is None for each in recorded.operations] == [False, True, True]


def test_what_is_asked_counts_too() -> None:
    with executing() as isolate:
        isolate.take(1, "kv", **PUT, value="v" * RECORDED_OPERATIONS_BYTES)
        isolate.take(2, "kv", **PUT)

        assert isolate.recorded() == RecordedOperations(complete=False)


def test_a_flood_of_the_smallest_operations_is_bounded() -> None:
    with executing() as isolate:
        for number in range(1, 20_001):
            isolate.take(number, "kv")

        recorded = isolate.recorded()

    assert not recorded.complete
    assert len(recorded.operations) <= RECORDED_OPERATIONS_BYTES / 128


@pytest.mark.parametrize(
    "message",
    [
        {"id": 1, "kind": "kv", "bytes": "no base64"},
        {"id": 1, "kind": "sign", "bytes": 7},
        {"id": 1, "kind": "send"},
        {"id": 1, "kind": "abandon"},
    ],
    ids=str,
)
def test_what_no_intact_worker_sends_is_refused_as_ever(message: dict[str, Any]) -> None:
    with executing() as isolate:
        with pytest.raises(BrokenPeerError):
            isolate.operations.take(message)

        assert isolate.recorded().operations == ()


def test_an_operation_that_begins_twice_is_refused_and_recorded_once() -> None:
    with executing() as isolate:
        isolate.take(1, "kv", **PUT)
        with pytest.raises(BrokenPeerError):
            isolate.take(1, "kv", **PUT, value="other")

        [operation] = isolate.recorded().operations

    assert "other" not in operation.asked


def test_what_nests_as_deep_as_a_message_may_is_recorded() -> None:
    deep: Any = 1
    for _ in range(505):
        deep = {"a": deep} if _ % 2 else [deep]
    with executing() as isolate:
        isolate.take(1, "kv", **PUT, value=deep)

        [operation] = isolate.recorded().operations

    assert asked_of(operation)["value"] == deep


def test_executions_of_two_accounts_record_their_own_alone() -> None:
    with executing() as one, executing(account_id=OTHER) as other:
        one.take(1, "kv", **PUT, value="of the first")
        other.take(1, "kv", **PUT, value="of the second")
        other.answer(1, ({**END, "value": "to the second"}, b""))
        one.answer(1, ({**END, "value": "to the first"}, b""))

        texts = [repr(each.recorded()) for each in (one, other)]

    assert ["second" in text for text in texts] == [False, True]
    assert ["first" in text for text in texts] == [True, False]
