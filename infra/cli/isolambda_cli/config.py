"""The commands ``isolambda config``."""

from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from isolambda_cli.output import print_output
from isolambda_cli.serve import app as server
from isolambda_cli.server_config import variable_of

app = typer.Typer(add_completion=False)


@app.callback()
def config() -> None:
    """See the settings of a server, and where they come from."""


@app.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def show(
    ctx: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False,
) -> None:
    """Show what `isolambda serve` would use, with the same options: name, value and source.

    The source is the option that was typed, a variable of the environment, a file, or the default.
    No setting is a secret: where a server has some, a setting names their file.
    """
    command, opened = _opened(ctx.args)
    rows = [
        {
            "name": option.name,
            "value": _plain(opened.params[option.name]),
            "source": _source(opened, option),
        }
        for option in command.params
        if option.name != "config"
    ]
    print_output(rows, as_json=as_json)


def server_settings(data_dir: Path) -> Mapping[str, Any]:
    """Return what `isolambda serve` would use on a directory, by name, with no other option.

    Raises:
        typer.Exit: the environment or the file has a value that is wrong, as stderr says.
    """
    _, opened = _opened(["--data-dir", str(data_dir)])
    return opened.params  # type: ignore[no-any-return]


def _opened(arguments: Sequence[str]) -> tuple[Any, Any]:
    """Return the command of the server, and its context with some arguments."""
    command: Any = typer.main.get_command(server)
    # Without the parent, which says how this command is called.
    with command.make_context("isolambda serve", list(arguments)) as opened:
        return command, opened


def _plain(value: Any) -> Any:
    match value:
        case Path():
            return str(value)
        case Enum():
            return value.value
        case _:
            return value


def _source(opened: Any, option: Any) -> str:
    match opened.get_parameter_source(option.name).name:
        case "COMMANDLINE":
            return f"option --{option.name.replace('_', '-')}"
        case "ENVIRONMENT":
            return f"environment {variable_of(option)}"
        case "DEFAULT_MAP":
            return f"file {opened.obj}"
        case _:
            return "default"
