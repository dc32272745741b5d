"""A function: a document with a source, its revisions, and its rules.

Kx: priv/couchdb/schemas/functions.json; custom keys are kept as they are.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self, cast

from isolambda_core.domain import limits
from isolambda_core.domain.document_warnings import DocumentWarning
from isolambda_core.domain.documents import Document, validated
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.functions.breakers import (
    Breakers,
    without_breaker,
)
from isolambda_core.domain.functions.files import ENTRY_FILES, check_files, sha256_of_files
from isolambda_core.domain.functions.tool_documents import TOOL_SCHEMA
from isolambda_core.domain.json_schema import Rule, Schema, check, paths_of
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import Limits
from isolambda_core.domain.net import NET_SCHEMA, check_net, patterns_in
from isolambda_core.domain.revisions import etag_of

FEATURES = ("webassembly", "shared_array_buffer", "weak_references")
"""Features of V8 that a document must name, because each widens the attack surface."""
RECORDS = ("all", "failures", "replayable", "none")
"""Which executions are recorded, besides asynchronous ones; see ``Function.record``."""
SECRET_NAME_PATTERN = "[A-Z][A-Z0-9_]{0,63}"  # noqa: S105 - of names
"""What a secret may be called: code has it as ``context.secrets.NAME``."""
NAMESPACE_PATTERN = rf"[a-z][a-z0-9_-]{{0,{limits.KV_NAMESPACE_CHARACTERS - 1}}}"
"""What a namespace of the key-value store may be called."""
FUNCTION_SCHEMA: Schema = {
    "type": "object",
    "required": ("name", "function_js"),
    "properties": {
        "name": {
            "type": "string",
            "maxLength": limits.NAME_CHARACTERS,
            "examples": ["say hi"],
        },
        "function_js": {
            "type": "string",
            "description": "The body of `function (call, context) { … }`, or a module whose "
            f"default export is the function; with `files` at most {limits.SOURCE_BYTES} bytes.",
            "examples": ["return {module: 'tts', data: {text: 'hi'}};"],
        },
        "files": {
            "type": "object",
            "description": "Other modules, by name, for `function_js` to import: names are "
            "relative, and end in `.js`, `.mjs`, `.ts`, `.mts` or `.json`.",
            "examples": [{"lib/total.js": "export const total = 42;"}],
        },
        "enabled": {
            "type": "boolean",
            "description": "Whether the function may be executed.",
            "default": True,
        },
        "language_pack": {
            "type": "string",
            "enum": ["javascript", "typescript"],
            "description": "The language of `function_js`; that of a file is told by its name.",
            "default": "javascript",
        },
        "isolation": {
            "type": "string",
            "enum": ["version", "fresh"],
            "description": "Whether an isolate serves many executions, or one.",
            "default": "version",
        },
        "record": {
            "type": "string",
            "enum": RECORDS,
            "description": "Of which executions records are kept; of asynchronous ones always. "
            "`replayable`: of all, with what hosts, the key-value store and tools answered.",
            "default": "failures",
        },
        "attempts": {
            "type": "integer",
            "minimum": 1,
            "maximum": limits.ATTEMPTS_MAX,
            "description": "How often an asynchronous execution is attempted.",
            "default": limits.ATTEMPTS,
        },
        "features": {
            "type": "array",
            "items": {"enum": FEATURES},
            "description": "What the function has only if it asks for it.",
            "default": [],
        },
        "limits": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "wall_time_ms": {
                    "type": "integer",
                    "minimum": limits.WALL_TIME_MS_MIN,
                    "maximum": limits.WALL_TIME_MS_MAX,
                    "description": "Milliseconds.",
                    "default": limits.DEFAULT_LIMITS.wall_time_ms,
                },
                "memory_mb": {
                    "type": "integer",
                    "minimum": limits.MEMORY_MB_MIN,
                    "maximum": limits.MEMORY_MB_MAX,
                    "description": "MiB.",
                    "default": limits.DEFAULT_LIMITS.memory_mb,
                },
            },
            "default": {
                "wall_time_ms": limits.DEFAULT_LIMITS.wall_time_ms,
                "memory_mb": limits.DEFAULT_LIMITS.memory_mb,
            },
        },
        "net": {**NET_SCHEMA, "description": "Which hosts the function may reach; none without."},
        "secrets": {
            "type": "array",
            "maxItems": limits.FUNCTION_SECRETS,
            "items": {"type": "string", "pattern": SECRET_NAME_PATTERN, "examples": ["STRIPE_KEY"]},
            "description": "Names of the secrets that the function may use: its own, or else those "
            "of the account.",
            "default": [],
        },
        "kv": {
            "type": "array",
            "maxItems": limits.FUNCTION_NAMESPACES,
            "items": {"type": "string", "pattern": NAMESPACE_PATTERN, "examples": ["orders"]},
            "description": "The namespaces of the key-value store that the function may use; the "
            "first is its default.",
            "default": [],
        },
        "input_schema": {
            "type": "object",
            "description": "JSON Schema 2020-12 of the input; a call that does not fit it is "
            "refused. Anything fits without.",
            "examples": [{"type": "object", "required": ["name"]}],
        },
        "result_schema": {
            "type": "object",
            "description": "JSON Schema 2020-12 of the result; one that does not fit it is "
            "`invalid_result`. Anything fits without.",
            "examples": [{"type": "string"}],
        },
        "fallback": {
            "description": "What answers where the function cannot: a callflow, or for requests "
            "`status`, `headers` and `body`."
        },
        "tool": {**TOOL_SCHEMA, "description": "What makes the function a tool of models."},
    },
}
"""What a function's document may hold; any other key is a custom key."""
KEYS = tuple(".".join(path) for path in paths_of(FUNCTION_SCHEMA))
"""The keys that mean something, and those in objects; any other is a custom key."""
DEFAULTS: Document = {"enabled": True, "language_pack": "javascript"}
"""What is stored where a client leaves it out; all other defaults apply when a key is read."""
SCHEMA_KEYS = ("input_schema", "result_schema")
"""The keys that hold a schema."""
LATEST = "$LATEST"
"""The qualifier of the draft, as it stands now."""

