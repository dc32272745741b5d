"""The command ``isolambda admin events``."""

from pathlib import Path
from typing import Annotated, cast

import typer

from isolambda_cli.admin.event_envelopes import (
    addressed,
    require_replayable,
)
from isolambda_cli.admin.options import OperatorCommand, target_of
from isolambda_cli.admin.targets import (
    TAKEN,
    ReplayFailedError,
    ReplayResult,
)
from isolambda_cli.command import CommandGroup
from isolambda_cli.output import (
    PartialFailure,
    Row,
)
from isolambda_core.domain.documents import Document
from isolambda_core.domain.executions.records import Status
from isolambda_core.domain.json_text import InvalidJsonError, parse
from isolambda_core.domain.limits import BODY_BYTES
from isolambda_core.domain.queue.messages import Acknowledge

app = typer.Typer(cls=CommandGroup, add_completion=False, help="Replay recorded events of AWS.")


@app.callback()
def events() -> None:
    """Replay recorded events of AWS."""


@app.command(cls=OperatorCommand)
def send(
    context: typer.Context,
    file: Annotated[Path, typer.Option(help="The event, as JSON.", show_default=False)],
    trigger: Annotated[
        str | None, typer.Option(help="Id of the trigger that gets the event.")
    ] = None,
    function: Annotated[str | None, typer.Option(help="Id of the trigger's function.")] = None,
    account: Annotated[str | None, typer.Option(help="Id of the trigger's account.")] = None,
) -> list[Row] | PartialFailure:
    """Send a recorded event to the dispatcher, as AWS does, and print the result of each item.

    The event names its trigger, by the ARN of its source or by an id, unless --trigger, --function
    and --account name one.
    """
    target = target_of(context)
    named = [name for name in (account, function, trigger) if name is not None]
    event = _read(file)
    require_replayable(event)
    if len(named) == len(("account", "function", "trigger")):
        event = addressed(event, target.triggers.get(*named))
    elif named:
        raise typer.BadParameter("--trigger, --function and --account go together")
    results = target.replay(event)
    rows = [_row(result) for result in results]
    return PartialFailure(rows) if any(map(_has_failed, results)) else rows


def _read(file: Path) -> Document:
    with file.open("rb") as stream:
        text = stream.read(BODY_BYTES + 1)
    if len(text) > BODY_BYTES:
        raise ReplayFailedError(f"{file} is larger than {BODY_BYTES} bytes; no event of AWS is")
    try:
        event = parse(text)
    except InvalidJsonError as error:
        raise ReplayFailedError(f"{file} is not JSON: {error}") from error
    if not isinstance(event, dict):
        raise ReplayFailedError(f"{file} holds no event: it is no object")
    return cast("Document", event)


def _has_failed(result: ReplayResult) -> bool:
    if result.record is None:
        return result.disposition not in (Acknowledge.name, TAKEN)
    return result.record.status is not Status.SUCCEEDED


def _row(result: ReplayResult) -> Row:
    record = result.record
    row: Row = {"item": result.item, "fate": result.disposition}
    if record is None:
        return {**row, **dict.fromkeys(("execution_id", "status", "attempts", "outcome", "error"))}
    return {
        **row,
        "execution_id": record.execution_id,
        "status": record.status,
        "attempts": str(record.attempts),
        "outcome": record.outcome,
        "error": None if record.error is None else record.error.message,
    }
