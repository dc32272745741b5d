"""The command ``isolambda backup``."""

import os
from pathlib import Path
from typing import Annotated

import typer

from isolambda_cli.api.options import PlainCommand
from isolambda_cli.command import warn
from isolambda_cli.output import Row
from isolambda_cli.progress import working

app = typer.Typer(add_completion=False)

_NAMED = 10
_YIELDING = 19


@app.command(cls=PlainCommand)
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not be there yet.")],
    data_dir: Annotated[
        Path,
        typer.Option(
            envvar="ISOLAMBDA_DATA_DIR", help="The directory where the server keeps everything."
        ),
    ] = Path(".isolambda"),
) -> Row:
    """Write all that a server keeps to one file, while it serves or not."""
    from isolambda_local.backup.making import back_up  # noqa: PLC0415 - help needs no SQLite

    os.umask(0o077)
    os.nice(_YIELDING)  # the server's callers come first
    with working():
        made = back_up(data_dir, file)
    _warn("is not in the backup", made.left_out)
    _warn("changed while it was read", made.changing)
    return {
        "file": str(made.file),
        "bytes": made.bytes,
        "files": made.files,
        "schema_version": made.schema_version,
    }


def _warn(what: str, names: list[str]) -> None:
    for name in names[:_NAMED]:
        warn(f"{name} {what}")
    if len(names) > _NAMED:
        warn(f"{len(names) - _NAMED} more: each {what}")
