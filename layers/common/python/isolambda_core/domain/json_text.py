"""JSON as text: strict in, ASCII out, and never deeper than the reader can follow."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import NoReturn

JsonValue = None | bool | int | float | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"]
"""Any JSON value as Python sees it."""


class InvalidJsonError(ValueError):
    """The text is not JSON, or nests deeper than this process can read.

    ``str(error)`` says what is wrong and where, never repeating the text itself.
    """


def _refuse_constant(name: str) -> NoReturn:
    raise InvalidJsonError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):  # which could not be written as JSON again
        raise InvalidJsonError("a number is too large")
    return number


_DECODER = json.JSONDecoder(parse_float=_finite, parse_constant=_refuse_constant)
_CHECKER = json.JSONDecoder(parse_constant=_refuse_constant)
_ALLOWED = {
    "value": {"open", "string", "literal"},
    "first": {"open", "string", "literal", "close"},
    "name": {"name"},
    "first name": {"name", "close"},
    "colon": {"colon"},
    "more": {"comma", "close"},
    "end": set[str](),
}
"""Which tokens may come where something is expected."""
_TOKENS = re.compile(
    r"""(?P<space>[ \t\n\r]+)|(?P<open>[\[{])|(?P<close>[\]}])|(?P<comma>,)|(?P<colon>:)"""
    r"""|(?P<string>"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*")"""
    r"""|(?P<literal>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)"""
    r"""|(?P<other>.)""",
    re.DOTALL,
)


def parse(text: str | bytes) -> JsonValue:
    """Return the value of a JSON text.

    Raises:
        InvalidJsonError: not JSON (``NaN`` and ``Infinity`` are not), not UTF-8, too deep, or with
            a number that is beyond a double.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8", "surrogatepass")
        value: JsonValue = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise InvalidJsonError(
            f"{error.msg} at line {error.lineno} column {error.colno}"
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidJsonError(f"not UTF-8 at byte {error.start}") from error
    except RecursionError as error:
        raise InvalidJsonError("nested too deeply") from error
    except InvalidJsonError:
        raise
    except ValueError as error:  # a number of more digits than Python converts
        raise InvalidJsonError("a number has too many digits") from error
    return value


def check_json(text: str) -> None:
    """See that a text is JSON, of any depth and with any numbers, without keeping its value.

    Raises:
        InvalidJsonError: it is not.
    """
    try:
        _CHECKER.decode(text)
    except json.JSONDecodeError as error:
        raise InvalidJsonError(
            f"{error.msg} at line {error.lineno} column {error.colno}"
        ) from error
    except (RecursionError, ValueError) as error:  # too deep, or a number of too many digits
        if isinstance(error, InvalidJsonError):
            raise
        _check_tokens(text)


def _check_tokens(text: str) -> None:
    """Check what the decoder cannot follow, one token after another."""
    closing: list[str] = []
    expected = "value"
    for token in _TOKENS.finditer(text):
        kind = token.lastgroup or ""
        if kind == "space":
            continue
        if kind == "string" and expected in ("name", "first name"):
            kind = "name"
        if kind not in _ALLOWED[expected] or (kind == "close" and closing.pop() != token[0]):
            break
        if kind == "open":
            closing.append("]" if token[0] == "[" else "}")
        expected = _expected_after(kind, closing)
    else:
        if expected == "end":
            return
    raise InvalidJsonError("not JSON")


def _expected_after(kind: str, closing: list[str]) -> str:
    in_array = bool(closing) and closing[-1] == "]"
    match kind:
        case "open":
            return "first" if in_array else "first name"
        case "name":
            return "colon"
        case "colon":
            return "value"
        case "comma":
            return "value" if in_array else "name"
        case _:
            return "more" if closing else "end"


def dump(value: JsonValue) -> str:
    """Return compact JSON in ASCII, so that lone surrogates survive every store and wire.

    Raises:
        InvalidJsonError: nested too deeply.
    """
    try:
        return json.dumps(value, separators=(",", ":"), allow_nan=False)
    except RecursionError as error:
        raise InvalidJsonError("nested too deeply") from error


def dump_utf8(value: JsonValue) -> bytes:
    """Return compact JSON in UTF-8, shorter than ASCII where text is not; :func:`parse` reads it.

    Lone surrogates are written as if they were characters, so that only we can read those.

    Raises:
        InvalidJsonError: nested too deeply.
    """
    try:
        text = json.dumps(value, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    except RecursionError as error:
        raise InvalidJsonError("nested too deeply") from error
    return text.encode("utf-8", "surrogatepass")


def is_deeper_than(value: JsonValue, depth: int) -> bool:
    """Tell whether arrays and objects nest more than ``depth`` levels."""
    level: list[JsonValue] = [value]
    for _ in range(depth + 1):
        level = [
            child
            for parent in level
            if isinstance(parent, (dict, list))
            for child in (parent.values() if isinstance(parent, dict) else parent)
        ]
        if not level:
            return False
    return True
