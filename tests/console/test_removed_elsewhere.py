"""What another author, or another page, removed before."""

from collections.abc import Callable
from dataclasses import dataclass

import httpx2
import pytest
from playwright.sync_api import expect

from tests.console.console import Console


@dataclass(frozen=True)
class Removal:
    """One thing of an account: how it is made, where the console removes it, and what it says."""

    make: Callable[[httpx2.Client, str, str], str]
    """Makes it by the API, below an account and a function; returns its path."""
    route: str
    button: str
    said: str
    action: str = "Remove"


def _put(path: str, **data: object) -> Callable[[httpx2.Client, str, str], str]:
    def make(client: httpx2.Client, account: str, function: str) -> str:
        where = path.format(account=account, function=function)
        return _made(client.put(where, json={"data": data}), where)

    return make


def _made(answer: httpx2.Response, where: str) -> str:
    made = answer.raise_for_status().json()["data"]
    last = made.get("id") or made.get("name") or made["version"]
    return where if where.endswith(f"/{last}") else f"{where}/{last}"


def _alias(client: httpx2.Client, account: str, function: str) -> str:
    client.put(f"{function}/versions", json={"data": {}}).raise_for_status()
    return _put("{function}/aliases", name="live", version=1)(client, account, function)


def _trigger(client: httpx2.Client, account: str, function: str) -> str:
    daily = {"name": "daily", "type": "schedule", "schedule": "rate(1 day)"}
    return _put("{function}/triggers", **daily)(client, account, function)


_VERSIONS = "functions/{function}/versions"
REMOVALS = {
    "a version": Removal(
        _put("{function}/versions"), _VERSIONS, "Remove version 1", "Version 1 was gone already."
    ),
    "an alias": Removal(_alias, _VERSIONS, "Remove live", "The alias live was gone already."),
    "a call": Removal(
        _put("{function}/calls/greets", input={}, expect={"equal": 1}),
        "functions/{function}/calls",
        "Delete greets",
        "The call greets was gone already.",
        "Delete",
    ),
    "a trigger": Removal(
        _trigger,
        "triggers?function={function}&trigger={last}",
        "Remove",
        "daily was gone already.",
    ),
    "a secret": Removal(
        _put("{account}/secrets/TOKEN", value="horse battery", hosts=["a.example"]),
        "secrets",
        "Remove TOKEN",
        "TOKEN was gone already.",
    ),
    "a key": Removal(
        _put("{account}/api_keys", name="the shop", scopes=["execute"]),
        "keys",
        "Remove the shop",
        "the shop was gone already.",
    ),
    "a function": Removal(
        lambda _, __, function: function,
        "functions/{function}?tab=settings",
        "Remove this function",
        "greet was gone already.",
    ),
}


@pytest.mark.parametrize("what", REMOVALS)
def test_what_was_removed_elsewhere_is_gone_already_and_the_page_goes_on(
    console: Console, what: str
) -> None:
    removal = REMOVALS[what]
    function = console.account.create("return 1", name="greet")
    url = console.account.functions_url(function)
    account = f"/v2/accounts/{console.account.account_id}"
    with console.account.client() as client:
        path = removal.make(client, account, url)
        last = path.rpartition("/")[2]
        console.enter(removal.route.format(function=function, last=last))
        console.main.get_by_role("button", name=removal.button, exact=True).click()
        client.delete(path).raise_for_status()

    console.watch.expect_status(404)
    console.dialog.get_by_role("button", name=removal.action, exact=True).click()

    expect(console.status(removal.said)).to_be_visible()
    expect(console.dialog).to_have_count(0)
    console.settle()
    expect(console.alert).to_have_count(0)
