"""The command ``isolambda diff``."""

import typer

from isolambda_cli.api.options import AuthorCommand, session_of
from isolambda_cli.command import fail
from isolambda_cli.output import PartialFailure, Row
from isolambda_cli.project.comparison import difference
from isolambda_cli.project.deploy import row_of
from isolambda_cli.project.manifest import read_project
from isolambda_cli.project.plan import plan_of
from isolambda_cli.project.remote import patient, read_remote
from isolambda_cli.project.steps import Action
from isolambda_core.domain.errors import IsolambdaError

app = typer.Typer(add_completion=False)

_TROUBLE = 2
"""Exit code of what went wrong, as that of diff."""


@app.command(cls=AuthorCommand)
def diff(context: typer.Context) -> list[Row] | PartialFailure | None:
    """Show what a deployment would change; exit with 1 if there is anything."""
    session = session_of(context)
    try:
        if session.as_json:
            return _as_rows(context)
        lines = _as_lines(context)
    except (IsolambdaError, OSError) as error:
        fail(str(error), _TROUBLE)
    for line in lines:
        typer.echo(line)
    if lines:
        raise typer.Exit(1)
    return None


def _as_lines(context: typer.Context) -> list[str]:
    api, project = patient(session_of(context)), read_project()
    return [
        line
        for spec in project.functions.values()
        for line in difference(spec, spec.document(), read_remote(api, spec.id))
    ]


def _as_rows(context: typer.Context) -> list[Row] | PartialFailure:
    project = read_project()
    documents = {name: spec.document() for name, spec in project.functions.items()}
    steps = plan_of(patient(session_of(context)), project, documents, None, prune=False)
    rows = [row_of(step) for step in steps]
    written = any(step.action in (Action.CREATE, Action.CHANGE) for step in steps)
    return PartialFailure(rows) if written else rows
