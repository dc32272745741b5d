"""Whatever a broken worker sends, the supervisor finds a result in it or refuses it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isolambda_core.domain.execution import ExecutionRequest, ExecutionResult, Outcome
from isolambda_core.domain.limits import Limits
from isolambda_executor.replies import MalformedReplyError, read_reply

REQUEST = ExecutionRequest(
    "e" * 32, "a" * 32, "f" * 32, "1", "return 1", "{}", limits=Limits(result_bytes=10)
)
USAGE = {"wall_ms": 1.5, "cpu_ms": 1, "memory_mb": 0, "cold": True}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=10,
)
keys = st.sampled_from(["outcome", "usage", "error", "logs", "empty", "name"])


def head(**fields: Any) -> bytes:
    return json.dumps({"outcome": "ok", "usage": USAGE, **fields}).encode()


def test_a_reply_is_read() -> None:
    result = read_reply(
        REQUEST, (head(logs=[{"level": "log", "text": "x", "at_ms": 3}]), b'"yes"', b"")
    )

    assert (result.outcome, result.result, result.usage.cold) == (Outcome.OK, '"yes"', True)
    assert result.logs[0].text == "x"


@pytest.mark.parametrize(
    "reply",
    [
        (b"", b"", b""),
        (b"[]", b"", b""),
        (b"\xff", b"", b""),
        (head(), b"x" * 11, b""),
        (head(), b"1", b"more"),
        (head(), b"\xff", b""),
        (head(outcome="fine"), b"1", b""),
        (head(outcome=[]), b"1", b""),
        (head(usage=None), b"1", b""),
        (head(usage={**USAGE, "wall_ms": "1"}), b"1", b""),
        (head(usage={**USAGE, "cpu_ms": True}), b"1", b""),
        (head(error="x"), b"1", b""),
        (head(error={"name": 1, "message": ""}), b"1", b""),
        (head(error={"name": "", "message": "", "line": "2"}), b"1", b""),
        (head(logs=5), b"1", b""),
        (head(logs=[{"level": "log"}]), b"1", b""),
        (b"[" * 100_000, b"", b""),
    ],
)
def test_what_is_no_reply_is_refused(reply: tuple[bytes, bytes, bytes]) -> None:
    with pytest.raises(MalformedReplyError):
        read_reply(REQUEST, reply)


@given(
    fields=st.dictionaries(keys | st.text(), json_values | st.just(USAGE) | st.just("ok")),
    result=st.binary(max_size=12),
)
def test_no_reply_ends_in_anything_else(fields: dict[str, Any], result: bytes) -> None:
    try:
        read = read_reply(REQUEST, (json.dumps(fields).encode(), result, b""))
    except MalformedReplyError:
        return
    assert isinstance(read, ExecutionResult)
