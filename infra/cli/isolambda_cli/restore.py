"""The command ``isolambda restore``."""

import os
from pathlib import Path
from typing import Annotated

import typer

from isolambda_cli.api.options import PlainCommand
from isolambda_cli.output import Row, time_text
from isolambda_cli.progress import working

app = typer.Typer(add_completion=False)


@app.command(cls=PlainCommand)
def restore(
    *,
    file: Annotated[Path, typer.Argument(help="A file that `isolambda backup` wrote.")],
    data_dir: Annotated[
        Path,
        typer.Option(
            envvar="ISOLAMBDA_DATA_DIR", help="The directory to put it into: empty, or not there."
        ),
    ] = Path(".isolambda"),
    replace: Annotated[
        bool,
        typer.Option(
            "--replace", help="Take a directory that is full, and keep what is in it in a folder."
        ),
    ] = False,
) -> Row:
    """Put a backup into a directory, checked, all of it or nothing."""
    from isolambda_local.backup.restoring import restore as restore_all  # noqa: PLC0415 - as above

    os.umask(0o077)
    with working():
        restored = restore_all(file, data_dir, replace=replace)
    return {
        "data_dir": str(data_dir),
        "made_at": time_text(restored.head.made_at),
        "made_by": restored.head.isolambda,
        "schema_version": restored.head.schema_version,
        "replaced": None if restored.replaced is None else str(restored.replaced),
    }
