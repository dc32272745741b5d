import base64
import json
import random
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from isolambda_core.domain.executions.execution import (
    ExceededLimit,
    ExecutionError,
    ExecutionRequest,
    ExecutionResult,
    LogLine,
    Outcome,
    Usage,
    exceeded,
)
from isolambda_core.domain.executions.operations import (
    RecordedOperation,
    RecordedOperations,
    RecordedReply,
)
from isolambda_core.domain.executions.reach import FetchRecord, GrantedSecret, KvGrant, ToolGrant
from isolambda_core.domain.executions.wire import (
    MalformedMessageError,
    dump_request,
    dump_result,
    load_request,
    load_result,
)
from isolambda_core.domain.json_text import to_utf8
from isolambda_core.domain.limits import (
    CONTEXT_BYTES,
    KIB,
    MIB,
    PAYLOAD_BYTES,
    RECORDED_OPERATIONS_BYTES,
    SOURCE_BYTES,
    Limits,
)

LAMBDA_PAYLOAD_BYTES = 6 * MIB

REQUEST = ExecutionRequest(
    execution_id="e" * 32,
    account_id="a" * 32,
    function_id="f" * 32,
    version="7",
    source="return '\U0001f600\ud800'",
    input=b'{"a":[1,2.5,null]}',
    isolation="fresh",
    context='{"meta":{"\ud800":"\U0001f600"}}',
    limits=Limits(wall_time_ms=100, memory_mb=32),
    request_id="r1",
    compile_only=True,
)
RESULT = ExecutionResult(
    execution_id="e" * 32,
    outcome=Outcome.EXCEPTION,
    error=ExecutionError("TypeError", "no \u2028", "at line 1", 1, 8),
    logs=(LogLine("info", "\U0001f600", 0), LogLine("error", "", 12)),
    usage=Usage(1.5, 1.25, 3.0, cold=True),
)
REACH = ("net", "secrets", "kv", "tools")
REACHING = replace(
    REQUEST,
    net=(("api.test", "*.shop.test:443"), ("*",)),
    secrets=(GrantedSecret("KEY", "iso_secret_" + "0" * 32, "v\ud800", ("api.test",), sign=True),),
    kv=KvGrant(("orders",), "https://kv.test", "token"),
    tools=ToolGrant("0" * 64, "e" * 32, 2, 1_800_000_000, 3, "https://api.test", "token"),
)
FETCHES = (
    FetchRecord("GET", "api.test", 200, None, 0, 12, 3.5),
    FetchRecord("PUT", "h", None, "x"),
)
RECORDED = RecordedOperations(
    (
        RecordedOperation(
            "fetch",
            '{"method":"GET","url":"https://api.test/"}',
            (RecordedReply('{"head":{}}'), RecordedReply('{"chunk":true}', bytes(range(256)))),
            abandoned=True,
        ),
        RecordedOperation("kv", '{"key":"\\ud800","op":"get"}'),
    ),
    complete=False,
    unrecorded=3,
)
SCRIPTS = {
    "printable ascii": range(0x20, 0x7F),
    "latin to arabic": range(0x80, 0x800),
    "cjk": range(0x4E00, 0xA000),
    "basic plane": range(0x800, 0xD800),
    "other planes": range(0x10000, 0x110000),
}


