"""Check the source of a function when it is written: compile it, and look for likely mistakes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from isolambda_core.domain.document_warnings import DocumentWarning
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionRequest,
    ExecutionResult,
    Hint,
    Outcome,
)
from isolambda_core.domain.functions.functions import (
    LATEST,
    Function,
)
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.json_text import InvalidJsonError, parse
from isolambda_core.domain.limits import COMPILE_MS, DEFAULT_LIMITS, RECORD_TEXT_CHARACTERS

_FIELD = "function_js"
_LIMITS = replace(DEFAULT_LIMITS, wall_time_ms=COMPILE_MS)
_BODY = "It is to be the body of `function (call, context) { … }`"


_MESSAGES: Mapping[Hint, str] = {
    Hint.FUNCTION: "The whole source is a function, which nothing calls, so there is no result. "
    f"{_BODY}: leave the function around it out, or call it, as in `return main(call, context);`.",
    Hint.MODULE: "The source sets `exports`, which nothing reads. "
    f"{_BODY}, and `return` gives the result, or a module with an `export default`.",
    Hint.NO_RETURN: f"The source never returns, so there is no result. {_BODY}, and `return` gives "
    "the result.",
}


@dataclass(frozen=True, slots=True)
class SourceReport:
    """The findings about a source: why it does not compile, and what it is instead of a body.

    Both are None if the source has no fault, and if the executor could not check it.
    """

    error: ExecutionError | None = None
    hint: Hint | None = None

    @classmethod
    def of(cls, result: ExecutionResult) -> Self:
        """Return the findings in an executor's result of :func:`compile_request`."""
        failed = result.outcome is Outcome.EXCEPTION
        return cls(result.error if failed else None, _hint_in(result.result))

    @property
    def warnings(self) -> tuple[DocumentWarning, ...]:
        """The findings as warnings of the document."""
        found = []
        if self.error is not None:
            line, column = self.error.line, self.error.column
            found.append(
                DocumentWarning(_FIELD, "compile_error", _reason(self.error), line, column)
            )
        if self.hint is not None:
            found.append(DocumentWarning(_FIELD, self.hint.value, _MESSAGES[self.hint]))
        return tuple(found)

    @property
    def violation(self) -> Violation | None:
        """Why the source cannot be published; None if it compiles or was not checked."""
        if self.error is None:
            return None
        message, place = _reason(self.error), None
        if self.error.line is not None and self.error.column is not None:
            place = (self.error.line, self.error.column)
            message = f"{message}, at line {place[0]}, column {place[1]}"
        return Violation((_FIELD,), "error", None, None, message, place)


def compile_request(function: Function, tenant: str, request_id: str = "") -> ExecutionRequest:
    """Return the request that makes an executor compile a function's source and not execute it.

    It takes its turn among the executions of ``tenant``.
    """
    return ExecutionRequest(
        execution_id=new_id(),
        account_id=function.account_id,
        function_id=function.id,
        version=LATEST,
        source=function.source,
        input=b"null",
        language_pack=function.language_pack,
        limits=_LIMITS,
        request_id=request_id,
        tenant=tenant,
        compile_only=True,
    )


def _hint_in(result: bytes | None) -> Hint | None:
    try:
        return None if result is None else Hint(str(parse(result)))
    except (InvalidJsonError, ValueError):  # a hostile worker may reply with anything
        return None


def _reason(error: ExecutionError) -> str:
    # V8 repeats names of the source, which may be very long.
    return f"{error.name}: {error.message}"[:RECORD_TEXT_CHARACTERS]
