"""Write and read what a frame between supervisor and worker contains.

A head is packed numbers, so that a success needs no parsing; only errors are JSON. The supervisor
checks every part of a worker's reply.
"""

import struct
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Final, cast

from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionRequest,
    ExecutionResult,
    LogLine,
    Outcome,
    Usage,
)
from isolambda_core.domain.json_text import InvalidJsonError, JsonValue, check_json, dump, parse
from isolambda_core.domain.limits import (
    KIB,
    MEMORY_MB_MAX,
    MIB,
    OPERATION_MESSAGE_CHARACTERS,
    Limits,
)
from isolambda_executor.error_of_reply import MalformedReplyError, read_error
from isolambda_executor.exchange import Exchange, Part
from isolambda_executor.frames import BrokenPeerError, Frame, FrameToSend, encode_frame

PROCESS_ID: Final = struct.Struct("!I")
"""A worker's first message."""
REQUEST_ID_BYTES: Final = 8
"""Random bytes that identify a request; its reply repeats them."""
ORDER: Final = struct.Struct(f"!{REQUEST_ID_BYTES}sQ")
"""The start of every head that a supervisor sends: the id of the request, and the limit of memory
(RLIMIT_DATA, in bytes) during its execution."""
STATE: Final = struct.Struct(f"!{REQUEST_ID_BYTES}sQQ?")
"""The start of every later head that a worker sends: a ``WorkerState``. If it does not take the
next request yet, a message with ``READY`` follows."""
READY: Final = struct.Struct("!B?")
"""A worker takes requests from now on: its ``Confinement``, and whether V8 reports rejected
promises to it."""

_ERROR_BYTES: Final = 384 * KIB
"""The largest size of an error, as JSON, and of the head."""
CHARACTER_BYTES: Final = 3
"""The most bytes of UTF-8 that a character of JavaScript takes."""
_MESSAGES_BYTES: Final = CHARACTER_BYTES * OPERATION_MESSAGE_CHARACTERS + KIB
"""The largest size of a frame of messages (``operation_frames``)."""
_BESIDE_RESULT_BYTES: Final = max(_ERROR_BYTES, _MESSAGES_BYTES)
_CPU_MS: Final = 50.0
"""Tolerance: the kernel counts processor time in ticks, and of several threads."""
_MEMORY_MB: Final = MEMORY_MB_MAX + 150.0
"""No execution can use more. Where a worker's peak cannot be reset, it is that of its largest
execution."""

_HEAP_SLACK: Final = 12 * MIB
"""What V8 and Python may allocate beyond the budget; V8 aborts the process if it gets nothing."""
_COPIES: Final = 4
"""Copies of a source or an input in memory: as received, for V8, in V8, and parsed."""

_REQUEST: Final = struct.Struct("!IIII???")
_ORDERED_REQUEST: Final = struct.Struct(ORDER.format + _REQUEST.format[1:])
_REPLY: Final = struct.Struct("!B??ddd")
_OUTCOMES: Final = tuple(Outcome)
_limits: Final = lru_cache(8)(Limits)
_CODES: Final = {outcome: code for code, outcome in enumerate(_OUTCOMES)}


@dataclass(slots=True)  # a frozen one costs several times as much to make
class WorkerRequest:
    """A request as a worker sees it.

    ``request_id`` is random; ``version`` identifies features, account, function and version;
    ``payload`` and ``context`` are JSON, ``source`` a text, in UTF-8; a large payload lies in the
    exchange. ``modules`` is as in ``ExecutionRequest``. ``fresh``: the isolate serves nothing else.
    ``data_max`` is the worker's RLIMIT_DATA, in bytes, during the execution.
    """

    request_id: bytes
    version: bytes
    source: bytes
    payload: Part
    context: bytes
    limits: Limits
    fresh: bool
    compile_only: bool
    modules: bool
    data_max: int

    @property
    def features(self) -> str:
        """Comma-separated words of ``domain.functions.FEATURES``."""
        return self.version.partition(b" ")[0].decode()


def memory_for(limits: Limits, received_bytes: int) -> int:
    """Return the bytes that a worker may allocate for an execution of a source with its input."""
    return limits.memory_mb * MIB + _HEAP_SLACK + _COPIES * received_bytes


