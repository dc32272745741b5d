"""The paths of Kazoo's API that others begin with, stand for others, or lack something."""

import re
from collections.abc import Mapping

from isolambda_api.http.errors import UnknownPathError
from isolambda_core.domain.errors import IsolambdaError

ACCOUNTS = "/v2/accounts"
ACCOUNT = f"{ACCOUNTS}/{{account_id}}"
FUNCTION = f"{ACCOUNT}/functions/{{function_id}}"
API_AUTH = "/v2/api_auth"

OWN_ACCOUNT = "-"
"""What stands for the caller's own account in the path that ``/v2/account`` stands for."""
UNKNOWN_BELOW_ACCOUNT = re.compile(rf"{ACCOUNTS}/(?P<account_id>[^/]*)(/|$)")
"""Finds the account of a path that no route has: what it costs, the account's bucket pays."""

_OWN = "/v2/account"


class MissingAccountIdError(IsolambdaError):
    """The path has no account id where there should be one."""


class GoneError(IsolambdaError):
    """The path is one of version 1 of the API."""


def resolve(path: str) -> str:
    """Return the path that a route has for ``/v2/account`` or one below it; any other as it is."""
    if path == _OWN or path.startswith(f"{_OWN}/"):
        return f"{ACCOUNTS}/{OWN_ACCOUNT}{path.removeprefix(_OWN)}"
    return path


def unknown_path(params: Mapping[str, str]) -> IsolambdaError:
    """Return the error that answers a path that no route has."""
    return MissingAccountIdError() if params.get("account_id") == "" else UnknownPathError()


def gone(_: Mapping[str, str]) -> IsolambdaError:
    """Return the error that answers every path of version 1."""
    return GoneError()
