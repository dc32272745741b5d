"""JSON Pointers (RFC 6901), as references within a JSON Schema have them."""

from collections.abc import Mapping
from urllib.parse import unquote

from isolambda_core.domain.json_text import JsonValue


def referenced(root: JsonValue, reference: JsonValue) -> JsonValue:
    """Return what ``#`` or ``#/a/b`` refers to in ``root``.

    Raises:
        LookupError: it leads nowhere, or is no such reference.
    """
    if not isinstance(reference, str) or not f"{reference}/".startswith("#/"):
        raise LookupError(reference)
    found = root
    for part in unquote(reference).split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping):
            found = found[key]
        elif isinstance(found, list) and key.isascii() and key.isdecimal():
            found = found[int(key)]
        else:
            raise LookupError(reference)
    return found
