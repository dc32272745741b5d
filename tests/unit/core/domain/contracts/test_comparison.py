"""What one schema accepts and another may not."""

import sys
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from isolambda_core.domain.contracts.comparison import Break, breaks_between
from isolambda_core.domain.limits import SCHEMA_BREAKS

PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "age": {"type": "integer", "minimum": 0, "maximum": 150},
        "size": {"enum": ["s", "m", "l"]},
        "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 9},
    },
    "required": ["name"],
}


def changed(**properties: Any) -> dict[str, Any]:
    return {**PERSON, "properties": {**PERSON["properties"], **properties}}  # type: ignore[dict-item]


INTEGER = {"type": "integer"}


@pytest.mark.parametrize(
    ("old", "new", "path", "what"),
    [
        (PERSON, {**PERSON, "required": ["age", "name"]}, "/age", "may be missing"),
        (PERSON, changed(size={"enum": ["s", "m"]}), "/size", 'may be "l"'),
        (PERSON, changed(name={"type": "integer"}), "/name", "may be of the type string"),
        (PERSON, changed(age={"type": "integer", "maximum": 99}), "/age", "may break maximum 99"),
        (PERSON, changed(tags={"type": "array", "items": {"type": "string", "maxLength": 3}}),
         "/tags/*", "may break maxLength 3"),
        (PERSON, {**PERSON, "additionalProperties": False}, "/*", "may be there"),
        (None, {"type": ["array", "boolean", "null", "number", "object"]}, "",
         "may be of the type string"),
        ({}, {"allOf": [False]}, "", "may be anything"),
        ({"type": "number"}, {"type": "integer"}, "", "may be of the type number"),
        ({"const": 1}, {"const": True}, "", "may be 1"),
        ({"type": "string"}, {"type": "string", "pattern": "^a"}, "", 'may break pattern "^a"'),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"type": "string"}}},
         {"$ref": "#/$defs/a", "$defs": {"a": {"type": "null"}}}, "", "may be of the type string"),
        ({"type": "array", "prefixItems": [{"type": "string"}], "items": {"type": "null"}},
         {"type": "array", "items": {"type": "null"}}, "/0", "may be of the type string"),
        ({"properties": {"a/b~": {"type": "string"}}}, {"properties": {"a/b~": False}},
         "/a~1b~0", "may be there"),
        ({"properties": {"a": {}, "b": {}}, "unevaluatedProperties": False},
         {"properties": {"a": {}}, "unevaluatedProperties": False}, "",
         "may break unevaluatedProperties false"),
        ({"patternProperties": {"^x": {"maxLength": 5}}},
         {"patternProperties": {"^x": {"maxLength": 3}}}, "/*", "may break maxLength 3"),
        ({"patternProperties": {"^x": {}}, "additionalProperties": False},
         {"additionalProperties": False}, "/*", "may be there"),
        ({"propertyNames": {"maxLength": 5}}, {"propertyNames": {"maxLength": 3}}, "",
         'may break propertyNames {"maxLength":3}'),
        ({"if": {"type": "string"}, "then": {"minLength": 1}},
         {"if": {"type": "string"}, "then": {"minLength": 2}}, "", "may break if"),
    ],
)  # fmt: skip
def test_what_may_not_fit_any_more_is_a_break(old: Any, new: Any, path: str, what: str) -> None:
    assert breaks_between(old, new) == [Break(path, what)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (PERSON, PERSON),
        (PERSON, None),
        (PERSON, {}),
        (PERSON, {**PERSON, "required": []}),
        (PERSON, changed(size={"enum": ["xl", "l", "m", "s"]})),
        (PERSON, changed(age={"type": "number"})),
        (PERSON, changed(email={"type": "string"})),
        (PERSON, {**PERSON, "title": "A person", "x-shown": False}),
        ({**PERSON, "additionalProperties": False}, PERSON),
        ({"const": 1}, {"enum": [1.0, "a"]}),
        ({"type": "string", "minLength": 5}, {"type": ["null", "string"], "minLength": 2}),
        ({"type": "string"}, {"type": "string", "minimum": 3}),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"type": ["string", "null"]}),
        ({"type": "string"}, {"anyOf": [{"type": "null"}, {"type": "string"}]}),
        ({"anyOf": [{"const": 1}, {"const": 2}]}, {"anyOf": [{"const": 2}, {"const": 1}]}),
        ({"allOf": [{"type": "string"}, {"minLength": 3}]}, {"type": "string", "minLength": 3}),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"type": "null"}}}, {"type": "null"}),
        ({"multipleOf": 0.2}, {"multipleOf": 0.1}),
        ({"exclusiveMinimum": 3}, {"minimum": 3}),
        ({"allOf": [False]}, {"type": "null"}),
        ({"patternProperties": {"^x": {"type": "string"}}, "additionalProperties": False},
         {"patternProperties": {"^x": {"minimum": 1}}, "additionalProperties": False}),
        ({"patternProperties": {"^x": {"type": "string"}}, "additionalProperties": False},
         {"patternProperties": {"^x": {"type": "string"}, "^y": {}}, "additionalProperties": {}}),
        ({"propertyNames": {"maxLength": 3}}, {"propertyNames": {"maxLength": 5}}),
        ({"propertyNames": {"pattern": "^a"}}, {"propertyNames": {"type": "string"}}),
        ({"contains": INTEGER, "minContains": 2}, {"contains": INTEGER}),
        ({"contains": INTEGER, "minContains": 2}, {"contains": {"type": "number"}}),
        ({"contains": INTEGER}, {"contains": {"type": "string"}, "minContains": 0}),
        ({"contains": INTEGER, "maxContains": 2}, {"contains": INTEGER, "maxContains": 3}),
        ({"contains": INTEGER, "maxContains": 2}, {"contains": INTEGER}),
    ],
)  # fmt: skip
def test_what_fits_as_before_is_no_break(old: Any, new: Any) -> None:
    assert breaks_between(old, new) == []


