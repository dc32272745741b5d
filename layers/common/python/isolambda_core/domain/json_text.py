"""JSON as text: strict in, ASCII out, and never deeper than the reader can follow."""

import json
import math
import re
from _json import make_encoder
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import Any, NoReturn

from isolambda_core.domain.limits import INPUT_DEPTH, KIB

JsonValue = None | bool | int | float | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"]
"""Any JSON value as Python sees it."""


class InvalidJsonError(ValueError):
    """The text is not JSON, or nests deeper than this process can read.

    ``str(error)`` says what is wrong and where, never repeating the text itself.
    """


def _refuse_constant(name: str) -> NoReturn:
    raise InvalidJsonError(f"{name} is not JSON")


def _integer(text: str) -> int:
    _finite(text)
    return int(text)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):  # which could not be written as JSON again
        raise InvalidJsonError("a number is too large")
    return number


_TOO_MANY_DIGITS = 309
"""The digits of an integer that no double holds, or more."""
_BLOCK = 155
"""As many digits fill one block at least."""
BYTE_ORDER_MARK = "\ufeff"
_BLANKS = " \t\n\r"
_TOO_DEEP = f"nested more than {INPUT_DEPTH} levels deep"
_KEYS_LOOKED_AT = 100
_CHANGED, _SHOWN = 3, 40
_DIGITS = bytes(ord("9") if chr(byte) in "0123456789" else 0 for byte in range(256))
_LONG = b"9" * len(str(2**53))
"""What an integer that a double does not hold has at least, in the bytes of ``_DIGITS``."""
_STRING = r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"'
_KEY = re.compile(rf"[ \t\n\r]*[{{,][ \t\n\r]*(?P<key>{_STRING})[ \t\n\r]*:[ \t\n\r]*")
"""What comes before a value in an object."""
# Made once: a ``JSONEncoder`` makes such a one for each text, which takes as long as a short one.
_ascii, _readable = (
    make_encoder(None, json.JSONEncoder().default, encode, None, ":", ",", False, False, False)
    for encode in (encode_basestring_ascii, encode_basestring)
)
_SMALL = 16 * KIB
"""A text of no more bytes is checked before SQLite has opened a database in memory."""
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
    rf"|(?P<string>{_STRING})"
    r"""|(?P<literal>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)"""
    r"""|(?P<other>.)""",
    re.DOTALL,
)


class _Decoder(json.JSONDecoder):
    """Decodes sooner where nothing is around the value."""

    scan_once: Callable[[str, int], tuple[Any, int]]

    def __init__(self, **options: Any) -> None:
        super().__init__(parse_constant=_refuse_constant, **options)

    def value_of(self, text: str) -> Any:
        """Return the value of a text."""
        if text[:1] not in _BLANKS:
            try:
                value, end = self.scan_once(text, 0)
            except StopIteration:  # which tells no more than where
                return self.decode(text)
            if end == len(text) or not text[end:].strip(_BLANKS):
                return value
        return self.decode(text)


_DECODER = _Decoder(parse_float=_finite)
_CAREFUL = _Decoder(parse_float=_finite, parse_int=_integer)
"""Looks at every integer, which takes four times as long."""
# Objects that become numbers need no dictionaries, which would take most of the time.
_CHECKER = _Decoder(object_pairs_hook=len)


