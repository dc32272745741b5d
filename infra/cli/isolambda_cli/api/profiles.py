"""Named profiles, each a server and a key: a file for its owner alone."""

import fcntl
import json
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from isolambda_cli.api.errors import ProfileError
from isolambda_cli.command import warn
from isolambda_core.domain.accounts.api_keys import is_api_key
from isolambda_core.domain.ids import is_id
from isolambda_local.secrets.files import write_private

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
FILE_BYTES = 1_048_576
"""As much as is read of a file that holds keys."""
_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class Profile:
    """A server and a key; ``account_id`` is None until the server was asked whose the key is.

    ``origin`` says where it is from, for a person to read.
    """

    url: str
    api_key: str = field(repr=False)
    account_id: str | None
    origin: str


@dataclass(frozen=True, slots=True)
class Profiles:
    """The file of profiles; ``default`` names the one that is used when none is named."""

    path: Path
    default: str | None
    named: Mapping[str, Profile]

    def get(self, name: str) -> Profile:
        """Return a profile.

        Raises:
            ProfileError: there is none of this name.
        """
        if name not in self.named:
            there = ", ".join(sorted(self.named)) or "none"
            raise ProfileError(
                f"there is no profile {name!r}, but {there}; isolambda login makes one"
            )
        return self.named[name]


def profiles_path(environment: Mapping[str, str] = os.environ) -> Path:  # noqa: TID251 - the author's
    """Return where the profiles are kept, whether there are any or not."""
    base = environment.get("XDG_CONFIG_HOME", "")
    # A path that is not absolute is invalid, and to be ignored (XDG Base Directory Specification).
    home = environment.get("HOME", "")
    folder = Path(base) if base.startswith("/") else Path("/", home, ".config")
    return folder / "isolambda/profiles.toml"


def checked_url(text: str) -> str:
    """Return the URL of a server without a slash at its end.

    Raises:
        ProfileError: it is none, or it holds what does not belong there.
    """
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise ProfileError(f"the URL is none: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ProfileError(
            "the URL needs https:// (or http://) and a host, as https://api.example.com"
        )
    if "@" in parts.netloc:
        raise ProfileError(
            "the URL holds a user or a password, which would be shown; leave them out"
        )
    if parts.query or parts.fragment or not text.isprintable() or " " in text:
        raise ProfileError("the URL is more than https://, a host and a path; leave the rest out")
    return text.rstrip("/")


def is_this_machine(url: str) -> bool:
    """Return whether a URL leads to this machine, and no further."""
    host = urlsplit(url).hostname or ""
    with suppress(ValueError):
        address = ip_address(host)
        return address.is_loopback or address.is_unspecified
    return host == "localhost"


def checked_key(text: str) -> str:
    """Return an API key without the white space around it; no message repeats it.

    Raises:
        ProfileError: it has not the form of one.
    """
    key = text.strip()
    if not is_api_key(key):
        raise ProfileError("that is no API key: one has 64 characters, 0 to 9 and a to f")
    return key


def read_profiles(path: Path) -> Profiles:
    """Return the profiles of a file; none where there is no file.

    A file that others may read is made private first, with a warning.

    Raises:
        ProfileError: the file is not the user's own, or holds no profiles.
    """
    try:
        with path.open("rb") as file:
            require_private(path, file.fileno(), 0o600)
            text = file.read(FILE_BYTES).decode()
    except FileNotFoundError:
        return Profiles(path, None, {})
    except UnicodeDecodeError:
        raise ProfileError(f"{path} is not UTF-8; remove it, and log in again") from None
    try:
        document = tomllib.loads(text)
        named = {name: _profile(name, each) for name, each in document["profiles"].items()}
        default = document.get("default")
        return Profiles(path, default if default in named else None, named)
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError) as error:
        raise ProfileError(f"{path} is damaged: {error}; remove it, and log in again") from None


def change_profiles(path: Path, change: Callable[[Profiles], Profiles]) -> Profiles:
    """Have the file of profiles hold what ``change`` makes of it; one process does so at a time.

    The file has mode 0600 and its folder 0700.

    Raises:
        ProfileError: the file is not the user's own, or holds no profiles; or from ``change``.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        require_private(path.parent, folder, 0o700)
        changed = change(read_profiles(path))
        write_private(path, "\n".join(_lines(changed)), over=True)
    finally:
        os.close(folder)
    return changed


def _lines(profiles: Profiles) -> Iterator[str]:
    # What JSON writes for a text is a basic string of TOML as well.
    if profiles.default is not None:
        yield f"default = {json.dumps(profiles.default)}\n"
    yield "[profiles]"
    for name, profile in sorted(profiles.named.items()):
        yield f"\n[profiles.{name}]"
        yield f"url = {json.dumps(profile.url)}"
        yield f"account_id = {json.dumps(profile.account_id)}"
        yield f"api_key = {json.dumps(profile.api_key)}"
    yield ""


def _profile(name: str, fields: Mapping[str, Any]) -> Profile:
    url, account_id, api_key = (str(fields[key]) for key in ("url", "account_id", "api_key"))
    if NAME.fullmatch(name) is None or not is_id(account_id) or not is_api_key(api_key):
        raise TypeError(name)
    return Profile(checked_url(url), api_key, account_id, f"profile {name}")


def require_private(path: Path, descriptor: int, mode: int) -> None:
    """Let pass an open file, or folder, of this user; one that others may read gets a mode.

    Raises:
        ProfileError: it is another's, or its mode cannot be changed.
    """
    found = os.fstat(descriptor)
    if found.st_uid != os.geteuid():
        raise ProfileError(f"{path} belongs to another user; a key there is not yours alone")
    if found.st_mode & _OTHERS:
        try:
            os.fchmod(descriptor, mode)
        except OSError as error:
            raise ProfileError(f"others may read {path}: chmod {mode:o} {path}") from error
        warn(f"others could read {path}; its mode is {mode:o} now. If they did, change the key")
