"""The command ``isolambda admin export``."""

from pathlib import Path
from typing import Annotated

import typer

from isolambda_cli.admin.options import OperatorCommand, target_of
from isolambda_cli.admin.passphrase_option import WithSecrets, resealer_of
from isolambda_cli.moving.exporting import COUNTED, Exporter
from isolambda_cli.output import Row

app = typer.Typer(add_completion=False)


@app.command(cls=OperatorCommand)
def export(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder of its own.", show_default=False)
    ],
    account: Annotated[
        str | None,
        typer.Option(help="Id of an account, to export it with all accounts below it alone."),
    ] = None,
    with_secrets: WithSecrets = None,
) -> Row:
    """Write accounts with all that they have into files, without their keys.

    A folder with an earlier export becomes this one.
    """
    target = target_of(context)
    exporter = Exporter(target.store, folder, resealer_of(target, with_secrets))
    exporter.export(account)
    return {name: exporter.counts[name] for name in COUNTED}
