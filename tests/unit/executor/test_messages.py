"""What goes into a frame comes out of it, and whatever a broken worker sends is refused or read."""

import json
import struct
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionRequest,
    ExecutionResult,
    LogLine,
    Outcome,
    Usage,
    exceeded,
)
from isolambda_core.domain.executions.reach import GrantedSecret, KvGrant, ToolGrant
from isolambda_core.domain.limits import ERROR_DETAILS_CHARACTERS, Limits
from isolambda_executor.error_of_reply import MalformedReplyError
from isolambda_executor.frames import BrokenPeerError, Frame, FrameParser, FrameToSend
from isolambda_executor.messages import (
    REQUEST_ID_BYTES,
    STATE,
    WorkerState,
    encode_request,
    read_reply,
    read_request,
    read_state,
    write_reply,
    write_request,
)

REQUEST = ExecutionRequest(
    "e" * 32,
    "a" * 32,
    "f" * 32,
    "1",
    "return 1",
    b"{}",
    limits=Limits(result_bytes=10, log_bytes=9),
)
REQUEST_ID = bytes(range(REQUEST_ID_BYTES))
HEAD, _, _ = write_reply(Outcome.OK, b"1", None, Usage(1.5, 1, 0, cold=True))
NOTHING, _, _ = write_reply(Outcome.EXCEPTION, None, None, Usage())
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=10,
)


def sent(request: FrameToSend, data_max: int = 0) -> Frame:
    """Send a request, and return the frame that arrives."""
    parser = FrameParser()
    parser.feed(encode_request(REQUEST_ID, data_max, request))
    frame = parser.next_frame()
    assert frame is not None
    return frame


@given(
    source=st.text(),
    payload=st.binary(),
    context=st.text(),
    wall_time_ms=st.integers(1, 2**32 - 1),
)
def test_a_request_is_read_as_it_was_written(
    source: str, payload: bytes, context: str, wall_time_ms: int
) -> None:
    request = ExecutionRequest(
        "e" * 32, "a" * 32, "f" * 32, "live", source, payload,
        isolation="fresh", context=context, limits=Limits(wall_time_ms=wall_time_ms),
    )  # fmt: skip

    asked = read_request(sent(write_request(request), 2**40))

    assert (asked.source.decode(), asked.payload) == (source, payload)
    assert (asked.context.decode(), asked.fresh) == (context, True)
    assert (asked.limits, asked.data_max) == (request.limits, 2**40)
    assert asked.request_id == REQUEST_ID


def test_a_worker_gets_nothing_of_what_its_request_may_reach() -> None:
    reaching = replace(
        REQUEST,
        net=(("api.stripe.test",),),
        secrets=(GrantedSecret("KEY", "iso_secret_0", "the value", ("api.stripe.test",)),),
        kv=KvGrant(("orders",), "https://kv.test", "the token"),
        tools=ToolGrant("0" * 64, "e" * 32, url="https://api.test", token="the token"),  # noqa: S106
    )

    frames = [encode_request(REQUEST_ID, 0, write_request(each)) for each in (REQUEST, reaching)]

    assert frames[0] == frames[1]


def test_a_message_of_a_worker_begins_with_its_state() -> None:
    state: WorkerState = (REQUEST_ID, 2**40, 2**20, True)

    assert read_state((STATE.pack(*state) + HEAD, b"1", b"")) == (state, (HEAD, b"1", b""))


@pytest.mark.parametrize("size", [0, STATE.size - 1])
def test_a_message_without_a_state_is_of_a_broken_worker(size: int) -> None:
    with pytest.raises(BrokenPeerError):
        read_state((b"\x00" * size, b"", b""))


def test_a_reply_is_read_as_it_was_written() -> None:
    result = ExecutionResult(
        REQUEST.execution_id,
        Outcome.EXCEEDED_RESULT,
        error=exceeded("result_bytes", 10, 11),
        logs=(LogLine("warn", "look", 3),),
        usage=Usage(1.5, 0.25, 2.0, cold=True),
    )
    reply = write_reply(result.outcome, None, result.error, result.usage)

    assert read_reply(REQUEST, reply, result.logs, 60.0) == result


@pytest.mark.parametrize("outcome", Outcome)
def test_each_outcome_crosses(outcome: Outcome) -> None:
    error = None if outcome is Outcome.OK else ExecutionError("Error", "why", line=1, column=2)

    read = read_reply(REQUEST, write_reply(outcome, None, error, Usage()), (), 1.0)

    assert (read.outcome, read.error) == (outcome, error)


def nested(depth: int) -> dict[str, Any]:
    error: dict[str, Any] = {"value": 1}
    for _ in range(depth):
        error = CARRIED | {"cause": error}
    return error


CARRIED: dict[str, Any] = {"name": "E", "message": "m", "stack": "", "line": 1, "column": None}
DETAILS: dict[str, Any] = {
    "fields": {"code": 5, "\ud800": [None, {"a": 1.5}]},
    "cause": nested(32),
    "errors": [CARRIED | {"fields": {"x": "y"}}, {"value": {"name": "not one"}}],
    "error": {"value": None},
    "suppressed": CARRIED,
}


def test_what_an_error_carries_crosses() -> None:
    error = ExecutionError("Error", "why", details=DETAILS)

    read = read_reply(REQUEST, write_reply(Outcome.EXCEPTION, None, error, Usage()), (), 1.0)

    assert read.error == error


