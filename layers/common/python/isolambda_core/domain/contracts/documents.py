"""Check the document of a saved call."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Self, cast

from isolambda_core.domain.contracts.saved_calls import is_name
from isolambda_core.domain.documents import Document, require_none
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.executions.execution import Outcome
from isolambda_core.domain.functions.aliases import NAME_PATTERN
from isolambda_core.domain.json_schema import Schema, check
from isolambda_core.domain.json_text import JsonValue, dump, is_deeper_than
from isolambda_core.domain.limits import SAVED_CALL_BYTES, SAVED_CALL_DEPTH

EXPECTED_OUTCOMES = tuple(each.value for each in Outcome if each is not Outcome.INTERNAL_ERROR)
"""The outcomes that a saved call can expect: all but a fault of the platform."""

SAVED_CALL_SCHEMA: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ("input", "expect"),
    "properties": {
        "input": {"description": "What the function gets: any JSON.", "examples": [{"a": 1}]},
        "expect": {
            "type": "object",
            "description": "What is to come of it: one of these.",
            "additionalProperties": False,
            "properties": {
                "equal": {"description": "The result is just this."},
                "subset": {
                    "description": "The result has at least this: objects may have more "
                    "properties, arrays have as many items."
                },
                "schema": {
                    "type": "object",
                    "description": "The result fits this JSON Schema.",
                },
                "outcome": {
                    "type": "string",
                    "enum": EXPECTED_OUTCOMES,
                    "description": "The execution ends like this, with whatever result.",
                },
            },
            "examples": [{"equal": {"hello": "Ada"}}],
        },
    },
}
"""A saved call to be made or replaced."""

_ONE: Final = "Say one of equal, subset, schema and outcome"
_TOO_LONG: Final = f"A saved call must not be more than {SAVED_CALL_BYTES} bytes of JSON"


@dataclass(frozen=True, slots=True)
class SavedCallInput:
    """A saved call as a client sends it, checked."""

    input: JsonValue
    expect: Document

    @classmethod
    def parse(
        cls, name: str, data: Document, check_schema: Callable[[JsonValue], Iterator[Violation]]
    ) -> Self:
        """Read the data of a request; ``check_schema`` says what is wrong with a JSON Schema.

        Raises:
            InvalidDocumentError: it breaks a rule, or no saved call has such a name.
        """
        require_none(_check_name(name))
        require_none(_check(data))
        expect = cast("Document", data["expect"])
        if "schema" in expect:
            found = check_schema(expect["schema"])
            require_none(replace(each, path=("expect", "schema", *each.path)) for each in found)
        return cls(data["input"], expect)


def _check_name(name: str) -> Iterator[Violation]:
    if not is_name(name):
        yield Violation(("name",), "pattern", NAME_PATTERN, name)


def _check(data: Document) -> Iterator[Violation]:
    for key in data:
        if is_deeper_than(data[key], SAVED_CALL_DEPTH):
            yield Violation((key,), "maxDepth", SAVED_CALL_DEPTH, None)
            return
    used = len(dump(data))
    if used > SAVED_CALL_BYTES:
        yield Violation((), "maxBytes", SAVED_CALL_BYTES, used, _TOO_LONG)
        return
    violations = list(check(data, SAVED_CALL_SCHEMA))
    yield from violations
    expect = data.get("expect")
    if not violations and len(cast("Document", expect)) != 1:
        yield Violation(("expect",), "error", None, None, _ONE)
