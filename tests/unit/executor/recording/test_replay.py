"""What is answered from a record is what was recorded, in turn, and nothing is reached."""

import json
from typing import Any

import pytest

from isolambda_core.domain.executions.operations import RecordedOperation, RecordedReply
from isolambda_core.domain.limits import FETCH_BODY_BYTES, REPLY_BYTES
from isolambda_executor.frames import BrokenPeerError
from tests.unit.executor.recording.recorded import (
    KINDS,
    PLACEHOLDERS,
    VALUE,
    Isolate,
    executing,
)

GET: dict[str, Any] = {"op": "get", "namespace": "n", "key": "k"}
NOTHING = {
    "code": "not_recorded",
    "message": "nothing is recorded of this operation, and a replay reaches nothing",
}


def kv(value: object, **fields: Any) -> RecordedOperation:
    told = json.dumps({"value": value, "end": True})
    return RecordedOperation("kv", json.dumps({**GET, **fields}), (RecordedReply(told),))


def fetch(*replies: RecordedReply, **more: Any) -> RecordedOperation:
    asked: dict[str, Any] = {"method": "GET", "url": "u", "headers": [], "body": None}
    return RecordedOperation("fetch", json.dumps(asked), replies, **more)


def get(isolate: Isolate, number: int = 1) -> None:
    isolate.take(number, "fetch", method="GET", url="u", headers=[], body=None)


def test_equal_targets_are_answered_in_turn() -> None:
    with executing([kv(1), kv(2, key="other"), kv(3)]) as isolate:
        for number, key in enumerate(["k", "k", "other", "k"], 1):
            isolate.take(number, "kv", **{**GET, "key": key})

        values = [fields.get("value", fields.get("error")) for fields, _ in isolate.replies(4)]
        assert values == [1, 3, 2, NOTHING]
        assert isolate.recorded().unrecorded == 1
        assert isolate.handlers.opened == []


def test_answers_come_in_the_order_in_which_they_are_asked_for() -> None:
    recorded = [kv(number, key=f"{number}") for number in range(300)]
    with executing(recorded) as isolate:
        for number in range(300):
            isolate.take(number + 1, "kv", **{**GET, "key": f"{number}"})

        assert [fields["value"] for fields, _ in isolate.replies(300)] == list(range(300))


@pytest.mark.parametrize("kind", KINDS)
def test_no_handler_of_any_kind_is_opened(kind: str) -> None:
    with executing([]) as isolate:
        isolate.take(1, kind, method="GET", url="https://example.com/", tool="t", key="k")

        assert isolate.replies(1) == [({"end": True, "error": NOTHING, "id": 1}, b"")]
        assert isolate.handlers.opened == []


def test_a_kind_that_there_is_not_is_refused_as_ever() -> None:
    with executing([], kinds=()) as isolate:
        isolate.take(1, "kv", **GET)

        [(fields, _)] = isolate.replies(1)
    assert fields["error"] == {
        "code": "refused",
        "message": "operations of kind 'kv' are not known",
    }


