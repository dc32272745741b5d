"""How an export stands in a folder, and what its files are called.

    isolambda-export.json                 says that it is one, and whole
    accounts/ACCOUNT/account.json         an account, and secrets.json: the names of its secrets
    accounts/ACCOUNT/functions/FUNCTION/  function.json, aliases.json, calls.json, triggers.json,
                                          secrets.json; draft/ with the sources
    …/FUNCTION/versions/3.json            a version, whose sources are in versions/3/

The sources are as in a project: ``function_js`` under the name that it has for the executor, and
other files under their own.
"""

import json
from collections.abc import Mapping, Sequence

from isolambda_core.domain.json_text import JsonValue, to_utf8

MARKER = "isolambda-export.json"
"""The file that makes a folder an export."""
FORMAT = 1
"""The number of this layout."""
ACCOUNTS = "accounts"
FUNCTIONS, VERSIONS = "functions", "versions"
ACCOUNT_FILE, FUNCTION_FILE = "account.json", "function.json"
ALIASES_FILE, CALLS_FILE = "aliases.json", "calls.json"
TRIGGERS_FILE, SECRETS_FILE = "triggers.json", "secrets.json"
DRAFT = "draft"


def account_folder(account_id: str) -> str:
    """Return the folder of an account."""
    return f"{ACCOUNTS}/{account_id}"


def function_folder(account_id: str, function_id: str) -> str:
    """Return the folder of a function."""
    return f"{account_folder(account_id)}/{FUNCTIONS}/{function_id}"


def marker(*, is_whole: bool) -> Mapping[str, JsonValue]:
    """Return what the marker holds; an export that was cut off is not whole."""
    return {"format": FORMAT, "whole": is_whole}


def json_text(value: JsonValue) -> str:
    """Return JSON to be read by people; half of a surrogate pair is its escape.

    The keys keep their order, which code can see, and so it is a part of what is moved.
    """
    return _escaped(json.dumps(value, indent=2, ensure_ascii=False))


def lines_text(values: Sequence[JsonValue]) -> str:
    """Return a JSON array with a line for each value, which may be deep."""
    lines = ",\n".join(json.dumps(each, ensure_ascii=False) for each in values)
    return _escaped(f"[\n{lines}\n]")


def _escaped(text: str) -> str:
    return to_utf8(text).decode() + "\n"
