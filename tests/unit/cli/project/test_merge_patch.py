"""A merge patch between two documents makes one of them the other; equal ones have none."""

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isolambda_cli.project.merge_patch import patch_between, paths_in
from isolambda_core.domain.documents import Document, merge

KEYS = st.sampled_from("abc")
VALUES = st.recursive(
    st.booleans() | st.integers(0, 2) | st.sampled_from(["", "x"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
WITH_NULL = st.recursive(
    VALUES | st.none(), lambda inner: st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)


def documents(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Document]:
    return st.dictionaries(KEYS, values, max_size=3)


@given(documents(WITH_NULL), documents(VALUES))
def test_the_patch_makes_one_document_the_other(before: Document, after: Document) -> None:
    patch = patch_between(before, after, "abc")

    assert patch_between(merge(before, patch), after, "abc") == {}
    if not patch:
        assert before == after


@given(documents(VALUES), documents(VALUES))
def test_keys_that_are_not_asked_for_stay(before: Document, after: Document) -> None:
    merged = merge(before, patch_between(before, after, "a"))

    assert merged.get("a") == after.get("a")
    assert {key: merged.get(key) for key in "bc"} == {key: before.get(key) for key in "bc"}


@pytest.mark.parametrize(
    ("before", "after", "paths"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": True}, ["a"]),
        ({"a": [1]}, {"a": [True]}, ["a"]),
        ({"a": 1}, {"a": 1.0}, []),
        ({}, {"a": {"b": 1}}, ["a"]),
        ({"a": {"b": 1}}, {}, ["a"]),
        ({"a": {"b": 1, "c": {"d": 1}}}, {"a": {"c": {"d": 2}}}, ["a.b", "a.c.d"]),
        ({"a": {"b": 1}}, {"a": 1}, ["a"]),
    ],
)
def test_the_keys_of_a_change_are_named(
    before: dict[str, object], after: dict[str, object], paths: list[str]
) -> None:
    there, wanted = cast("Document", before), cast("Document", after)

    assert paths_in(patch_between(there, wanted, "a"), there) == paths
