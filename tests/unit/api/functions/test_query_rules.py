"""Kazoo: what each filter lets through, by the table of Kx: doc/filters.md."""

from dataclasses import replace
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isolambda_api.functions.query import (
    filtered,
    function_filter,
)
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import InvalidDocumentError
from isolambda_core.domain.functions.breakers import Breaker
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.limits import FILTERS

DOCUMENT: Document = {
    "name": "say hi",
    "enabled": True,
    "off": False,
    "number": 5,
    "half": 0.5,
    "whole": 5.0,
    "zero": 0,
    "text": "5",
    "blank": "",
    "nothing": None,
    "tags": ["a", "b", 5, True, None, ["c"]],
    "no_tags": [],
    "object": {"inner": {"deep": "yes"}, "dotted.key": 1},
    "no_object": {},
    "dotted.key": {"inner": 2},
}
FUNCTION = Function(
    "a" * 32, "f" * 32, DOCUMENT, 1, created_at=1_700_000_000, modified_at=1_700_000_100
)
CREATED = 1_700_000_000 + 62_167_219_200
MODIFIED = CREATED + 100

scalars = (
    st.text() | st.integers() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False)
)


def lets_through(*query: str) -> bool:
    """Tell whether filters, each as ``name=value``, let the function through."""
    is_wanted = function_filter(dict(part.split("=", 1) for part in query))
    return is_wanted is None or is_wanted(FUNCTION)


@pytest.mark.parametrize(
    "query",
    [
        "filter_name=say hi",
        "filter_enabled=true",
        "filter_off=false",
        "filter_number=5",
        "filter_half=0.5",
        "filter_whole=5.0",
        "filter_text=5",
        f"filter_id={'f' * 32}",
        "filter_object.inner.deep=yes",
        "filter_object.dotted%2Ekey=1",
        "filter_dotted%2Ekey.inner=2",
    ],
)
def test_a_value_equals_its_text(query: str) -> None:
    assert lets_through(query)
    assert not lets_through(query.replace("filter_", "filter_not_"))


@pytest.mark.parametrize(
    "query",
    [
        "filter_name=say",
        "filter_name=Say hi",
        "filter_enabled=True",
        "filter_number=5.0",
        "filter_whole=5",
        "filter_absent=x",
        "filter_object=x",
        "filter_object.inner=yes",
        "filter_object.inner.deep.deeper=yes",
        "filter_name.inner=say hi",
        "filter_tags=a",
        "filter_tags.0=a",
        "filter_dotted.key.inner=2",
        "filter_.=x",
        "filter_=x",
    ],
)
def test_nothing_else_equals_it(query: str) -> None:
    assert not lets_through(query)
    assert lets_through(query.replace("filter_", "filter_not_"))


@pytest.mark.parametrize("key", ["absent", "nothing", "blank", "object", "tags", "object.absent"])
def test_what_has_no_text_equals_the_empty_text(key: str) -> None:
    assert lets_through(f"filter_{key}=")
    assert not lets_through(f"filter_not_{key}=")


@pytest.mark.parametrize(
    "query",
    [
        'filter_name=["other", "say hi"]',
        'filter_number=["5"]',
        "filter_number=[4, 5]",
        "filter_text=[5]",
        "filter_enabled=[true]",
        'filter_enabled=["true"]',
    ],
)
def test_a_list_means_any_of_its_members(query: str) -> None:
    assert lets_through(query)
    assert not lets_through(query.replace("filter_", "filter_not_"))
    assert lets_through(query.replace("filter_", "filter_any_"))
    assert not lets_through(query.replace("filter_", "filter_none_"))


@pytest.mark.parametrize(
    "query", ["filter_name=[]", 'filter_name=["say"]', "filter_absent=[null]", "filter_name=[[]]"]
)
def test_a_list_without_the_value_means_nothing(query: str) -> None:
    assert not lets_through(query)
    assert lets_through(query.replace("filter_", "filter_not_"))
    assert not lets_through(query.replace("filter_", "filter_any_"))
    assert lets_through(query.replace("filter_", "filter_none_"))


def test_text_that_looks_like_a_list_equals_itself() -> None:
    assert filtered([{"name": '["a"]'}], {"filter_name": '["a"]'})
    assert filtered([{"name": "[a"}], {"filter_name": "[a"})


