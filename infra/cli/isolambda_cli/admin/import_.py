"""The command ``isolambda admin import``."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from isolambda_cli.admin.options import MakingCommand, target_of
from isolambda_cli.admin.passphrase_option import WithSecrets, resealer_of
from isolambda_cli.moving.errors import ExportError, ImportCutOffError, ImportRefusedError
from isolambda_cli.moving.importing import Importer, importing
from isolambda_cli.moving.plan import State, Step, judged
from isolambda_cli.moving.reading import Export
from isolambda_cli.output import Row
from isolambda_core.adapters.json_schemas import JsonSchemaChecker
from isolambda_core.domain.errors import IsolambdaError, StoreUnavailableError

app = typer.Typer(add_completion=False)

_REFUSALS = 10
"""How many are shown."""


@app.command("import", cls=MakingCommand)
def import_(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder with an export.", show_default=False)
    ],
    *,
    may_replace: Annotated[
        bool, typer.Option("--replace", help="Write over what has other content there.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be written, and write nothing.")
    ] = False,
    with_secrets: WithSecrets = None,
) -> list[Row]:
    """Write an export into an installation: ids, numbers and times stay.

    Prints each change. What is there already stays if it is the same, and what the export does not
    have stays as well.
    """
    export = Export(folder, JsonSchemaChecker())
    if faults := export.faults():
        raise ExportError("; ".join(faults))
    target = target_of(context)
    with importing(export, target, resealer_of(target, with_secrets)) as importer:
        plan = [
            # Without what it holds, which may be much.
            replace(judged(step, may_replace=may_replace), apply=str)
            for step in importer.steps()
        ]
        if dry_run:
            return [_row(step) for step in plan if _is_shown(step)]
        _require_none([step for step in plan if step.state is State.REFUSED])
        return list(_written(importer, may_replace=may_replace))


def _written(importer: Importer, *, may_replace: bool) -> Iterator[Row]:
    """Take the steps, and yield what has become of each; nothing that is refused is written."""
    for planned in importer.steps():
        step = judged(planned, may_replace=may_replace)
        if step.state is State.REFUSED:  # by what another has written meanwhile
            _require_none([step])
        said = _applied(step)
        if _is_shown(step):
            yield _row(replace(step, note=said or step.note))


def _applied(step: Step) -> str:
    """Write a resource, and return what is to say of it."""
    try:
        return step.apply()
    except StoreUnavailableError:
        raise
    except IsolambdaError as error:  # of a quota, or of another who has written it meanwhile
        raise ImportCutOffError(
            f"{_named(step)}: {str(error) or 'another has written it meanwhile'}; what comes "
            "before it is written, so import again"
        ) from error


def _require_none(found: Sequence[Step]) -> None:
    said = [f"{_named(step)} {step.note}" for step in found[:_REFUSALS]]
    if len(found) > _REFUSALS:
        said.append(f"and {len(found) - _REFUSALS} more")
    if said:
        raise ImportRefusedError("; ".join(said))


def _named(step: Step) -> str:
    return f"{step.resource} {step.name} of account {step.account_id}"


def _is_shown(step: Step) -> bool:
    return step.state is not State.SAME or bool(step.note)


def _row(step: Step) -> Row:
    return {
        "resource": step.resource,
        "account_id": step.account_id,
        "name": step.name,
        "state": step.state.value,
        "note": step.note or None,
    }
