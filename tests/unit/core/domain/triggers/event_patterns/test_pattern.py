"""Event patterns match and are refused as EventBridge's are; what only we refuse has a reason."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isolambda_core.domain.errors import Violation
from isolambda_core.domain.json_schema import check
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.limits import DOCUMENT_DEPTH, PATTERN_CHARACTERS, PATTERN_COMBINATIONS
from isolambda_core.domain.triggers.event_patterns.pattern import (
    check_pattern,
    matches,
)
from isolambda_core.domain.triggers.types.event import RULES
from tests.support.patterns import (
    CASES,
    REFUSED,
    Json,
    event,
)

EVENT_BYTES = 256 * 1024
WORDS = ["detail", "source", "$or", "a", "exists", "prefix", "wildcard", "cidr", "numeric"]
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=3), inner, max_size=4)
    ),
)
FILTERS = st.lists(
    st.text(max_size=3) | st.dictionaries(st.sampled_from(WORDS[4:]), JUNK, min_size=1, max_size=1),
    max_size=3,
)


def violations(pattern: Any) -> list[Violation]:
    return list(check({"pattern": pattern}, RULES.schema, rules=RULES.rules))


def violations_of(pattern: Any) -> dict[str, str | None]:
    """Return the violation at each path of a pattern: its message, or its rule."""
    return {".".join(each.path): each.message or each.rule for each in violations(pattern)}


@pytest.mark.parametrize(("pattern", "given", "matched"), CASES)
def test_a_pattern_matches_as_eventbridge_has_it(pattern: Json, given: Json, matched: bool) -> None:
    assert violations(pattern) == []
    assert matches(pattern, given) is matched


VALUES: list[Any] = [
    None,
    [],
    [[]],
    {},
    [{}],
    "",
    False,
    True,
    "true",
    0,
    1,
    1.0,
    "1",
    5,
    5.0,
    "5",
    "5.0",
]
WITHOUT_A_VALUE: list[Any] = [[], [[]], {}, [{}]]


@pytest.mark.parametrize(
    ("item", "unmatched"),
    [
        ({"exists": True}, WITHOUT_A_VALUE),
        ({"anything-but": 5}, [*WITHOUT_A_VALUE, 5, 5.0]),
        ({"anything-but": "5"}, [*WITHOUT_A_VALUE, "5"]),
        ({"anything-but": [1, 0]}, [*WITHOUT_A_VALUE, 0, 1, 1.0]),
        ({"anything-but": "true"}, [*WITHOUT_A_VALUE, "true"]),
        ({"anything-but": ["null", ""]}, [*WITHOUT_A_VALUE, ""]),
    ],
    ids=str,
)
def test_a_filter_matches_every_value_but_these(item: Json, unmatched: list[Any]) -> None:
    pattern = {"detail": {"x": [item]}}

    found = [value for value in VALUES if not matches(pattern, event({"x": value}))]

    assert not matches(pattern, event({}))
    assert sorted(map(dump, found)) == sorted(map(dump, unmatched))


@pytest.mark.parametrize(
    ("item", "matched"),
    [
        ({"numeric": ["=", 5]}, [5, 5.0]),
        ({"numeric": ["=", 1]}, [1, 1.0]),
        ({"numeric": ["<", 1]}, [0]),
        ({"exists": False}, WITHOUT_A_VALUE),
        (5, [5, 5.0]),
        ("5", ["5"]),
        (True, [True]),
        ("true", ["true"]),
        (None, [None]),
    ],
    ids=str,
)
def test_a_filter_matches_these_values_and_no_other(item: Any, matched: list[Any]) -> None:
    pattern = {"detail": {"x": [item]}}

    found = [value for value in VALUES if matches(pattern, event({"x": value}))]

    assert matches(pattern, event({})) is (item == {"exists": False})
    assert sorted(map(dump, found)) == sorted(map(dump, matched))


@pytest.mark.parametrize(
    ("items", "matched"),
    [
        ([{"kind": "book"}, {"count": 2}], False),
        ([[{"kind": "book"}], [{"count": 2}]], False),
        ([{"kind": "book", "count": 0}, {"kind": "pen", "count": 2}], False),
        ([{"kind": "book", "count": [0, 2]}], True),
        ([[{"kind": "book"}], {"kind": ["pen", "book"], "count": 2}], True),
    ],
)
def test_two_conditions_are_met_by_one_object_of_an_array(items: list[Any], matched: bool) -> None:
    pattern: Json = {"detail": {"x": {"kind": ["book"], "count": [{"numeric": [">", 1]}]}}}

    assert matches(pattern, event({"x": items})) is matched


@pytest.mark.parametrize(
    ("wildcard", "matched", "unmatched"),
    [
        ("\\*", ["*"], ["", "a", "**", "\\*"]),
        ("*\\*", ["*", "a*", "**"], ["", "a", "*a"]),
        ("\\**", ["*", "*a", "**"], ["", "a", "a*"]),
        ("a\\\\*", ["a\\", "a\\b"], ["a", "a*", "ab"]),
    ],
)
def test_an_escaped_star_of_a_wildcard_is_a_star(
    wildcard: str, matched: list[str], unmatched: list[str]
) -> None:
    pattern = {"detail": {"x": [{"wildcard": wildcard}]}}

    assert violations(pattern) == []
    assert [x for x in matched + unmatched if matches(pattern, event({"x": x}))] == matched


@pytest.mark.parametrize("pattern", REFUSED, ids=lambda pattern: dump(pattern)[:60])
def check_test_a_pattern_that_eventbridge_refuses_has(pattern: Any) -> None:
    found = violations(pattern)

    assert found
    assert {each.path[0] for each in found} == {"pattern"}


@pytest.mark.parametrize("pattern", [None, [], "source", 5, True])
def test_a_pattern_is_an_object(pattern: Any) -> None:
    assert violations(pattern) == [Violation(("pattern",), "type", "object", pattern)]


def test_a_problem_names_its_place_in_the_pattern() -> None:
    pattern = {
        "source": "shop",
        "detail": {"a": [1, {"prefix": 5}], "b": [], "$or": [{"c": {}}, 7]},
    }

    assert violations_of(pattern) == {
        "pattern.source": "type",
        "pattern.detail.a.1": "prefix is a string",
        "pattern.detail.b": "minItems",
        "pattern.detail.$or.0.c": "minProperties",
        "pattern.detail.$or.1": "type",
    }


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ({"resources": ["isolambda:b"]}, "pattern.resources"),
        ({"resources": [{"exists": True}], "source": ["a"]}, "pattern.resources"),
        ({"resources": {"x": ["a"]}}, "pattern.resources"),
        ({"$or": [{"source": ["a"]}, {"resources": ["b"]}]}, "pattern.$or.1.resources"),
        (
            {"$or": [{"source": ["a"]}, {"$or": [{"id": ["1"]}, {"resources": ["b"]}]}]},
            "pattern.$or.1.$or.1.resources",
        ),
    ],
)
def test_no_pattern_names_resources_wherever_that_would_count(pattern: Json, path: str) -> None:
    assert violations_of(pattern) == {
        path: "A pattern may not name resources: they keep accounts apart"
    }


def test_resources_of_the_detail_are_anybodys() -> None:
    pattern: Json = {"detail": {"$or": [{"resources": ["a"]}, {"b": ["c"]}]}}

    assert violations(pattern) == []
    assert matches(pattern, event({"resources": ["a"]}))


@pytest.mark.parametrize("key", ["account", "region", "version", "Source", "detail.type", "", "a"])
def test_a_pattern_names_only_what_an_event_here_has(key: str) -> None:
    assert violations({key: ["x"]}) == [
        Violation(("pattern", key), "additionalProperties", None, key),
    ]


def test_what_eventbridge_would_read_as_something_else_is_refused() -> None:
    no_list = {"$or": {"source": ["a"]}}
    dotted = {"detail": {"a.b": ["c"]}}
    reserved = {"$or": [{"detail": {"prefix": ["a"]}}, {"source": ["b"]}]}

    assert violations_of(no_list) == {"pattern.$or": "type"}
    assert violations_of(dotted) == {
        "pattern.detail.a.b": "EventBridge takes a key with a dot for a path; nest objects instead"
    }
    assert violations_of(reserved) == {
        "pattern.$or.0.detail.prefix": (
            "EventBridge takes $or for a field where a branch has such a key"
        )
    }
    assert violations({"detail": {"prefix": ["a"]}}) == []


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["a"], "$or": [{"source": ["b"]}, {"id": ["c"]}]},
        {"$or": [{"detail": {"a": {"b": [1]}}}, {"id": ["c"]}], "detail": {"a": {"b": [1]}}},
        {"source": ["a"], "$or": [{"id": ["1"]}, {"$or": [{"source": ["b"]}, {"id": ["c"]}]}]},
    ],
)
def test_no_field_is_demanded_both_in_or_and_besides(pattern: Json) -> None:
    [violation] = violations(pattern)

    assert violation.path in {("pattern", "source"), ("pattern", "detail", "a", "b")}
    assert violation.message is not None
    assert violation.message.startswith("Demanded twice")


def test_branches_may_demand_the_same_field() -> None:
    pattern = {"$or": [{"detail": {"a": [1]}}, {"detail": {"a": [2], "b": [3]}}]}

    assert violations(pattern) == []
    assert matches(pattern, event({"a": 1}))
    assert not matches(pattern, event({"a": 2}))
    assert matches(pattern, event({"a": 2, "b": 3}))


def test_a_pattern_is_as_long_as_its_limit_at_the_most() -> None:
    room = PATTERN_CHARACTERS - len(dump({"source": [""]}))

    assert violations({"source": ["x" * room]}) == []
    assert violations({"source": ["x" * (room + 1)]}) == [
        Violation(("pattern",), "maxLength", PATTERN_CHARACTERS, PATTERN_CHARACTERS + 1)
    ]


def test_a_pattern_that_is_too_deep_or_too_long_is_not_looked_into() -> None:
    deep: Any = ["a"]
    for _ in range(100_000):
        deep = {"a": deep}

    assert violations({"detail": deep}) == [
        Violation(("pattern",), "maxDepth", DOCUMENT_DEPTH, None)
    ]
    assert violations_of({"detail": {"a": ["x"] * 1_000_000}}) == {"pattern": "maxLength"}


def test_branches_make_no_more_combinations_than_the_limit() -> None:
    def combining(times: int) -> Json:
        return {"detail": {f"k{i}": {"$or": [{"a": [1]}, {"b": [2]}]} for i in range(times)}}

    most = combining(9)

    assert violations(most) == []
    assert matches(most, event({f"k{i}": {"b": 2} for i in range(9)}))
    assert not matches(most, event({f"k{i}": {"b": 2} for i in range(8)}))
    assert violations_of(combining(10)) == {
        "pattern": f"$or makes more than {PATTERN_COMBINATIONS} combinations"
    }


@pytest.mark.parametrize(
    ("demanded", "items", "matched"),
    [
        # alone: in every object
        ({"b": [{"exists": False}]}, [{"b": 1}, {"c": 2}], False),
        ({"b": [{"exists": False}]}, [{"a": 1}, {"c": 2}], True),
        # after another field: in the objects where that was found
        ({"a": [1], "b": [{"exists": False}]}, [{"a": 1}, {"b": 2}], True),
        ({"a": [1], "b": [{"exists": False}]}, [{"a": 1, "b": 2}, {"a": 0}], False),
        ({"b": [{"exists": False}], "a": [1]}, [{"a": 1}, {"b": 2}], True),
        ({"a": [{"exists": False}], "b": [{"exists": False}]}, [{"c": 1}, {"b": 2}], False),
        # before another: in every object
        ({"a": [{"exists": False}], "b": [1]}, [{"b": 1}, {"a": 2}], False),
        ({"a": [{"exists": False}, 2], "b": [1]}, [{"b": 1}, {"a": 2, "b": 1}], True),
        ({"a": [{"exists": False}, 2], "b": [1]}, [{"b": 1}, {"a": 2}], False),
        # further down
        (
            {"a": {"x": [1]}, "b": {"y": [{"exists": False}]}},
            [{"a": {"x": 1}}, {"b": {"y": 2}}],
            True,
        ),
        (
            {"a": {"x": [1]}, "b": {"y": [{"exists": False}]}},
            [{"a": {"x": 1}, "b": {"y": 2}}],
            False,
        ),
    ],
)
def test_what_must_not_be_in_an_array_is_looked_for_where_eventbridge_does(
    demanded: Json, items: list[Any], matched: bool
) -> None:
    # As its own matcher does it (github.com/aws/event-ruler, NameState.getNameTransitions).
    pattern = {"detail": {"items": demanded}}

    assert violations(pattern) == []
    assert matches(pattern, event({"items": items})) is matched


def test_a_field_can_be_a_value_and_hold_objects_at_once() -> None:
    pattern: Json = {
        "detail": {"a": [1]},
        "$or": [{"detail": {"a": {"b": [2]}}}, {"source": ["other"]}],
    }

    without: Json = {
        **pattern,
        "$or": [{"detail": {"a": {"b": [{"exists": False}]}}}, {"id": [""]}],
    }

    assert violations(pattern) == violations(without) == []
    assert matches(pattern, event({"a": [1, {"b": 2}]}))
    assert not matches(pattern, event({"a": 1}))
    assert matches(without, event({"a": [1, {"c": 3}]}))
    assert not matches(without, event({"a": [1, {"b": 2}, {"c": 3}]}))


@pytest.mark.parametrize(
    ("pattern", "detail"),
    [
        pytest.param(
            {"detail": {"x": [{"wildcard": "*a" * 800 + "*b"}]}},
            {"x": "a" * EVENT_BYTES},
            id="wildcards that nearly match",
        ),
        pytest.param(
            {"detail": {"x": [{"suffix": {"equals-ignore-case": "b" + "a" * 1_800}}]}},
            {"x": "A" * EVENT_BYTES},
            id="a suffix that nearly matches",
        ),
        pytest.param(
            {"detail": {"x": {f"k{i}": {"$or": [{"a": [1]}, {"b": [1]}]} for i in range(9)}}},
            {"x": [{}] * (EVENT_BYTES // 3)},
            id="combinations and objects",
        ),
        pytest.param(
            {"detail": {"x": {f"k{i}": [{"exists": False}] for i in range(60)}}},
            {"x": [{"k0": 1}] * (EVENT_BYTES // 9)},
            id="absences and objects",
        ),
        pytest.param(
            {"detail": {"x": list(range(400))}}, {"x": ["y"] * (EVENT_BYTES // 4)}, id="values"
        ),
    ],
)
def test_a_hostile_pattern_and_event_are_done_with(pattern: Json, detail: Json) -> None:
    assert violations(pattern) == []
    assert not matches(pattern, event(detail))


@given(JUNK, FILTERS, JUNK)
def test_whatever_is_given_is_refused_or_can_be_matched(
    junk: Any, filters: Any, value: Any
) -> None:
    for pattern in (junk, {"detail": junk}, {"detail": {"a": filters}}):
        if not violations(pattern):
            assert matches(pattern, event({"a": value})) in {True, False}


def test_an_event_may_nest_arrays_deeper_than_python_can_follow() -> None:
    nested: Any = ["a"]
    for _ in range(100_000):
        nested = [nested]

    assert matches({"detail": {"x": ["a"]}}, event({"x": nested}))


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"numeric": [">", "5"]}, "numeric compares numbers, and this is a string"),
        ({"numeric": ["=", None]}, "numeric compares numbers, and this is null"),
        ({"numeric": ["<", True]}, "numeric compares numbers, and this is true"),
        ({"numeric": [">", 0, "<", "5"]}, "numeric compares numbers, and this is a string"),
        ({"numeric": [">", [5]]}, "numeric compares numbers, and this is a list"),
        ({"numeric": [">", 2**53 + 1]}, "A number is one that a double can hold"),
        ({"anything-but": [None]}, "anything-but takes strings or numbers, and this is null"),
        ({"anything-but": None}, "anything-but takes strings or numbers, and this is null"),
        (
            {"anything-but": ["a", False]},
            "anything-but takes strings or numbers, and this is false",
        ),
        ({"anything-but": [["a"]]}, "anything-but takes strings or numbers, and this is a list"),
        (
            {"anything-but": [{"prefix": "a"}]},
            "anything-but takes strings or numbers, and this is an object",
        ),
        ({"anything-but": ["a", 1]}, "anything-but takes strings or numbers, not both"),
        ({"cidr": "10.0.0.1/32"}, "cidr is a block of more than one address"),
    ],
)
def test_a_filter_that_is_refused_says_what_came_in_place_of_what(item: Any, message: str) -> None:
    [violation] = check_pattern({"detail": {"x": [item]}})

    assert violation.message == message
