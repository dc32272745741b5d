"""Compile the modules of a function when it is written: the request to an executor, its answer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from isolambda_core.domain import limits
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.executions.source_checks import compile_request
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.json_text import InvalidJsonError, JsonValue, dump, dump_utf8, parse

_WORDS = re.compile(r"\b(?:import|export)\b")
_LIMITS = replace(
    limits.DEFAULT_LIMITS,
    wall_time_ms=limits.COMPILE_MODULES_MS,
    memory_mb=limits.COMPILE_MODULES_MB,
)
_ENTRY = ("function_js",)
_UNREADABLE = Violation(_ENTRY, "error", None, None, "The modules could not be compiled")
_TOO_LONG = (
    f"What the modules are compiled to must not be more than {limits.COMPILED_BYTES} bytes in UTF-8"
)


def may_be_modules(function: Function) -> bool:
    """Return whether a source is modules, or an executor has to say whether it is one."""
    return _is_modules(function) or _WORDS.search(function.source) is not None


def modules_request(function: Function, tenant: str, request_id: str = "") -> ExecutionRequest:
    """Return the request that makes an executor compile a function's modules.

    It takes its turn among the executions of ``tenant``.
    """
    request = compile_request(function, tenant, request_id)
    return replace(request, source=dump(function.modules), limits=_LIMITS, modules=True)


def compiled_in(
    function: Function, result: ExecutionResult
) -> tuple[str | None, Sequence[Violation]]:
    """Return what a function's modules are compiled to, or why they are not.

    None and no violation: the source is the body of a function, whether or not it compiles. A
    hostile worker may answer with anything; its account alone executes what it says.
    """
    if result.error is not None and result.outcome is not Outcome.EXCEPTION:
        return None, [Violation(_ENTRY, "error", None, None, _reason(result))]
    answer = _object_in(result.result)
    if answer is None:
        return None, [_UNREADABLE] if _is_modules(function) else ()
    if "problems" in answer:
        problems = answer["problems"]
        listed = problems if isinstance(problems, list) else ()
        return None, [_violation(function, problem) for problem in listed] or [_UNREADABLE]
    compiled = answer.get("compiled")
    if not isinstance(compiled, dict):
        return None, [_UNREADABLE]
    text = dump(compiled)
    used = len(dump_utf8(compiled))
    if used > limits.COMPILED_BYTES:
        return None, [Violation(_ENTRY, "maxLength", limits.COMPILED_BYTES, used, _TOO_LONG)]
    return text, ()


def _is_modules(function: Function) -> bool:
    return len(function.modules) > 1 or function.language_pack != "javascript"


def _violation(function: Function, problem: JsonValue) -> Violation:
    if not isinstance(problem, dict) or not isinstance(problem.get("message"), str):
        return _UNREADABLE
    file = problem.get("file")
    others = [name for name, _ in function.modules[1:]]
    path = ("files", cast("str", file)) if file in others else _ENTRY
    message = cast("str", problem["message"])[: limits.RECORD_TEXT_CHARACTERS]
    name = file if file in others else function.modules[0][0]
    line, column = problem.get("line"), problem.get("column")
    if _counts(line) and _counts(column):
        place = (cast("int", line), cast("int", column))
        return Violation(path, "error", None, None, f"{name}:{line}:{column}: {message}", place)
    return Violation(path, "error", None, None, f"{name}: {message}")


def _counts(value: JsonValue) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _object_in(result: bytes | None) -> Mapping[str, JsonValue] | None:
    try:
        answer = None if result is None else parse(result)
    except InvalidJsonError:
        return None
    return answer if isinstance(answer, dict) else None


def _reason(result: ExecutionResult) -> str:
    error = result.error
    return "" if error is None else f"{error.name}: {error.message}"