@cache
def noise(script: str, size: int) -> str:
    """Return ``size`` bytes of UTF-8 that hardly compress, without what JSON escapes."""
    characters = [chr(code) for code in SCRIPTS[script] if chr(code) not in '"\\']
    source = random.Random(7)  # noqa: S311 - the same noise in every test run
    return "".join(source.choices(characters, k=size // len(characters[0].encode())))


def test_a_request_survives_the_wire() -> None:
    assert load_request(json.loads(dump_request(REQUEST))) == REQUEST


def test_a_request_may_come_from_a_lambda_that_names_no_request_id_yet() -> None:
    assert load_request(without(dump_request(REQUEST), "request_id")) == replace(
        REQUEST, request_id=""
    )


def test_what_a_request_may_reach_survives_the_wire() -> None:
    assert load_request(json.loads(dump_request(REACHING))) == REACHING


def test_recorded_operations_survive_the_wire_both_ways() -> None:
    request = replace(REQUEST, record_operations=True, replay=RECORDED)
    result = replace(RESULT, recorded=RECORDED)

    assert load_request(json.loads(dump_request(request))) == request
    assert load_result(dump_result(result)) == result


def test_an_execution_that_had_no_operations_has_recorded_none() -> None:
    request = replace(REQUEST, replay=RecordedOperations())
    result = replace(RESULT, recorded=RecordedOperations())

    assert load_request(json.loads(dump_request(request))).replay == RecordedOperations()
    assert load_result(dump_result(result)).recorded == RecordedOperations()


def test_what_an_execution_does_not_use_is_unknown_to_a_lambda_of_before() -> None:
    later = {*REACH, "record_operations", "replay"}

    assert not json.loads(dump_request(REQUEST)).keys() & later
    assert {"fetches", "recorded"} & json.loads(dump_result(RESULT)).keys() == set()
    assert json.loads(dump_result(RESULT))["usage"].keys() == {
        "wall_ms", "cpu_ms", "memory_mb", "cold"
    }  # fmt: skip


def test_a_result_may_come_from_a_lambda_that_knows_no_fetches() -> None:
    fetched = replace(RESULT, fetches=FETCHES, usage=replace(RESULT.usage, fetches=2))
    message = json.loads(dump_result(fetched))
    del message["fetches"], message["usage"]["fetches"]

    assert load_result(json.dumps(message).encode()) == RESULT


def test_a_long_request_is_deflated_and_survives() -> None:
    request = replace(REQUEST, source="x\ud800" * 1000, input=b'"%b"' % (b"y" * (2 * MIB)))

    message = dump_request(request)

    assert len(message) < MIB
    assert load_request(json.loads(message)) == request


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\udc00\ud83d", "\U0001f600\ud83d"])
def test_a_lone_surrogate_passes_through_lambda_whose_runtime_writes_none(text: str) -> None:
    error = ExecutionError(text, text, text, details={"fields": {text: text}})
    line = LogLine("log", text, 1)
    result = replace(RESULT, outcome=Outcome.EXCEPTION, result=None, error=error, logs=(line,))

    message = json.loads(dump_result(result))

    assert json.dumps(message, ensure_ascii=False).encode()
    assert load_result(json.dumps(message).encode()) == result


@pytest.mark.parametrize("text", ["\U0001f600", "\\ud800", "é\u2028"])
def test_other_texts_cross_as_they_are(text: str) -> None:
    result = replace(RESULT, logs=(LogLine("log", text, 1),))

    assert "deflated" not in json.loads(dump_result(result))


@pytest.mark.parametrize(
    "result",
    [
        RESULT,
        ExecutionResult("e" * 32, Outcome.OK),
        ExecutionResult("e" * 32, Outcome.OK, result=b"null"),
        ExecutionResult("e" * 32, Outcome.OK, usage=Usage(fetches=2), fetches=FETCHES),
        ExecutionResult("e" * 32, Outcome.OK, result=to_utf8("\U0001f600\ud800" * MIB)),
        ExecutionResult(
            "e" * 32, Outcome.EXCEEDED_MEMORY, error=exceeded("memory_mb", 64, 80), usage=Usage(9.5)
        ),
        ExecutionResult("e" * 32, Outcome.EXCEEDED_MEMORY, error=exceeded("memory_mb", 64)),
        ExecutionResult(
            "e" * 32,
            Outcome.EXCEPTION,
            error=ExecutionError("E", "m", details={"cause": {"value": ["\ud800", None, 1.5]}}),
        ),
        *[ExecutionResult("e" * 32, outcome) for outcome in Outcome],
    ],
    ids=lambda result: str(result.outcome),
)
def test_a_result_survives_the_wire(result: ExecutionResult) -> None:
    assert load_result(dump_result(result)) == result


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS)
def test_the_largest_input_passes_through_lambda_beside_256_kib_of_source(script: str) -> None:
    request = replace(
        REQUEST,
        source=noise("printable ascii", 256 * KIB),
        input=f'"{noise(script, PAYLOAD_BYTES - 2)}"'.encode(),
        context=noise("printable ascii", 2 * CONTEXT_BYTES),
    )

    message = dump_request(request)

    assert len(message) < LAMBDA_PAYLOAD_BYTES
    assert load_request(json.loads(message)) == request


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS)
def test_the_largest_result_passes_through_lambda(script: str) -> None:
    log = LogLine("info", noise(script, Limits().log_bytes), 0)
    text = f'"{noise(script, Limits().result_bytes - 2)}"'.encode()
    result = ExecutionResult("e" * 32, Outcome.OK, result=text, logs=(log,))

    message = dump_result(result)

    assert len(message) < LAMBDA_PAYLOAD_BYTES
    assert load_result(message) == result


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS)
def test_recorded_operations_pass_through_lambda_or_are_left_out_for_the_result(
    script: str,
) -> None:
    content = random.Random(7).randbytes(RECORDED_OPERATIONS_BYTES)  # noqa: S311
    operation = RecordedOperation("fetch", "{}", (RecordedReply("{}", content),))
    recorded = RecordedOperations((operation,))
    text = f'"{noise(script, Limits().result_bytes - 2)}"'.encode()
    short = ExecutionResult("e" * 32, Outcome.OK, result=b"1", recorded=recorded)

    message = dump_result(replace(short, result=text))

    assert load_result(dump_result(short)) == short
    assert len(message) < LAMBDA_PAYLOAD_BYTES
    left = replace(recorded, operations=(), complete=False)
    assert load_result(message) in [
        replace(short, result=text, recorded=which) for which in (recorded, left)
    ]


