"""Which profile a command works with: a named one, the environment's, the default, the folder's."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from isolambda_cli.api.errors import NotLoggedInError, ProfileError
from isolambda_cli.api.profiles import (
    FILE_BYTES,
    Profile,
    Profiles,
    checked_key,
    checked_url,
    is_this_machine,
    profiles_path,
    read_profiles,
    require_private,
)
from isolambda_cli.command import warn
from isolambda_core.domain.accounts.api_keys import is_api_key
from isolambda_core.domain.ids import is_id
from isolambda_core.domain.json_text import InvalidJsonError, parse

URL, KEY = "ISOLAMBDA_URL", "ISOLAMBDA_KEY"
_LOCAL = Path(".isolambda/credentials.json")
_DEV = Path(".isolambda/dev/credentials.json")
_DEV_NAME = "dev"
"""The profile of the server that `isolambda dev` runs here, unless there is one of this name."""


def choose(
    name: str | None,
    environment: Mapping[str, str] = os.environ,  # noqa: TID251 - the author's
) -> Profile:
    """Return the profile that a command works with.

    The first of these: the named one; the environment's, for machines; the default one; the one
    of a server that keeps its data in this folder, of which a line on stderr warns.

    Raises:
        NotLoggedInError: there is none.
        ProfileError: the one that is meant cannot be used.
    """
    if name is not None:
        return _named(name, read_profiles(profiles_path(environment)))
    if environment.get(URL) or environment.get(KEY):
        return _of_environment(environment)
    profiles = read_profiles(profiles_path(environment))
    if profiles.default is not None:
        return profiles.get(profiles.default)
    local = _of_folder(_LOCAL) or _of_folder(_DEV)
    if local is None:
        raise NotLoggedInError(f"not logged in: isolambda login, or set {URL} and {KEY}")
    warn(f"no profile: using {local.origin}, of {local.url}")
    return local


def _of_environment(environment: Mapping[str, str]) -> Profile:
    for given, missing in ((URL, KEY), (KEY, URL)):
        if not environment.get(missing):
            raise ProfileError(f"{given} is set, and {missing} is not; both are needed")
    url, key = checked_url(environment[URL]), checked_key(environment[KEY])
    return Profile(url, key, None, f"{URL} and {KEY}")


def _named(name: str, profiles: Profiles) -> Profile:
    if name != _DEV_NAME or name in profiles.named:
        return profiles.get(name)
    local = _of_folder(_DEV)
    if local is None:
        raise ProfileError(
            "there is no profile 'dev', and isolambda dev did not run in this folder"
        )
    return local


def _of_folder(path: Path) -> Profile | None:
    """Return the profile of a server that runs here, on this machine; others are not trusted.

    A folder that came from elsewhere could send the secrets of its user to any server.
    """
    try:
        # A link would have the mode of any file changed, and a pipe would wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return None
            require_private(path, descriptor, 0o600)
            fields = parse(file.read(FILE_BYTES))
    except (OSError, InvalidJsonError):
        return None
    match fields:
        case {"url": str(url), "account_id": str(account_id), "api_key": str(api_key)}:
            if is_id(account_id) and is_api_key(api_key) and is_this_machine(url):
                return Profile(checked_url(url), api_key, account_id, str(path))
    return None
