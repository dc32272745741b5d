"""What every document of ours has in common: public keys, how a patch is merged, how large it is.

Kx: doc/schemas.md; custom keys are kept as they are.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from isolambda_core.domain import limits
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.json_text import JsonValue, dump, is_deeper_than

Document = Mapping[str, JsonValue]
"""The public keys of a function or an account, and custom keys."""
Path = tuple[str, ...]
"""The keys that lead to a value in a document."""


def validated(
    document: Document,
    defaults: Document,
    rules: Callable[[Document], Iterator[Violation]],
    integers: Iterable[Path] = (),
) -> Document:
    """Return a document as it will be stored: private keys dropped, defaults filled in.

    ``rules`` say what else is wrong with it; they may assume that it can be walked. ``integers``
    are the paths of what they hold to be an integer.

    Raises:
        InvalidDocumentError: a rule or a limit is broken; all violations are listed.
    """
    public = {key: value for key, value in document.items() if is_public(key)}
    complete = with_integers({**defaults, **public}, integers)
    require_none(list(_check_depth(complete)) or [*rules(complete), *_check_size(complete)])
    return complete


def require_none(violations: Iterable[Violation]) -> None:
    """Raise an error with all violations, if there are any.

    Raises:
        InvalidDocumentError: there are violations.
    """
    if found := list(violations):
        raise InvalidDocumentError(found)


def with_integers(document: Document, paths: Iterable[Path]) -> Document:
    """Return a document with those numbers at ``paths`` as integers that have no fraction.

    ``2.0`` and ``2e0`` are the integer 2 (RFC 8259, section 6; JSON Schema, ``integer``).
    """
    for key, *rest in paths:
        value = document.get(key)
        if rest and isinstance(value, Mapping):
            value = with_integers(value, [tuple(rest)])
        elif not rest and isinstance(value, float) and value.is_integer():
            value = int(value)
        else:
            continue
        document = {**document, key: value}
    return document


def is_public(key: str) -> bool:
    """Tell whether a key is its owner's, who may set it and is told it."""
    return key != "id" and not key.startswith(("_", "pvt_"))


def merge(document: Document, patch: Document) -> Document:
    """Return ``document`` with ``patch`` merged in, object by object; ``null`` removes a key.

    Raises:
        InvalidDocumentError: the patch nests deeper than a document may.
    """
    if is_deeper_than(patch, limits.DOCUMENT_DEPTH):
        raise InvalidDocumentError([Violation((), "maxDepth", limits.DOCUMENT_DEPTH, None)])
    return _merge(document, patch)


def check_string(document: Document, key: str, max_length: int) -> Iterator[Violation]:
    """Say what is wrong with a string that must be there, of at most ``max_length`` characters."""
    if key not in document:
        yield Violation((key,), "required", None, key)
        return
    value = document[key]
    if not isinstance(value, str):
        yield Violation((key,), "type", "string", value)
    elif len(value) > max_length:
        yield Violation((key,), "maxLength", max_length, value)


def check_boolean(document: Document, key: str) -> Iterator[Violation]:
    """Say what is wrong with a boolean that is there."""
    if not isinstance(document[key], bool):
        yield Violation((key,), "type", "boolean", document[key])


def check_choice(document: Document, key: str, choices: tuple[str, ...]) -> Iterator[Violation]:
    """Say what is wrong with a string that may be missing, but must be one of ``choices``."""
    if key not in document:
        return
    value = document[key]
    if not isinstance(value, str):
        yield Violation((key,), "type", "string", value)
    elif value not in choices:
        yield Violation((key,), "enum", list(choices), value)


def check_integer(
    path: tuple[str, ...], value: JsonValue, between: tuple[int, int]
) -> Iterator[Violation]:
    """Say what is wrong with an integer ``between`` a lowest and a highest one."""
    lowest, highest = between
    if not isinstance(value, int) or isinstance(value, bool):
        yield Violation(path, "type", "integer", value)
    elif value < lowest:
        yield Violation(path, "minimum", lowest, value)
    elif value > highest:
        yield Violation(path, "maximum", highest, value)


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


def _check_depth(document: Document) -> Iterator[Violation]:
    if is_deeper_than(document, limits.DOCUMENT_DEPTH):
        yield Violation((), "maxDepth", limits.DOCUMENT_DEPTH, None)


def _check_size(document: Document) -> Iterator[Violation]:
    used = len(dump({key: value for key, value in document.items() if key != "function_js"}))
    if used > limits.DOCUMENT_BYTES:
        yield Violation((), "maxBytes", limits.DOCUMENT_BYTES, used)
