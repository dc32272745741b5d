"""Have an isolate compile the modules of a function, and find the places of their mistakes.

Sucrase, a library in JavaScript, works where user code would (``module_compiler.js``). What it lets
pass V8 parses as well; a mistake that V8 finds has a place in the emitted code, which the file's
map leads back to its author's.
"""

import json
from typing import Any, Final, cast

from isolambda_core.domain.executions.execution import ExecutionError
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.limits import RECORD_TEXT_CHARACTERS
from isolambda_executor.engine import Isolate
from isolambda_executor.syntax import with_place_of_syntax_error

_MODULE: Final = ("exports,require,_imprt", "*")
_BODY: Final = ("call,_imprt,context", "")
"""The parameters of emitted code, and whether it is a generator's; see ``later/modules.js``."""
_CHANGE: Final = 4
"""The numbers of a change in a map: line, column, author's line, author's column."""


def only_script_of(files: str) -> str | None:
    """Return the text of the only file, if that is plain JavaScript, which may be no module.

    V8 takes no line for a shell in the body of a function, so a file with one counts as a module.
    """
    listed = json.loads(files)
    (name, text), *others = listed
    is_script = name.endswith(".js") and not text.startswith("#!")
    return text if not others and is_script else None


def compile_modules(
    isolate: Isolate, files: str, timeout_s: float
) -> tuple[bytes, ExecutionError | None]:
    """Return what an isolate made of ``[name, text]`` of all files, as JSON; and the first mistake.

    Raises:
        EngineError: as ``Isolate.evaluate``.
    """
    answer = cast("bytes", isolate.call("compile", files, timeout_s=timeout_s))
    if answer.startswith(b'{"compiled"'):
        return answer, None
    problems = [_placed(isolate, problem) for problem in json.loads(answer)["problems"]]
    for problem in problems:  # a message repeats what is imported, which may be long
        problem["message"] = problem["message"][:RECORD_TEXT_CHARACTERS]
    first = problems[0]
    error = ExecutionError(
        "SyntaxError",
        first["message"],
        line=first.get("line"),
        column=first.get("column"),
        file=first["file"],
    )
    return dump({"problems": problems}).encode(), error


def _placed(isolate: Isolate, problem: dict[str, Any]) -> dict[str, Any]:
    if "code" not in problem:
        return problem
    found = {"file": problem["file"], "message": problem["message"]}
    error = ExecutionError("SyntaxError", problem["message"])
    kind = _MODULE if problem["module"] else _BODY
    error = with_place_of_syntax_error(isolate, problem["code"], error, *kind)
    if error.line is None or error.column is None:
        return found
    line, column = authored(problem["map"], error.line, error.column)
    return {"file": problem["file"], "message": error.message, "line": line, "column": column}


def authored(changes: list[int], line: int, column: int) -> tuple[int, int]:
    """Return where a place in emitted code stands in its author's file; as ``3-stack.js``."""
    last = None
    for at in range(0, len(changes), _CHANGE):
        if (changes[at], changes[at + 1]) > (line, column):
            break
        last = changes[at : at + _CHANGE]
    if last is None or last[0] != line:
        return line, column
    author = last[3]
    return last[2], -author if author < 0 else author + column - last[1]
