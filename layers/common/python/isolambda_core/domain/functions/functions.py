"""A function: a document with JavaScript in it, its revisions, and the rules it obeys.

Kx: priv/couchdb/schemas/functions.json; custom keys are kept as they are.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Self, cast

from isolambda_core.domain import limits
from isolambda_core.domain.documents import (
    Document,
    check_boolean,
    check_choice,
    check_integer,
    check_string,
    validated,
)
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.functions.breakers import (
    Breakers,
    without_breaker,
)
from isolambda_core.domain.functions.callflows import check_callflow
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import Limits
from isolambda_core.domain.revisions import etag_of

DEFAULTS: Document = {"enabled": True, "language_pack": "javascript"}
LANGUAGE_PACKS = ("javascript",)
ISOLATIONS = ("version", "fresh")
FEATURES = ("webassembly", "shared_array_buffer", "weak_references")
"""What only a function has that asks for it: each widens what hostile code can try."""
RECORDS = ("all", "failures", "none")
"""Of which executions records are kept, besides asynchronous ones."""
KEYS = (
    "name",
    "function_js",
    "enabled",
    "language_pack",
    "isolation",
    "features",
    "record",
    "attempts",
    "limits",
    "limits.wall_time_ms",
    "limits.memory_mb",
    "fallback",
)
"""The keys that mean something, and those in objects; any other is a custom key."""
LATEST = "$LATEST"
"""The qualifier of the draft, as it stands now."""

_LIMIT_RANGES = {
    "wall_time_ms": (limits.WALL_TIME_MS_MIN, limits.WALL_TIME_MS_MAX),
    "memory_mb": (limits.MEMORY_MB_MIN, limits.MEMORY_MB_MAX),
}
_INTEGERS = (("attempts",), *(("limits", name) for name in _LIMIT_RANGES))
_SOURCE_TOO_LONG = f"String must not be more than {limits.SOURCE_BYTES} bytes in UTF-8"
_ATTEMPTS = (1, limits.ATTEMPTS_MAX)


@dataclass(frozen=True, slots=True)
class Function:
    """A function of an account, at one revision. Times are Unix seconds; revisions count from 1.

    ``breakers`` are of what the platform disabled because it kept failing: the draft, or versions.
    """

    account_id: str
    id: str
    document: Document
    revision: int
    created_at: int
    modified_at: int
    deleted: bool = False
    breakers: Breakers = field(default_factory=dict)

    @property
    def source(self) -> str:
        """The JavaScript: the body of ``function (call, context) { … }``."""
        return cast("str", self.document["function_js"])

    @property
    def enabled(self) -> bool:
        """Whether its owner lets it be executed."""
        return cast("bool", self.document["enabled"])

    @property
    def draft_enabled(self) -> bool:
        """Whether neither its owner nor the platform has disabled the draft."""
        return self.enabled and LATEST not in self.breakers

    @property
    def disable_reason(self) -> str | None:
        """Why the platform disabled the draft, or versions; None where it did not."""
        reasons = [
            breaker.reason if version == LATEST else f"version {version}: {breaker.reason}"
            for version, breaker in sorted(self.breakers.items())
        ]
        return "; ".join(reasons) or None

    def refuses(self, version: str, now: int) -> bool:
        """Return whether a version, or the draft, is not to be executed at a time."""
        breaker = self.breakers.get(version)
        return not self.enabled or (breaker is not None and breaker.is_open(now))

    @property
    def language_pack(self) -> str:
        """The language of the source."""
        return cast("str", self.document["language_pack"])

    @property
    def fallback(self) -> JsonValue:
        """The callflow that answers a call where the function cannot; None without one."""
        return self.document.get("fallback")

    @property
    def record(self) -> str:
        """Of which executions records are kept, one of ``RECORDS``; by default of ``failures``."""
        return cast("str", self.document.get("record", RECORDS[1]))

    @property
    def attempts(self) -> int:
        """How often an asynchronous execution is attempted."""
        return cast("int", self.document.get("attempts", limits.ATTEMPTS))

    @property
    def isolation(self) -> str:
        """``version``: an isolate is kept for the version; ``fresh``: one for each execution."""
        return cast("str", self.document.get("isolation", ISOLATIONS[0]))

    @property
    def features(self) -> tuple[str, ...]:
        """What the function asks for of ``FEATURES``, in their order."""
        asked = cast("list[str]", self.document.get("features", []))
        return tuple(feature for feature in FEATURES if feature in asked)

    @property
    def limits(self) -> Limits:
        """The limits of an execution: the defaults, changed by the document's own ``limits``."""
        own = cast("Mapping[str, int]", self.document.get("limits", {}))
        return replace(
            limits.DEFAULT_LIMITS, **{name: own[name] for name in _LIMIT_RANGES if name in own}
        )

    @property
    def etag(self) -> str:
        """The revision as clients see it."""
        return etag_of(self.revision, self.document, self.id)

    def changed(self, document: Document, modified_at: int) -> Self:
        """Return the next revision, with another document; a draft that is off has no breaker."""
        on = cast("bool", document["enabled"])
        breakers = self.breakers if on else without_breaker(self.breakers, LATEST)
        return replace(self.with_breakers(breakers, modified_at), document=document)

    def with_breakers(self, breakers: Breakers, modified_at: int) -> Self:
        """Return the next revision, with other breakers."""
        return replace(self, breakers=breakers, revision=self.revision + 1, modified_at=modified_at)

    def removed(self, modified_at: int) -> Self:
        """Return the next revision: deleted, its document kept."""
        return replace(self, deleted=True, revision=self.revision + 1, modified_at=modified_at)


