"""The command ``isolambda``."""

from typing import Annotated

import typer

from isolambda_cli.command import NAME
from isolambda_cli.lazy import LazyCommand, group_of
from isolambda_core import __version__

COMMANDS = (
    LazyCommand(
        "init",
        "isolambda_cli.project.init",
        "Write a new project: a function with a test, its manifest, and types.",
    ),
    LazyCommand("serve", "isolambda_cli.serve", "Serve on this machine, with an SQLite database."),
    LazyCommand(
        "admin", "isolambda_cli.admin.commands", "Operate an installation, with your own rights."
    ),
    *(
        LazyCommand(name, f"isolambda_cli.admin.{module}", moved=f"{NAME} admin {name}")
        for name, module in (
            ("accounts", "accounts"),
            ("keys", "keys"),
            ("secrets", "secrets"),
            ("kv", "key_values"),
            ("events", "events"),
            ("dead-letters", "dead_letters"),
        )
    ),
)
"""All commands, in the order of the help. Each line is the first one of the command's own help."""

app = typer.Typer(
    cls=group_of(COMMANDS),
    add_completion=False,
    pretty_exceptions_enable=False,  # they show more of a program than its user can use
)


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(f"{NAME} {__version__}")
        raise typer.Exit


@app.callback()
def main(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version, and exit."
        ),
    ] = False,
) -> None:
    """Keep JavaScript functions as documents, and run them safely."""