def test_a_limit_crosses_without_what_was_used() -> None:
    error = exceeded("memory_mb", 64)

    read = read_reply(REQUEST, write_reply(Outcome.EXCEEDED_MEMORY, None, error, Usage()), (), 1.0)

    assert read.error == error


@pytest.mark.parametrize(
    "details",
    [
        "x",
        {"more": 1},
        {"fields": []},
        {"cause": "x"},
        {"cause": {}},
        {"cause": {"value": 1, "name": "both"}},
        {"cause": CARRIED | {"line": "1"}},
        {"cause": CARRIED | {"name": 5}},
        {"cause": CARRIED | {"exceeded": None}},
        {"cause": CARRIED | {"cause": {"name": "E"}}},
        {"errors": {}},
        {"errors": [5]},
        {"suppressed": [CARRIED]},
        {"cause": nested(200)},
        {"cause": nested(900)},
        {"fields": {"a": "x" * ERROR_DETAILS_CHARACTERS}},
        {"errors": [{"value": None}] * 2_000},
    ],
)
def test_what_no_error_carries_is_refused(details: object) -> None:
    reply = error_of(name="", message="", details=details)

    with pytest.raises(MalformedReplyError):
        read_reply(REQUEST, (NOTHING, b"", reply), (), 10.0)


def test_only_a_source_that_is_compiled_has_a_result_beside_its_error() -> None:
    error = ExecutionError("SyntaxError", "why", line=1, column=2)
    reply = write_reply(Outcome.EXCEPTION, b'"module"', error, Usage())

    read = read_reply(replace(REQUEST, compile_only=True), reply, (), 1.0)

    assert (read.outcome, read.result, read.error) == (Outcome.EXCEPTION, b'"module"', error)
    with pytest.raises(MalformedReplyError):
        read_reply(REQUEST, reply, (), 1.0)


@pytest.mark.parametrize("compile_only", [True, False])
def test_what_is_only_compiled_shares_no_isolate(compile_only: bool) -> None:
    asked = read_request(sent(write_request(replace(REQUEST, compile_only=compile_only))))

    assert asked.compile_only is compile_only
    assert asked.fresh is compile_only


def error_of(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


def usage(**fields: float) -> bytes:
    return write_reply(Outcome.OK, b"1", None, Usage(**fields))[0]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "reply",
    [
        (b"", b"", b""),
        (HEAD[:-1], b"", b""),
        (HEAD + b"1", b"", b""),
        (bytes([len(Outcome)]) + HEAD[1:], b"1", b""),
        (HEAD[:-8] + struct.pack("!d", float("nan")), b"1", b""),
        (HEAD, b"x" * 11, b""),
        (HEAD, b"\xff", b""),
        (HEAD, b"1", b"\xff"),
        (HEAD, b"1", b"[]"),
        (HEAD, b"1", b"[" * 100_000),
        (NOTHING, b"", b'"x"'),
        (NOTHING, b"", b"null"),
        (NOTHING, b"", error_of(name=1, message="")),
        (NOTHING, b"", error_of(message="")),
        (NOTHING, b"", error_of(name="", message="", line="2")),
        (NOTHING, b"", error_of(name="", message="", line=True)),
        (NOTHING, b"", error_of(name="", message="", exceeded={"limit": 1})),
        (NOTHING, b"", error_of(name="x" * 10_002, message="")),
        (NOTHING, b"", error_of(name="", message="x" * 10_002)),
        (NOTHING, b"", error_of(name="", message="", stack="x" * 20_002)),
        (HEAD, b"", b""),
        (NOTHING, b"1", b""),
        (write_reply(Outcome.EXCEPTION, b"1", None, Usage())[0], b"1", b""),
        (HEAD, b'1},"a":1', b""),
        (HEAD, b"1 2", b""),
        (HEAD, b"NaN", b""),
        (HEAD, b'{"a":}', b""),
        (HEAD, b"[" * 10, b""),
        (usage(wall_ms=-1e308), b"1", b""),
        (usage(wall_ms=10.5), b"1", b""),
        (usage(wall_ms=float("inf")), b"1", b""),
        (usage(cpu_ms=-0.1), b"1", b""),
        (usage(cpu_ms=1e3), b"1", b""),
        (usage(cpu_ms=float("nan")), b"1", b""),
        (usage(memory_mb=-5), b"1", b""),
        (usage(memory_mb=1e6), b"1", b""),
        (usage(memory_mb=float("nan")), b"1", b""),
    ],
)
def test_what_is_no_reply_is_refused(reply: tuple[bytes, bytes, bytes]) -> None:
    with pytest.raises(MalformedReplyError):
        read_reply(REQUEST, reply, (), 10.0)


@given(
    head=st.binary(min_size=len(HEAD), max_size=len(HEAD)),
    result=st.binary(max_size=12),
    fields=st.dictionaries(st.sampled_from(["name", "message", "line", "exceeded"]), json_values),
)
def test_no_reply_ends_in_anything_else(head: bytes, result: bytes, fields: dict[str, Any]) -> None:
    try:
        read = read_reply(REQUEST, (head, result, json.dumps(fields).encode()), (), 1e6)
    except MalformedReplyError:
        return
    assert isinstance(read, ExecutionResult)