_PROPERTIES = FUNCTION_SCHEMA["properties"]
_INTEGERS = tuple(paths_of(FUNCTION_SCHEMA, "integer"))
_SOURCE_TOO_LONG = f"String must not be more than {limits.SOURCE_BYTES} bytes in UTF-8"
_FILES_TOO_LONG = f"All files must not be more than {limits.SOURCE_BYTES} bytes in UTF-8"


@dataclass(frozen=True, slots=True)
class Function:
    """A function of an account, at one revision. Times are Unix seconds; revisions count from 1.

    ``breakers`` are of what the platform disabled because it kept failing: the draft, or versions.
    ``compiled`` is what an executor made of the source and runs in its place, if that is modules.
    ``created_by`` and ``modified_by`` are the ids of the API keys that wrote the first revision and
    this one, None where an operator or the platform did, or one before keys were noted.
    """

    account_id: str
    id: str
    document: Document
    revision: int
    created_at: int
    modified_at: int
    deleted: bool = False
    breakers: Breakers = field(default_factory=dict)
    compiled: str | None = None
    created_by: str | None = None
    modified_by: str | None = None

    @property
    def source(self) -> str:
        """The source as its author wrote it, without the files beside it."""
        return cast("str", self.document["function_js"])

    @property
    def modules(self) -> tuple[tuple[str, str], ...]:
        """The names and texts of all files, that of ``function_js`` first."""
        files = self.document.get("files")
        # Documents of before files had a meaning may hold anything there.
        others = cast("Mapping[str, str]", files if isinstance(files, Mapping) else {})
        return ((ENTRY_FILES[self.language_pack], self.source), *others.items())

    @property
    def source_sha256(self) -> str:
        """The digest of the files that run, as their author wrote them; 64 hexadecimal characters.

        Where nothing was compiled that is the source alone. See ``files.sha256_of_files``.
        """
        entry, *others = self.modules
        return sha256_of_files(entry, () if self.compiled is None else others)

    @property
    def source_characters(self) -> int:
        """The characters of the source with its files, and of what was compiled of them."""
        return sum(len(text) for _, text in self.modules) + len(self.compiled or "")

    def has_source_of(self, other: "Function") -> bool:
        """Return whether an executor would make the same of the source of another function."""
        return self.modules == other.modules

    @property
    def enabled(self) -> bool:
        """Whether the document allows executions."""
        return cast("bool", self.document["enabled"])

    @property
    def draft_enabled(self) -> bool:
        """Whether neither the document nor a breaker disables the draft."""
        return self.enabled and LATEST not in self.breakers

    @property
    def disable_reason(self) -> str | None:
        """Why the platform disabled the draft or versions, or None."""
        reasons = [
            breaker.reason if version == LATEST else f"version {version}: {breaker.reason}"
            for version, breaker in sorted(self.breakers.items())
        ]
        return "; ".join(reasons) or None

    def refuses(self, version: str, now: int) -> bool:
        """Return whether a version or the draft must not be executed at a time."""
        if not self.document["enabled"]:
            return True
        breaker = self.breakers.get(version)
        return breaker is not None and breaker.is_open(now)

    @property
    def language_pack(self) -> str:
        """The language of the source."""
        return cast("str", self.document["language_pack"])

    @property
    def fallback(self) -> JsonValue:
        """What answers a call or a request when the function fails, or None."""
        return self.document.get("fallback")

    @property
    def callflow(self) -> JsonValue:
        """The fallback if it is a callflow, which answers a call, or None."""
        if self.fallback is None:
            return None
        from isolambda_core.domain.http_answers import (  # noqa: PLC0415 - few have a fallback
            is_http_fallback,
        )

        return None if is_http_fallback(self.fallback) else self.fallback

    @property
    def record(self) -> str:
        """Which executions are recorded: one of ``RECORDS``, by default ``failures``.

        Those of ``replayable`` are all, with their operations.
        """
        return cast("str", self._option("record"))

    @property
    def attempts(self) -> int:
        """The number of attempts of an asynchronous execution."""
        return cast("int", self._option("attempts"))

    @property
    def isolation(self) -> str:
        """``version``: executions of a version share isolates; ``fresh``: each has its own."""
        return cast("str", self._option("isolation"))

    @property
    def features(self) -> tuple[str, ...]:
        """The ``FEATURES`` that the function may use, in their order."""
        asked = cast("list[str]", self._option("features"))
        return tuple(feature for feature in FEATURES if feature in asked)

    @property
    def net(self) -> tuple[str, ...]:
        """The host patterns that the document allows; without any there is no network."""
        return patterns_in(self.document) or ()

    @property
    def secret_names(self) -> tuple[str, ...]:
        """The names of the secrets that the function may use."""
        return self._names("secrets")

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces of the key-value store that the function may use, the default first."""
        return self._names("kv")

    @property
    def input_schema(self) -> Mapping[str, JsonValue] | None:
        """The schema of the input, None where anything fits."""
        return self._schema("input_schema")

    @property
    def result_schema(self) -> Mapping[str, JsonValue] | None:
        """The schema of the result, None where anything fits."""
        return self._schema("result_schema")

    @property
    def limits(self) -> Limits:
        """The limits of an execution: the defaults, changed by the document's own ``limits``."""
        return replace(limits.DEFAULT_LIMITS, **cast("dict[str, int]", self._option("limits")))

    @property
    def etag(self) -> str:
        """The revision as clients see it."""
        return etag_of(self.revision, self.document, self.id)

    def _option(self, key: str) -> JsonValue:
        return self.document.get(key, _PROPERTIES[key]["default"])

    def _names(self, key: str) -> tuple[str, ...]:
        names = self.document.get(key)
        # Documents of before the key had a meaning may hold anything there.
        if names is None or any(check(names, _PROPERTIES[key])) or any(_check_no_name_twice(names)):
            return ()
        return tuple(cast("list[str]", names))

    def _schema(self, key: str) -> Mapping[str, JsonValue] | None:
        schema = self.document.get(key)
        # Documents of before the key had a meaning may hold anything there.
        return schema if isinstance(schema, Mapping) else None

    def changed(self, document: Document, modified_at: int, by: str | None = None) -> Self:
        """Return the next revision, with another document; a draft that is off has no breaker.

        ``by`` is the id of the API key that writes it.
        """
        on = cast("bool", document["enabled"])
        breakers = self.breakers if on else without_breaker(self.breakers, LATEST)
        return replace(self.with_breakers(breakers, modified_at, by), document=document)

    def with_breakers(self, breakers: Breakers, modified_at: int, by: str | None = None) -> Self:
        """Return the next revision, with other breakers; ``by`` is the id of an API key."""
        return replace(
            self,
            breakers=breakers,
            revision=self.revision + 1,
            modified_at=modified_at,
            modified_by=by,
        )

    def removed(self, modified_at: int) -> Self:
        """Return the next revision: deleted, with its document."""
        return replace(self, deleted=True, revision=self.revision + 1, modified_at=modified_at)


