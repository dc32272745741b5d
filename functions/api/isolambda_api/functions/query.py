"""Which documents of a list are wanted (Kx: doc/filters.md, src/crossbar_filter.erl).

A filter looks at the whole document as Kazoo stores it: public and custom keys, ``id``, and the
private keys of :func:`_as_stored`. A query is text, so values are compared as text: 5 is ``5``,
true is ``true``; an object, a list, null and an absent key have no text, and are the empty text.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import ge, le
from typing import Any, cast

from isolambda_api.kazoo.gregorian import gregorian
from isolambda_core.domain import limits
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.json_text import InvalidJsonError, JsonValue, parse

_Path = tuple[str, ...]

_SECONDS = re.compile(r"-?[0-9]{1,18}")
_DOT = "%2E"
"""How a dot inside a key is written in a path."""

_WRITERS: Mapping[type, Callable[[Any], str]] = {
    str: str,
    bool: lambda value: "true" if value else "false",
    int: repr,
    float: repr,
}
"""What has a text, by its type: as JSON has it, without a JSON writer for each."""

_EMPTY: tuple[JsonValue, ...] = (None, "", "0", "NULL", "undefined", 0, [], {})
"""What Kazoo takes for no value (K: core/kazoo_stdlib/src/kz_term.erl)."""

FILTERS = {
    "name": "filters",
    "in": "query",
    "description": (
        f"Kazoo's filters, at most {limits.FILTERS}; all must let a document through. `KEY` is a "
        "dotted path into the whole document, `LIST` is JSON: `filter_KEY=VALUE` or `=LIST`, "
        "`filter_not_KEY`, `filter_any_KEY=LIST`, `filter_none_KEY`, "
        "`filter_array_intersect_all_KEY=LIST`, `…_any_KEY`, `…_none_KEY`, `has_key=KEY`, "
        "`key_missing`, `has_value`, `value_missing`; `created_from`, `created_to`, "
        "`modified_from` and `modified_to` in Gregorian seconds. `name_contains=TEXT`, which "
        "is not Kazoo's, is for a part of the name, in any case."
    ),
    "schema": {"type": "object", "additionalProperties": {"type": "string"}},
    "example": {"filter_enabled": "true", "has_key": "fallback"},
}
"""The parameters that are filters, for the OpenAPI document."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """A document, as all conditions look at it."""

    document: Document
    _texts: dict[_Path, frozenset[str]] = field(default_factory=dict)

    def at(self, path: _Path) -> JsonValue:
        """Return the value at a path; null is as good as absent."""
        value: JsonValue = self.document
        for key in path:
            if not isinstance(value, Mapping):
                return None
            value = value.get(key)
        return value

    def texts(self, path: _Path) -> frozenset[str]:
        """Return the texts of the members of a list; a long one is converted once."""
        if path not in self._texts:
            self._texts[path] = _texts(self.at(path))
        return self._texts[path]


_Condition = Callable[[_Subject], bool]


def _too_many(used: int) -> InvalidDocumentError:
    return InvalidDocumentError([Violation(("filters",), "maxItems", limits.FILTERS, used)])


TOO_MANY_FILTERS = _too_many(limits.FILTERS + 1)
"""An example of what a filter is refused for."""


def function_filter(query: Mapping[str, str]) -> Callable[[Function], bool] | None:
    """Return the predicate for the functions that are wanted; None when all are.

    Raises:
        InvalidDocumentError: there are more filters than ``limits.FILTERS``.
    """
    condition = _filter(query)
    return None if condition is None else lambda one: condition(_Subject(_as_stored(one)))


def filtered(documents: Iterable[Document], query: Mapping[str, str]) -> Sequence[Document]:
    """Return the documents that are wanted, in their order.

    Raises:
        InvalidDocumentError: there are more filters than ``limits.FILTERS``.
    """
    condition = _filter(query)
    return [one for one in documents if condition is None or condition(_Subject(one))]


def _filter(query: Mapping[str, str]) -> _Condition | None:
    read = (_condition(name, value) for name, value in query.items())
    conditions = [condition for condition in read if condition is not None]
    if len(conditions) > limits.FILTERS:
        raise _too_many(len(conditions))
    if not conditions:
        return None
    return lambda subject: all(condition(subject) for condition in conditions)


def _as_stored(function: Function) -> Document:
    reason = function.disable_reason
    return {
        **function.document,
        "enabled": function.draft_enabled,
        "id": function.id,
        "pvt_created": gregorian(function.created_at),
        "pvt_modified": gregorian(function.modified_at),
        **({} if reason is None else {"pvt_disabled_message": reason}),
    }


def _condition(name: str, value: str) -> _Condition | None:
    if name in _BY_NAME:
        return _BY_NAME[name](value)
    for prefix, rule in _BY_PREFIX.items():
        if name.startswith(prefix):
            return rule(_path(name.removeprefix(prefix)), value)
    return None


def _nothing(_: _Subject) -> bool:
    """Refuse every document: what a filter does that cannot be read."""
    return False


def _is(path: _Path, value: str) -> _Condition:
    wanted = {value, *(_listed(value) or ())}
    return lambda subject: _text(subject.at(path)) in wanted


def _is_not(path: _Path, value: str) -> _Condition:
    is_unwanted = _is(path, value)
    return lambda subject: not is_unwanted(subject)


def _text_with_listed(
    matches: Callable[[str, frozenset[str]], bool],
) -> Callable[[_Path, str], _Condition]:
    def rule(path: _Path, value: str) -> _Condition:
        wanted = _listed(value)
        if wanted is None:
            return _nothing
        return lambda subject: matches(_text(subject.at(path)), wanted)

    return rule


def _texts_with_listed(
    matches: Callable[[frozenset[str], frozenset[str]], bool],
) -> Callable[[_Path, str], _Condition]:
    def rule(path: _Path, value: str) -> _Condition:
        wanted = _listed(value)
        if wanted is None:
            return _nothing
        return lambda subject: matches(subject.texts(path), wanted)

    return rule


def _about(matches: Callable[[JsonValue], bool]) -> Callable[[str], _Condition]:
    def rule(value: str) -> _Condition:
        path = _path(value)
        return lambda subject: matches(subject.at(path))

    return rule


def _name_contains(value: str) -> _Condition:
    wanted = value.casefold()
    return lambda subject: wanted in _text(subject.at(("name",))).casefold()


def _time(key: str, compare: Callable[[int, int], bool]) -> Callable[[str], _Condition]:
    def rule(value: str) -> _Condition:
        if not _SECONDS.fullmatch(value):
            return _nothing
        bound = int(value)
        return lambda subject: (
            key in subject.document and compare(cast("int", subject.document[key]), bound)
        )

    return rule


def _path(text: str) -> _Path:
    return tuple(key.replace(_DOT, ".") for key in text.split("."))


def _text(value: JsonValue) -> str:
    write = _WRITERS.get(type(value))
    return "" if write is None else write(value)


def _texts(value: JsonValue) -> frozenset[str]:
    """Return the texts of a list's members; of anything else, none."""
    members = value if isinstance(value, list) else []
    return frozenset(
        [_WRITERS[type(member)](member) for member in members if type(member) in _WRITERS]
    )