def parse(text: str | bytes, *, around: int = 0) -> JsonValue:
    """Return the value of a JSON text; a byte order mark before it is left out.

    ``around`` is how many levels may stand around an input, of ``limits.INPUT_DEPTH`` levels.

    Raises:
        InvalidJsonError: not JSON (``NaN`` and ``Infinity`` are not), not UTF-8, too deep, or with
            a number that is beyond a double.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8", "surrogatepass")
        text = text.removeprefix(BYTE_ORDER_MARK)
        has_many_digits = len(text) >= _TOO_MANY_DIGITS and _has_many_digits(text)
        value: JsonValue = (_CAREFUL if has_many_digits else _DECODER).value_of(text)
    except json.JSONDecodeError as error:
        raise _misplaced(error) from error
    except UnicodeDecodeError as error:
        raise InvalidJsonError(f"not UTF-8 at byte {error.start}") from error
    except RecursionError as error:
        raise InvalidJsonError(_TOO_DEEP) from error
    deepest = INPUT_DEPTH + around
    # Most texts have fewer brackets than there may be levels, and those are soon counted.
    if text.count("[") + text.count("{") > deepest and is_deeper_than(value, deepest):
        raise InvalidJsonError(_TOO_DEEP)
    return value


def without_mark(text: str) -> str:
    """Return a text without the byte order mark that it may begin with (RFC 8259, section 8.1)."""
    return text.removeprefix(BYTE_ORDER_MARK)


def faulty_key(body: bytes) -> str | None:
    """Return the key of an object, as JSON text, in whose value reading it stops.

    None where it stops elsewhere, or not at all, or behind more keys than any of ours have.
    """
    try:
        text = body.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        text = body[: error.start].decode("utf-8", "surrogatepass")
    text = without_mark(text)
    at = 0
    for _ in range(_KEYS_LOOKED_AT):
        found = _KEY.match(text, at)
        if found is None:
            return None
        key = str(json.loads(found["key"]))
        try:
            value, at = _CAREFUL.raw_decode(text, found.end())
        except (ValueError, RecursionError):
            return key
        if is_deeper_than(value, INPUT_DEPTH):
            return key
    return None


def _has_many_digits(text: str) -> bool:
    return any(text[at : at + _BLOCK].isdigit() for at in range(0, len(text), _BLOCK))


def changed_integers(encoded: bytes) -> tuple[str, ...]:
    """Return integers of JSON that no double holds, and JavaScript changes: three at most.

    Each is shortened to ``_SHOWN`` characters. The JSON is of :func:`to_utf8`, and has been read by
    :func:`parse` before.
    """
    if _LONG not in encoded.translate(_DIGITS):
        return ()
    changed: list[str] = []

    def look_at(digits: str) -> int:
        number = int(digits)
        if len(changed) < _CHANGED and int(float(number)) != number:
            changed.append(digits if len(digits) <= _SHOWN else f"{digits[:_SHOWN]}…")
        return 0

    json.loads(encoded, parse_int=look_at)
    return tuple(changed)


def _misplaced(error: json.JSONDecodeError) -> InvalidJsonError:
    what = error.msg.removesuffix(" at")  # as some of its messages end
    return InvalidJsonError(f"{what} at line {error.lineno} column {error.colno}")


def check_json(encoded: bytes) -> None:
    """Check JSON in UTF-8, of any depth and with any numbers, without its value.

    Raises:
        InvalidJsonError: it is not JSON, or not UTF-8.
    """
    try:
        if len(encoded) > _SMALL:
            # 4 ms of a cold start, which small results do not need.
            from isolambda_core.domain.json_pieces import is_json  # noqa: PLC0415

            if is_json(encoded):
                return
        _check(encoded.decode())
    except UnicodeDecodeError as error:
        raise InvalidJsonError(f"not UTF-8 at byte {error.start}") from error


def _check(text: str) -> None:
    try:
        _CHECKER.value_of(text)
    except json.JSONDecodeError as error:
        raise _misplaced(error) from error
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
        return "".join(_ascii(value, 0))
    except RecursionError as error:
        raise InvalidJsonError(_TOO_DEEP) from error


def dump_readable(value: JsonValue) -> str:
    """Return compact JSON in which no character but those of JSON's own is escaped.

    Raises:
        InvalidJsonError: nested too deeply.
    """
    try:
        return "".join(_readable(value, 0))
    except RecursionError as error:
        raise InvalidJsonError(_TOO_DEEP) from error


def dump_utf8(value: JsonValue) -> bytes:
    """Return compact JSON in UTF-8, shorter than ASCII where text is not; :func:`parse` reads it.

    Lone surrogates are written as if they were characters, so that only we can read those.

    Raises:
        InvalidJsonError: nested too deeply.
    """
    return dump_readable(value).encode("utf-8", "surrogatepass")


def to_utf8(text: str) -> bytes:
    """Return JSON text in UTF-8, which anybody can read.

    A lone surrogate has no UTF-8. It can only stand in a JSON string, and the backslash form of it
    is its JSON escape.
    """
    return text.encode("utf-8", "backslashreplace")


def is_deeper_than(value: JsonValue, depth: int) -> bool:
    """Return whether arrays and objects, empty ones too, nest more than ``depth`` levels."""
    level: list[JsonValue] = [value]
    for _ in range(depth + 1):
        nests: list[Iterable[JsonValue]] = [
            each.values() if isinstance(each, dict) else each
            for each in level
            if isinstance(each, (dict, list))
        ]
        if not nests:
            return False
        level = list(chain.from_iterable(nests))
    return True
