"""The command ``isolambda completion``."""

from enum import StrEnum
from importlib import import_module
from typing import Annotated, Any

import typer

from isolambda_cli.command import COMPLETION_VARIABLE, NAME

_shells: Any = import_module("typer.completion")  # it exports nothing

app = typer.Typer(add_completion=False)


class Shell(StrEnum):
    """A shell that completes words."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


@app.command()
def completion(
    shell: Annotated[Shell, typer.Argument(help="The shell.", show_default=False)],
) -> None:
    """Print what has a shell complete commands and options.

    In the file that the shell reads when it starts: eval "$(isolambda completion bash)". Names of
    functions are not completed: some shells evaluate what they get.
    """
    script = _shells.get_completion_script(
        prog_name=NAME, complete_var=COMPLETION_VARIABLE, shell=shell.value
    )
    typer.echo(script)
