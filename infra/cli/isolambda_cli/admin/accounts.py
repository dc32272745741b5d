"""The commands ``isolambda admin accounts``."""

from collections.abc import Iterator
from typing import Annotated, cast

import typer

from isolambda_cli.admin.budgets import NONE, Usage, budget_in, checked_budget
from isolambda_cli.admin.options import OperatorCommand, target_of
from isolambda_cli.command import CommandGroup
from isolambda_cli.hosts import NO_HOST, checked_hosts, checked_http_hosts_or_none
from isolambda_cli.output import (
    Row,
    time_text,
)
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import PAGE_SIZE_MAX
from isolambda_core.domain.net import ceiling_of, words_of
from isolambda_core.services.accounts.accounts import AccountService

app = typer.Typer(
    cls=CommandGroup, add_completion=False, help="Make, list, disable and enable accounts."
)

AccountId = Annotated[str, typer.Argument(help="Id of an account.", show_default=False)]


@app.command(cls=OperatorCommand)
def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the account.", show_default=False)],
) -> Row:
    """Make an account at the top, and print its id and its API key."""
    account, api_key = target_of(context).accounts.create_top(name)
    return {"account_id": account.id, "api_key": api_key}


@app.command("list", cls=OperatorCommand)
def list_accounts(
    context: typer.Context,
    below: Annotated[
        str | None, typer.Option(help="List the accounts right below this one instead.")
    ] = None,
) -> list[Row]:
    """List the accounts at the top, the oldest first."""
    accounts = target_of(context).accounts
    if below is not None:
        accounts.fetch(below)
    children = sorted(
        _iterate(accounts, below), key=lambda account: (account.created_at, account.id)
    )
    return [_row(account) for account in children]


@app.command(cls=OperatorCommand)
def disable(context: typer.Context, account_id: AccountId) -> Row:
    """Disable an account: its keys are rejected and its functions do not run.

    The accounts below it stay as they are.
    """
    return _row(target_of(context).accounts.patch(account_id, {"enabled": False}))


@app.command(cls=OperatorCommand)
def enable(context: typer.Context, account_id: AccountId) -> Row:
    """Enable an account that was disabled."""
    return _row(target_of(context).accounts.patch(account_id, {"enabled": True}))


@app.command(cls=OperatorCommand)
def usage(context: typer.Context, account_id: AccountId) -> list[Row]:
    """Show what an account may have of each quota, and what it has with all accounts below it."""
    accounts = target_of(context).accounts
    found = accounts.usage(accounts.fetch(account_id))
    return [
        {"quota": quota.value, "used": each.used, "limit": each.limit}
        for quota, each in found.items()
    ]


@app.command("limit", cls=OperatorCommand)
def set_quota(
    context: typer.Context,
    account_id: AccountId,
    quota: Annotated[Quota, typer.Argument(help="What to limit.", show_default=False)],
    limit: Annotated[
        int | None,
        typer.Argument(help="The limit; without one, what holds above it.", show_default=False),
    ] = None,
) -> list[Row]:
    """Limit an account with all accounts below it, and show its usage."""
    target_of(context).accounts.patch(account_id, {"quotas": {quota.value: limit}})
    return usage(context, account_id)


@app.command(cls=OperatorCommand)
def net(
    context: typer.Context,
    account_id: AccountId,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            callback=checked_hosts,
            help="A host, as api.example.com or *.example.org, again for another; `none` for no "
            "host, `any` for what holds above it. Without it, nothing is changed.",
            show_default=False,
        ),
    ] = None,
) -> Row:
    """Limit which hosts an account with all accounts below it may reach, and show them."""
    accounts = target_of(context).accounts
    if allow:
        hosts = ceiling_of(allow)
        change = None if hosts is None else {"allow": list(hosts)}
        account = accounts.patch(account_id, {"net": change})
    else:
        account = accounts.fetch(account_id)
    return {"account_id": account.id, "allow": words_of(account.net)}


@app.command(cls=OperatorCommand)
def hosts(
    context: typer.Context,
    account_id: AccountId,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            callback=checked_http_hosts_or_none,
            help="A host, as shop.example.com or *.acme.example.com, again for another; `none` for "
            "no host. Without it, nothing is changed.",
            show_default=False,
        ),
    ] = None,
) -> Row:
    """Set the hosts at which functions of an account may answer, and show them."""
    accounts = target_of(context).accounts
    if allow:
        change = None if allow == [NO_HOST] else list[JsonValue](allow)
        account = accounts.patch(account_id, {"http_hosts": change})
    else:
        account = accounts.fetch(account_id)
    return {"account_id": account.id, "allow": list(account.http_hosts) or [NO_HOST]}


@app.command(cls=OperatorCommand)
def budget(
    context: typer.Context,
    account_id: AccountId,
    change: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            callback=checked_budget,
            metavar="NAME.PERIOD=AMOUNT",
            help="As executions.day=1000, cpu_ms.month=60000, fetch_bytes.day=1000000 or "
            "stored_bytes.most=1000000, again for another; `none` for no such budget. Without it, "
            "nothing is changed.",
            show_default=False,
        ),
    ] = None,
    callback: Annotated[
        str | None,
        typer.Option(
            help="The URL that gets a POST at 50, 80 and 100 % of a budget; `none` for none.",
            show_default=False,
        ),
    ] = None,
) -> list[Row]:
    """Limit what an account uses with all accounts below it, and show what is used."""
    accounts = target_of(context).accounts
    patch: dict[str, JsonValue] = {"budget": budget_in(change)} if change else {}
    if callback is not None:
        patch["budget_callback"] = None if callback == NONE else callback
    account = accounts.patch(account_id, patch) if patch else accounts.fetch(account_id)
    return [
        {"budget": f"{name}.{period}", "ends_at": None, **of}
        for name, periods in cast("Usage", accounts.budget_usage(account)).items()
        for period, of in periods.items()
    ]


def _iterate(accounts: AccountService, below: str | None) -> Iterator[Account]:
    page = accounts.children(below, PAGE_SIZE_MAX, None, descending=False)
    yield from page.items
    while page.next_after is not None:
        page = accounts.children(below, PAGE_SIZE_MAX, page.next_after, descending=False)
        yield from page.items


def _row(account: Account) -> Row:
    return {
        "account_id": account.id,
        "name": account.name,
        "enabled": account.enabled,
        "created": time_text(account.created_at),
    }