@pytest.mark.parametrize(
    ("value", "all_of", "any_of"),
    [
        ('["a"]', True, True),
        ('["a", "b", "5", "true"]', True, True),
        ('["b", "x"]', False, True),
        ('["x"]', False, False),
        ('["c"]', False, False),
        ("[null]", True, False),
        ("[]", True, False),
    ],
)
def test_lists_intersect(value: str, *, all_of: bool, any_of: bool) -> None:
    assert lets_through(f"filter_array_intersect_all_tags={value}") is all_of
    assert lets_through(f"filter_array_intersect_any_tags={value}") is any_of
    assert lets_through(f"filter_array_intersect_none_tags={value}") is not any_of


@pytest.mark.parametrize("key", ["no_tags", "absent", "name", "object", "nothing"])
def test_what_is_no_list_intersects_nothing(key: str) -> None:
    assert not lets_through(f'filter_array_intersect_all_{key}=["say hi"]')
    assert not lets_through(f'filter_array_intersect_any_{key}=["say hi"]')
    assert lets_through(f'filter_array_intersect_none_{key}=["say hi"]')


@pytest.mark.parametrize(
    "key",
    ["name", "off", "zero", "blank", "no_tags", "no_object", "object.inner", "id", "pvt_created"],
)
def test_a_key_is_present_whatever_it_holds(key: str) -> None:
    assert lets_through(f"has_key={key}")
    assert not lets_through(f"key_missing={key}")


@pytest.mark.parametrize("key", ["absent", "nothing", "object.absent", "name.inner", "", "."])
def test_a_key_that_is_absent_or_null_is_missing(key: str) -> None:
    assert lets_through(f"key_missing={key}")
    assert not lets_through(f"has_key={key}")


@pytest.mark.parametrize("key", ["name", "enabled", "off", "number", "tags", "object", "id"])
def test_a_value_that_is_not_empty_is_a_value(key: str) -> None:
    assert lets_through(f"has_value={key}")
    assert not lets_through(f"value_missing={key}")
    assert not lets_through(f"missing_value={key}")


@pytest.mark.parametrize("key", ["absent", "nothing", "blank", "zero", "no_tags", "no_object"])
def test_a_value_that_is_absent_or_empty_is_missing(key: str) -> None:
    assert not lets_through(f"has_value={key}")
    assert lets_through(f"value_missing={key}")
    assert lets_through(f"missing_value={key}")


@pytest.mark.parametrize(("word", "time"), [("created", CREATED), ("modified", MODIFIED)])
def test_times_are_inclusive_gregorian_seconds(word: str, time: int) -> None:
    assert lets_through(f"{word}_from={time - 1}")
    assert lets_through(f"{word}_from={time}")
    assert not lets_through(f"{word}_from={time + 1}")
    assert not lets_through(f"{word}_to={time - 1}")
    assert lets_through(f"{word}_to={time}")
    assert lets_through(f"{word}_to={time + 1}")


def test_why_a_function_was_disabled_can_be_asked_for() -> None:
    is_wanted = function_filter({"has_key": "pvt_disabled_message"})
    assert is_wanted is not None

    disabled = FUNCTION.with_breakers({"$LATEST": Breaker.opened("too many failures", 5)}, 5)

    assert (is_wanted(FUNCTION), is_wanted(disabled)) == (False, True)


@pytest.mark.parametrize("word", ["created_from", "created_to", "modified_from", "modified_to"])
@pytest.mark.parametrize("value", ["", "x", "1.5", "1_0", "\uff19", "1" * 5_000, "2024-03-12"])
def test_a_time_that_is_no_number_lets_nothing_through(word: str, value: str) -> None:
    assert not lets_through(f"{word}={value}")


@pytest.mark.parametrize(
    "word", ["any", "none", "array_intersect_all", "array_intersect_any", "array_intersect_none"]
)
@pytest.mark.parametrize("value", ["", "a", "5", '"a"', '{"a": 1}', '["a"', "[" * 10_000])
def test_what_should_be_a_list_and_is_none_lets_nothing_through(word: str, value: str) -> None:
    assert not lets_through(f"filter_{word}_tags={value}")
    assert not lets_through(f"filter_{word}_name={value}")


def test_a_document_without_times_passes_no_filter_of_time() -> None:
    assert filtered([DOCUMENT], {"created_from": "0"}) == []
    assert filtered([DOCUMENT], {"modified_to": str(MODIFIED)}) == []


@pytest.mark.parametrize("part", ["say hi", "hi", "Y h", "SAY", ""])
def test_a_part_of_the_name_is_found_in_any_case(part: str) -> None:
    assert lets_through(f"name_contains={part}")
    assert not lets_through(f"name_contains={part}!")


