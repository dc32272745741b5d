from typing import Any

import pytest

from isolambda_core.domain import limits
from isolambda_core.domain.documents import Document, merge
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.functions.functions import (
    Function,
    validated_function,
)
from isolambda_core.domain.json_text import JsonValue

LEAST: Document = {"name": "hello", "function_js": "return 1"}


def problems_of(document: Document) -> tuple[Violation, ...]:
    with pytest.raises(InvalidDocumentError) as caught:
        validated_function(document)
    return caught.value.violations


def nested(depth: int) -> JsonValue:
    value: JsonValue = 1
    for _ in range(depth):
        value = [value]
    return value


def a_function(**document: Any) -> Function:
    return Function("a" * 32, "f" * 32, validated_function({**LEAST, **document}), 1, 10, 10)


def test_defaults_are_filled_in() -> None:
    assert validated_function(LEAST) == {**LEAST, "enabled": True, "language_pack": "javascript"}


def test_what_was_given_is_kept_over_the_defaults() -> None:
    assert validated_function({**LEAST, "enabled": False})["enabled"] is False


def test_custom_keys_are_kept_as_they_are() -> None:
    custom: Document = {"": "", "numbers": [1, 2.5, 10**30], "deep": {"name": None}}

    assert validated_function({**LEAST, **custom}).items() >= custom.items()


def test_private_keys_and_the_id_are_dropped() -> None:
    private: Document = {"_id": 1, "_": 2, "pvt_": 3, "pvt_type": "function", "id": "x"}

    assert validated_function({**LEAST, **private}) == validated_function(LEAST)


def test_private_keys_further_in_are_left_alone() -> None:
    assert validated_function({**LEAST, "custom": {"_id": 1}})["custom"] == {"_id": 1}


def test_what_was_given_is_not_changed() -> None:
    given = {**LEAST, "_private": 1}

    validated_function(given)

    assert given == {**LEAST, "_private": 1}


def test_an_empty_document_lacks_both_required_keys() -> None:
    assert problems_of({}) == (
        Violation(("name",), "required", None, "name"),
        Violation(("function_js",), "required", None, "function_js"),
    )


def test_all_problems_are_listed() -> None:
    document: Document = {
        "name": 5,
        "function_js": None,
        "enabled": "yes",
        "language_pack": "cobol",
        "isolation": [],
        "limits": {"wall_time_ms": 1, "memory_mb": 10_000, "cpu": 1},
    }

    found = [(violation.path, violation.rule) for violation in problems_of(document)]

    assert found == [
        (("name",), "type"),
        (("function_js",), "type"),
        (("enabled",), "type"),
        (("language_pack",), "enum"),
        (("isolation",), "type"),
        (("limits", "wall_time_ms"), "minimum"),
        (("limits", "memory_mb"), "maximum"),
        (("limits", "cpu"), "additionalProperties"),
    ]


@pytest.mark.parametrize("value", [None, 0, 1, "true", [], {}])
def test_enabled_is_true_or_false_and_nothing_like_it(value: JsonValue) -> None:
    assert problems_of({**LEAST, "enabled": value}) == (
        Violation(("enabled",), "type", "boolean", value),
    )


@pytest.mark.parametrize("isolation", ["version", "fresh"])
def test_an_isolation_may_be_chosen(isolation: str) -> None:
    assert a_function(isolation=isolation).isolation == isolation


def test_another_isolation_is_refused_with_the_choices() -> None:
    assert problems_of({**LEAST, "isolation": "none"}) == (
        Violation(("isolation",), "enum", ["version", "fresh"], "none"),
    )


def test_a_name_is_as_long_as_it_may_be_in_characters() -> None:
    longest = "\U0001f600" * limits.NAME_CHARACTERS

    assert validated_function({**LEAST, "name": longest})["name"] == longest
    assert problems_of({**LEAST, "name": longest + "x"}) == (
        Violation(("name",), "maxLength", limits.NAME_CHARACTERS, longest + "x"),
    )


