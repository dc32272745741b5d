"""What the document of a trigger may say: what all types share, and the rules of its type.

What the source itself refuses is told by who binds it.
"""

from collections.abc import Iterator
from typing import cast

from isolambda_core.domain import limits
from isolambda_core.domain.documents import (
    Document,
    check_boolean,
    check_choice,
    check_integer,
    check_string,
    validated,
)
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.functions.aliases import is_name
from isolambda_core.domain.functions.functions import LATEST
from isolambda_core.domain.functions.versions import number_of
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.triggers.triggers import (
    RULES,
    TriggerType,
)

_DEFAULTS: Document = {"enabled": True, "qualifier": LATEST}
_KEYS = ("name", "type", "enabled", "qualifier", "maximum_age_s", "batch_size")
_FIXED = ("type", *dict.fromkeys(key for rules in RULES.values() for key in rules.fixed))
"""What stays as it was made: another queue, stream or topic is another trigger."""
_INTEGERS = (
    ("maximum_age_s",),
    ("batch_size",),
    *(path for rules in RULES.values() for path in rules.integers),
)
_AGES = (limits.TRIGGER_AGE_S_MIN, limits.TRIGGER_AGE_S_MAX)
_BATCHES = (1, limits.BATCH_SIZE_MAX)


def keys_of(trigger_type: TriggerType) -> tuple[str, ...]:
    """Return the keys that mean something to a type of trigger; any other is a custom key."""
    return (*_KEYS, *RULES[trigger_type].properties)


def validated_trigger(document: Document) -> Document:
    """Return a trigger's document as it will be stored; see ``documents.validated``.

    Raises:
        InvalidDocumentError: a rule or a limit is broken; all violations are listed.
    """
    return validated(document, _DEFAULTS, _check, _INTEGERS)


def require_same_source(before: Document, after: Document) -> None:
    """Let a change pass that leaves the trigger bound to what it was made for.

    Raises:
        InvalidDocumentError: it names another source, or another type.
    """
    moved = [
        Violation(
            (key,), "error", before.get(key), after.get(key), "Create another trigger for that"
        )
        for key in _FIXED
        if before.get(key) != after.get(key)
    ]
    if moved:
        raise InvalidDocumentError(moved)


def _check(document: Document) -> Iterator[Violation]:
    yield from check_string(document, "name", limits.NAME_CHARACTERS)
    yield from check_boolean(document, "enabled")
    yield from _check_qualifier(document["qualifier"])
    if "maximum_age_s" in document:
        yield from check_integer(("maximum_age_s",), document["maximum_age_s"], _AGES)
    if "batch_size" in document:
        yield from check_integer(("batch_size",), document["batch_size"], _BATCHES)
    if "type" not in document:
        yield Violation(("type",), "required", None, "type")
        return
    wrong_type = list(check_choice(document, "type", tuple(TriggerType)))
    yield from wrong_type
    if not wrong_type:
        yield from RULES[TriggerType(cast("str", document["type"]))].check(document)


def _check_qualifier(qualifier: JsonValue) -> Iterator[Violation]:
    if not isinstance(qualifier, str):
        yield Violation(("qualifier",), "type", "string", qualifier)
    elif qualifier != LATEST and number_of(qualifier) is None and not is_name(qualifier):
        message = f"A version number, the name of an alias, or {LATEST}"
        yield Violation(("qualifier",), "error", None, qualifier, message)