def test_long_bytes_come_in_as_many_replies_as_they_need() -> None:
    body = bytes(range(256)) * 1_000
    replies = (RecordedReply('{"chunk":true}', body), RecordedReply('{"end":true}'))
    with executing([fetch(*replies)]) as isolate:
        get(isolate)
        isolate.take(1, "send", credit=5)

        *chunks, (end, _) = isolate.replies(-(-len(body) // REPLY_BYTES) + 1)
    assert b"".join(content for _, content in chunks) == body
    assert {len(content) <= REPLY_BYTES for _, content in chunks} == {True}
    assert end == {"end": True, "id": 1}


def test_names_of_secrets_become_the_placeholders_of_this_execution_and_never_a_value() -> None:
    replies = (
        RecordedReply('{"head":{"headers":[["a","{secret KEY} {secret OTHER}"]]}}'),
        RecordedReply('{"chunk":true}', b"{secret KEY}"),
    )
    with executing([fetch(*replies, abandoned=True)], placeholder=PLACEHOLDERS[1]) as isolate:
        get(isolate)

        (head, _), (_, content) = found = isolate.replies(2)
    assert head["head"] == {"headers": [["a", f"{PLACEHOLDERS[1]} {{secret OTHER}}"]]}
    assert content == PLACEHOLDERS[1].encode()
    assert VALUE not in repr(found)


def test_an_answer_that_broke_off_with_its_execution_ends_with_an_error() -> None:
    with executing([fetch(RecordedReply('{"head":{}}'))]) as isolate:
        get(isolate)

        _, (end, _) = isolate.replies(2)
        assert end["error"] == {
            "code": "not_recorded",
            "message": "the recorded answer ends here",
        }
        assert isolate.recorded().unrecorded == 0


@pytest.mark.parametrize(
    "operation",
    [fetch(), fetch(abandoned=True), fetch(RecordedReply('{"head":{}}'), abandoned=True)],
    ids=["nothing came", "abandoned", "abandoned behind the head"],
)
def test_what_was_not_waited_for_has_no_end(operation: RecordedOperation) -> None:
    with executing([operation, kv(1)]) as isolate:
        get(isolate)
        isolate.take(2, "kv", **GET)

        found = isolate.replies(1 + len(operation.replies or ()))
        assert [fields["id"] for fields, _ in found if fields.get("end")] == [2]
        assert isolate.recorded().unrecorded == 0


def test_replies_that_are_left_out_are_not_recorded() -> None:
    left_out = RecordedOperation("kv", json.dumps(GET), None)
    with executing([left_out]) as isolate:
        isolate.take(1, "kv", **GET)

        assert isolate.replies(1)[0][0]["error"] == NOTHING
        assert isolate.recorded().unrecorded == 1


def streamed(*, sent_all: bool) -> RecordedOperation:
    asked = {"method": "PUT", "url": "u", "body": "stream"}
    sent = {"length": 1, "sha256": ""} if sent_all else None
    return RecordedOperation(
        "fetch", json.dumps({**asked, "bytes": sent}), (RecordedReply('{"end":true}'),)
    )


def test_a_streamed_body_is_taken_to_its_end_before_the_answer() -> None:
    with executing([streamed(sent_all=True), kv(1)]) as isolate:
        isolate.take(1, "fetch", method="PUT", url="u", body="stream")
        isolate.take(1, "send", b"abc", chunk=True)
        isolate.take(2, "kv", **GET)
        before = [fields for fields, _ in isolate.replies(2)]
        isolate.take(1, "send", last=True)
        isolate.take(1, "send", last=True)

        assert before == [{"more": 3, "id": 1}, {"value": 1, "end": True, "id": 2}]
        assert isolate.replies(1) == [({"end": True, "id": 1}, b"")]


def test_a_streamed_body_that_was_cut_off_is_answered_at_once() -> None:
    with executing([streamed(sent_all=False)]) as isolate:
        isolate.take(1, "fetch", method="PUT", url="u", body="stream")

        assert isolate.replies(1) == [({"end": True, "id": 1}, b"")]


def test_a_streamed_body_without_end_is_answered_where_no_fetch_takes_more() -> None:
    piece = bytes(512 * 1024)
    with executing([streamed(sent_all=True)]) as isolate:
        isolate.take(1, "fetch", method="PUT", url="u", body="stream")
        count = FETCH_BODY_BYTES // len(piece) + 1
        for _ in range(count):
            isolate.take(1, "send", piece, chunk=True)

        *granted, (end, _) = isolate.replies(count)
    assert {fields["more"] for fields, _ in granted} == {len(piece)}
    assert end == {"end": True, "id": 1}


def test_what_is_sent_and_is_not_base64_is_refused() -> None:
    with executing([streamed(sent_all=True)]) as isolate:
        isolate.take(1, "fetch", method="PUT", url="u", body="stream")
        with pytest.raises(BrokenPeerError):
            isolate.take(1, "send", chunk=True, bytes="?")


def test_names_that_an_answer_has_of_itself_cannot_make_it_longer_than_a_reply() -> None:
    told = json.dumps({"value": "{secret KEY}" * 80_000, "end": True})
    with executing([RecordedOperation("kv", json.dumps(GET), (RecordedReply(told),))]) as isolate:
        isolate.take(1, "kv", **GET)

        assert isolate.replies(1)[0][0]["error"] == {
            "code": "not_recorded",
            "message": "the recorded answer ends here",
        }
