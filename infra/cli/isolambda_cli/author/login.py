"""The command ``isolambda login``."""

from dataclasses import replace
from typing import Annotated

import typer

from isolambda_cli.api.client import Api
from isolambda_cli.api.options import PlainCommand
from isolambda_cli.api.profiles import (
    NAME,
    Profile,
    Profiles,
    change_profiles,
    checked_key,
    checked_url,
    is_this_machine,
    profiles_path,
)
from isolambda_cli.command import warn
from isolambda_cli.output import Row
from isolambda_cli.standard_streams import hidden_input
from isolambda_core.domain.accounts.api_keys import API_KEY_CHARACTERS

app = typer.Typer(add_completion=False)


@app.command(cls=PlainCommand)
def login(
    url: Annotated[str, typer.Argument(help="URL of the server, as https://api.example.com.")],
    profile: Annotated[str, typer.Option(help="Name to keep it under.")] = "default",
) -> Row:
    """Keep a server and an API key as a profile.

    The key is read from stdin, or asked for; it is no argument, which others on the machine could
    read. The first profile is the one that commands use; `isolambda profiles NAME` has them use
    another.
    """
    if NAME.fullmatch(profile) is None:
        raise typer.BadParameter("the name of a profile is up to 64 letters, digits, _ and -")
    checked = checked_url(url)
    if checked.startswith("http:") and not is_this_machine(checked):
        warn(f"{checked} is not encrypted: others on the way can read the key")
    api = Api(checked, "", checked_key(_read_key()))
    try:
        account = api.account()
    finally:
        api.close()
    made = Profile(checked, api.api_key, account["account_id"], f"profile {profile}")

    def add(profiles: Profiles) -> Profiles:
        named = {**profiles.named, profile: made}
        return replace(profiles, default=profiles.default or profile, named=named)

    profiles = change_profiles(profiles_path(), add)
    return {
        "profile": profile,
        "url": checked,
        "account_id": account["account_id"],
        "account_name": account["account_name"],
        "default": profiles.default == profile,
    }


def _read_key() -> str:
    return hidden_input("API key", 2 * API_KEY_CHARACTERS).decode(errors="replace")
