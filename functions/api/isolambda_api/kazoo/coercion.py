"""Values in words, turned into what their schema asks for (Kx: ``fix_js_types``).

A Kazoo as it is installed takes ``"true"`` for true and ``"5"`` for 5 before it validates.
"""

import re
from collections.abc import Mapping

from isolambda_core.domain.documents import Document
from isolambda_core.domain.json_text import JsonValue

_BOOLEANS: Mapping[str, bool] = {"true": True, "false": False}
_INTEGER = re.compile(r"-?[0-9]{1,15}")


def coerced_account(document: Document) -> Document:
    """Return an account's document with ``enabled`` as what it means."""
    if "enabled" not in document:
        return document
    return {**document, "enabled": _boolean(document["enabled"])}


def coerced_function(document: Document) -> Document:
    """Return a function's document with ``enabled`` and ``limits`` as what they mean."""
    limits = document.get("limits")
    if isinstance(limits, dict):
        limits = {name: _integer(value) for name, value in limits.items()}
        document = {**document, "limits": limits}
    return coerced_account(document)


def _boolean(value: JsonValue) -> JsonValue:
    return _BOOLEANS.get(value, value) if isinstance(value, str) else value


def _integer(value: JsonValue) -> JsonValue:
    return int(value) if isinstance(value, str) and _INTEGER.fullmatch(value) else value
