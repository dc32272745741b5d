"""What a callflow is, rule by rule."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from isolambda_core.domain.errors import Violation
from isolambda_core.domain.functions.callflows import (
    MODULES,
    check_callflow,
)
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import CALLFLOW_DEPTH, CALLFLOW_NODES

FUNCTION, OTHER_FUNCTION = "f" * 32, "e" * 32
TTS: JsonValue = {"module": "tts", "data": {"text": "hi"}}
BACK: JsonValue = {"module": "function", "data": {"id": FUNCTION}}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["module", "data", "children", "_", "", "id"]) | st.text(), inner
        )
    ),
)
NODES = st.recursive(
    st.fixed_dictionaries({"module": st.sampled_from(sorted(MODULES))}),
    lambda inner: st.fixed_dictionaries(
        {"module": st.sampled_from(sorted(MODULES))},
        optional={
            "data": st.dictionaries(st.text(), st.integers()),
            "children": st.dictionaries(st.text(min_size=1), inner, max_size=3),
            "custom": st.text(),
        },
    ),
)


def violations(value: Any, function_id: str | None = None) -> list[Violation]:
    return list(check_callflow(value, function_id))


def chain(levels: int, key: str = "_", last: JsonValue = TTS) -> JsonValue:
    """Return a callflow of ``levels`` nodes below each other, of which ``last`` is the lowest."""
    node = last
    for _ in range(levels - 1):
        node = {"module": "menu", "data": {}, "children": {key: node}}
    return node


def broad(nodes: int) -> JsonValue:
    return {"module": "menu", "children": {str(number): TTS for number in range(nodes - 1)}}


@pytest.mark.parametrize("module", sorted(MODULES))
def test_each_module_of_kazoo_is_a_callflow(module: str) -> None:
    assert violations({"module": module, "data": {}}) == []


def test_data_and_children_may_be_absent_and_other_keys_are_welcome() -> None:
    assert violations({"module": "answer"}) == []
    assert violations({"module": "answer", "children": {}, "note": [None], "id": 5}) == []


@pytest.mark.parametrize("value", [None, True, 1, "tts", [], [TTS]], ids=str)
def test_what_is_no_object_is_no_callflow(value: JsonValue) -> None:
    assert violations(value) == [Violation((), "type", "object", value)]


@pytest.mark.parametrize(
    ("node", "violation"),
    [
        ({}, Violation(("module",), "required", None, "module")),
        ({"data": {}}, Violation(("module",), "required", None, "module")),
        ({"module": None}, Violation(("module",), "type", "string", None)),
        ({"module": 5}, Violation(("module",), "type", "string", 5)),
        ({"module": ""}, Violation(("module",), "minLength", 1, "")),
        ({"module": "x" * 65}, Violation(("module",), "maxLength", 64, "x" * 65)),
        (
            {"module": "Tts"},
            Violation(
                ("module",),
                "error",
                None,
                "Tts",
                message="unable to find callflow schema for module Tts",
            ),
        ),
        (
            {"module": "x" * 64},
            Violation(
                ("module",),
                "error",
                None,
                "x" * 64,
                message=f"unable to find callflow schema for module {'x' * 64}",
            ),
        ),
        ({"module": "tts", "data": None}, Violation(("data",), "type", "object", None)),
        ({"module": "tts", "data": []}, Violation(("data",), "type", "object", [])),
        ({"module": "tts", "children": None}, Violation(("children",), "type", "object", None)),
        ({"module": "tts", "children": [TTS]}, Violation(("children",), "type", "object", [TTS])),
        (
            {"module": "tts", "children": {"": TTS}},
            Violation(("children", ""), "minLength", 1, ""),
        ),
        (
            {"module": "tts", "children": {"_": "hangup"}},
            Violation(("children", "_"), "type", "object", "hangup"),
        ),
        (
            {"module": "menu", "children": {"1": TTS, "2.a": {"module": "tts", "children": {
                "_": {"data": {}}}}}},
            Violation(("children", "2.a", "children", "_", "module"), "required", None, "module"),
        ),
    ],
    ids=lambda value: None if isinstance(value, dict) else ".".join(value.path),
)  # fmt: skip
def test_a_broken_rule_is_reported_with_its_place(node: JsonValue, violation: Violation) -> None:
    assert violations(node) == [violation]


def test_every_problem_is_reported_in_the_order_of_the_callflow() -> None:
    found = violations(
        {
            "module": 5,
            "data": 5,
            "children": {"1": {"children": {"_": []}}, "2": {"module": "no"}, "3": None},
        }
    )

    assert [".".join(violation.path) for violation in found] == [
        "data",
        "module",
        "children.1.module",
        "children.1.children._",
        "children.2.module",
        "children.3",
    ]


def test_a_callflow_is_as_deep_as_it_may_be() -> None:
    assert violations(chain(CALLFLOW_DEPTH)) == []

    [violation] = violations(chain(CALLFLOW_DEPTH + 1))
    assert (violation.path, violation.rule) == ((), "error")
    assert violation.message == (
        "a callflow must not have more than 1000 nodes, 50 of them below each other"
    )


def test_a_callflow_has_as_many_nodes_as_it_may() -> None:
    assert violations(broad(CALLFLOW_NODES)) == []

    [violation] = violations(broad(CALLFLOW_NODES + 1))
    assert (violation.path, violation.rule) == ((), "error")


def test_nodes_count_wherever_they_are() -> None:
    half = {f"{number}": broad(CALLFLOW_NODES // 2) for number in range(2)}

    assert [violation.rule for violation in violations({"module": "menu", "children": half})] == [
        "error"
    ]


def test_no_callflow_costs_more_than_its_first_nodes() -> None:
    class Children(dict[str, JsonValue]):
        taken = 0

        @override
        def items(self) -> Any:
            for item in super().items():
                self.taken += 1
                yield item

    children = Children({str(number): None for number in range(100_000)})

    violations({"module": "menu", "children": children})

    assert children.taken <= CALLFLOW_NODES


@pytest.mark.parametrize("levels", [1, 2, 7])
def test_a_callflow_that_hands_the_call_back_to_its_own_function_is_refused(levels: int) -> None:
    [violation] = violations(chain(levels, last=BACK), FUNCTION)

    assert violation == Violation(
        ("children", "_") * (levels - 1),
        "error",
        None,
        None,
        message="the callflow hands the call back to itself",
    )


def test_a_caller_s_choice_may_lead_back() -> None:
    assert violations(chain(2, "1", BACK), FUNCTION) == []
    assert violations(chain(2, "1", chain(2, "_", BACK)), FUNCTION) == []


def test_another_function_or_one_that_is_not_known_may_be_handed_the_call() -> None:
    assert violations(BACK, OTHER_FUNCTION) == []
    assert violations(BACK) == []
    assert violations({"module": "function", "data": {}}, FUNCTION) == []
    assert violations({"module": "tts", "data": {"id": FUNCTION}}, FUNCTION) == []


@given(JSON)
def test_whatever_is_given_comes_back_with_problems_or_none(value: JsonValue) -> None:
    for violation in check_callflow(value, FUNCTION):
        assert all(isinstance(key, str) for key in violation.path)


@given(NODES)
def test_what_is_made_by_the_rules_obeys_them(node: JsonValue) -> None:
    assert violations(node) == []
