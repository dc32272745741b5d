"""The commands ``isolambda admin keys``."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from isolambda_cli.admin.accounts import AccountId
from isolambda_cli.admin.options import OperatorCommand, target_of
from isolambda_cli.command import CommandGroup
from isolambda_cli.output import (
    Row,
    time_text,
)
from isolambda_core.domain.accounts.api_keys import (
    ALL_SCOPES,
    ApiKey,
    Scope,
    permissions_of,
)

app = typer.Typer(
    cls=CommandGroup, add_completion=False, help="Make, list, rotate and revoke API keys."
)


@app.command(cls=OperatorCommand)
def create(
    context: typer.Context,
    account_id: AccountId,
    scope: Annotated[
        list[Scope] | None,
        typer.Option(
            help="A scope of the key; may be repeated. Default: all, or execute with --function."
        ),
    ] = None,
    function: Annotated[
        str | None, typer.Option(help="Id of the only function that the key may execute.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Whose it is, or what it is for.")] = None,
    expires: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"],
            help="When it becomes invalid, in UTC; never by default.",
        ),
    ] = None,
) -> Row:
    """Make another key of an account, and print it this one time."""
    accounts = target_of(context).accounts
    accounts.fetch(account_id)
    if function is not None:
        accounts.functions.fetch(account_id, function)
    scopes = scope or ([Scope.EXECUTE] if function else ALL_SCOPES)
    permissions_of({"scopes": [*scopes], "function_id": function, "name": name})
    api_key, secret = accounts.api_keys.create(
        account_id,
        scopes,
        function,
        name=name,
        expires_at=None if expires is None else int(expires.replace(tzinfo=UTC).timestamp()),
    )
    return {**_row(api_key), "api_key": secret}


@app.command("list", cls=OperatorCommand)
def list_keys(context: typer.Context, account_id: AccountId) -> list[Row]:
    """List the keys of an account, without their secrets."""
    accounts = target_of(context).accounts
    accounts.fetch(account_id)
    found = accounts.api_keys.list(account_id)
    return [_row(api_key) for api_key in sorted(found, key=lambda key: (key.created_at, key.id))]


@app.command(cls=OperatorCommand)
def rotate(context: typer.Context, account_id: AccountId) -> Row:
    """Replace the account's primary key; the old one stays valid for a day.

    The next rotation ends it sooner. If others know the old key, revoke it too.
    """
    accounts = target_of(context).accounts
    accounts.fetch(account_id)
    api_key = accounts.api_keys.change_own(account_id)
    expiries = [key.expires_at for key in accounts.api_keys.list(account_id) if key.expires_at]
    valid_until = time_text(max(expiries)) if expiries else None
    return {"account_id": account_id, "api_key": api_key, "key_before_good_until": valid_until}


@app.command(cls=OperatorCommand)
def revoke(
    context: typer.Context,
    account_id: AccountId,
    key_id: Annotated[str, typer.Argument(help="Id of the key, as listed.", show_default=False)],
) -> Row:
    """Remove a key, and with it each token that was issued for it."""
    target_of(context).accounts.api_keys.remove(account_id, key_id)
    return {"key_id": key_id, "revoked": True}


def _row(api_key: ApiKey) -> Row:
    return {
        "key_id": api_key.id,
        "name": api_key.name,
        "scopes": [scope.value for scope in api_key.scopes],
        "function_id": api_key.function_id,
        "own": api_key.own,
        "created": time_text(api_key.created_at),
        "expires": None if api_key.expires_at is None else time_text(api_key.expires_at),
    }