@pytest.mark.parametrize("text", ['"', "\\", "\n", "\x7f"])
def test_text_that_json_escapes_passes_through_lambda(text: str) -> None:
    request = replace(REQUEST, source="\x00" * SOURCE_BYTES, input=text.encode() * PAYLOAD_BYTES)

    message = dump_request(request)

    assert len(message) < LAMBDA_PAYLOAD_BYTES
    assert load_request(json.loads(message)) == request


def deflated(plain: bytes) -> dict[str, Any]:
    return {"deflated": base64.b64encode(zlib.compress(plain)).decode()}


def without(message: bytes, *path: str) -> dict[str, Any]:
    """Return a message without the key that ``path`` leads to."""
    whole: dict[str, Any] = json.loads(message)
    part = whole
    for key in path[:-1]:
        part = part[key]
    del part[path[-1]]
    return whole


HOSTILE: list[Any] = [
    {},
    {"deflated": ""},
    {"deflated": None},
    {"deflated": 5},
    {"deflated": "%%%"},
    {"deflated": "\u00e4"},
    {"deflated": base64.b64encode(b"not deflated").decode()},
    {"deflated": base64.b64encode(zlib.compress(b'{"a":1}')[:-6]).decode()},
    deflated(b"not json"),
    deflated(b"\xff\xff"),
    deflated(b"5"),
    deflated(b"null"),
    deflated(b'["abc"]'),
    deflated(b'["ab"]'),
    deflated(b"[" * 100_000),
    deflated(b'"' + b"x" * (40 * MIB) + b'"'),
]


