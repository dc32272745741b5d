"""What every document of ours has in common: public keys, how a patch is merged, how large it is.

Kx: doc/schemas.md; custom keys are kept as they are.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain

from isolambda_core.domain import limits
from isolambda_core.domain.errors import InvalidDocumentError, Violation, first_of
from isolambda_core.domain.json_schema import Path
from isolambda_core.domain.json_text import JsonValue, dump, is_deeper_than

Document = Mapping[str, JsonValue]
"""The public keys of a function or an account, and custom keys."""
SOURCE_KEYS = ("function_js", "files")
"""What a document holds of a source, which has a limit of its own."""


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
        InvalidDocumentError: a rule or a limit is broken.
    """
    require_none(_check_keys(document))
    public = {key: value for key, value in document.items() if is_public(key)}
    complete = with_integers({**defaults, **public}, integers)
    require_none(_check_depth(complete))
    require_none(chain(_check_size(complete), rules(complete)))
    return complete


def require_none(violations: Iterable[Violation]) -> None:
    """Raise an error with the violations, if there are any.

    Raises:
        InvalidDocumentError: there are violations.
    """
    if found := list(first_of(violations)):
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
    """Return whether clients may read and write a key."""
    return key != "id" and not key.startswith(("_", "pvt_"))


def merge(document: Document, patch: Document) -> Document:
    """Return ``document`` with ``patch`` merged in, object by object; ``null`` removes a key.

    Raises:
        InvalidDocumentError: the patch nests deeper than a document may.
    """
    if is_deeper_than(patch, limits.DOCUMENT_DEPTH):
        raise InvalidDocumentError([Violation((), "maxDepth", limits.DOCUMENT_DEPTH, None)])
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


def _check_keys(document: Document) -> Iterator[Violation]:
    # Before anything looks at each of them; so many are longer than a document may be.
    if len(document) > limits.DOCUMENT_KEYS:
        yield Violation((), "maxProperties", limits.DOCUMENT_KEYS, len(document))


def _check_depth(document: Document) -> Iterator[Violation]:
    if is_deeper_than(document, limits.DOCUMENT_DEPTH):
        yield Violation((), "maxDepth", limits.DOCUMENT_DEPTH, None)


def _check_size(document: Document) -> Iterator[Violation]:
    used = len(dump({key: value for key, value in document.items() if key not in SOURCE_KEYS}))
    if used > limits.DOCUMENT_BYTES:
        yield Violation((), "maxBytes", limits.DOCUMENT_BYTES, used)