def write_request(request: ExecutionRequest) -> FrameToSend:
    """Return a request as a frame."""
    limits = request.limits
    head = _REQUEST.pack(
        limits.wall_time_ms,
        limits.memory_mb,
        limits.result_bytes,
        limits.log_bytes,
        request.isolation == "fresh" or request.compile_only,
        request.compile_only,
        request.modules,
    )
    features = ",".join(request.features)
    version = f"{features} {request.account_id} {request.function_id} {request.version}"
    return (
        head + f"{version}\n{request.context}".encode("utf-8", "surrogatepass"),
        request.source.encode("utf-8", "surrogatepass"),
        request.input,
    )


def encode_request(
    request_id: bytes, data_max: int, request: FrameToSend, exchange: Exchange | None = None
) -> bytes:
    """Return the bytes to send to a worker for a request in a frame of :func:`write_request`.

    ``request_id`` are ``REQUEST_ID_BYTES`` random bytes; ``data_max`` is the worker's RLIMIT_DATA,
    in bytes, during the execution. A large input goes through the exchange.
    """
    head, source, payload = request
    return encode_frame(ORDER.pack(request_id, data_max) + head, source, payload, exchange)


def read_request(frame: Frame) -> WorkerRequest:
    """Return the request in a frame of :func:`encode_request`."""
    head, source, payload = frame
    request_id, data_max, *limits, fresh, compile_only, modules = _ORDERED_REQUEST.unpack_from(head)
    version_end = head.index(b"\n", _ORDERED_REQUEST.size)
    return WorkerRequest(
        request_id,
        head[_ORDERED_REQUEST.size : version_end],
        source,
        payload,
        head[version_end + 1 :],
        _limits(*limits),
        fresh,
        compile_only,
        modules,
        data_max,
    )


WorkerState = tuple[bytes, int, int, bool]
"""What each message of a worker says of it, after the first.

The id of its last request (zeros before the first), its resident bytes, the bytes of its data that
it holds back and never touches, and whether it takes the next request.
"""


def read_state(frame: Frame) -> tuple[WorkerState, Frame]:
    """Return the state in a worker's message, and the rest of the message.

    Raises:
        BrokenPeerError: the message has no state.
    """
    head, result, error = frame
    if len(head) < STATE.size:
        raise BrokenPeerError("no state of a worker")
    return STATE.unpack_from(head), (head[STATE.size :], result, error)


def write_reply(
    outcome: Outcome,
    result: bytes | None,
    error: ExecutionError | None,
    usage: Usage,
) -> FrameToSend:
    """Return a reply as a frame; ``result`` is JSON in UTF-8."""
    head = _REPLY.pack(
        _CODES[outcome],
        result is not None,
        usage.cold,
        usage.wall_ms,
        usage.cpu_ms,
        usage.memory_mb,
    )
    error_json = b"" if error is None else dump(cast("JsonValue", asdict(error))).encode()
    return head, result or b"", error_json


def reply_bytes_max(limits: Limits) -> int:
    """Return the largest size of a reply within some limits, and of messages before it."""
    return limits.result_bytes + _BESIDE_RESULT_BYTES


def read_reply(
    request: ExecutionRequest, reply: Frame, logs: tuple[LogLine, ...], elapsed_ms: float
) -> ExecutionResult:
    """Return the checked result in a reply to ``request``, which took ``elapsed_ms``.

    Raises:
        MalformedReplyError: the reply is not well formed, exceeds the limits, or reports impossible
            numbers.
    """
    head, result, error_json = reply
    if len(head) != _REPLY.size or len(result) > request.limits.result_bytes:
        raise MalformedReplyError("not a reply, or more than was asked for")
    code, has_result, cold, wall_ms, cpu_ms, memory_mb = _REPLY.unpack(head)
    possible = (
        0 <= wall_ms <= elapsed_ms
        and 0 <= cpu_ms <= elapsed_ms + _CPU_MS
        and 0 <= memory_mb <= _MEMORY_MB
    )
    if code >= len(_OUTCOMES) or not possible:
        raise MalformedReplyError("not a reply, or not a possible one")
    outcome = _OUTCOMES[code]
    may_have_result = outcome is Outcome.OK or request.compile_only
    if has_result != bool(result) or (has_result and not may_have_result):
        raise MalformedReplyError("a result of what has none, or none")
    try:
        if has_result:
            check_json(result)
        return ExecutionResult(
            execution_id=request.execution_id,
            outcome=outcome,
            result=result if has_result else None,
            error=read_error(parse(bytes(error_json))) if error_json else None,
            logs=logs,
            usage=Usage(wall_ms, cpu_ms, memory_mb, cold),
        )
    except (InvalidJsonError, KeyError) as error_in_reply:
        raise MalformedReplyError("not a reply") from error_in_reply
