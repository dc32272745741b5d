"""JSON as text: strict in, ASCII out, and never deeper than the reader can follow."""

import json
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


def parse(text: str | bytes) -> JsonValue:
    """Return the value of a JSON text.

    Raises:
        InvalidJsonError: not JSON (``NaN`` and ``Infinity`` are not), not UTF-8, or too deep.
    """
    try:
        value: JsonValue = json.loads(text, parse_constant=_refuse_constant)
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
