"""Which function a word on the command line means."""

from contextlib import suppress
from difflib import get_close_matches
from http import HTTPStatus
from typing import Any

from isolambda_cli.api.client import Api
from isolambda_cli.api.errors import ApiError
from isolambda_cli.project.errors import NoProjectError
from isolambda_cli.project.functions import FunctionSpec
from isolambda_cli.project.manifest import read_project
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.ids import is_id
from isolambda_core.domain.limits import PAGE_SIZE_MAX

_FIELDS = '["name"]'
"""Without it a list has the source of each function."""


class UnknownFunctionError(IsolambdaError):
    """No function has this id or this name, or several have it."""


def find_function(api: Api, word: str) -> dict[str, Any]:
    """Return the function that a word names, with at least its ``id`` and its ``name``.

    The word is an id, a name in the project of this folder, or the name of one function alone in
    the account.

    Raises:
        UnknownFunctionError: there is none, or there are several.
        ManifestError: the manifest of the project cannot be read, or breaks a rule.
    """
    if is_id(word):
        return _fetched(api, word)
    spec = _in_project(word)
    if spec is not None:
        try:
            return _fetched(api, spec.id)
        except ApiError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            message = f"{word!r} is not deployed to this account: isolambda deploy"
            raise UnknownFunctionError(message) from error
    listed = api.pages("functions", filter_name=word, fields=_FIELDS)
    named = [each for each in listed if each["name"] == word]
    if len(named) == 1:
        return named[0]
    if named:
        ids = ", ".join(sorted(each["id"] for each in named))
        raise UnknownFunctionError(f"{len(named)} functions are called {word!r}; say which: {ids}")
    names = [
        str(each.get("name"))
        for each in api.pages("functions", page_size=PAGE_SIZE_MAX, fields=_FIELDS)
    ]
    near = get_close_matches(word, names, 1)
    hint = f"do you mean {near[0]!r}?" if near else "isolambda functions lists what there is"
    raise UnknownFunctionError(f"no function is called {word!r}; {hint}")


def _fetched(api: Api, function_id: str) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"functions/{function_id}")
    return found


def _in_project(name: str) -> FunctionSpec | None:
    with suppress(NoProjectError):
        return read_project().functions.get(name)
    return None
