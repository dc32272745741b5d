"""The command ``isolambda rollback``."""

from typing import Annotated, cast

import typer

from isolambda_cli.api.client import part
from isolambda_cli.api.contracts import breaks_in
from isolambda_cli.api.errors import ApiError
from isolambda_cli.api.functions import find_function
from isolambda_cli.api.options import AuthorCommand, session_of
from isolambda_cli.output import Row
from isolambda_cli.project.errors import ProjectError
from isolambda_cli.project.force import Force, Reason, forced_by
from isolambda_cli.project.remote import patient, read

app = typer.Typer(add_completion=False)


@app.command(cls=AuthorCommand)
def rollback(
    context: typer.Context,
    function: Annotated[
        str, typer.Argument(help="A function, by its name or its id.", show_default=False)
    ],
    alias: Annotated[str, typer.Option(help="The alias that goes back.")] = "live",
    *,
    force: Force = False,
    reason: Reason = None,
) -> Row:
    """Have an alias of a function stand for the version before."""
    forced = forced_by(reason, force=force)
    api = patient(session_of(context))
    found = find_function(api, function)
    path = f"functions/{found['id']}/aliases/{part(alias)}"
    before = read(api, path)
    if before is None:
        raise ProjectError(f"{found['name']} has no alias {alias!r}")
    try:
        after = api.post(f"{path}/rollback", forced, headers=before.headers)
    except ApiError as error:
        for line in breaks_in(error):
            typer.echo(line, err=True)
        raise
    return {
        "function": found["name"],
        "alias": alias,
        "from": cast("int", before.document["version"]),
        "to": after["version"],
    }
