"""The commands ``isolambda admin dead-letters``."""

from collections.abc import Sequence
from typing import Annotated

import typer

from isolambda_cli.admin.options import OperatorCommand, target_of
from isolambda_cli.admin.targets import ReplayFailedError
from isolambda_cli.command import CommandGroup
from isolambda_cli.output import (
    PartialFailure,
    Row,
    time_text,
)
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.executions.records import ExecutionRecord
from isolambda_core.domain.queue.dead_letters import (
    DeadLetter,
    Redrive,
)
from isolambda_core.domain.queue.messages import (
    QueuedExecution,
    ReconcileTrigger,
)
from isolambda_core.services.queue.dead_letters import DeadLetterService

app = typer.Typer(
    cls=CommandGroup, add_completion=False, help="List and redrive what failed for good."
)

_WORDS = {
    Redrive.REDRIVEN: "redriven",
    Redrive.NEEDLESS: "let go: it succeeded before",
    Redrive.BUSY: "left: somebody else is at it",
    Redrive.EXPIRED: "left: its record is gone",
    Redrive.UNWANTED: "left: its trigger is disabled or gone",
    Redrive.IMPOSSIBLE: "left: nothing in it can be attempted",
}


class NoSuchLetterError(IsolambdaError):
    """No dead letter names the execution."""

    def __init__(self, execution_id: str) -> None:
        super().__init__(f"no dead letter is about execution {execution_id!r}")


@app.command("list", cls=OperatorCommand)
def list_letters(context: typer.Context) -> list[Row]:
    """List dead letters, the oldest first: failed executions, and events that were not accepted."""
    return [_row(letter, record) for letter, record in target_of(context).dead_letters.list()]


@app.command(cls=OperatorCommand)
def redrive(
    context: typer.Context,
    execution: Annotated[
        str | None, typer.Option(help="Id of the only execution to redrive.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Redrive every dead letter.")] = False,
) -> list[Row] | PartialFailure:
    """Attempt again what failed for good, whatever its age, and delete its dead letter."""
    if (execution is None) is not everything:
        raise typer.BadParameter("give --execution ID, or --all")
    letters = target_of(context).dead_letters
    rows: list[Row] = []
    all_done = True
    for letter, record in letters.list():
        if everything or _execution_id(letter) == execution:
            result, is_done = _redrive(letters, letter)
            all_done = all_done and is_done
            rows.append({**_row(letter, record), "redrive": result})
    if execution is not None and not rows:
        raise NoSuchLetterError(execution)
    return rows if all_done else PartialFailure(rows)


def _redrive(letters: DeadLetterService, letter: DeadLetter) -> tuple[str, bool]:
    try:
        result = letters.redrive(letter)
    except ReplayFailedError as error:
        return str(error), False
    return _WORDS[result], result in (Redrive.REDRIVEN, Redrive.NEEDLESS)


def _execution_id(letter: DeadLetter) -> str | None:
    message = letter.message
    return message.execution_id if isinstance(message, QueuedExecution) else None


def _row(letter: DeadLetter, record: ExecutionRecord | None) -> Row:
    error = letter.reason if record is None or record.error is None else record.error.message
    kind, ids = _about(letter, record)
    return {
        "what": kind,
        **dict(zip(("execution_id", "function_id", "trigger_id"), ids, strict=True)),
        "outcome": None if record is None else record.outcome,
        "error": error,
        "died": time_text(letter.died_at_ms // 1000),
    }


def _about(letter: DeadLetter, record: ExecutionRecord | None) -> tuple[str, Sequence[str | None]]:
    """Return the kind of a letter, and the ids of its execution, its function and its trigger."""
    match letter.message, letter.event:
        case QueuedExecution() as message, _:
            trigger_id = None if record is None else record.trigger_id
            return "execution", (message.execution_id, message.function_id, trigger_id)
        case ReconcileTrigger(trigger), _:
            return "unsettled trigger", (None, trigger.function_id, trigger.trigger_id)
        case _, {"function_id": str(function_id), "trigger_id": str(trigger_id)}:
            return "event", (None, function_id, trigger_id)
        case _, None:
            return "none of ours", (None, None, None)
    return "event", (None, None, None)