@pytest.mark.parametrize(
    "message",
    [
        *HOSTILE,
        without(dump_request(REQUEST), "source"),
        without(dump_request(REQUEST), "limits"),
        {**json.loads(dump_request(REQUEST)), "more": 1},
        {**json.loads(dump_request(REQUEST)), "limits": None},
        {**json.loads(dump_request(REQUEST)), "limits": {"seconds": 1}},
        {**json.loads(dump_request(REQUEST)), "net": 1},
        {**json.loads(dump_request(REQUEST)), "net": [1]},
        {**json.loads(dump_request(REQUEST)), "secrets": [{"name": "KEY"}]},
        {**json.loads(dump_request(REQUEST)), "secrets": ["KEY"]},
        {**json.loads(dump_request(REQUEST)), "kv": ["orders"]},
        {**json.loads(dump_request(REQUEST)), "kv": {"url": ""}},
        {**json.loads(dump_request(REQUEST)), "tools": True},
        {**json.loads(dump_request(REQUEST)), "tools": {"depth": 0}},
        {**json.loads(dump_request(REQUEST)), "replay": []},
        {**json.loads(dump_request(REQUEST)), "replay": {"operations": [{"kind": "kv"}]}},
    ],
    ids=lambda message: str(message)[:40],
)
def test_what_is_no_request_is_refused(message: Any) -> None:
    with pytest.raises(MalformedMessageError):
        load_request(message)


@pytest.mark.parametrize(
    "message",
    [
        *HOSTILE,
        5,
        None,
        "abc",
        ["abc"],
        without(dump_result(RESULT), "outcome"),
        without(dump_result(RESULT), "usage"),
        without(dump_result(RESULT), "error", "name"),
        {**json.loads(dump_result(RESULT)), "outcome": "great"},
        {**json.loads(dump_result(RESULT)), "error": "oh"},
        {**json.loads(dump_result(RESULT)), "error": {"name": "n", "message": "m", "more": 1}},
        {**json.loads(dump_result(RESULT)), "error": {"name": "n", "message": "m", "exceeded": 1}},
        {**json.loads(dump_result(RESULT)), "logs": None},
        {**json.loads(dump_result(RESULT)), "logs": [{"level": "info"}]},
        {**json.loads(dump_result(RESULT)), "usage": {"cpu": 1}},
        {**json.loads(dump_result(RESULT)), "recorded": None},
        {**json.loads(dump_result(RESULT)), "recorded": {"operations": 1}},
    ],
    ids=lambda message: str(message)[:40],
)
def test_what_is_no_result_is_refused(message: Any) -> None:
    with pytest.raises(MalformedMessageError):
        load_result(json.dumps(message).encode())


@pytest.mark.parametrize("message", [b"", b"\xff", b"{", b"[" * 100_000, b"NaN"])
def test_what_is_no_json_is_no_result(message: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        load_result(message)


@pytest.mark.parametrize(
    ("limit", "name", "unit"),
    [
        ("wall_time_ms", "WallTimeExceeded", "ms"),
        ("memory_mb", "MemoryExceeded", "MB"),
        ("result_bytes", "ResultExceeded", "bytes"),
    ],
)
def test_a_limit_that_was_exceeded_is_named_with_its_numbers(
    limit: str, name: str, unit: str
) -> None:
    error = exceeded(limit, 10, 12)

    assert error.name == name
    assert error.message == f"the limit {limit} is 10 {unit}; 12 {unit} were used"
    assert error.exceeded == ExceededLimit(limit, 10, 12)


@pytest.mark.parametrize("used", [None, 0, 9])
def test_no_limit_is_explained_by_less_than_it_allows(used: int | None) -> None:
    error = exceeded("memory_mb", 10, used)

    assert error.message == "the limit memory_mb is 10 MB; more was asked for"
    assert error.exceeded == ExceededLimit("memory_mb", 10, None)


@pytest.mark.parametrize("load", [load_result], ids=["result"])
def test_a_refusal_never_repeats_the_message(load: Callable[[bytes], object]) -> None:
    with pytest.raises(MalformedMessageError) as caught:
        load(b'{"execution_id":"hunter2"}')

    assert "hunter2" not in str(caught.value)
