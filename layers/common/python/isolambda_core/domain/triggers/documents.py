"""Check the document of a trigger: the keys that all types share, and the rules of its type.

The adapter that binds the trigger reports what the source itself refuses.
"""

from collections.abc import Iterator, Mapping
from typing import cast

from isolambda_core.domain import limits
from isolambda_core.domain.documents import Document, validated
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.functions.aliases import is_name
from isolambda_core.domain.functions.functions import LATEST
from isolambda_core.domain.functions.versions import number_of
from isolambda_core.domain.json_schema import Rule, Schema, check, paths_of
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.triggers.triggers import (
    RULES,
    TriggerType,
)

TRIGGER_SCHEMA: Schema = {
    "type": "object",
    "required": ("name", "type"),
    "properties": {
        "name": {
            "type": "string",
            "maxLength": limits.NAME_CHARACTERS,
            "examples": ["mornings"],
        },
        "enabled": {
            "type": "boolean",
            "description": "Whether it runs the function.",
            "default": True,
        },
        "qualifier": {
            "type": "string",
            "description": "The version that runs: a number, or the name of an alias.",
            "default": LATEST,
        },
        "maximum_age_s": {
            "type": "integer",
            "minimum": limits.TRIGGER_AGE_S_MIN,
            "maximum": limits.TRIGGER_AGE_S_MAX,
            "description": "How old an event may be when it is attempted; any age if absent.",
        },
        "batch_size": {
            "type": "integer",
            "minimum": 1,
            "maximum": limits.BATCH_SIZE_MAX,
            "description": "How many messages or records are taken at once.",
            "default": limits.BATCH_SIZE,
        },
        "type": {"type": "string", "enum": tuple(TriggerType)},
    },
}
"""What the documents of all types of triggers may hold; any other key is custom, or of its type."""

_DEFAULTS: Document = {"enabled": True, "qualifier": LATEST}
_INTEGERS = (
    *paths_of(TRIGGER_SCHEMA, "integer"),
    *(path for rules in RULES.values() for path in paths_of(rules.schema, "integer")),
)


def schema_of(trigger_type: TriggerType) -> Schema:
    """Return the table of one type of trigger: what all types share, and then its own keys."""
    own = RULES[trigger_type].schema
    return {
        "type": "object",
        "required": (*TRIGGER_SCHEMA["required"], *own.get("required", ())),
        "properties": {**TRIGGER_SCHEMA["properties"], **own["properties"]},
    }


def keys_of(trigger_type: TriggerType) -> tuple[str, ...]:
    """Return the keys that a type of trigger knows; any other is a custom key."""
    return tuple(schema_of(trigger_type)["properties"])


def validated_trigger(document: Document) -> Document:
    """Return a trigger's document as it will be stored; see ``documents.validated``.

    Raises:
        InvalidDocumentError: a rule or a limit is broken; all violations are listed.
    """
    return validated(document, _DEFAULTS, _check, _INTEGERS)


def require_same_source(before: Document, after: Document) -> None:
    """Refuse a change that would bind the trigger to another source.

    Raises:
        InvalidDocumentError: it names another source, or another type.
    """
    fixed = RULES[TriggerType(cast("str", before["type"]))].fixed
    moved = [
        Violation(
            (key,), "error", before.get(key), after.get(key), "Create another trigger for that"
        )
        for key in ("type", *fixed)
        if before.get(key) != after.get(key)
    ]
    if moved:
        raise InvalidDocumentError(moved)


def _check(document: Document) -> Iterator[Violation]:
    broken = list(check(document, TRIGGER_SCHEMA, rules=_RULES))
    yield from broken
    if all(violation.path != ("type",) for violation in broken):
        yield from _check_type(document)


def _check_type(document: Document) -> Iterator[Violation]:
    rules = RULES[TriggerType(cast("str", document["type"]))]
    if rules.check is None:
        return check(document, rules.schema, rules=rules.rules)
    return rules.check(document)


def _check_qualifier(value: JsonValue) -> Iterator[Violation]:
    qualifier = cast("str", value)
    if qualifier != LATEST and number_of(qualifier) is None and not is_name(qualifier):
        message = f"A version number, the name of an alias, or {LATEST}"
        yield Violation((), "error", None, qualifier, message)


_RULES: Mapping[str, Rule] = {"qualifier": _check_qualifier}
"""What no schema says of a key that all types share."""
