"""Where the values of functions are."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from isolambda_core.domain.key_values.values import ItemKey, KeyValue, Value


class KeyValueRepository(Protocol):
    """The values of all accounts, each under a key in a namespace.

    ``now`` is in Unix seconds. A value that has expired is never seen, but in a list. Every method
    may raise ``StoreUnavailableError``.
    """

    def get(self, item: ItemKey, now: int) -> KeyValue | None:
        """Return a value, as the last write left it; None if there is none."""
        ...

    def put(self, item: ItemKey, value: Value, expires_at: int | None, now: int) -> None:
        """Write a value, whatever was there.

        Raises:
            QuotaExceededError: the tenant may have no more values, or no more bytes of them.
            NamespacesExceededError: it would be in one namespace too many.
        """
        ...

    def compare_and_set(
        self,
        item: ItemKey,
        expected: Value | None,
        value: Value,
        expires_at: int | None,
        now: int,
    ) -> bool:
        """Write a value if an equal one to ``expected`` is there, or for None if there is none.

        Return whether it was written: of many who expect the same, one gets True.

        Raises:
            QuotaExceededError: as :meth:`put`.
            NamespacesExceededError: as :meth:`put`.
        """
        ...

    def increment(self, item: ItemKey, by: int, now: int) -> int:
        """Add to an integer, which is 0 where nothing is, and return the sum; its expiry stays.

        Raises:
            NotAnIntegerError: something else is there.
            OutOfRangeError: the sum would be beyond ``limits.KV_INTEGER_MAX``, either way.
            QuotaExceededError: as :meth:`put`.
            NamespacesExceededError: as :meth:`put`.
        """
        ...

    def delete(self, item: ItemKey, now: int) -> bool:
        """Remove a value, and return whether there was one."""
        ...

    def iterate(
        self, account_id: str, namespace: str, prefix: str, after: str | None, *, at_once: int
    ) -> Iterator[KeyValue]:
        """Yield the values whose keys begin with ``prefix``, in the order of the keys' UTF-8.

        ``after`` is None, or a key that begins with ``prefix`` behind which to start, and need not
        be there. Values that expired may be among them. ``at_once`` are read at a time.
        """
        ...

    def namespaces(self, account_id: str) -> Sequence[str]:
        """Return the namespaces of an account that have values, in order.

        One whose values are gone may be among them.
        """
        ...

    def remove_all(self, account_id: str) -> None:
        """Remove every value of an account; when this raises, some may be left."""
        ...
