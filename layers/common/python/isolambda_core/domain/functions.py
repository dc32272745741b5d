"""A function: a document with JavaScript in it, its revisions, and the rules it obeys.

Kx: priv/couchdb/schemas/functions.json; custom keys are kept as they are.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Self, cast

from isolambda_core.domain import limits
from isolambda_core.domain.errors import InvalidDocumentError, Problem
from isolambda_core.domain.json_text import JsonValue, dump, is_deeper_than
from isolambda_core.domain.limits import Limits

Document = Mapping[str, JsonValue]
"""A function's public keys: ``name``, ``function_js``, ``enabled``, ``language_pack`` and more."""

DEFAULTS: Document = {"enabled": True, "language_pack": "javascript"}
LANGUAGE_PACKS = ("javascript",)
ISOLATIONS = ("version", "fresh")
FEATURES = ("webassembly", "shared_array_buffer")
"""What only a function has that asks for it: each widens what hostile code can try."""
LATEST = "$LATEST"
"""The qualifier of the draft, as it stands now."""

_LIMIT_RANGES = {
    "wall_time_ms": (limits.WALL_TIME_MS_MIN, limits.WALL_TIME_MS_MAX),
    "memory_mb": (limits.MEMORY_MB_MIN, limits.MEMORY_MB_MAX),
}


@dataclass(frozen=True, slots=True)
class Function:
    """A function of an account, at one revision. Times are Unix seconds; revisions count from 1."""

    account_id: str
    id: str
    document: Document
    revision: int
    created_at: int
    modified_at: int
    deleted: bool = False

    @property
    def source(self) -> str:
        """The JavaScript: the body of ``function (call) { … }``."""
        return cast("str", self.document["function_js"])

    @property
    def enabled(self) -> bool:
        """Whether the function may be executed."""
        return cast("bool", self.document["enabled"])

    @property
    def language_pack(self) -> str:
        """The language of the source."""
        return cast("str", self.document["language_pack"])

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
        """The revision as clients see it: the counter, and a digest of what it counts."""
        # Sorted, because a store need not keep the order of the keys.
        text = dump(dict(sorted({**self.document, "id": self.id}.items()))).encode()
        return f"{self.revision}-{hashlib.sha256(text).hexdigest()[:32]}"

    def changed(self, document: Document, modified_at: int) -> Self:
        """Return the next revision, with another document."""
        return replace(self, document=document, revision=self.revision + 1, modified_at=modified_at)

    def removed(self, modified_at: int) -> Self:
        """Return the next revision: deleted, its document kept."""
        return replace(self, deleted=True, revision=self.revision + 1, modified_at=modified_at)


def accept(document: Document) -> Document:
    """Return the document as it will be stored: private keys dropped, defaults filled in.

    Raises:
        InvalidDocumentError: a rule or a limit is broken; all problems are listed.
    """
    public = {key: value for key, value in document.items() if not key.startswith(("_", "pvt_"))}
    public.pop("id", None)
    complete = {**DEFAULTS, **public}
    problems = list(_problems(complete))
    if problems:
        raise InvalidDocumentError(problems)
    return complete


def merge(document: Document, patch: Document) -> Document:
    """Return ``document`` with ``patch`` merged in, object by object; ``null`` removes a key.

    Raises:
        InvalidDocumentError: the patch nests deeper than a document may.
    """
    if is_deeper_than(patch, limits.DOCUMENT_DEPTH):
        raise InvalidDocumentError([Problem((), "maxDepth", limits.DOCUMENT_DEPTH, None)])
    return _merge(document, patch)


def _merge(document: Document, patch: Document) -> Document:
    merged = dict(document)
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            old = merged.get(key)
            merged[key] = _merge(old if isinstance(old, Mapping) else {}, value)
        else:
            merged[key] = value
    return merged


def _problems(document: Document) -> Iterator[Problem]:
    if is_deeper_than(document, limits.DOCUMENT_DEPTH):
        # Nothing else is looked at: the other rules may assume that the document can be walked.
        yield Problem((), "maxDepth", limits.DOCUMENT_DEPTH, None)
        return
    yield from _string_problems(document, "name", limits.NAME_CHARACTERS)
    yield from _source_problems(document)
    if not isinstance(document["enabled"], bool):
        yield Problem(("enabled",), "type", "boolean", document["enabled"])
    yield from _choice_problems(document, "language_pack", LANGUAGE_PACKS)
    yield from _choice_problems(document, "isolation", ISOLATIONS)
    yield from _feature_problems(document.get("features", []))
    yield from _limit_problems(document.get("limits", {}))
    rest = {key: value for key, value in document.items() if key != "function_js"}
    if len(dump(rest)) > limits.DOCUMENT_BYTES:
        yield Problem((), "maxBytes", limits.DOCUMENT_BYTES, len(dump(rest)))


def _string_problems(document: Document, key: str, max_length: int) -> Iterator[Problem]:
    if key not in document:
        yield Problem((key,), "required", None, key)
        return
    value = document[key]
    if not isinstance(value, str):
        yield Problem((key,), "type", "string", value)
    elif len(value) > max_length:
        yield Problem((key,), "maxLength", max_length, value)


def _source_problems(document: Document) -> Iterator[Problem]:
    # The limit is of bytes, and a character is at least one: too many characters are too many
    # bytes. The value is not given back: it would be as long as what was refused.
    key = "function_js"
    source = document.get(key)
    if isinstance(source, str):
        used = len(source.encode("utf-8", "surrogatepass"))
        if used > limits.SOURCE_BYTES:
            yield Problem((key,), "maxLength", limits.SOURCE_BYTES, used)
    else:
        yield from _string_problems(document, key, limits.SOURCE_BYTES)


def _choice_problems(document: Document, key: str, choices: tuple[str, ...]) -> Iterator[Problem]:
    if key not in document:
        return
    value = document[key]
    if not isinstance(value, str):
        yield Problem((key,), "type", "string", value)
    elif value not in choices:
        yield Problem((key,), "enum", list(choices), value)


def _feature_problems(features: JsonValue) -> Iterator[Problem]:
    if not isinstance(features, list):
        yield Problem(("features",), "type", "array", features)
        return
    for index, feature in enumerate(features):
        if feature not in FEATURES:
            yield Problem(("features", str(index)), "enum", list(FEATURES), feature)


def _limit_problems(own: JsonValue) -> Iterator[Problem]:
    if not isinstance(own, Mapping):
        yield Problem(("limits",), "type", "object", own)
        return
    for name, value in own.items():
        path = ("limits", name)
        if name not in _LIMIT_RANGES:
            yield Problem(path, "additionalProperties", None, name)
        elif not isinstance(value, int) or isinstance(value, bool):
            yield Problem(path, "type", "integer", value)
        elif value < _LIMIT_RANGES[name][0]:
            yield Problem(path, "minimum", _LIMIT_RANGES[name][0], value)
        elif value > _LIMIT_RANGES[name][1]:
            yield Problem(path, "maximum", _LIMIT_RANGES[name][1], value)
