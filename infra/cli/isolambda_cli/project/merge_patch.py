"""What a merge patch (RFC 7396) has to say so that one document becomes another."""

from collections.abc import Iterable, Mapping

from isolambda_core.domain.documents import Document
from isolambda_core.domain.json_text import JsonValue


def patch_between(before: Document, after: Document, keys: Iterable[str]) -> Document:
    """Return the patch that makes ``keys`` of a document those of another; empty if they are equal.

    ``after`` holds no null, which a patch cannot write.
    """
    patch: dict[str, JsonValue] = {}
    for key in keys:
        if key not in after:
            if key in before:
                patch[key] = None
        elif key not in before:
            patch[key] = after[key]
        elif not _are_equal(before[key], after[key]):
            patch[key] = _change(before[key], after[key])
    return patch


def paths_in(patch: Document, before: Document) -> list[str]:
    """Return the keys that a patch changes, dotted; what is made or removed as a whole is one."""
    paths: list[str] = []
    for key, value in patch.items():
        inner = before.get(key)
        if isinstance(value, Mapping) and isinstance(inner, Mapping):
            paths += [f"{key}.{path}" for path in paths_in(value, inner)]
        else:
            paths.append(key)
    return paths


def _change(before: JsonValue, after: JsonValue) -> JsonValue:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return patch_between(before, after, sorted({*before, *after}))
    return after


def _are_equal(before: JsonValue, after: JsonValue) -> bool:
    """Return whether two values are the same JSON: ``true`` is not 1, as it is in Python."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return before.keys() == after.keys() and all(
            _are_equal(before[key], after[key]) for key in before
        )
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(_are_equal, before, after))
    return isinstance(before, bool) is isinstance(after, bool) and before == after
