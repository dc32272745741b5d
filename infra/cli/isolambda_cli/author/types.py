"""The command ``isolambda types``."""

from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from isolambda_cli.api.options import PlainCommand
from isolambda_cli.output import Row
from isolambda_cli.project.declarations import declarations_for
from isolambda_cli.project.errors import NoProjectError
from isolambda_cli.project.manifest import read_project
from isolambda_core.domain.errors import IsolambdaError

app = typer.Typer(add_completion=False)

_NAME = "isolambda.d.ts"


class NotTypesError(IsolambdaError):
    """The file in the way holds something else; ``str(error)`` names it."""


@app.command(cls=PlainCommand)
def types(
    file: Annotated[Path, typer.Argument(help="The file to write; - for stdout.")] = Path(_NAME),
) -> Row | None:
    """Write the types of what a function has, for editors.

    They are those of this release of Isolambda, and in a project those of its schemas.
    """
    text = files("isolambda_api.http").joinpath(_NAME).read_text(encoding="utf-8")
    with suppress(NoProjectError):
        text = declarations_for(read_project(), text)
    if str(file) == "-":
        typer.echo(text, nl=False)
        return None
    before = _read(file)
    if before is not None and before.partition("\n")[0] != text.partition("\n")[0]:
        raise NotTypesError(f"{file} holds something else; move it away, or name another file")
    if before != text:
        file.write_text(text, encoding="utf-8")
    return {"file": str(file), "changed": before != text}


def _read(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