HAS_A: dict[str, Any] = {"properties": {"a": {"type": "string"}}, "required": ["a"]}
HAS_B: dict[str, Any] = {"properties": {"b": {"type": "string"}}, "required": ["b"]}
NAMING_A: list[Any] = [
    {"anyOf": [HAS_A, HAS_B]},
    {"oneOf": [HAS_A, HAS_B]},
    {"not": HAS_A},
    {"if": {"required": ["k"]}, "then": HAS_A},
    {"if": {"required": ["k"]}, "else": HAS_A},
    {"dependentSchemas": {"k": HAS_A}},
    {"dependentSchemas": {"a": HAS_B}},
    {"dependentRequired": {"k": ["a"]}},
    {"dependentRequired": {"a": ["k"]}},
    {"required": ["a"]},
    {"allOf": [HAS_A], "unevaluatedProperties": False},
    {"unevaluatedProperties": {"type": "string"}},
    {"propertyNames": {"maxLength": 1}},
    {"enum": [{"a": "b"}]},
]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"contains": INTEGER}, {"contains": INTEGER, "minContains": 2}),
        ({"contains": INTEGER, "minContains": 0}, {"contains": INTEGER}),
        ({"contains": {"type": "number"}}, {"contains": INTEGER}),
        ({"contains": INTEGER}, {"contains": INTEGER, "maxContains": 3}),
        ({"contains": INTEGER, "maxContains": 3}, {"contains": INTEGER, "maxContains": 2}),
        # An item more counts.
        (
            {"contains": INTEGER, "maxContains": 2},
            {"contains": {"type": "number"}, "maxContains": 2},
        ),
        ({"minContains": 2}, {"contains": INTEGER}),
    ],
)
def test_what_an_array_has_to_contain_besides_is_a_break(old: Any, new: Any) -> None:
    assert [each.path for each in breaks_between(old, new)] == [""]


@pytest.mark.parametrize("old", NAMING_A)
def test_a_property_is_free_only_where_no_part_of_the_old_schema_tells_of_it(old: Any) -> None:
    def around(schema: Any) -> Any:
        return {"properties": {"p": {}}, "anyOf": [{}, {"properties": {"p": schema}}]}

    new = {"properties": {"a": {"type": "number"}}}

    assert [each.path for each in breaks_between(old, new)] == ["/a"]
    assert [each.path for each in breaks_between({"items": old}, {"items": new})] == ["/*/a"]
    assert breaks_between({"contains": old}, {"items": new}) != []
    assert breaks_between(around(old), {"properties": {"p": new}}) != []


def test_a_property_of_one_alternative_may_come_in_the_other() -> None:
    old = {"anyOf": [HAS_A, HAS_B]}

    assert breaks_between(old, {"anyOf": [HAS_A, {**HAS_B, "required": []}]}) == []
    assert breaks_between(old, {"properties": HAS_A["properties"]}) != []
    assert breaks_between(old, {"properties": {"c": {"type": "string"}}}) == []


def test_what_is_not_evaluated_is_known() -> None:
    closed = {**HAS_A, "unevaluatedProperties": False}

    assert breaks_between(closed, {"properties": {"c": {"type": "string"}}}) == []


def test_breaks_are_bounded() -> None:
    names = [f"p{number}" for number in range(2 * SCHEMA_BREAKS)]

    assert len(breaks_between({}, {"required": names})) == SCHEMA_BREAKS


