"""The command ``isolambda profiles``."""

from dataclasses import replace
from typing import Annotated

import typer

from isolambda_cli.api.options import PlainCommand
from isolambda_cli.api.profiles import Profiles, change_profiles, profiles_path, read_profiles
from isolambda_cli.output import Row

app = typer.Typer(add_completion=False)


@app.command(cls=PlainCommand)
def profiles(
    name: Annotated[
        str | None,
        typer.Argument(help="The profile to use when none is named.", show_default=False),
    ] = None,
) -> list[Row]:
    """List the profiles, or choose the one to use when none is named."""

    def use(before: Profiles) -> Profiles:
        before.get(str(name))
        return replace(before, default=name)

    path = profiles_path()
    kept = read_profiles(path) if name is None else change_profiles(path, use)
    return [
        {
            "profile": each,
            "url": profile.url,
            "account_id": profile.account_id,
            "default": each == kept.default,
        }
        for each, profile in sorted(kept.named.items())
    ]
