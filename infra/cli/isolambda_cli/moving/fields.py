"""The values of the domain as JSON, by the fields of their classes.

No field is listed here, so that one that a class gets is exported as well.
"""

import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, asdict, fields, is_dataclass
from enum import StrEnum
from typing import Any, TypeVar, Union, cast, get_args, get_origin

from isolambda_cli.moving.errors import FieldError
from isolambda_core.domain.documents import Document
from isolambda_core.domain.json_text import JsonValue

_INTEGER_MAX = 253_402_300_799
"""The last second of the year 9999; no number is higher."""
_REVISION_MAX = 9_999_999_999
"""As far as ten digits count, of which a store makes keys."""
_TEXT_CHARACTERS = 65_536

T = TypeVar("T")


def dump_fields(value: Any, *apart: str) -> dict[str, JsonValue]:
    """Return the fields of a value in the order of their names.

    Those that are kept ``apart`` are left out, and those that have their default.
    """
    dumped = asdict(value)
    return {
        each.name: dumped[each.name]
        for each in sorted(fields(value), key=lambda each: each.name)
        if each.name not in apart and not _is_default(each, getattr(value, each.name))
    }


def load_fields(kind: type[T], found: JsonValue, **known: Any) -> T:
    """Return the value that :func:`dump_fields` took apart; ``known`` are the fields left out.

    Raises:
        FieldError: a field is missing or unknown, or its value is of another type.
    """
    given = _object(found, kind.__name__)
    wanted: dict[str, Field[Any]] = {
        each.name: each for each in fields(cast("Any", kind)) if each.name not in known
    }
    for key in given:
        if key not in wanted:
            raise FieldError(f"{key[:100]!r}: unknown")
    read = dict(known)
    for name, each in wanted.items():
        if name in given:
            read[name] = _load(each.type, given[name], name)
        elif each.default is MISSING and each.default_factory is MISSING:
            raise FieldError(f"{name}: is missing")
    return kind(**read)


def _is_default(field: Field[Any], value: Any) -> bool:
    if field.default_factory is not MISSING:
        return bool(value == field.default_factory())
    return field.default is not MISSING and bool(value == field.default)


def _load(kind: Any, value: Any, at: str) -> Any:
    if kind is JsonValue:
        return value
    if kind == Document:
        return _object(value, at)
    if get_origin(kind) is not None:
        return _load_many(kind, value, at)
    if not is_dataclass(kind):
        return _load_plain(kind, value, at)
    try:
        return load_fields(cast("type[Any]", kind), value)
    except FieldError as error:
        raise FieldError(f"{at}.{error}") from error


def _load_many(kind: Any, value: Any, at: str) -> Any:
    """Return a value of a union, a tuple or a mapping of others."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _load_one_of(arguments, value, at)
    if origin is Mapping:
        inner = _object(value, at)
        return {key: _load(arguments[1], inner[key], f"{at}.{key[:100]}") for key in inner}
    if not isinstance(value, list):
        raise FieldError(f"{at}: must be an array")
    return tuple(_load(arguments[0], each, f"{at}.{n}") for n, each in enumerate(value))


def _load_one_of(kinds: tuple[Any, ...], value: Any, at: str) -> Any:
    if value is None and types.NoneType in kinds:
        return None
    [kind, *_] = [each for each in kinds if each is not types.NoneType]
    return _load(kind, value, at)


def _load_plain(kind: Any, value: Any, at: str) -> Any:
    if issubclass(kind, StrEnum):
        if value not in list(kind):
            raise FieldError(f"{at}: must be one of {', '.join(kind)}")
        return kind(value)
    if type(value) is not kind and not (kind is float and type(value) is int):
        raise FieldError(f"{at}: must be of type {kind.__name__}")
    most = _REVISION_MAX if at == "revision" else _INTEGER_MAX
    if kind in (int, float) and not int(at == "revision") <= value <= most:
        raise FieldError(f"{at}: must be at most {most}, and not negative")
    if kind is str and len(value) > _TEXT_CHARACTERS:
        raise FieldError(f"{at}: must have at most {_TEXT_CHARACTERS} characters")
    return value


def _object(value: JsonValue, at: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise FieldError(f"{at}: must be an object")
    return value