def validated_function(document: Document) -> Document:
    """Return a function's document as it will be stored; see ``documents.validated``.

    Raises:
        InvalidDocumentError: a rule or a limit is broken; all violations are listed.
    """
    return validated(document, DEFAULTS, _check, _INTEGERS)


def net_warnings(
    function: Function, ceilings: Sequence[Iterable[str]]
) -> Iterator[DocumentWarning]:
    """Yield a warning for each host pattern of a function that is beyond a ceiling."""
    from isolambda_core.domain.host_patterns import beyond  # noqa: PLC0415 - for writes alone

    for pattern in beyond(function.net, ceilings):
        message = f"`{pattern}` is beyond the `net` of the account, or of one above it: no effect"
        yield DocumentWarning("net", "beyond_ceiling", message)


def _check(document: Document) -> Iterator[Violation]:
    violations = list(check(document, FUNCTION_SCHEMA, rules=_RULES))
    yield from violations
    if not violations:
        yield from _check_source(document)


def _check_files(files: JsonValue) -> Iterator[Violation]:
    return check_files(cast("Mapping[str, JsonValue]", files))


def _check_fallback(fallback: JsonValue) -> Iterator[Violation]:
    from isolambda_core.domain.functions.fallbacks import (  # noqa: PLC0415 - for writes alone
        check_fallback,
    )

    return check_fallback(fallback)


