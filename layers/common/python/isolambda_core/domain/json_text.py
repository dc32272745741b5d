"""JSON as text: strict in, ASCII out, and never deeper than the reader can follow."""

import json
import math
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
