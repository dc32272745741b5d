"""The command ``isolambda logout``."""

from dataclasses import replace
from typing import Annotated

import typer

from isolambda_cli.api.errors import ProfileError
from isolambda_cli.api.options import PlainCommand
from isolambda_cli.api.profiles import Profiles, change_profiles, profiles_path, read_profiles
from isolambda_cli.output import Row

app = typer.Typer(add_completion=False)


@app.command(cls=PlainCommand)
def logout(
    profile: Annotated[
        str | None, typer.Option(help="Name of the profile; the default one without it.")
    ] = None,
) -> Row:
    """Forget a profile with its key.

    The key itself stays valid.
    """
    path = profiles_path()
    name = profile or read_profiles(path).default
    if name is None:
        raise ProfileError("there is no profile to forget; isolambda profiles lists them")

    def remove(profiles: Profiles) -> Profiles:
        profiles.get(name)
        named = {each: kept for each, kept in profiles.named.items() if each != name}
        default = None if profiles.default == name else profiles.default
        return replace(profiles, default=default, named=named)

    change_profiles(path, remove)
    return {"profile": name, "removed": True}