def _check_schema(schema: JsonValue) -> Iterator[Violation]:
    from isolambda_core.domain.schemas.documents import (  # noqa: PLC0415 - few have a schema
        check_schema,
    )

    return check_schema(schema)


def _check_no_name_twice(names: JsonValue) -> Iterator[Violation]:
    known = set()
    for index, name in enumerate(cast("list[str]", names)):
        if name in known:
            yield Violation((str(index),), "error", None, name, "The name stands here twice")
        known.add(name)


def _check_source(document: Document) -> Iterator[Violation]:
    # The violation has no value, which would be as long as the source.
    files = cast("Mapping[str, str]", document.get("files", {}))
    texts = (cast("str", document["function_js"]), *files.values())
    used = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
    if used > limits.SOURCE_BYTES:
        message = _FILES_TOO_LONG if files else _SOURCE_TOO_LONG
        yield Violation(("function_js",), "maxLength", limits.SOURCE_BYTES, used, message)


_RULES: Mapping[str, Rule] = {
    "files": _check_files,
    "net": check_net,
    "secrets": _check_no_name_twice,
    "kv": _check_no_name_twice,
    **dict.fromkeys(SCHEMA_KEYS, _check_schema),
    "fallback": _check_fallback,
}
"""Rules of keys that JSON Schema does not express."""
