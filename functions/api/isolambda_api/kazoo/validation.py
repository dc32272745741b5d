"""How Kazoo says which rules a document breaks (K: core/kazoo_schemas/src/kz_json_schema.erl)."""

from collections.abc import Callable, Iterable, Mapping

from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.json_text import JsonValue, dump, is_deeper_than
from isolambda_core.domain.limits import (
    DOCUMENT_DEPTH,
    VIOLATION_VALUE_CHARACTERS,
    VIOLATIONS_BYTES,
)
from isolambda_core.domain.redaction import names_a_secret, redacted

_MESSAGES: Mapping[str, Callable[[JsonValue], str]] = {
    "required": lambda _: "Field is required but missing",
    "type": "Value did not match type(s): {}".format,
    "minLength": "String must be at least {} characters".format,
    "maxLength": "String must not be more than {} characters".format,
    "enum": lambda _: "Value not found in enumerated list of values",
    "minimum": "Value must be at least {}".format,
    "maximum": "Value must be at most {}".format,
    "minItems": "The list must have at least {} items".format,
    "maxItems": "The list is more than {} items".format,
    "minProperties": "The object must have at least {} keys".format,
    "maxProperties": "The object must have at most {} keys".format,
    "uniqueItems": lambda _: "List of items is not unique",
    "pattern": "Failed to match pattern '{}'".format,
    "wrong_format": lambda _: "Field is not in the correct format",
    "additionalProperties": lambda _: (
        "Strict checking of data is enabled; only include schema-defined properties"
    ),
    # The rest are rules of ours.
    "maxDepth": "Objects and lists must not nest more than {} levels deep".format,
    "maxViolations": "There are more than these {} violations".format,
    "maxBytes": "The document without function_js must not be more than {} bytes".format,
}
_WHOLE_DOCUMENT = "data"
_WITHOUT_VALUE = ("maxDepth", "maxViolations", "error")


def violations_data(error: InvalidDocumentError) -> JsonValue:
    """Return ``data`` of a validation error: dotted path → rule → details.

    A dot inside a key is written ``%2E``; a rule of the whole document stands under ``data``, and
    so does ``maxViolations``, the number of those listed, if there are more.
    """
    data: dict[str, dict[str, JsonValue]] = {}
    listed, used = 0, 0
    for violation in error.violations:
        path = ".".join(key.replace(".", "%2E") for key in violation.keys) or _WHOLE_DOCUMENT
        details = _details(violation)
        used += len(dump({path: {violation.rule: details}}).encode())
        if used > VIOLATIONS_BYTES:
            break
        data.setdefault(path, {})[violation.rule] = details
        listed += 1
    if error.has_more or listed < len(error.violations):
        more = Violation((), "maxViolations", listed, None)
        data.setdefault(_WHOLE_DOCUMENT, {})[more.rule] = _details(more)
    return data


def too_large_data(limit: int, used: int | None) -> JsonValue:
    """Return ``data`` of the error for a body over ``limit`` bytes (Kx: src/api_util.erl)."""
    details: dict[str, JsonValue] = {
        "message": f"Payload or Files must not be more than {limit} bytes",
        "target": limit,
    }
    if used is not None:
        details["value"] = used
    return {"file": {"maxSize": details}}


def missing_data(body: JsonValue) -> JsonValue:
    """Return ``data`` of the error for a body without ``data``."""
    missing = Violation((_WHOLE_DOCUMENT,), "required", None, body)
    return violations_data(InvalidDocumentError([missing]))


def _details(violation: Violation) -> JsonValue:
    details: dict[str, JsonValue] = {"message": violation.message or _message(violation)}
    if violation.target is not None:
        details["format" if violation.rule == "wrong_format" else "target"] = violation.target
    if violation.rule not in _WITHOUT_VALUE and _is_small(violation.value):
        details |= [("value", value) for value in _value_of(violation)]
    if violation.place is not None:
        details["line"], details["column"] = violation.place
    return details


def _value_of(violation: Violation) -> Iterable[JsonValue]:
    """Return the value of a violation without secrets, or nothing."""
    if violation.value in violation.path[-1:]:  # not what was sent, but how it is called
        return (violation.value,)
    if any(map(names_a_secret, violation.path)):
        return ()
    return redacted(violation.value, named=violation.path != (_WHOLE_DOCUMENT,))


def _message(violation: Violation) -> str:
    message = _MESSAGES.get(violation.rule)
    return "failed to validate" if message is None else message(violation.target)


def _is_small(value: JsonValue) -> bool:
    # Each item has a character at least: a long list need not be written to be too long.
    if isinstance(value, str | list | Mapping) and len(value) > VIOLATION_VALUE_CHARACTERS:
        return False
    longest = VIOLATION_VALUE_CHARACTERS
    return not is_deeper_than(value, DOCUMENT_DEPTH) and len(dump(value)) <= longest
