"""Event patterns of Amazon EventBridge, which select the events of a trigger.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html. Isolambda refuses
two forms that EventBridge reads in a surprising way: a key with a dot, which is a path, and a field
that two parts of a pattern constrain, of which only the last would count.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from math import prod
from typing import cast

from isolambda_core.domain import limits
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.json_text import JsonValue, dump, is_deeper_than
from isolambda_core.domain.triggers.event_patterns.content_filters import (
    InvalidFilterError,
    filter_of,
)
from isolambda_core.domain.triggers.event_patterns.matching import (
    Alternative,
    Path,
    Work,
    is_met,
    levels_of,
)

_OR = "$or"
_BRANCHES_MIN = 2
_EVENT_KEYS = ("id", "source", "detail-type", "time", "detail")
_NOT_IN_OR = frozenset(
    """
    exactly equals-ignore-case prefix suffix anything-but exists wildcard numeric cidr = < <= > >=
    regex not-wildcard not-equals-ignore-case date-after date-on-or-after date-before
    date-on-or-before in-date-range ip-address-in-range ip-address-not-in-range
    """.split()  # noqa: SIM905 - a paragraph reads better than a column
)
"""Fields that make EventBridge take ``$or`` for the name of a field."""


def check_pattern(pattern: Document) -> Iterator[Violation]:
    """Yield the violations of the pattern of a trigger, on AWS or here; paths start at the pattern.

    It may not name ``resources``: there the installation demands that an event is of the trigger's
    own account, and EventBridge would let another demand take the place of that.
    """
    if is_deeper_than(pattern, limits.DOCUMENT_DEPTH):
        yield Violation((), "maxDepth", limits.DOCUMENT_DEPTH, None)
    elif (used := len(dump(pattern))) > limits.PATTERN_CHARACTERS:
        yield Violation((), "maxLength", limits.PATTERN_CHARACTERS, used)
    else:
        violations = list(_check_object((), pattern, _EVENT_KEYS))
        yield from violations or _check_combination(pattern)


def matches(pattern: Document, event: Document) -> bool:
    """Return whether an event is one that a pattern, which has no violations, describes.

    An array is what any of its values is; what is demanded of the objects in an array must all be
    true of one of them. The time is in proportion to the size of the event, whatever is in it.
    """
    return matcher(pattern)(event, Work())


def matcher(pattern: Document) -> Callable[[Document, Work], bool]:
    """Return what tells whether an event is one that a pattern describes; see :func:`matches`.

    It spends of the work that it is given. It is made of a pattern once, which costs more.
    """
    return partial(is_met, levels_of(_alternatives(pattern)))


def _check_object(
    path: Path,
    demanded: Mapping[str, JsonValue],
    known: tuple[str, ...] | None = None,
    *,
    in_or: bool = False,
) -> Iterator[Violation]:
    """Yield the violations of an object of a pattern, which may demand ``known`` fields only."""
    if not demanded:
        yield Violation(path, "minProperties", 1, 0)
    for key, value in demanded.items():
        at = (*path, key)
        wrong_key = list(_check_key(at, known, in_or=in_or))
        if key == _OR:
            yield from _check_or(at, value, known)
        elif wrong_key:
            yield from wrong_key
        elif isinstance(value, Mapping):
            yield from _check_object(at, value, in_or=in_or)
        else:
            yield from _check_list(at, value)


def _check_key(at: Path, known: tuple[str, ...] | None, *, in_or: bool) -> Iterator[Violation]:
    key = at[-1]
    if known is not None and key == "resources":
        message = "A pattern may not name resources: they keep accounts apart"
        yield Violation(at, "error", None, None, message)
    elif known is not None and key not in known:
        yield Violation(at, "additionalProperties", None, key)
    elif "." in key:
        message = "EventBridge takes a key with a dot for a path; nest objects instead"
        yield Violation(at, "error", None, None, message)
    elif in_or and key in _NOT_IN_OR:
        message = "EventBridge takes $or for a field where a branch has such a key"
        yield Violation(at, "error", None, None, message)


def _check_or(at: Path, value: JsonValue, known: tuple[str, ...] | None) -> Iterator[Violation]:
    if not isinstance(value, list):
        yield Violation(at, "type", "array", value)
        return
    if len(value) < _BRANCHES_MIN:
        yield Violation(at, "minItems", _BRANCHES_MIN, len(value))
    for index, branch in enumerate(value):
        path = (*at, str(index))
        if isinstance(branch, Mapping):
            yield from _check_object(path, branch, known, in_or=True)
        else:
            yield Violation(path, "type", "object", branch)


def _check_list(at: Path, value: JsonValue) -> Iterator[Violation]:
    if not isinstance(value, list):
        yield Violation(at, "type", "array", value)
        return
    if not value:
        yield Violation(at, "minItems", 1, 0)
    for index, item in enumerate(value):
        try:
            filter_of(item)
        except InvalidFilterError as error:
            yield Violation((*at, str(index)), "error", None, None, str(error))


def _check_combination(pattern: Document) -> Iterator[Violation]:
    if _combinations(pattern) > limits.PATTERN_COMBINATIONS:
        message = f"$or makes more than {limits.PATTERN_COMBINATIONS} combinations"
        yield Violation((), "error", None, None, message)
        return
    twice = {
        path
        for alternative in _alternatives(pattern)
        for path, times in Counter(path for path, _ in alternative).items()
        if times > 1
    }
    for path in sorted(twice):
        message = "Demanded twice, in $or and besides; EventBridge would look at the last alone"
        yield Violation(path, "error", None, None, message)


def _combinations(demanded: Document) -> int:
    """Return the product of the lengths of every ``$or``, which is what EventBridge bounds."""
    product = 1
    for key, value in demanded.items():
        if key == _OR:
            branches = _branches(value)
            product *= len(branches) * prod(map(_combinations, branches))
        elif isinstance(value, Mapping):
            product *= _combinations(value)
    return product


def _alternatives(demanded: Document, path: Path = ()) -> list[Alternative]:
    """Return what is demanded together, for each choice of one branch of every ``$or``."""
    found: list[Alternative] = [()]
    for key, value in demanded.items():
        at = (*path, key)
        if key == _OR:
            more = [choice for branch in _branches(value) for choice in _alternatives(branch, path)]
        elif isinstance(value, Mapping):
            more = _alternatives(value, at)
        else:
            more = [((at, cast("list[JsonValue]", value)),)]
        found = [before + choice for before in found for choice in more]
    return found


def _branches(value: JsonValue) -> list[Document]:
    return cast("list[Document]", value)
