"""One execution: what the executor is handed, and what it hands back.

The same values travel in-process, over Lambda Invoke and into the record.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import DEFAULT_LIMITS, Limits


class Outcome(StrEnum):
    """How an execution ended; a closed set, and its words never change."""

    OK = "ok"
    EXCEPTION = "exception"
    EXCEEDED_WALL_TIME = "exceeded_wall_time"
    EXCEEDED_MEMORY = "exceeded_memory"
    EXCEEDED_RESULT = "exceeded_result"
    INVALID_RESULT = "invalid_result"
    INTERNAL_ERROR = "internal_error"


class Hint(StrEnum):
    """What a source is instead of the body of a function; a closed set."""

    FUNCTION = "whole_function"
    MODULE = "module"
    NO_RETURN = "no_return"


@dataclass(frozen=True, slots=True)
class Origin:
    """Who asked for an execution, and what they say of it besides its input.

    ``trigger`` is ``codemash``, ``kazoo`` or ``pivot``, by the door, or the type of the trigger
    ``trigger_id``, whose event is ``event_id``. ``meta`` and ``tokens`` are CodeMash's, and
    together no more than ``limits.CONTEXT_BYTES``. ``request_id`` is that of the HTTP request.
    """

    trigger: str = ""
    request_id: str = ""
    meta: Mapping[str, str] = field(default_factory=dict)
    tokens: Mapping[str, str] = field(default_factory=dict)
    trigger_id: str | None = None
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class ExecutionRequest:
    """What to execute.

    ``input`` and ``context`` are JSON text, and become the function's two arguments; ``context`` is
    an object, to which the executor adds ``deadline_ms``. ``request_id`` is for the logs alone.

    With ``compile_only`` nothing is executed: a source that does not compile is an ``exception``,
    any other is ``ok``, and the result of both is a ``Hint`` in JSON, if there is one.
    """

    execution_id: str
    account_id: str
    function_id: str
    version: str
    source: str
    input: str
    language_pack: str = "javascript"
    isolation: str = "version"
    features: tuple[str, ...] = ()
    context: str = "{}"
    limits: Limits = DEFAULT_LIMITS
    request_id: str = ""
    compile_only: bool = False


@dataclass(frozen=True, slots=True)
class ExceededLimit:
    """Which limit ended an execution, its value, and what was used, both in the limit's unit.

    ``used`` is None where what would have gone over the limit was refused.
    """

    limit: str
    value: int
    used: int | None


@dataclass(frozen=True, slots=True)
class ExecutionError:
    """Why there is no result.

    ``name`` is JavaScript's own for what user code threw. ``line`` and ``column`` count from 1 in
    the user's own source; ``stack`` holds the user's own frames.

    ``details`` is what an error carries besides, ``limits.ERROR_DETAILS_CHARACTERS`` at the most:
    ``fields``, its own as JSON; ``cause``, and ``error`` and ``suppressed`` of a SuppressedError,
    each an error or ``{"value": ...}`` in the place of one; ``errors``, a list of those. An error
    in there has ``name``, ``message``, ``stack``, ``line`` and ``column``, and ``fields``,
    ``cause`` and so on of its own.
    """

    name: str
    message: str
    stack: str = ""
    line: int | None = None
    column: int | None = None
    exceeded: ExceededLimit | None = None
    details: Mapping[str, JsonValue] = field(default_factory=dict)

    @property
    def document(self) -> Mapping[str, JsonValue]:
        """The error as the APIs tell it: what it carries stands beside its name."""
        told: dict[str, JsonValue] = asdict(self)
        del told["details"]
        return {**told, **self.details}


@dataclass(frozen=True, slots=True)
class LogLine:
    """One console line; ``at_ms`` is milliseconds since the execution began."""

    level: str
    text: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Usage:
    """What an execution used, by the operating system's account; ``cold``: in a new isolate."""

    wall_ms: float = 0.0
    cpu_ms: float = 0.0
    memory_mb: float = 0.0
    cold: bool = False


@dataclass(frozen=True, slots=True)
class ExecutionResult:
    """What came of an execution; ``result`` is JSON text, None where there is none.

    A function that returns ``undefined`` is ``ok`` with no result.
    """

    execution_id: str
    outcome: Outcome
    result: str | None = None
    error: ExecutionError | None = None
    logs: tuple[LogLine, ...] = ()
    usage: Usage = field(default_factory=Usage)


def exceeded(limit: str, value: int, used: int | None = None) -> ExecutionError:
    """Return the error of an execution that went over ``limit``, or was kept from it.

    What was ``used`` until then may be less than the limit, and would explain nothing.
    """
    if used is not None and used < value:
        used = None
    name = "".join(word.capitalize() for word in limit.split("_")[:-1]) + "Exceeded"
    unit = {"ms": "ms", "mb": "MB", "bytes": "bytes"}[limit.rsplit("_", 1)[1]]
    return ExecutionError(
        name=name,
        message=f"the limit {limit} is {value} {unit}; "
        + ("more was asked for" if used is None else f"{used} {unit} were used"),
        exceeded=ExceededLimit(limit, value, used),
    )