@pytest.mark.parametrize("character", ["x", "\u00e9", "\u4e2d", "\U0001f600"])
def test_a_source_is_as_long_as_it_may_be_in_bytes(character: str) -> None:
    longest = character * (limits.SOURCE_BYTES // len(character.encode()))
    longest += "x" * (limits.SOURCE_BYTES - len(longest.encode()))

    assert validated_function({**LEAST, "function_js": longest})["function_js"] == longest
    assert problems_of({**LEAST, "function_js": longest + "x"}) == (
        Violation(
            ("function_js",),
            "maxLength",
            limits.SOURCE_BYTES,
            limits.SOURCE_BYTES + 1,
            "String must not be more than 1048576 bytes in UTF-8",
        ),
    )


def test_a_lone_surrogate_counts_three_bytes() -> None:
    too_long = "\ud800" * (limits.SOURCE_BYTES // 3 + 1)

    assert problems_of({**LEAST, "function_js": too_long})[0].rule == "maxLength"


def test_an_empty_name_and_an_empty_source_are_allowed() -> None:
    empty: Document = {"name": "", "function_js": ""}

    assert validated_function(empty).items() >= empty.items()


def test_a_document_is_as_large_as_it_may_be_without_its_source() -> None:
    def of_size(more: int) -> Document:
        return {**LEAST, "function_js": "x" * limits.SOURCE_BYTES, "custom": "y" * more}

    room = limits.DOCUMENT_BYTES - len(
        '{"enabled":true,"language_pack":"javascript","name":"hello","custom":""}'
    )

    assert validated_function(of_size(room))
    assert problems_of(of_size(room + 1)) == (
        Violation((), "maxBytes", limits.DOCUMENT_BYTES, limits.DOCUMENT_BYTES + 1),
    )


def test_a_document_nests_as_deep_as_it_may() -> None:
    deepest = nested(limits.DOCUMENT_DEPTH - 1)  # the document itself is one level

    assert validated_function({**LEAST, "custom": deepest})["custom"] == deepest
    assert problems_of({**LEAST, "custom": [deepest]}) == (
        Violation((), "maxDepth", limits.DOCUMENT_DEPTH, None),
    )


def test_a_document_of_any_depth_is_refused_without_harm() -> None:
    assert problems_of({**LEAST, "custom": nested(100_000)})[0].rule == "maxDepth"


@pytest.mark.parametrize(
    ("own", "violation"),
    [
        (None, Violation(("limits",), "type", "object", None)),
        ([], Violation(("limits",), "type", "object", [])),
        ({"wall_time_ms": 9}, Violation(("limits", "wall_time_ms"), "minimum", 10, 9)),
        (
            {"wall_time_ms": 25_001},
            Violation(("limits", "wall_time_ms"), "maximum", 25_000, 25_001),
        ),
        ({"memory_mb": 15}, Violation(("limits", "memory_mb"), "minimum", 16, 15)),
        ({"memory_mb": 513}, Violation(("limits", "memory_mb"), "maximum", 512, 513)),
        ({"memory_mb": True}, Violation(("limits", "memory_mb"), "type", "integer", True)),
        ({"memory_mb": 64.5}, Violation(("limits", "memory_mb"), "type", "integer", 64.5)),
        ({"memory_mb": "64"}, Violation(("limits", "memory_mb"), "type", "integer", "64")),
        (
            {"result_bytes": 1},
            Violation(("limits", "result_bytes"), "additionalProperties", None, "result_bytes"),
        ),
    ],
    ids=lambda value: None if isinstance(value, Violation) else str(value),
)
def test_a_limit_out_of_its_range_is_refused(own: JsonValue, violation: Violation) -> None:
    assert problems_of({**LEAST, "limits": own}) == (violation,)


@pytest.mark.parametrize(
    ("wall_time_ms", "memory_mb"), [(10, 16), (25_000, 512), (5_000, 64)], ids=str
)
def test_a_document_sets_its_own_limits(wall_time_ms: int, memory_mb: int) -> None:
    function = a_function(limits={"wall_time_ms": wall_time_ms, "memory_mb": memory_mb})

    assert (function.limits.wall_time_ms, function.limits.memory_mb) == (wall_time_ms, memory_mb)


def test_limits_that_a_document_does_not_set_are_the_defaults() -> None:
    assert a_function().limits == limits.DEFAULT_LIMITS
    assert a_function(limits={"memory_mb": 128}).limits == limits.Limits(memory_mb=128)


@pytest.mark.parametrize(
    ("patch", "merged"),
    [
        ({}, {"a": 1, "b": {"c": 2, "d": 3}}),
        ({"a": 2}, {"a": 2, "b": {"c": 2, "d": 3}}),
        ({"a": None}, {"b": {"c": 2, "d": 3}}),
        ({"x": None}, {"a": 1, "b": {"c": 2, "d": 3}}),
        ({"b": {"c": None}}, {"a": 1, "b": {"d": 3}}),
        ({"b": {"e": {"f": 1}}}, {"a": 1, "b": {"c": 2, "d": 3, "e": {"f": 1}}}),
        ({"b": 5}, {"a": 1, "b": 5}),
        ({"b": []}, {"a": 1, "b": []}),
        ({"a": {"x": 1, "y": None}}, {"a": {"x": 1}, "b": {"c": 2, "d": 3}}),
        ({"a": [None]}, {"a": [None], "b": {"c": 2, "d": 3}}),
        ({"a": {}}, {"a": {}, "b": {"c": 2, "d": 3}}),
    ],
)
def test_a_patch_is_merged_object_by_object(patch: Document, merged: Document) -> None:
    document: Document = {"a": 1, "b": {"c": 2, "d": 3}}

    assert merge(document, patch) == merged
    assert document == {"a": 1, "b": {"c": 2, "d": 3}}


def test_a_patch_too_deep_to_walk_is_refused() -> None:
    patch: Document = {}
    for _ in range(100_000):
        patch = {"a": patch}

    with pytest.raises(InvalidDocumentError) as caught:
        merge(LEAST, patch)

    assert caught.value.violations[0].rule == "maxDepth"


def test_the_etag_begins_with_the_revision_and_fits_a_couchdb_one() -> None:
    revision, digest = a_function().etag.split("-")

    assert revision == "1"
    assert len(digest) == 32


def test_the_etag_tells_documents_apart() -> None:
    etags = {
        a_function().etag,
        a_function(function_js="return 2").etag,
        a_function(custom=1).etag,
        a_function(custom="1").etag,
        a_function(custom="\ud800").etag,
        a_function().changed(a_function().document, 5).etag,
    }

    assert len(etags) == 6


def test_the_etag_does_not_hang_on_the_order_of_the_keys() -> None:
    function = a_function(custom=1)
    turned = Function(
        "a" * 32, "f" * 32, dict(reversed(list(function.document.items()))), 1, 10, 10
    )

    assert turned.etag == function.etag


def test_a_change_counts_up_and_keeps_when_the_function_was_made() -> None:
    changed = a_function().changed(validated_function({**LEAST, "name": "other"}), 20)

    assert (changed.revision, changed.created_at, changed.modified_at) == (2, 10, 20)
    assert changed.document["name"] == "other"
    assert not changed.deleted


def test_a_removed_function_keeps_its_document() -> None:
    removed = a_function().removed(20)

    assert (removed.deleted, removed.revision, removed.modified_at) == (True, 2, 20)
    assert removed.document == a_function().document


def test_a_function_reads_its_own_document() -> None:
    function = a_function(enabled=False)

    assert function.source == "return 1"
    assert function.enabled is False
    assert function.language_pack == "javascript"
    assert function.isolation == "version"
