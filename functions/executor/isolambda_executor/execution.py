"""Run one execution in one isolate: compile, run, await promises, and report the outcome."""

import json
import math
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, cast

from isolambda_core.domain.executions.execution import (
    ExecutionError,
    Outcome,
    exceeded,
)
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.limits import MIB, Limits
from isolambda_executor import modules
from isolambda_executor.answers import (
    EngineError,
    JavaScriptError,
    OutOfMemoryError,
    OutOfTimeError,
    StuckError,
)
from isolambda_executor.engine import Isolate
from isolambda_executor.hints import MODULES_ONLY, hint_of
from isolambda_executor.messages import WorkerRequest, memory_for
from isolambda_executor.metering import Meter
from isolambda_executor.request_memory import PROGRAM_BYTES
from isolambda_executor.syntax import with_place_of_syntax_error
from isolambda_executor.worker_channel import WorkerChannel

_COMPILED: Final = b""
"""The prelude's answer to a source that compiles."""
_NOT_COMPILED: Final = 13
"""What the prelude puts before why a program does not compile, a carriage return."""
_MESSAGES: Final = 9
"""What the prelude puts before messages, a tab."""
_WAITS_MS: Final = {-1.0: 1.0, -2.0: math.inf}
"""How long to wait, unless a reply comes, where no timer is due; see ``Isolate.answer_at_rest``."""
_REST_CPU_S: Final = 0.05
_REST_MAX_S: Final = 1.0
"""How long promises may take to settle after their function has returned."""
_HINT_S: Final = 0.5
"""The rest of ``limits.COMPILE_MS`` is for compiling, and for the place of an error."""

_LINE_BREAK: Final = 10

_WITHOUT_ERROR: Final = frozenset({Outcome.OK, Outcome.EXCEEDED_MEMORY})
"""The first returned ``undefined``; the worker adds the error of the second, with what was used."""

REUSABLE: Final = frozenset({Outcome.OK, Outcome.EXCEPTION})
"""The outcomes after which an isolate is kept."""


@dataclass(slots=True)
class Report:
    """How an execution ended.

    ``result`` is JSON in UTF-8, or None. ``compiled``: the source is JavaScript; one that is not
    may have left declarations in the isolate. ``rests``: no promise of the execution still runs.
    """

    outcome: Outcome
    result: bytes | None = None
    error: ExecutionError | None = None
    compiled: bool = True
    rests: bool = True


async def execute(
    isolate: Isolate, request: WorkerRequest, meter: Meter, channel: WorkerChannel, *, cold: bool
) -> Report:
    """Execute a request within its limits, and report.

    ``meter`` is started; ``cold``: the isolate has not compiled the source yet.

    Raises:
        BrokenPeerError: the supervisor is gone.
    """
    limits = request.limits
    isolate.set_memory_limit(limits.memory_mb * MIB)
    received = len(request.source) + len(request.payload)
    meter.hold_memory_back(request.data_max, memory_for(limits, received))
    try:
        return await _compile_and_run(isolate, request, meter, channel, cold=cold)
    except (EngineError, MemoryError) as cause:
        meter.release_memory()
        return await _ended_by(cause, isolate, request, meter)


async def _ended_by(
    cause: Exception, isolate: Isolate, request: WorkerRequest, meter: Meter
) -> Report:
    match cause:
        case OutOfTimeError() | StuckError():
            if isinstance(cause, OutOfTimeError) and not request.compile_only:
                await isolate.on_main()
                with suppress(EngineError):
                    isolate.stop(_REST_CPU_S, _REST_CPU_S)
            wall_time_ms = request.limits.wall_time_ms
            error = exceeded("wall_time_ms", wall_time_ms, meter.elapsed_ms())
            return Report(Outcome.EXCEEDED_WALL_TIME, error=error)
        case OutOfMemoryError() | MemoryError():
            return Report(Outcome.EXCEEDED_MEMORY)
        case JavaScriptError():  # of the prelude, which catches those of user code
            error = ExecutionError("EngineError", str(cause)[:200])
            return Report(Outcome.INTERNAL_ERROR, error=error)
    raise cause


async def _compile_and_run(
    isolate: Isolate, request: WorkerRequest, meter: Meter, channel: WorkerChannel, *, cold: bool
) -> Report:
    limits = request.limits
    left_s = limits.wall_time_ms / 1e3
    program = _program(request) if cold else b""
    if cold and not program:
        report = await _compile(isolate, request, left_s)
        if report is not None:
            return report
        left_s = _left_s(request, meter)
    answer = await isolate.run(
        request.payload,
        request.context if program or isolate.reads_context else b"",
        round(left_s * 1e3),
        limits.result_bytes,
        limits.log_bytes,
        program,
        timeout_s=left_s,
    )
    if program and isinstance(answer, bytes) and answer[0] == _NOT_COMPILED:
        await isolate.on_main()
        return _not_compiled(isolate, request, _text(request.source), answer)
    if not isinstance(answer, bytes):
        report = _read(await _settled(isolate, request, meter, channel), limits)
        # What would have settled the promise may be the microtask that V8 stopped.
        stopped = report.outcome is Outcome.EXCEPTION and isolate.exceeded_memory
        return Report(Outcome.EXCEEDED_MEMORY) if stopped else report
    report = _read(answer, limits)
    if isolate.makes_promises:
        report.rests = await _comes_to_rest(isolate, request, meter)
    return report


def _program(request: WorkerRequest) -> bytes:
    """Return what the isolate loads and runs in one step, or nothing if that takes several."""
    if request.modules or request.compile_only:
        return b""
    program = b"\n".join((request.features.encode(), request.source))
    return program if len(program) <= PROGRAM_BYTES else b""


