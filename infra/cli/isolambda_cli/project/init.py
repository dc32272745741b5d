"""The command ``isolambda init``."""

from pathlib import Path
from typing import Annotated

import typer

from isolambda_cli.api.options import PlainCommand, session_of
from isolambda_cli.output import print_json
from isolambda_cli.project.new_project import Template, write_project

app = typer.Typer(add_completion=False)


@app.command(cls=PlainCommand)
def init(
    context: typer.Context,
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
    written = [str(name / path) for path in write_project(name, template)]
    if session_of(context).as_json:
        print_json({"name": name.resolve().name, "files": written})
        return
    for path in written:
        typer.echo(path)
    typer.echo(f"next: cd {name}; isolambda test; isolambda dev")
