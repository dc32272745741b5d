"""JSON values as texts that are the same for equal values, by JSON's own idea of equal."""

from collections.abc import Mapping

from isolambda_core.domain.json_text import JsonValue, dump


def canonical(value: JsonValue) -> str:
    """Return a value as JSON text: 1 and 1.0 are equal, 1 and true are not, no order of keys is."""
    return dump(_sorted(value))


def _sorted(value: JsonValue) -> JsonValue:
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
