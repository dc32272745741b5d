"""What came of a saved call, and whether that is what was expected."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from isolambda_core.domain.contracts.canonical import canonical
from isolambda_core.domain.documents import Document
from isolambda_core.domain.executions.execution import ExecutionResult, Outcome
from isolambda_core.domain.json_text import InvalidJsonError, JsonValue, parse
from isolambda_core.domain.limits import SAVED_CALL_SHOWN_CHARACTERS
from isolambda_core.domain.schemas.contract import Fault, pointer_of
from isolambda_core.domain.shown import shown

Path = tuple[str, ...]
FirstFault = Callable[[Document, bytes], Fault | None]
"""Returns where a value, as JSON, does not fit a schema; see ``SchemaChecker.first_fault``."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first place where something else came than was expected.

    ``path`` is a JSON Pointer into the result; None stands for what is not there.
    """

    path: str
    message: str
    expected: JsonValue
    got: JsonValue


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a saved call on a version; without a difference it has passed."""

    name: str
    version: str
    difference: Difference | None

    @property
    def document(self) -> Mapping[str, JsonValue]:
        """What came of it, as reports show it: values that are too long are texts that are cut."""
        found = self.difference
        return {
            "name": self.name,
            "passed": found is None,
            "path": None if found is None else found.path,
            "message": None if found is None else found.message,
            "expected": None
            if found is None
            else shown(found.expected, SAVED_CALL_SHOWN_CHARACTERS),
            "got": None if found is None else shown(found.got, SAVED_CALL_SHOWN_CHARACTERS),
        }


def difference_of(
    expect: Document, result: ExecutionResult, first_fault: FirstFault
) -> Difference | None:
    """Return how a result differs from what is expected, or None."""
    if "outcome" in expect:
        if expect["outcome"] == result.outcome.value:
            return None
        return Difference("", "the outcome is another", expect, _outcome_of(result))
    if result.outcome is not Outcome.OK:
        expected: JsonValue = {"outcome": Outcome.OK.value}
        return Difference("", "the execution failed", expected, _outcome_of(result))
    return _difference_of_result(expect, result.result or b"null", first_fault)


def _difference_of_result(
    expect: Document, text: bytes, first_fault: FirstFault
) -> Difference | None:
    try:
        got = parse(text)
    except InvalidJsonError:  # V8 writes deeper values than Python reads
        return Difference("", "nests too deeply to be compared", expect, None)
    if "schema" not in expect:
        is_whole = "equal" in expect
        return _difference(expect["equal" if is_whole else "subset"], got, (), is_whole=is_whole)
    fault = first_fault(cast("Document", expect["schema"]), text)
    if fault is None:
        return None
    demanded: JsonValue = {"keyword": fault.keyword, "message": fault.message}
    return Difference(fault.path, "does not fit the schema", demanded, _at(got, fault.keys))


def _difference(
    expected: JsonValue, got: JsonValue, path: Path, *, is_whole: bool
) -> Difference | None:
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        found = _difference_of_objects(expected, got, path, is_whole=is_whole)
        more = [key for key in got if key not in expected] if is_whole else []
        if found is None and more:
            return Difference(pointer_of((*path, more[0])), "is not expected", None, got[more[0]])
        return found
    if isinstance(expected, list) and isinstance(got, list):
        return _difference_of_arrays(expected, got, path, is_whole=is_whole)
    nested = isinstance(expected, Mapping | list) or isinstance(got, Mapping | list)
    if not nested and canonical(expected) == canonical(got):
        return None
    return Difference(pointer_of(path), "is another value", expected, got)


def _difference_of_arrays(
    expected: Sequence[JsonValue], got: Sequence[JsonValue], path: Path, *, is_whole: bool
) -> Difference | None:
    for index, (one, other) in enumerate(zip(expected, got, strict=False)):
        found = _difference(one, other, (*path, str(index)), is_whole=is_whole)
        if found is not None:
            return found
    if len(expected) == len(got):
        return None
    message = f"has {len(got)} items in the place of {len(expected)}"
    return Difference(pointer_of(path), message, list(expected), list(got))


def _difference_of_objects(
    expected: Mapping[str, JsonValue], got: Mapping[str, JsonValue], path: Path, *, is_whole: bool
) -> Difference | None:
    for key, value in expected.items():
        if key not in got:
            return Difference(pointer_of((*path, key)), "is missing", value, None)
        found = _difference(value, got[key], (*path, key), is_whole=is_whole)
        if found is not None:
            return found
    return None


def _outcome_of(result: ExecutionResult) -> JsonValue:
    found: dict[str, JsonValue] = {"outcome": result.outcome.value}
    if result.error is not None:
        found["error"] = {"name": result.error.name, "message": result.error.message}
    return found


def _at(found: JsonValue, keys: Path) -> JsonValue:
    for key in keys:
        if isinstance(found, Mapping) and key in found:
            found = found[key]
        elif isinstance(found, list) and key.isdecimal() and int(key) < len(found):
            found = found[int(key)]
        else:
            return None
    return found
