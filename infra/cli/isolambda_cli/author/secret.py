"""The commands ``isolambda secret``."""

from typing import Annotated, Any

import typer

from isolambda_cli.api.client import Api, part
from isolambda_cli.api.functions import find_function
from isolambda_cli.api.options import AuthorCommand, api_of
from isolambda_cli.command import CommandGroup
from isolambda_cli.output import Row, gregorian_text
from isolambda_cli.secret_options import Hosts, Name, OverlapS, Sign, read_secret
from isolambda_core.domain.limits import SECRET_OVERLAP_S

app = typer.Typer(
    cls=CommandGroup,
    add_completion=False,
    help="Put, list and delete secrets; no command shows a value.",
)

OfFunction = Annotated[
    str | None,
    typer.Option(
        "--function", help="Id or name of the function whose it is, instead of the account's."
    ),
]


@app.command(cls=AuthorCommand)
def put(
    context: typer.Context,
    name: Name,
    *,
    hosts: Hosts = None,
    function: OfFunction = None,
    sign: Sign = False,
    overlap_s: OverlapS = SECRET_OVERLAP_S,
) -> Row:
    """Make a secret, or rotate it: the value is read from stdin, or asked for.

    It is no argument, which others on the machine could read.
    """
    api = api_of(context)
    path = _path(api, function)
    document = read_secret(hosts, sign=sign, overlap_s=overlap_s)
    return _row(api.put(f"{path}/{part(name)}", document))


@app.command("list", cls=AuthorCommand)
def list_secrets(context: typer.Context, function: OfFunction = None) -> list[Row]:
    """List the secrets of the account itself, or of a function."""
    api = api_of(context)
    return [_row(each) for each in api.get(_path(api, function))]


@app.command(cls=AuthorCommand)
def delete(context: typer.Context, name: Name, function: OfFunction = None) -> Row:
    """Delete a secret; functions that name it are not executed any more."""
    api = api_of(context)
    api.delete(f"{_path(api, function)}/{part(name)}")
    return {"name": name, "deleted": True}


def _path(api: Api, function: str | None) -> str:
    return (
        "secrets" if function is None else f"functions/{find_function(api, function)['id']}/secrets"
    )


def _row(secret: dict[str, Any]) -> Row:
    return {
        "name": secret["name"],
        "hosts": secret.get("hosts") or [],
        "sign": secret.get("sign", False),
        "created": gregorian_text(secret.get("created")),
        "modified": gregorian_text(secret.get("modified")),
    }
