"""One execution: the executor's request and its result.

The same values are used in-process, over Lambda Invoke and in the record. What is made for each
execution is never changed either, but not frozen: Python takes ten times as long to make that.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from isolambda_core.domain.executions.reach import FetchRecord, GrantedSecret, KvGrant, ToolGrant
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from isolambda_core.domain.executions.operations import RecordedOperations


class Outcome(StrEnum):
    """How an execution ended; a closed set whose words never change."""

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


@dataclass(slots=True, unsafe_hash=True)
class Origin:
    """What causes an execution, and what the caller sends besides the input.

    ``trigger`` is ``codemash``, ``kazoo``, ``mcp`` or ``pivot`` by the API, or the type of the
    trigger ``trigger_id`` with the event ``event_id``. ``meta`` and ``tokens`` come from clients of
    CodeMash, at most ``limits.CONTEXT_BYTES`` together. ``request_id`` is the HTTP request's.
    ``hops`` are the fetches of functions, each for the one before, that led to it. ``key_id`` is
    the id of the API key that called, where the function learns it. ``trace_parent`` is the span of
    the request that queued it, as ``traceparent`` has it, where requests are traced.
    """

    trigger: str = ""
    request_id: str = ""
    meta: Mapping[str, str] = field(default_factory=dict)
    tokens: Mapping[str, str] = field(default_factory=dict)
    trigger_id: str | None = None
    event_id: str | None = None
    hops: int = 0
    key_id: str | None = None
    trace_parent: str | None = None


@dataclass(slots=True, unsafe_hash=True)
class ExecutionRequest:
    """A request to execute a source, or only to compile it.

    ``input`` is JSON in UTF-8, as ``json_text.to_utf8`` writes it, and ``context`` JSON text; they
    become the function's two arguments. ``context`` is an object, to which the executor adds
    ``deadline_ms``. ``request_id`` is for the logs alone; ``tenant`` is that of the account, or
    empty where it is the account itself. With ``modules`` the source is what an executor compiled
    them to.

    With ``compile_only`` the executor only compiles: the outcome is ``exception`` if the source
    does not compile, and ``ok`` otherwise; the result is a ``Hint`` in JSON, or None. With
    ``modules`` besides, the source is a JSON array of ``[name, text]``, that of ``function_js``
    first. Unless that alone is the body of a function, the result is an object: ``compiled``, an
    object, or ``problems``, a list of ``{file, message}`` with ``line`` and ``column`` where known.

    ``net`` are lists of host patterns; a host may be reached that matches one pattern of each list,
    and none where there is no list. The worker gets neither ``net`` nor ``secrets`` nor ``kv`` nor
    ``tools``. ``hops`` are those of the origin.

    With ``record_operations`` the result has ``recorded``, and with ``replay`` too, which answers
    all operations: nothing is reached then. The worker gets neither.
    """

    execution_id: str
    account_id: str
    function_id: str
    version: str
    source: str
    input: bytes
    language_pack: str = "javascript"
    isolation: str = "version"
    features: tuple[str, ...] = ()
    context: str = "{}"
    limits: Limits = DEFAULT_LIMITS
    request_id: str = ""
    tenant: str = ""
    compile_only: bool = False
    modules: bool = False
    net: tuple[tuple[str, ...], ...] = ()
    secrets: tuple[GrantedSecret, ...] = ()
    kv: KvGrant | None = None
    hops: int = 0
    tools: ToolGrant | None = None
    record_operations: bool = False
    replay: "RecordedOperations | None" = None


@dataclass(frozen=True, slots=True)
class ExceededLimit:
    """The limit that ended an execution, its value, and what was used, both in the limit's unit.

    ``used`` is None if the function asked for more than the limit and was refused.
    """

    limit: str
    value: int
    used: int | None


@dataclass(frozen=True, slots=True)
class ExecutionError:
    """Why an execution has no result.

    ``name`` is JavaScript's own for an error that user code threw. ``line`` and ``column`` count
    from 1 in the user's source, or in its ``file`` where it is modules; ``stack`` holds the user's
    frames only.

    ``details`` is what else an error carries, at most ``limits.ERROR_DETAILS_CHARACTERS``:
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
    file: str | None = None

    @property
    def document(self) -> Mapping[str, JsonValue]:
        """The error as the APIs show it: its details stand beside its name."""
        document: dict[str, JsonValue] = asdict(self)
        del document["details"]
        if self.file is None:
            del document["file"]
        return {**document, **self.details}


@dataclass(frozen=True, slots=True)
class LogLine:
    """One console line; ``at_ms`` is milliseconds since the execution began."""

    level: str
    text: str
    at_ms: int


@dataclass(slots=True, unsafe_hash=True)
class Usage:
    """What an execution used, as the kernel measures it; ``cold``: it ran in a new isolate.

    ``fetches`` counts its requests to other hosts, those of redirects with them.
    """

    wall_ms: float = 0.0
    cpu_ms: float = 0.0
    memory_mb: float = 0.0
    cold: bool = False
    fetches: int = 0


@dataclass(slots=True, unsafe_hash=True)
class ExecutionResult:
    """The result of an execution; ``result`` is JSON in UTF-8, or None.

    A function that returns ``undefined`` is ``ok`` and has None for a result. ``fetches`` are its
    requests to other hosts, in the order in which they ended. ``recorded`` are its operations,
    where they were to be recorded. ``source_sha256`` is ``Function.source_sha256`` of what ran: a
    note of the record, and no part of what came of it. It is None in results that are not of
    records, where nothing ran, and in records that were made before it was noted.
    """

    execution_id: str
    outcome: Outcome
    result: bytes | None = None
    error: ExecutionError | None = None
    logs: tuple[LogLine, ...] = ()
    usage: Usage = field(default_factory=Usage)
    fetches: tuple[FetchRecord, ...] = ()
    recorded: "RecordedOperations | None" = None
    source_sha256: str | None = field(default=None, compare=False)


def report_of(result: ExecutionResult | None) -> Mapping[str, JsonValue]:
    """Return what there is to tell of an execution beside its result, as JSON has it.

    That is the whole error, the console lines and the requests, or none of them without a result.
    """
    if result is None:
        return {"error": None, "logs": [], "fetches": []}
    return {
        "error": None if result.error is None else result.error.document,
        "logs": [asdict(line) for line in result.logs],
        "fetches": [asdict(fetch) for fetch in result.fetches],
    }


def exceeded(limit: str, value: int, used: int | None = None) -> ExecutionError:
    """Return the error of an execution that went over ``limit``, or asked for more than it.

    A ``used`` that is less than the limit explains nothing, so the error leaves it out.
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