def test_a_document_whose_name_is_no_text_has_an_empty_name() -> None:
    assert filtered([{"name": 5}], {"name_contains": ""}) == [{"name": 5}]
    assert filtered([{"name": ["say hi"]}], {"name_contains": "say"}) == []


def test_filters_must_all_let_a_document_through() -> None:
    assert lets_through("filter_number=5", "has_key=name", f"created_from={CREATED}")
    assert not lets_through("filter_number=5", "has_key=name", f"created_from={CREATED + 1}")
    assert not lets_through("filter_number=5", "has_key=absent", f"created_from={CREATED}")


@pytest.mark.parametrize(
    "name", ["page_size", "filter", "has_keys", "created", "key_missing_", "Filter_name", ""]
)
def test_other_parameters_are_no_filters(name: str) -> None:
    assert function_filter({name: "absent"}) is None


def test_there_are_only_so_many_filters() -> None:
    query = {f"filter_{number}": "" for number in range(FILTERS)}
    assert lets_through(*(f"{name}=" for name in query))

    with pytest.raises(InvalidDocumentError) as caught:
        function_filter({**query, "has_key": "name"})

    (violation,) = caught.value.violations
    assert (violation.path, violation.rule, violation.target, violation.value) == (
        ("filters",),
        "maxItems",
        FILTERS,
        FILTERS + 1,
    )


@given(value=scalars)
def test_every_plain_value_equals_its_own_text(value: Any) -> None:
    text = value if isinstance(value, str) else dump(value)

    for query in ({"filter_a": text}, {"filter_a": dump([value])}, {"filter_any_a": dump([value])}):
        assert filtered([{"a": value}], query)
    assert not filtered([{"a": value}], {"filter_not_a": text})


@given(
    path=st.lists(st.text(alphabet="ab.%2E", min_size=1), min_size=1, max_size=4).filter(
        lambda path: not any("%2E" in key for key in path)
    )
)
def test_every_key_can_be_named(path: list[str]) -> None:
    document: Any = "found"
    for key in reversed(path):
        document = {key: document}
    name = ".".join(key.replace(".", "%2E") for key in path)

    assert filtered([document], {f"filter_{name}": "found"})
    assert filtered([document], {"has_key": name})


@given(query=st.dictionaries(st.sampled_from(["filter_a", "filter_any_a", "has_value"]), st.text()))
def test_no_value_is_an_error(query: dict[str, str]) -> None:
    assert filtered([{"a": "x"}, {"a": [1]}, {}], query) is not None


@pytest.mark.parametrize(
    "members",
    [
        [list(range(5_000, 5_000 + 8_000))],
        [[n / 7 for n in range(3_000)]],
        [[f"{n:05}" for n in range(7_000)]],
        [[True, False] * 5_000],
        [[n] for n in range(8_000)],
    ],
    ids=["integers", "fractions", "texts", "booleans", "many lists"],
)
def test_what_many_conditions_look_at_costs_little_time_of_the_processor(
    members: list[list[Any]],
) -> None:
    wide = {f"ports{number}": each for number, each in enumerate(members)}
    function = replace(FUNCTION, document={**DOCUMENT, **wide})
    megabytes = len(dump(function.document)) / 1_000_000
    kinds = [f"filter_array_intersect_{kind}_ports" for kind in ("all", "none")]
    names = [f"{kind}{number}" for kind in kinds for number in range(FILTERS // 2)]
    is_wanted = function_filter(dict.fromkeys(names, "[]"))
    assert is_wanted is not None

    began = process_time()
    for _ in range(20):
        assert is_wanted(function)

    assert process_time() - began < 0.3 * 20 * max(megabytes, 0.05)


def test_a_list_is_converted_once_for_each_document(monkeypatch: pytest.MonkeyPatch) -> None:
    converted: list[Any] = []

    def note(value: Any) -> frozenset[str]:
        converted.append(value)
        return frozenset({"5060"})

    lists = ("all", "any", "none")
    conditions = {f"filter_array_intersect_{kind}_tags": '["x"]' for kind in lists[2:]}
    conditions |= {f"filter_array_intersect_{kind}_tags": '["5060"]' for kind in lists[:2]}
    is_wanted = function_filter(conditions)
    assert is_wanted is not None
    monkeypatch.setattr("isolambda_api.functions.query._texts", note)

    assert [is_wanted(FUNCTION), is_wanted(FUNCTION)] == [True, True]

    assert converted == [DOCUMENT["tags"]] * 2
