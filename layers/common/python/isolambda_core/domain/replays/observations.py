"""What a replay compares of an execution, and what it does not.

It compares the outcome, the result, the name and the message of the error, and what the code asked
of the world. It does not compare console lines, stacks, and when anything happened.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from isolambda_core.domain.executions.execution import ExecutionError, ExecutionResult, Outcome
from isolambda_core.domain.executions.operations import RecordedOperations
from isolambda_core.domain.json_text import InvalidJsonError, JsonValue, parse
from isolambda_core.domain.limits import REPLAY_COMPARED_BYTES

REFUSED = "refused"
"""The outcome, to a replay alone, of an input that does not fit the schema of a version."""

_FETCH, _HEADERS, _PAIR = "fetch", "headers", 2

Requests = Mapping[str, Sequence[str]]
"""What an execution asked, in order, for each target."""


@dataclass(frozen=True)
class Observed:
    """What is compared of one execution.

    ``text`` is its result as JSON in UTF-8, None where it returned nothing. ``cpu_ms`` and
    ``memory_mb`` are as in ``Usage``; ``cold`` tells that they hold for the start of an isolate.
    ``unrecorded`` counts requests that were answered with nothing, as none were recorded for them.
    """

    outcome: str
    text: bytes | None = None
    error: Mapping[str, JsonValue] | None = None
    requests: Requests = field(default_factory=dict)
    cpu_ms: float = 0.0
    memory_mb: float = 0.0
    cold: bool = True
    unrecorded: int = 0

    @property
    def key(self) -> tuple[object, ...]:
        """What two that are the same byte for byte have in common; cheaper than to compare them."""
        requests = {target: tuple(asked) for target, asked in self.requests.items()}
        return self.outcome, self.text, self.error, requests

    @property
    def value(self) -> Mapping[str, JsonValue]:
        """All of it as one JSON value; what is not there has no key.

        A result of more than ``limits.REPLAY_COMPARED_BYTES``, or one that nests too deeply for
        Python, is its digest.
        """
        found: dict[str, JsonValue] = {"outcome": self.outcome}
        if self.text is not None:
            found["result"] = _value_of(self.text)
        if self.error is not None:
            found["error"] = self.error
        found["requests"] = {
            target: [_asked_of(text) for text in asked] for target, asked in self.requests.items()
        }
        return found


def observed(result: ExecutionResult) -> Observed:
    """Return what is compared of the result of an execution that has its recorded operations."""
    usage, recorded = result.usage, result.recorded
    return Observed(
        result.outcome.value,
        result.result if result.outcome is Outcome.OK else None,
        None if result.error is None else _error_of(result.error),
        {} if recorded is None else _requests_of(recorded),
        usage.cpu_ms,
        usage.memory_mb,
        usage.cold,
        0 if recorded is None else recorded.unrecorded,
    )


def refused(message: str) -> Observed:
    """Return what is compared where a version did not accept the input."""
    return Observed(REFUSED, error={"message": message})


def _requests_of(recorded: RecordedOperations) -> Requests:
    requests: dict[str, list[str]] = {}
    for operation in recorded.operations:
        try:
            kind, *names = operation.target
        except InvalidJsonError:  # what code sends nests as deeply as it likes
            kind, names = operation.kind, []
        target = " ".join(names if kind == _FETCH else (kind, *names))
        requests.setdefault(target, []).append(operation.asked)
    return requests


def _asked_of(text: str) -> JsonValue:
    asked = _value_of(text.encode())
    if isinstance(asked, dict) and isinstance(headers := asked.get(_HEADERS), list):
        return {**asked, _HEADERS: _in_any_order(headers)}
    return asked


def _in_any_order(headers: Sequence[JsonValue]) -> JsonValue:
    """Return pairs of names and values as an object, of values in their order."""
    found: dict[str, list[JsonValue]] = {}
    for header in headers:
        if not isinstance(header, list) or len(header) != _PAIR:  # no intact worker sends that
            return headers
        name, value = header
        found.setdefault(str(name), []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _error_of(error: ExecutionError) -> Mapping[str, JsonValue]:
    if error.exceeded is not None:  # its message says how much was used, which is never the same
        return {"name": error.name}
    return {"name": error.name, "message": error.message}


def _value_of(text: bytes) -> JsonValue:
    try:
        if len(text) <= REPLAY_COMPARED_BYTES:
            return parse(text)
    except InvalidJsonError:  # V8 writes deeper values than Python reads
        pass
    return f"{len(text)} bytes, SHA-256 {hashlib.sha256(text).hexdigest()}"
