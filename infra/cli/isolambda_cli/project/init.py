"""The command ``isolambda init``."""

from pathlib import Path
from typing import Annotated

import typer

from isolambda_cli.command import fail
from isolambda_cli.project.new_project import Template, write_project
from isolambda_core.domain.errors import IsolambdaError

app = typer.Typer(add_completion=False)


@app.command()
def init(
    name: Annotated[
        Path,
        typer.Argument(
            help="The folder to make, which the project is called after; `.` for this one.",
            show_default=False,
        ),
    ],
    template: Annotated[
        Template, typer.Option(help="What its function does: answer a call, a URL, or an event.")
    ] = Template.CALL,
) -> None:
    """Write a new project: a function with a test, its manifest, and types."""
    try:
        written = write_project(name, template)
    except (IsolambdaError, OSError) as error:
        fail(str(error))
    for path in written:
        typer.echo(name / path)
    typer.echo(f"next: cd {name}; isolambda test; isolambda dev")
