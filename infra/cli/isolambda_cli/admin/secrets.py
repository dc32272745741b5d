"""The commands ``isolambda admin secrets``."""

from typing import Annotated

import typer

from isolambda_cli.admin.accounts import AccountId
from isolambda_cli.admin.options import (
    AskingCommand,
    OperatorCommand,
    target_of,
)
from isolambda_cli.command import CommandGroup
from isolambda_cli.output import Row, time_text
from isolambda_cli.secret_options import Hosts, Name, OverlapS, Sign, read_secret
from isolambda_core.domain.limits import SECRET_OVERLAP_S
from isolambda_core.domain.secrets.documents import SecretInput
from isolambda_core.domain.secrets.secrets import Place, Secret

app = typer.Typer(
    cls=CommandGroup,
    add_completion=False,
    help="Put, list and remove secrets; no command shows a value.",
)

FunctionId = Annotated[
    str | None,
    typer.Option("--function", help="Id of the function whose it is, instead of the account's."),
]


@app.command(cls=AskingCommand)
def put(
    context: typer.Context,
    account_id: AccountId,
    name: Name,
    *,
    hosts: Hosts = None,
    function: FunctionId = None,
    sign: Sign = False,
    overlap_s: OverlapS = SECRET_OVERLAP_S,
) -> Row:
    """Make a secret, or rotate it: the value is read from stdin, or asked for.

    It is no argument, which others on the machine could read.
    """
    target = target_of(context)
    target.accounts.fetch(account_id)
    document = read_secret(hosts, sign=sign, overlap_s=overlap_s)
    given = SecretInput.parse(name, document)
    return _row(target.secrets.put(Place(account_id, function or ""), name, given))


@app.command("list", cls=OperatorCommand)
def list_secrets(
    context: typer.Context, account_id: AccountId, function: FunctionId = None
) -> list[Row]:
    """List the secrets of an account itself, or of a function."""
    target = target_of(context)
    target.accounts.fetch(account_id)
    return [_row(secret) for secret in target.secrets.list(Place(account_id, function or ""))]


@app.command(cls=OperatorCommand)
def remove(
    context: typer.Context, account_id: AccountId, name: Name, function: FunctionId = None
) -> Row:
    """Remove a secret; functions that name it are not executed any more."""
    target = target_of(context)
    target.accounts.fetch(account_id)
    target.secrets.remove(Place(account_id, function or ""), name)
    return {"name": name, "removed": True}


def _row(secret: Secret) -> Row:
    has_before = secret.sealed_before is not None
    return {
        "name": secret.name,
        "hosts": list(secret.hosts),
        "sign": secret.sign,
        "created": time_text(secret.created_at),
        "modified": time_text(secret.modified_at),
        "overlap_until": time_text(secret.before_until) if has_before else None,
    }