async def _compile(isolate: Isolate, request: WorkerRequest, timeout_s: float) -> Report | None:
    """Compile the source; return a report if it is no function, or if that is all to be done."""
    source = _text(request.source)
    if request.modules:
        return await _compile_modules(isolate, request, source, timeout_s)
    compiled = await isolate.load("load", source, request.features, timeout_s)
    if compiled == _COMPILED and not request.compile_only:
        return None
    await isolate.on_main()
    if compiled != _COMPILED:
        return _not_compiled(isolate, request, source, compiled)
    return Report(Outcome.OK, _hint(isolate, source, None))


async def _compile_modules(
    isolate: Isolate, request: WorkerRequest, program: str, timeout_s: float
) -> Report | None:
    """Compile modules, or link what they were compiled to; return as :func:`_compile`."""
    if not request.compile_only:
        linked = await isolate.load("load_modules", program, request.features, timeout_s)
        return None if linked == _COMPILED else _read(cast("bytes", linked), request.limits)
    await isolate.on_main()
    body = modules.only_script_of(program)
    if body is not None:
        loaded = isolate.call("load", body, "", timeout_s=timeout_s)
        if loaded == _COMPILED:
            return Report(Outcome.OK, _hint(isolate, body, None))
        if json.loads(cast("bytes", loaded))["error"]["message"] not in MODULES_ONLY:
            return _not_compiled(isolate, request, body, loaded)
    answer, error = modules.compile_modules(isolate, program, timeout_s)
    if len(answer) > request.limits.result_bytes:
        return _exceeded_result(request.limits, len(answer))
    outcome = Outcome.OK if error is None else Outcome.EXCEPTION
    return Report(outcome, answer, error, compiled=False)


async def _settled(
    isolate: Isolate, request: WorkerRequest, meter: Meter, channel: WorkerChannel
) -> bytes:
    """Return the answer of an execution that returned a promise."""
    answer = await isolate.answer_at_rest(_left_s(request, meter))
    while not isinstance(answer, bytes) or answer[0] == _MESSAGES:
        if meter.elapsed_ms() >= request.limits.wall_time_ms:
            raise OutOfTimeError
        if isinstance(answer, bytes):
            wait, _, messages = answer[1:].partition(b"\n")
            channel.send(messages)
            answer = float(wait)
        await _await_next(isolate, channel, answer or 0, _left_s(request, meter))
        answer = await isolate.answer_at_rest(_left_s(request, meter))
    return answer


async def _await_next(
    isolate: Isolate, channel: WorkerChannel, answer: float, left_s: float
) -> None:
    """Give the isolate the next reply, or wait until it has something else to run."""
    # Of a reply to what was just sent nothing has come: wait first.
    may_have_come = channel.is_used and (channel.is_ahead or not answer)
    reply = channel.next_reply() if may_have_come else None
    if reply is None and answer:
        wait_ms = min(_WAITS_MS.get(answer, answer), left_s * 1e3)
        if channel.await_readable(wait_ms):
            reply = channel.next_reply()
    if reply is not None:
        await isolate.put_reply(reply)


def _left_s(request: WorkerRequest, meter: Meter) -> float:
    return max(0.001, request.limits.wall_time_ms / 1e3 - meter.elapsed_s())


async def _comes_to_rest(isolate: Isolate, request: WorkerRequest, meter: Meter) -> bool:
    """Return whether no promise runs any more; the console then has the rejected ones.

    If one still runs, the isolate can only be closed.
    """
    try:
        await isolate.await_rest(
            _REST_CPU_S, min(_REST_MAX_S, _left_s(request, meter) + _REST_CPU_S)
        )
    except EngineError:
        return False
    return True


def _read(answer: bytes, limits: Limits) -> Report:
    """Read what the prelude answers: a result, or behind a line break how else it ended."""
    if answer[0] != _LINE_BREAK:
        # The prelude counts the characters of a result; its bytes can be counted only here.
        if len(answer) > limits.result_bytes:
            return _exceeded_result(limits, len(answer))
        return Report(Outcome.OK, answer)
    ending: dict[str, Any] = json.loads(answer)
    outcome = Outcome(ending["outcome"])
    if outcome is Outcome.EXCEEDED_RESULT:
        return _exceeded_result(limits, ending.get("used"))
    if outcome in _WITHOUT_ERROR:
        return Report(outcome)
    return Report(outcome, error=ExecutionError(**ending["error"]))


def _exceeded_result(limits: Limits, used: int | None) -> Report:
    error = exceeded("result_bytes", limits.result_bytes, used)
    return Report(Outcome.EXCEEDED_RESULT, error=error)


def _not_compiled(
    isolate: Isolate, request: WorkerRequest, source: str, answer: bytes | float | None
) -> Report:
    status = json.loads(cast("bytes", answer))
    error = with_place_of_syntax_error(isolate, source, ExecutionError(**status["error"]))
    hint = _hint(isolate, source, error) if request.compile_only else None
    return Report(Outcome.EXCEPTION, hint, error, compiled=False)


def _hint(isolate: Isolate, source: str, error: ExecutionError | None) -> bytes | None:
    """Return the hint about a source that is not the body of a function, as JSON, or None."""
    until = time.monotonic() + _HINT_S

    def compiles(body: str) -> bool:
        left_s = max(0.001, until - time.monotonic())
        return isolate.call("load", body, "", timeout_s=left_s) == _COMPILED

    try:
        hint = hint_of(source, error, compiles)
    except EngineError:  # too slow, or too large; the hint is optional
        return None
    return None if hint is None else dump(hint).encode()


def _text(source: bytes) -> str:
    return source.decode("utf-8", "surrogatepass")
