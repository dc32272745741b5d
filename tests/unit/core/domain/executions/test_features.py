"""A function has WebAssembly and SharedArrayBuffer only if its document asks for them."""

import pytest

from isolambda_core.domain.errors import InvalidDocumentError
from isolambda_core.domain.functions.functions import (
    Function,
    validated_function,
)
from isolambda_core.domain.json_text import JsonValue

BARE: dict[str, JsonValue] = {"name": "n", "function_js": "return 1"}


def test_a_function_asks_for_nothing_by_default() -> None:
    assert Function("a", "f", validated_function(BARE), 1, 0, 0).features == ()


def test_what_is_asked_for_has_one_order() -> None:
    document = validated_function({**BARE, "features": ["shared_array_buffer", "webassembly"]})

    assert Function("a", "f", document, 1, 0, 0).features == ("webassembly", "shared_array_buffer")


@pytest.mark.parametrize(
    ("features", "path", "rule"),
    [
        ("webassembly", ("features",), "type"),
        (None, ("features",), "type"),
        (["webassembly", "network"], ("features", "1"), "enum"),
        ([1], ("features", "0"), "enum"),
        ([["webassembly"]], ("features", "0"), "enum"),
    ],
)
def test_what_there_is_not_cannot_be_asked_for(
    features: JsonValue, path: tuple[str, ...], rule: str
) -> None:
    with pytest.raises(InvalidDocumentError) as refused:
        validated_function({**BARE, "features": features})

    assert [(violation.path, violation.rule) for violation in refused.value.violations] == [
        (path, rule)
    ]
