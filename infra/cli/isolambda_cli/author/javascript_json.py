"""Write JSON as JavaScript does, as which results are recorded."""

import json
import math
import re
from decimal import Decimal
from typing import Final

from isolambda_core.domain.json_text import check_json, dump_readable, to_utf8

_TOKEN: Final = re.compile(
    r'(?P<string>"(?:[^"\\]|\\.)*")|(?P<number>-?[0-9][0-9.eE+-]*)|[ \t\r\n]+'
)
_DIGITS_MAX: Final = 21
"""A number with more digits before its point has an exponent, as has ..."""
_ZEROS_MAX: Final = 5
"""... one with more zeros behind it."""


def as_javascript_writes(data: bytes) -> bytes:
    """Return JSON in UTF-8 as ``JSON.stringify`` writes it, of any depth, with all its members.

    Raises:
        InvalidJsonError: it is not JSON, or not UTF-8.
    """
    check_json(data)
    return to_utf8(_TOKEN.sub(_written, data.decode()))


def _written(token: re.Match[str]) -> str:
    if token["string"] is not None:
        return dump_readable(str(json.loads(token["string"])))
    return "" if token["number"] is None else _number(token["number"])


def _number(text: str) -> str:
    """Return a number as ECMA-262 has it (section 6.1.6.1.20, Number::toString)."""
    number = float(text)
    if math.isinf(number):  # which JavaScript does not write
        return text
    if number == 0:
        return "0"
    sign, all_digits, exponent = Decimal(repr(number)).as_tuple()
    written = "".join(map(str, all_digits))
    digits = written.rstrip("0")
    point = len(written) + int(exponent)
    return "-" * sign + _positive(digits, point)


def _positive(digits: str, point: int) -> str:
    """Return a number by its digits, and where among them the point is."""
    if 0 < point <= _DIGITS_MAX:
        fraction = digits[point:]
        return digits[:point].ljust(point, "0") + (f".{fraction}" if fraction else "")
    if -_ZEROS_MAX <= point <= 0:
        return f"0.{'0' * -point}{digits}"
    first, others = digits[0], digits[1:]
    return f"{first}{'.' * bool(others)}{others}e{point - 1:+d}"
