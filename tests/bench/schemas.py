"""What it costs to check an input against a schema, as the API does before it executes."""

import json
from collections.abc import Iterator
from time import process_time
from typing import Final

from isolambda_core.adapters.json_schemas import JsonSchemaChecker
from isolambda_core.domain.json_text import JsonValue
from tests.bench.figures import Row, duration, measured, p50

CHECK_S: Final = 0.0003
_ORDER: Final[JsonValue] = {
    "type": "object",
    "required": ["id", "state", "lines"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "integer", "minimum": 1},
        "state": {"enum": ["open", "paid", "sent"]},
        "note": {"type": ["string", "null"], "maxLength": 200},
        "lines": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["sku"],
                "properties": {
                    "sku": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]+$"},
                    "count": {"type": "integer", "minimum": 1},
                    "price": {"type": "number"},
                },
            },
        },
    },
}
_SCHEMA: Final[dict[str, JsonValue]] = {"type": "array", "items": _ORDER}
_BYTES: Final = 10_000


def rows() -> Iterator[Row]:
    """Measure a value that fits and one that does not, of 10 KB each, in processor time."""
    yield _row("a schema that 10 KB of input fit", fault=False)
    yield _row("a schema that 10 KB of input do not fit, at their end", fault=True)


def _row(what: str, *, fault: bool) -> Row:
    checker, text = JsonSchemaChecker(), _orders(fault=fault)

    def took() -> float:
        began = process_time()
        found = checker.first_fault(_SCHEMA, text)
        took_s = process_time() - began
        assert (found is not None) is fault, found
        return took_s

    samples = [took() for _ in range(300)][20:]
    bound = duration(CHECK_S)
    return measured(what, duration(p50(samples)), bound=bound, met=p50(samples) <= CHECK_S)


def _orders(*, fault: bool) -> bytes:
    lines = [{"sku": f"ABC-{number}", "count": number, "price": 9.5} for number in range(1, 5)]
    order = {"id": 1, "state": "open", "note": None, "lines": lines}
    orders = [order] * (_BYTES // len(json.dumps(order)))
    last = {**order, "state": "lost"} if fault else order
    return json.dumps([*orders, last]).encode()
