"""What ``isolambda doctor`` looks at: this machine, and the server of the profile."""

import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from isolambda_api.kazoo.gregorian import unix
from isolambda_cli.api.chosen_profile import choose
from isolambda_cli.api.client import Answer, Api
from isolambda_cli.api.errors import (
    ApiError,
    NotLoggedInError,
    ProfileError,
    UnreachableError,
)
from isolambda_cli.output import time_text
from isolambda_cli.project.errors import BundleError
from isolambda_cli.project.esbuild import find_esbuild
from isolambda_core import __version__
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.executions.confinement import Confinement

_SKEW_S = 60
"""A clock that is further off than this signs and reads times wrongly."""
_SOON_S = 14 * 86_400
_STARTUP_FILES = (".bashrc", ".bash_profile", ".zshrc", ".config/fish/config.fish")
_STARTUP_BYTES = 1_048_576


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: what was found, and what to do about it."""

    name: str
    state: State
    found: str
    todo: str = ""


def checks(profile: str | None) -> Iterator[Check]:
    """Look at everything in turn, what others need first."""
    yield Check("isolambda", State.OK, __version__)
    yield Check("python", State.OK, platform.python_version())
    yield from _executor()
    yield _data_directory(Path(".isolambda"))
    yield _bundler()
    yield _completion(Path.home())
    yield from _server(profile)


def _executor() -> Iterator[Check]:
    from isolambda_executor.supervisor import Supervisor  # noqa: PLC0415 - it may not load here

    try:
        with Supervisor(unconfined=True) as supervisor:
            held = supervisor.confinement
    except (IsolambdaError, OSError, ImportError) as error:
        reason = ": ".join(filter(None, (str(error), str(error.__cause__ or ""))))
        yield Check("v8", State.MISSING, reason, "install isolambda again, on Linux with glibc")
        return
    yield Check("v8", State.OK, "starts")
    lacking = [each.name.lower() for each in Confinement if each not in held and each.name]
    if Confinement.SYSTEM_CALLS not in held:
        todo = "serve where the kernel has seccomp, or code of your own alone with --unconfined"
        yield Check("confinement", State.MISSING, "no filter of system calls", todo)
    elif lacking:
        todo = "let users make namespaces, as infra/docs/security.md describes"
        yield Check("confinement", State.WARNING, f"lacks {', '.join(lacking)}", todo)
    else:
        yield Check("confinement", State.OK, ", ".join(held.words))


def _data_directory(folder: Path) -> Check:
    from isolambda_local.data_directory import look_at  # noqa: PLC0415 - as above

    try:
        look_at(folder)
    except IsolambdaError as error:
        return Check("data", State.MISSING, str(error), "name another one with --data-dir")
    return Check("data", State.OK, f"{folder} can be written")


def _bundler() -> Check:
    try:
        return Check("esbuild", State.OK, find_esbuild(Path().absolute()))
    except BundleError as error:
        return Check("esbuild", State.WARNING, "not found", str(error))


def _completion(home: Path) -> Check:
    for name in _STARTUP_FILES:
        try:
            with (home / name).open("rb") as file:
                if b"isolambda completion" in file.read(_STARTUP_BYTES):
                    return Check("completion", State.OK, f"in ~/{name}")
        except OSError:
            continue
    shell = Path(os.environ.get("SHELL", "bash")).name  # noqa: TID251 - the author's own
    line = f'eval "$(isolambda completion {shell})"'
    if shell == "fish":
        line = "isolambda completion fish | source"
    todo = f"add to what {shell} reads when it starts: {line}"
    return Check("completion", State.WARNING, "in no file that a shell reads at its start", todo)


def _server(name: str | None) -> Iterator[Check]:
    try:
        profile = choose(name)
    except ProfileError as error:
        state = State.WARNING if isinstance(error, NotLoggedInError) else State.MISSING
        yield Check("profile", state, str(error))
        return
    yield Check("profile", State.OK, f"{profile.origin}: {profile.url}")
    api = Api(profile.url, "", profile.api_key)
    try:
        yield from _answers(api)
    finally:
        api.close()


def _answers(api: Api) -> Iterator[Check]:
    try:
        health = api.answer("GET", "/healthz")
    except (ApiError, UnreachableError) as error:
        yield Check("server", State.MISSING, str(error), "start it, or log in to another")
        return
    version = str(health.data.get("version"))
    if version == __version__:
        yield Check("server", State.OK, f"isolambda {version}")
    else:
        todo = f"install isolambda {version} here, or have the server updated"
        yield Check("server", State.WARNING, f"isolambda {version}, and not {__version__}", todo)
    yield from _clock(health)
    yield _key(api)


def _clock(answer: Answer) -> Iterator[Check]:
    try:
        date = parsedate_to_datetime(answer.headers["date"])
    except (KeyError, ValueError):
        return
    moment = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
    behind_s = round(moment.timestamp() - SystemClock().now())
    if abs(behind_s) <= _SKEW_S:
        yield Check("clock", State.OK, f"within {_SKEW_S} s of the server's")
        return
    which = "behind" if behind_s > 0 else "before"
    yield Check(
        "clock",
        State.WARNING,
        f"{abs(behind_s)} s {which} the server's",
        "set the clock of this machine by NTP",
    )


def _key(api: Api) -> Check:
    try:
        key: dict[str, Any] | None = api.get("/v2/token_auth").get("key")
    except ApiError as error:
        return Check("key", State.MISSING, str(error), "isolambda login, with another key")
    except UnreachableError as error:
        return Check("key", State.MISSING, str(error))
    if key is None:
        return Check("key", State.OK, "valid")
    scopes = " and ".join(key["scopes"])
    found = f"may {scopes}" + (f" function {key['function_id']}" if key["function_id"] else "")
    if key["expires"] is None:
        state, todo = State.OK, ""
    else:
        expires_at = unix(key["expires"])
        found += f", until {time_text(expires_at)}"
        is_soon = expires_at - SystemClock().now() < _SOON_S
        state, todo = (State.WARNING, "make another key") if is_soon else (State.OK, "")
    if "manage" not in key["scopes"]:
        return Check("key", State.WARNING, found, "to deploy, log in with a key that may manage")
    return Check("key", state, found, todo)
