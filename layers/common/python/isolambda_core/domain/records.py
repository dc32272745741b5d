"""The record of an execution: what is kept of it after it ended."""

from dataclasses import dataclass, replace
from typing import Self

from isolambda_core.domain.execution import ExecutionError, ExecutionResult, Outcome
from isolambda_core.domain.functions import Function
from isolambda_core.domain.limits import RECORD_S, RECORD_TEXT_CHARACTERS


@dataclass(frozen=True, slots=True)
class Record:
    """How an execution of a function ended. ``ended_at_ms`` is Unix milliseconds.

    ``revision`` is that of the draft then, whichever version was executed.
    """

    execution_id: str
    account_id: str
    function_id: str
    version: str
    revision: int
    ended_at_ms: int
    outcome: Outcome
    error: ExecutionError | None = None

    @classmethod
    def of(
        cls, function: Function, version: str, result: ExecutionResult, ended_at_ms: int
    ) -> Self:
        """Return what is kept of an execution; of the texts of its error, how they begin."""
        return cls(
            execution_id=result.execution_id,
            account_id=function.account_id,
            function_id=function.id,
            version=version,
            revision=function.revision,
            ended_at_ms=ended_at_ms,
            outcome=result.outcome,
            error=None if result.error is None else _shortened(result.error),
        )

    @property
    def sort_key(self) -> str:
        """What records are ordered by: the time, then the execution."""
        return f"{self.ended_at_ms:013d}-{self.execution_id}"

    @property
    def expires_at(self) -> int:
        """When the record may go, in Unix seconds."""
        return self.ended_at_ms // 1000 + RECORD_S


def _shortened(error: ExecutionError) -> ExecutionError:
    return replace(
        error,
        name=error.name[:RECORD_TEXT_CHARACTERS],
        message=error.message[:RECORD_TEXT_CHARACTERS],
        stack=error.stack[:RECORD_TEXT_CHARACTERS],
    )
