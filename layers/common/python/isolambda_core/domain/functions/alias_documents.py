"""Check the document of an alias."""

from collections.abc import Iterator, Sequence
from typing import cast

from isolambda_core.domain.documents import Document, require_none
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.functions.aliases import NAME_PATTERN, Contract, Shadow, Target
from isolambda_core.domain.functions.versions import DESCRIPTION_SCHEMA, NUMBER_SCHEMA
from isolambda_core.domain.json_schema import Schema, check, paths_of
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import FORCED_REASON_CHARACTERS

TARGET_SCHEMA: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ("version",),
    "properties": {
        "version": NUMBER_SCHEMA,
        "additional_version": {
            **NUMBER_SCHEMA,
            "type": ("integer", "null"),
            "description": "Another version than the first, or none.",
            "default": None,
        },
        "additional_version_weight": {
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "description": "The share of executions that the additional version gets.",
            "default": 0.0,
        },
    },
}
"""Where an alias points to."""
ALIAS_CHANGE_SCHEMA: Schema = {
    **TARGET_SCHEMA,
    "properties": {
        "description": DESCRIPTION_SCHEMA,
        **TARGET_SCHEMA["properties"],
        "contract": {
            "type": "string",
            "enum": tuple(each.value for each in Contract),
            "description": "`enforced`: it moves to no version on which a saved call fails, or "
            "whose schemas break those of the version before. Without it, it is what it was; "
            "`off` at first.",
        },
        "shadow": {
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "description": "The share of executions that another version repeats once they are "
            "answered, to compare what both do; what it does reaches nothing.",
            "default": 0.0,
        },
        "shadow_version": {
            **NUMBER_SCHEMA,
            "type": ("integer", "null"),
            "description": "The version that repeats them; null is what was saved last.",
            "default": None,
        },
    },
}
"""An alias that has a name already."""
FORCE_SCHEMA: Schema = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "force": {
            "type": "boolean",
            "description": "Move it without regard to the contract.",
            "default": False,
        },
        "reason": {
            "type": "string",
            "minLength": 1,
            "maxLength": FORCED_REASON_CHARACTERS,
            "description": "Why, for the history; needed with `force`.",
        },
    },
}
"""What a request says beside the alias, to move it without regard to its contract."""
ALIAS_SCHEMA: Schema = {
    **TARGET_SCHEMA,
    "required": ("name", "version"),
    "properties": {
        "name": {"type": "string", "pattern": NAME_PATTERN, "examples": ["live"]},
        **ALIAS_CHANGE_SCHEMA["properties"],
    },
}
"""An alias to be made."""
INTEGERS = tuple(paths_of(ALIAS_SCHEMA, "integer"))
"""The paths of what must be an integer."""

_FORM = ("additionalProperties", "required", "type")
_NO_REASON = Violation(("reason",), "required", None, "reason")


def check_form(document: Document) -> Sequence[Violation]:
    """Return violations for unknown keys, or else for missing keys, or else for wrong types."""
    violations = [found for found in check(document, ALIAS_SCHEMA) if found.rule in _FORM]
    return sorted(violations, key=lambda found: _FORM.index(found.rule))


def check_shadow(shadow: Shadow) -> Iterator[Violation]:
    """Yield the violations of a shadow of the right types; which versions exist does not matter."""
    yield from _check("shadow", shadow.share)
    yield from _check("shadow_version", shadow.version)


def check_contract(document: Document) -> Iterator[Violation]:
    """Yield a violation for a word that says nothing of a contract."""
    if "contract" in document:
        yield from _check("contract", document["contract"])


def forced_reason(document: Document) -> str | None:
    """Return why an alias is moved without regard to its contract; None if it is not.

    Raises:
        InvalidDocumentError: it is to be forced without a reason, or a key breaks a rule.
    """
    require_none(check(document, FORCE_SCHEMA))
    if not document.get("force", False):
        return None
    if not str(document.get("reason", "")).strip():
        raise InvalidDocumentError([_NO_REASON])
    return cast("str", document["reason"])


def check_alias(name: str, target: Target, description: str) -> Iterator[Violation]:
    """Yield the violations of values of the right types; which versions exist does not matter."""
    yield from _check("name", name)
    yield from _check_target(target)
    yield from _check("description", description)


def _check_target(target: Target) -> Iterator[Violation]:
    weight, additional = target.additional_weight, target.additional_version
    yield from _check("version", target.version)
    yield from _check("additional_version_weight", weight)
    if additional is None:
        if weight:
            message = "A weight needs an additional version"
            yield Violation(("additional_version_weight",), "error", None, weight, message)
        return
    yield from _check("additional_version", additional)
    if additional == target.version:
        message = "The additional version must be another than the version"
        yield Violation(("additional_version",), "error", None, additional, message)


def _check(key: str, value: JsonValue) -> Iterator[Violation]:
    return check(value, ALIAS_SCHEMA["properties"][key], (key,))
