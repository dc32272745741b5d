"""JSON values as reports show them."""

from isolambda_core.domain.json_text import JsonValue, dump, is_deeper_than
from isolambda_core.domain.limits import SHOWN_DEPTH


def shown(value: JsonValue, characters: int) -> JsonValue:
    """Return a value, or a text that is cut where its JSON has more ``characters`` than that."""
    if is_deeper_than(value, SHOWN_DEPTH):
        return "…"
    text = dump(value)
    return value if len(text) <= characters else f"{text[: characters - 1]}…"