def test_alternatives_of_alternatives_end() -> None:
    def nested(depth: int, leaf: str) -> Any:
        if depth == 0:
            return {"pattern": leaf}
        return {"anyOf": [nested(depth - 1, f"{leaf}{each}") for each in "abc"]}

    assert breaks_between(nested(5, ""), nested(5, "x")) != []


def test_alternatives_beside_each_other_end_soon() -> None:
    def beside(more: float) -> Any:
        pairs = [(low + more, high - more) for low in range(12) for high in range(12)]
        return {"allOf": [{"anyOf": [{"minimum": a}, {"maximum": b}]} for a, b in pairs]}

    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        found = breaks_between(beside(0), beside(0.5))
    finally:
        sys.setprofile(None)

    assert [each.what for each in found] == ["the schemas are too involved to be compared"]
    assert calls < 1_000_000


NAMES = st.sampled_from(["a", "b", "c"])
SCALARS = st.sampled_from([None, True, False, 0, 1, 1.0, 1.5, -2, 3, "", "a", "ab", "abc"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
SMALL = st.integers(0, 3)
TYPES = st.sampled_from(["null", "boolean", "object", "array", "string", "integer", "number"])


def with_inner(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(inner, min_size=1, max_size=2)
    return st.fixed_dictionaries(
        {},
        optional={
            "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
            "enum": st.lists(SCALARS, min_size=1, max_size=3),
            "const": SCALARS,
            "minimum": SMALL,
            "exclusiveMaximum": SMALL,
            "multipleOf": st.sampled_from([1, 2, 0.5]),
            "minLength": SMALL,
            "maxLength": SMALL,
            "minItems": SMALL,
            "maxItems": SMALL,
            "uniqueItems": st.booleans(),
            "minProperties": SMALL,
            "maxProperties": SMALL,
            "required": st.lists(NAMES, max_size=2, unique=True),
            "properties": st.dictionaries(NAMES, inner, max_size=3),
            "patternProperties": st.dictionaries(st.sampled_from(["a", "b|c"]), inner, max_size=1),
            "additionalProperties": inner,
            "propertyNames": inner,
            "dependentRequired": st.dictionaries(NAMES, st.lists(NAMES, max_size=1), max_size=1),
            "prefixItems": several,
            "items": inner,
            "contains": inner,
            "minContains": SMALL,
            "maxContains": SMALL,
            "unevaluatedProperties": inner,
            "unevaluatedItems": inner,
            "allOf": several,
            "anyOf": several,
            "oneOf": several,
            "not": inner,
            "if": inner,
            "then": inner,
            "else": inner,
            "$ref": st.sampled_from(["#/$defs/x", "#/$defs/y"]),
        },
    )  # fmt: skip


SCHEMAS: st.SearchStrategy[Any] = st.recursive(
    st.booleans() | st.just({}), with_inner, max_leaves=6
)
DEFINITIONS = {"x": {"type": "string"}, "y": {"maximum": 1}}
OTHERS = {"x": {"type": "string", "minLength": 1}, "y": {"maximum": 2}}


def named(schema: Any, defined: Any) -> Any:
    return {**(schema if isinstance(schema, dict) else {"allOf": [schema]}), "$defs": defined}


@given(SCHEMAS, SCHEMAS, st.lists(VALUES, min_size=5, max_size=20), st.data())
@settings(max_examples=100, deadline=None)
def test_without_a_break_the_new_schema_accepts_what_the_old_one_does(
    old: Any, new: Any, values: list[Any], data: st.DataObject
) -> None:
    if data.draw(st.booleans()) and isinstance(old, dict) and isinstance(new, dict):
        new = {**old, **{key: new[key] for key in list(new)[:1]}}
    old, new = (
        named(old, DEFINITIONS),
        named(new, data.draw(st.sampled_from([DEFINITIONS, OTHERS]))),
    )
    assume(breaks_between(closed(old), new) == [])
    before, after = Draft202012Validator(closed(old)), Draft202012Validator(new)

    for value in values:
        assert not before.is_valid(value) or after.is_valid(value)


def closed(schema: Any) -> Any:
    """Return a schema in which no property is free."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) if key in INNER else value for key, value in schema.items()}
    for key in ("properties", "patternProperties", "$defs"):
        if key in inner:
            inner[key] = {name: closed(each) for name, each in schema[key].items()}
    return {"additionalProperties": {}, **inner}


INNER = {
    *("additionalProperties", "propertyNames", "prefixItems", "items", "contains", "not", "if"),
    *("then", "else", "allOf", "anyOf", "oneOf", "unevaluatedProperties", "unevaluatedItems"),
}
