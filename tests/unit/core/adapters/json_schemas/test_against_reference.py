"""The checker and the reference validator are of one mind about schemas and values."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_jsonschema import from_schema
from jsonschema import Draft202012Validator

from isolambda_core.adapters.json_schemas import JsonSchemaChecker

EXAMPLES = 150
CHECKER = JsonSchemaChecker()
NAMES = st.sampled_from(["a", "b", "c", "ä/~"])
NUMBERS = st.integers(-3, 5) | st.sampled_from([0.5, 1.0, 2.5, -1e3, 2**53, 10**20])
SCALARS = st.none() | st.booleans() | NUMBERS | st.text("abä😀", max_size=4)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
COUNTS = st.integers(0, 3) | st.sampled_from([0.0, 1.0, 2.0])
TYPES = st.sampled_from(["null", "boolean", "object", "array", "number", "string", "integer"])
PATTERNS = st.sampled_from(["a", "^a", "b$", "^[ab]+$", "a{2}", "^(a|b)?$", "[^a]"])
SIMPLE = {
    "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
    "enum": st.lists(VALUES, min_size=1, max_size=4),
    "const": VALUES,
    "multipleOf": st.sampled_from([1, 2, 0.5, 3]),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), NUMBERS),
    **dict.fromkeys(
        ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), COUNTS
    ),
    **dict.fromkeys(("minContains", "maxContains"), COUNTS),
    "pattern": PATTERNS,
    "uniqueItems": st.booleans(),
    "required": st.lists(NAMES, max_size=2, unique=True),
    "dependentRequired": st.dictionaries(NAMES, st.lists(NAMES, max_size=2, unique=True)),
    "format": st.just("email"),
    "x-note": VALUES,
}


def _few_of(keywords: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Return schemas of few keywords, so that values may fit them."""
    few = st.lists(st.sampled_from(sorted(keywords)), max_size=4, unique=True)
    return few.flatmap(lambda keys: st.fixed_dictionaries({key: keywords[key] for key in keys}))


def _with(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(inner, min_size=1, max_size=3)
    maps = st.dictionaries(NAMES, inner, max_size=3)
    applied = {
        **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), lists),
        **dict.fromkeys(("properties", "dependentSchemas"), maps),
        "patternProperties": st.dictionaries(PATTERNS, inner, max_size=2),
        **dict.fromkeys(
            ("not", "if", "then", "else", "propertyNames", "items", "contains",
             "additionalProperties", "unevaluatedItems", "unevaluatedProperties"),
            inner,
        ),
        "$ref": st.sampled_from(["#/$defs/one", "#/$defs/t~1wo"]),
    }  # fmt: skip
    return _few_of({**SIMPLE, **applied})


LEAVES = _few_of(SIMPLE)
SCHEMAS = st.builds(
    lambda schema, one, two: {**schema, "$defs": {"one": one, "t/wo": two}},
    st.recursive(st.booleans() | LEAVES, _with, max_leaves=6).filter(
        lambda it: it not in (True, False)
    ),
    LEAVES,
    LEAVES,
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(schema=SCHEMAS, data=st.data())
def test_the_checker_finds_a_fault_where_the_reference_does(
    schema: Any, data: st.DataObject
) -> None:
    value = data.draw(VALUES)
    if any(CHECKER.check(schema)):
        return  # more than 500 subschemas, as `unevaluated…` counts

    fault = CHECKER.first_fault(schema, json.dumps(value).encode())

    assert (fault is None) == Draft202012Validator(schema).is_valid(value)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(schema=LEAVES, data=st.data())
def test_a_value_that_is_made_for_a_schema_fits_it(schema: Any, data: st.DataObject) -> None:
    try:
        value = data.draw(from_schema(schema))
    except Exception:  # it makes no value for what none fits
        return
    if Draft202012Validator(schema).is_valid(value):
        assert CHECKER.first_fault(schema, json.dumps(value).encode()) is None
