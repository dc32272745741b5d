"""Every view of the console, in an account that has something for it to show."""

from collections.abc import Callable, Mapping
from typing import Literal

from playwright.sync_api import expect

from tests.console.console import Console
from tests.console.data import Furnished

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
View = Callable[[Console, Furnished], None]


def _at(*route: str) -> View:
    """Return how to get to a view by its address, in which the names of ids stand for them."""

    def enter(console: Console, furnished: Furnished) -> None:
        console.enter(*(part.format(**vars(furnished)) for part in route))

    return enter


def _asking(button: str, *route: str) -> View:
    """Return how to get to a dialog that a button of a view opens."""

    def ask(console: Console, furnished: Furnished) -> None:
        _at(*route)(console, furnished)
        console.button(button).click()
        expect(console.dialog).to_be_visible()

    return ask


def _run(function: str) -> View:
    def run(console: Console, furnished: Furnished) -> None:
        _at("functions", function)(console, furnished)
        console.field("Input").fill('{"name": "Ada"}')
        console.button("Run").click()
        expect(console.main.get_by_role("meter").first).to_be_visible()

    return run


def _run_calls(console: Console, furnished: Furnished) -> None:
    _at("functions", "{function}", "calls")(console, furnished)
    console.field("On").select_option("Version 1")
    console.button("Run all").click()
    expect(console.main.get_by_label("What came of the calls")).to_be_visible()


def _refused_move(console: Console, furnished: Furnished) -> None:
    console.watch.expect_status(409)
    _asking("Change live", "functions", "{function}", "versions")(console, furnished)
    console.field("Version").select_option("2")
    console.dialog.get_by_role("button", name="Change").click()
    console.field("Move it all the same").check()


def _login(console: Console, _: Furnished) -> None:
    console.open()
    expect(console.field("API key")).to_be_visible()


VIEWS: Mapping[str, View] = {
    "login": _login,
    "functions": _at("functions"),
    "functions-new": _asking("New function", "functions"),
    "function": _at("functions", "{function}"),
    "function-result": _run("{function}"),
    "function-error": _run("{failing}"),
    "function-settings": _at("functions", "{function}?tab=settings"),
    "versions": _at("functions", "{function}", "versions?before=1&after=2"),
    "versions-alias": _asking("Make an alias", "functions", "{function}", "versions"),
    "versions-contract": _refused_move,
    "versions-shadow": _asking("Shadow live", "functions", "{function}", "versions"),
    "calls": _at("functions", "{function}", "calls"),
    "calls-new": _asking("New call", "functions", "{function}", "calls"),
    "calls-report": _run_calls,
    "executions": _at("executions"),
    "executions-tail": _at("executions?tail=1"),
    "execution": _at("executions", "{failing}", "{failure}"),
    "approvals": _at("approvals"),
    "approvals-review": _asking("Review greet", "approvals"),
    "triggers": _at("triggers"),
    "triggers-new": _asking("New trigger", "triggers"),
    "trigger": _at("triggers?function={function}&trigger={trigger}"),
    "secrets": _at("secrets"),
    "secrets-put": _asking("Put a secret", "secrets"),
    "keys": _at("keys"),
    "keys-make": _asking("Make a key", "keys"),
    "usage": _at("usage"),
}
"""How a person gets to each view, and to what it asks for."""
