"""Which function a word on the command line means."""

from difflib import get_close_matches
from typing import Any

from isolambda_cli.api.client import Api
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.ids import is_id


class UnknownFunctionError(IsolambdaError):
    """No function has this id or this name, or several have it."""


def find_function(api: Api, word: str) -> dict[str, Any]:
    """Return the function that a word names, with at least its ``id`` and its ``name``.

    The word is an id, or the name of one function alone in the account.

    Raises:
        UnknownFunctionError: there is none, or there are several.
    """
    if is_id(word):
        found: dict[str, Any] = api.get(f"functions/{word}")
        return found
    named = [each for each in api.pages("functions", filter_name=word) if each["name"] == word]
    if len(named) == 1:
        return named[0]
    if named:
        ids = ", ".join(sorted(each["id"] for each in named))
        raise UnknownFunctionError(f"{len(named)} functions are called {word!r}; say which: {ids}")
    names = [str(each.get("name")) for each in api.pages("functions", page_size=100)]
    near = get_close_matches(word, names, 1)
    hint = f"do you mean {near[0]!r}?" if near else "isolambda functions lists what there is"
    raise UnknownFunctionError(f"no function is called {word!r}; {hint}")
