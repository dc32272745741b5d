"""Read and write values: for executions, which have a grant, and for who manages the account."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from isolambda_core.domain.accounts.errors import QuotaExceededError
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.key_values.errors import (
    KeyNotFoundError,
    KeyValueError,
    NamespaceError,
    quota_details,
)
from isolambda_core.domain.key_values.operations import (
    COMPARE_AND_SET,
    DELETE,
    GET,
    LIST,
    Fields,
    Operation,
    read_operation,
)
from isolambda_core.domain.key_values.values import ItemKey, KeyValue, Value
from isolambda_core.domain.limits import KV_EXAMINED, KV_PAGE_BYTES
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.key_values import KeyValueRepository

_UNAVAILABLE = {"code": "unavailable", "message": "the store is not available"}


@dataclass(frozen=True, slots=True)
class KeyValuePage:
    """Some values, in the order of their keys.

    ``next_start_key`` is the key behind which the next page begins, None on the last one.
    """

    items: Sequence[KeyValue]
    next_start_key: str | None


@dataclass(frozen=True, slots=True)
class KeyValueService:
    """Reads and writes the values of accounts."""

    values: KeyValueRepository
    clock: Clock

    def perform(self, account_id: str, namespaces: Collection[str], fields: Fields) -> Fields:
        """Perform what an execution asks, in one of the namespaces that were granted to it.

        Return the fields of the reply: an ``error`` with its ``code``, its ``message`` and, of a
        limit, its name, its value and what was used; or a ``value``. There is none of a key that is
        not there, and of ``put``. A list has ``items``, and a ``next_start_key`` or null.
        """
        try:
            operation = read_operation(fields)
            if operation.namespace not in namespaces:
                raise NamespaceError(
                    f"the namespace {operation.namespace!r} is not in kv of the function's document"
                )
            return self._performed(account_id, operation)
        except KeyValueError as error:
            return {"error": error.details}
        except QuotaExceededError as error:
            details = quota_details(str(error), error.quota, error.limit, error.used)
            return {"error": details}
        except StoreUnavailableError:
            return {"error": _UNAVAILABLE}

    def get(self, item: ItemKey) -> KeyValue:
        """Return a value.

        Raises:
            KeyNotFoundError: there is none.
        """
        found = self.values.get(item, self.clock.now())
        if found is None:
            raise KeyNotFoundError(item.key)
        return found

    def put(self, item: ItemKey, value: Value, ttl_s: int | None) -> KeyValue:
        """Write a value, whatever was there, and return it.

        Raises:
            QuotaExceededError: the tenant may have no more values, or no more bytes of them.
            NamespacesExceededError: it would be in one namespace too many.
        """
        now = self.clock.now()
        expires_at = None if ttl_s is None else now + ttl_s
        self.values.put(item, value, expires_at, now)
        return KeyValue(item.key, value, expires_at)

    def delete(self, item: ItemKey) -> None:
        """Remove a value.

        Raises:
            KeyNotFoundError: there is none.
        """
        if not self.values.delete(item, self.clock.now()):
            raise KeyNotFoundError(item.key)

    def list(self, account_id: str, operation: Operation) -> KeyValuePage:
        """Return a page of the values that an operation ``list`` names.

        It ends early by ``limits.KV_PAGE_BYTES``, of which the first value may have more, and by
        ``limits.KV_EXAMINED``: then it may be empty, and still not be the last.
        """
        prefix, after = operation.prefix, operation.start_key
        if after is not None and not after.startswith(prefix):
            if after > prefix:  # in the order of UTF-8, as Python compares characters
                return KeyValuePage([], None)
            after = None
        now, room = self.clock.now(), KV_PAGE_BYTES
        found = self.values.iterate(
            account_id, operation.namespace, prefix, after, at_once=operation.limit + 1
        )
        page: list[KeyValue] = []
        for examined, each in enumerate(found):
            if examined == KV_EXAMINED:
                return KeyValuePage(page, after)
            if not each.has_expired(now):
                size = len(each.key.encode()) + len(each.value.encoded)
                if page and (len(page) == operation.limit or size > room):
                    return KeyValuePage(page, after)
                page.append(each)
                room -= size
            after = each.key
        return KeyValuePage(page, None)

    def namespaces(self, account_id: str) -> Sequence[str]:
        """Return the namespaces of an account that have values, or had some, in order."""
        return self.values.namespaces(account_id)

    def _performed(self, account_id: str, operation: Operation) -> Fields:
        """Return the fields of the reply."""
        item = ItemKey(account_id, operation.namespace, operation.key)
        now = self.clock.now()
        if operation.op == LIST:
            return {"value": shown_page(self.list(account_id, operation))}
        if operation.op == GET:
            found = self.values.get(item, now)
            return {} if found is None else {"value": found.value.json}
        if operation.op == DELETE:
            return {"value": self.values.delete(item, now)}
        if operation.value is None:
            return {"value": self.values.increment(item, operation.by, now)}
        expires_at = None if operation.ttl_s is None else now + operation.ttl_s
        if operation.op == COMPARE_AND_SET:
            return {
                "value": self.values.compare_and_set(
                    item, operation.expected, operation.value, expires_at, now
                )
            }
        self.values.put(item, operation.value, expires_at, now)
        return {}


def shown_page(page: KeyValuePage) -> JsonValue:
    """Return a page as functions get it."""
    items = [{"key": each.key, "value": each.value.json} for each in page.items]
    return {"items": items, "next_start_key": page.next_start_key}
