"""Write a function of an account as a part of a manifest."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from isolambda_core.domain.documents import Document
from isolambda_core.domain.json_text import JsonValue

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def function_text(name: str, table: Document, triggers: Sequence[Document]) -> str:
    """Return the lines of a function, a blank one first; what is null is left out."""
    key = f"functions.{_key(name)}"
    lines = ["", f"[{key}]", *_pairs(table)]
    for trigger in triggers:
        lines += ["", f"[[{key}.triggers]]", *_pairs(trigger)]
    return "\n".join(lines) + "\n"


def _pairs(table: Document) -> Iterator[str]:
    for key, value in table.items():
        if value is not None:
            yield pair_text(key, value)


def pair_text(key: str, value: JsonValue) -> str:
    """Return the line of a key with its value, which is not null."""
    return f"{_key(key)} = {_value(value)}"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _value(value: JsonValue) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        inner = ", ".join(_pairs(value))
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(_value(each) for each in value if each is not None)}]"
    return json.dumps(value)  # numbers, true and false are those of JSON


def _text(text: str) -> str:
    # A text of JSON is one of TOML, but for one character that JSON may leave as it is.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
