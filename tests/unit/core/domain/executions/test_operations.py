import json

import pytest

from isolambda_core.domain.executions.operations import (
    RecordedOperation,
    load_operations,
    of_bytes,
)
from isolambda_core.domain.json_text import JsonValue

NO_BYTES = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    ("kind", "asked", "target"),
    [
        (
            "fetch",
            {"method": "PUT", "url": "https://a.test/?b", "body": of_bytes(b"1"), "headers": []},
            ("fetch", "PUT", "https://a.test/?b"),
        ),
        ("kv", {"op": "put", "namespace": "n", "key": "k", "value": 1}, ("kv", "put", "n", "k")),
        ("kv", {"op": "list", "namespace": "n", "prefix": "p"}, ("kv", "list", "n", "p")),
        ("tool", {"tool": "add", "arguments": {"a": 1}}, ("tool", "add")),
        (
            "sign",
            {"key": "{secret KEY}", "hash": "SHA-1", "bytes": of_bytes(b"")},
            ("sign", "{secret KEY}", "SHA-1", f'{{"length":0,"sha256":"{NO_BYTES}"}}'),
        ),
        ("kv", {"op": 5, "key": ["k"]}, ("kv", "5", '["k"]')),
        ("other", {"a": 1}, ("other",)),
    ],
)
def test_a_target_is_what_an_operation_is_for_and_not_what_it_sends(
    kind: str, asked: dict[str, JsonValue], target: tuple[str, ...]
) -> None:
    assert RecordedOperation(kind, json.dumps(asked)).target == target


@pytest.mark.parametrize("replies", [[["{}", "not base64"]], [["{}"]], [[1, 2]], 5], ids=str)
def test_what_is_not_recorded_operations_is_refused(replies: JsonValue) -> None:
    operation = {"kind": "kv", "asked": "{}", "replies": replies, "abandoned": False}

    with pytest.raises((KeyError, TypeError, ValueError)):
        load_operations({"operations": [operation], "complete": True, "unrecorded": 0})
