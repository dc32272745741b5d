"""JSON on its way in is JSON, or an error that both dialects know."""

import json

import pytest

from isolambda_api.http.body import (
    payload_of,
    read_json,
)
from isolambda_api.http.errors import MalformedBodyError
from isolambda_core.domain.json_text import JsonValue


@pytest.mark.parametrize("text", ["", "NaN", "-Infinity", "1e999", "[" * 100_000, b"\xff"])
def test_what_is_not_json_is_malformed(text: str | bytes) -> None:
    with pytest.raises(MalformedBodyError):
        read_json(text)


@pytest.mark.parametrize("text", ["null", "1.5", '"ž\ud800"', '{"a":[1e308,-0.0]}'])
def test_a_payload_says_what_was_read(text: str) -> None:
    written = json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))

    assert payload_of(read_json(text)) == written.encode("utf-8", "backslashreplace")


def test_a_value_too_deep_to_write_is_malformed() -> None:
    deep: JsonValue = None
    for _ in range(100_000):
        deep = [deep]

    with pytest.raises(MalformedBodyError):
        payload_of(deep)