def _listed(text: str) -> frozenset[str] | None:
    """Return the texts of a JSON list's members; None when the text is no such list."""
    try:
        value = parse(text)
    except InvalidJsonError:
        return None
    return _texts(value) if isinstance(value, list) else None


def _is_empty(value: JsonValue) -> bool:
    return value in _EMPTY and not isinstance(value, bool)


_BY_NAME: Mapping[str, Callable[[str], _Condition]] = {
    "has_key": _about(lambda found: found is not None),
    "key_missing": _about(lambda found: found is None),
    "has_value": _about(lambda found: not _is_empty(found)),
    "value_missing": _about(_is_empty),
    "missing_value": _about(_is_empty),
    "name_contains": _name_contains,
    "created_from": _time("pvt_created", ge),
    "created_to": _time("pvt_created", le),
    "modified_from": _time("pvt_modified", ge),
    "modified_to": _time("pvt_modified", le),
}
# The first that fits is meant. Those that want a list are KAZOO 5's
# (K5: kazoo-crossbar/doc/filters.md).
_BY_PREFIX: Mapping[str, Callable[[_Path, str], _Condition]] = {
    "filter_array_intersect_all_": _texts_with_listed(lambda found, wanted: wanted <= found),
    "filter_array_intersect_any_": _texts_with_listed(lambda found, wanted: bool(wanted & found)),
    "filter_array_intersect_none_": _texts_with_listed(lambda found, wanted: not wanted & found),
    "filter_any_": _text_with_listed(lambda found, wanted: found in wanted),
    "filter_none_": _text_with_listed(lambda found, wanted: found not in wanted),
    "filter_not_": _is_not,
    "filter_": _is,
}