def validated_function(document: Document) -> Document:
    """Return a function's document as it will be stored; see ``documents.validated``.

    Raises:
        InvalidDocumentError: a rule or a limit is broken; all violations are listed.
    """
    return validated(document, DEFAULTS, _check, _INTEGERS)


def _check(document: Document) -> Iterator[Violation]:
    yield from check_string(document, "name", limits.NAME_CHARACTERS)
    yield from _check_source(document)
    yield from check_boolean(document, "enabled")
    yield from check_choice(document, "language_pack", LANGUAGE_PACKS)
    yield from check_choice(document, "isolation", ISOLATIONS)
    yield from check_choice(document, "record", RECORDS)
    if "attempts" in document:
        yield from check_integer(("attempts",), document["attempts"], _ATTEMPTS)
    yield from _check_feature(document.get("features", []))
    yield from _check_limit(document.get("limits", {}))
    yield from _check_fallback(document)


def _check_source(document: Document) -> Iterator[Violation]:
    # The limit is of bytes, and a character is at least one: too many characters are too many
    # bytes. The value is not given back: it would be as long as what was refused.
    key = "function_js"
    source = document.get(key)
    if isinstance(source, str):
        used = len(source.encode("utf-8", "surrogatepass"))
        if used > limits.SOURCE_BYTES:
            yield Violation((key,), "maxLength", limits.SOURCE_BYTES, used, _SOURCE_TOO_LONG)
    else:
        yield from check_string(document, key, limits.SOURCE_BYTES)


def _check_feature(features: JsonValue) -> Iterator[Violation]:
    if not isinstance(features, list):
        yield Violation(("features",), "type", "array", features)
        return
    for index, feature in enumerate(features):
        if feature not in FEATURES:
            yield Violation(("features", str(index)), "enum", list(FEATURES), feature)


def _check_limit(own: JsonValue) -> Iterator[Violation]:
    if not isinstance(own, Mapping):
        yield Violation(("limits",), "type", "object", own)
        return
    for name, value in own.items():
        path = ("limits", name)
        if name not in _LIMIT_RANGES:
            yield Violation(path, "additionalProperties", None, name)
        else:
            yield from check_integer(path, value, _LIMIT_RANGES[name])


def _check_fallback(document: Document) -> Iterator[Violation]:
    if "fallback" in document:
        for violation in check_callflow(document["fallback"]):
            yield replace(violation, path=("fallback", *violation.path))
