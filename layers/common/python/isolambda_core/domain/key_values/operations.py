"""What a function asks of the key-value store, read from fields that a stranger wrote."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from isolambda_core.domain import limits
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.key_values.errors import InvalidOperationError
from isolambda_core.domain.key_values.values import (
    Value,
    check_integer,
    check_key,
    check_namespace,
    check_value,
)

Fields = Mapping[str, JsonValue]

GET: Final = "get"
PUT: Final = "put"
DELETE: Final = "delete"
LIST: Final = "list"
INCREMENT: Final = "increment"
COMPARE_AND_SET: Final = "compareAndSet"
OPERATIONS = (GET, PUT, DELETE, LIST, INCREMENT, COMPARE_AND_SET)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; which of the fields have a meaning, its ``op`` says.

    ``key`` is empty for a list. ``expected`` is None for a key that is not there. ``start_key`` is
    None, or the key behind which a page begins.
    """

    op: str
    namespace: str
    key: str = ""
    value: Value | None = None
    expected: Value | None = None
    ttl_s: int | None = None
    by: int = 1
    prefix: str = ""
    start_key: str | None = None
    limit: int = limits.KV_PAGE_SIZE


def read_operation(fields: Fields) -> Operation:
    """Return the operation that fields say; other fields than its own have no meaning.

    Raises:
        InvalidOperationError: it is none, or a part of it breaks a rule.
        LimitExceededError: a part of it is too long or too large.
    """
    op = fields.get("op")
    if op not in OPERATIONS or not isinstance(op, str):
        raise InvalidOperationError(f"op is none of {', '.join(OPERATIONS)}")
    namespace = check_namespace(fields.get("namespace"))
    if op == LIST:
        return _list(namespace, fields)
    key = check_key(fields.get("key"))
    if op == INCREMENT:
        highest = limits.KV_INTEGER_MAX
        by = check_integer(fields.get("by", 1), "by", -highest, highest)
        return Operation(op, namespace, key, by=by)
    if op not in (PUT, COMPARE_AND_SET):
        return Operation(op, namespace, key)
    if "value" not in fields:
        raise InvalidOperationError("there is no value")
    value = check_value(fields["value"])
    expected = None
    if op == COMPARE_AND_SET and "expected" in fields:
        expected = check_value(fields["expected"], "expected value")
    return Operation(op, namespace, key, value, expected, ttl_s=check_ttl(fields.get("ttl_s")))


def check_ttl(ttl_s: JsonValue) -> int | None:
    """Return after how many seconds a value expires, None for never.

    Raises:
        InvalidOperationError: it is no integer from 1 to a year.
    """
    return None if ttl_s is None else check_integer(ttl_s, "the ttl", 1, limits.KV_TTL_S_MAX)


def _list(namespace: str, fields: Fields) -> Operation:
    prefix = check_key(fields.get("prefix") or "", "prefix", 0)
    start_key = fields.get("start_key")
    size = fields.get("limit")
    return Operation(
        LIST,
        namespace,
        prefix=prefix,
        start_key=None if start_key is None else check_key(start_key, "start key"),
        limit=limits.KV_PAGE_SIZE
        if size is None
        else check_integer(size, "limit", 1, limits.KV_PAGE_SIZE),
    )
