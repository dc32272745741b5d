"""The command ``isolambda deploy``."""

import sys
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any

import typer

from isolambda_cli.api.contracts import breaks_in
from isolambda_cli.api.errors import ApiError, UnreachableError
from isolambda_cli.api.options import AuthorCommand, session_of
from isolambda_cli.command import warn
from isolambda_cli.output import PartialFailure, Row, print_output
from isolambda_cli.progress import working
from isolambda_cli.project.errors import ProjectError
from isolambda_cli.project.force import Force, Reason, forced_by
from isolambda_cli.project.manifest import MANIFEST, read_project
from isolambda_cli.project.plan import missing_of, plan_of
from isolambda_cli.project.remote import patient
from isolambda_cli.project.steps import Action, Step
from isolambda_cli.standard_streams import is_terminal
from isolambda_cli.terminal import printable
from isolambda_core.domain.errors import IsolambdaError

app = typer.Typer(add_completion=False)

_DONE, _FAILED, _NOT_DONE, _NOTHING = "done", "failed", "not done", "nothing to do"
_MEANWHILE = (HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED)


@app.command(cls=AuthorCommand)
def deploy(
    context: typer.Context,
    *,
    alias: Annotated[
        str | None,
        typer.Option(
            help="Publish a version of each function that lists this alias, and move it there.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the plan, and write nothing.")
    ] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove what the project had and has no more.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
    force: Force = False,
    reason: Reason = None,
) -> list[Row] | PartialFailure | None:
    """Have the account hold the functions and triggers of the project."""
    forced = forced_by(reason, force=force)
    session = session_of(context)
    project = read_project()
    with working("reading the project and the account"):
        documents = {name: spec.document() for name, spec in project.functions.items()}
        api = patient(session)
        steps = plan_of(api, project, documents, alias, prune=prune, forced=forced)
        missing = missing_of(api, project)
    if not session.as_json:
        print_output([row_of(step) for step in steps], as_json=False)
    if missing:
        raise ProjectError("; ".join(missing))
    if dry_run:
        return [row_of(step) for step in steps] if session.as_json else None
    _require_consent(steps, yes=yes)
    rows, error = _apply(steps, as_json=session.as_json)
    if error is not None:
        warn(error)
        return PartialFailure(rows)
    if session.as_json:
        return rows
    if all(step.write is None for step in steps):
        typer.echo("nothing to do: the account has it all")
    return None


def _apply(steps: Sequence[Step], *, as_json: bool) -> tuple[list[Row], str | None]:
    """Write step by step until one fails; return what became of each, and what is wrong."""
    rows: list[Row] = []
    error: str | None = None
    for step in steps:
        if step.write is None:
            rows.append({**row_of(step), "state": _NOTHING})
            continue
        if error is not None:
            rows.append({**row_of(step), "state": _NOT_DONE})
            continue
        try:
            answered = step.write()
        except IsolambdaError as failure:
            for line in breaks_in(failure):
                typer.echo(line, err=True)
            error = _message(step, failure)
            rows.append({**row_of(step), "state": _FAILED})
            continue
        rows.append({**row_of(step), "state": _DONE, **_told(step, answered)})
        if not as_json:
            typer.echo(_line(rows[-1]))
    return rows, error


def _told(step: Step, answered: Mapping[str, Any]) -> Row:
    """Warn of what the API warns of, and return what else its answer tells an author."""
    read_only = answered.get("_read_only", {})
    for warning in read_only.get("warnings", ()):
        warn(f"{step.name}: {warning['field']}: {warning['message']}")
    if step.kind == "alias":
        return {"note": f"version {answered['version']}"}
    return {"note": read_only["url"]} if "url" in read_only else {}


def _message(step: Step, error: IsolambdaError) -> str:
    what = f"{step.kind} {step.name}"
    if breaks_in(error):
        return f"{what}: {error}; --force with a --reason moves it all the same"
    if isinstance(error, ApiError) and error.status in _MEANWHILE:
        if step.action is Action.CREATE:
            return (
                f"{what}: {error}. Another client made it meanwhile: run it again. Or it was "
                f"deleted: give it an `id` of its own in {MANIFEST}"
            )
        return f"another client changed {what} meanwhile, and it stays as it is: run it again"
    if isinstance(error, UnreachableError):
        return f"{what} may be written or not: {error}; run it again"
    return f"{what}: {error}"


def _require_consent(steps: Sequence[Step], *, yes: bool) -> None:
    names = [f"{step.kind} {step.name}" for step in steps if step.action is Action.REMOVE]
    if not names or yes:
        return
    listed = printable(", ".join(names))
    if not _can_ask():
        raise ProjectError(f"--prune would remove {listed}: say so with --yes")
    try:
        consented = typer.confirm(f"Remove {listed}?", err=True)
    except typer.Abort:  # the end of the input
        consented = False
    if not consented:
        raise ProjectError("nothing was written")


def _can_ask() -> bool:
    return is_terminal(sys.stdin)


def row_of(step: Step) -> Row:
    """Return a step as it is printed."""
    return {
        "action": step.action,
        "kind": step.kind,
        "name": step.name,
        "keys": list(step.keys),
        "note": step.note or None,
    }


def _line(row: Row) -> str:
    words = (row["state"], row["action"], row["kind"], row["name"], row["note"])
    return printable(" ".join(f"{word}" for word in words if word))
