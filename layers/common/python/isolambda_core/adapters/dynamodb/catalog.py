"""Keep what requests read again and again in memory, exactly while nothing changed.

That is accounts, keys, functions, versions, aliases and secrets, which are sealed.

An account has an item with its ``epoch``, a number that every change of these raises in the same
transaction. Epoch and item are read in one transaction before the item is kept, since two reads
could see the epoch of after a change beside an item of before. One strongly consistent read of the
epoch then tells that all that was kept with the same number is current.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar, cast

from isolambda_core.adapters.clock import SystemClock
from isolambda_core.adapters.dynamodb import keys
from isolambda_core.adapters.dynamodb.keys import Key
from isolambda_core.adapters.dynamodb.table import Table
from isolambda_core.domain.limits import (
    CATALOG_ACCOUNTS,
    CATALOG_CHARACTERS,
    CATALOG_ITEMS,
    CATALOG_S,
)
from isolambda_core.ports.clock import Clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from isolambda_core.adapters.dynamodb.table import Item

    _Load = Callable[[Sequence[Item | None]], "T | None"]

T = TypeVar("T")

_TOGETHER = 25
"""Items that one transaction reads; DynamoDB takes more, and what stands in for it does not."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What an item holds; with no ``value`` it was only asked for, and is kept the next time."""

    value: Any = None
    epoch: int = 0
    characters: int = 0
    read_at: int = 0


class _Account:
    """The items of one account that are kept, the latest read last."""

    def __init__(self) -> None:
        self.items: OrderedDict[Key, _Kept] = OrderedDict()

    def keep(self, key: Key, kept: _Kept) -> None:
        """Keep an item, and drop the oldest while they are too many or too long."""
        self.items.pop(key, None)
        if kept.characters > CATALOG_CHARACTERS:
            return  # it would drop all others, and then itself
        self.items[key] = kept
        characters = sum(each.characters for each in self.items.values())
        while len(self.items) > CATALOG_ITEMS or characters > CATALOG_CHARACTERS:
            _, dropped = self.items.popitem(last=False)
            characters -= dropped.characters


class DynamoDbCatalog:
    """The port ``Catalog``; the repositories read and change through it.

    The first read of an item is a plain one; the second keeps it, so what is read once costs no
    more than without. What the table holds is the truth for ``CATALOG_S`` at the latest, also
    where something else than this code changed it.
    """

    def __init__(self, table: Table, clock: Clock | None = None) -> None:
        self._table = table
        self._clock = clock or SystemClock()
        self._epochs: ContextVar[dict[str, int] | None] = ContextVar("epochs", default=None)
        self._accounts: OrderedDict[str, _Account] = OrderedDict()
        self._owners: OrderedDict[Key, str] = OrderedDict()
        self._lock = Lock()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Answer from memory what is current; see ``Catalog.reading``."""
        began = self._epochs.set({})
        try:
            yield
        finally:
            self._epochs.reset(began)

    def get(
        self, key: Key, load: Callable[["Item"], T], owner: str | Callable[[T], str]
    ) -> T | None:
        """Return what ``load`` makes of an item, or None where there is none.

        ``owner`` is the account that it belongs to, or says it of what ``load`` made.
        """

        def load_one(items: "Sequence[Item | None]") -> T | None:
            return None if items[0] is None else load(items[0])

        return self._get(key, (key,), load_one, owner)

    def get_all(
        self,
        name: Key,
        wanted: Sequence[Key],
        load: "Callable[[Sequence[Item | None]], T]",
        account_id: str,
    ) -> T:
        """Return what ``load`` makes of several items of an account, 24 in one request.

        ``name`` is what they are kept by; no item has it.
        """
        return cast("T", self._get(name, wanted, load, account_id))

    def get_each(
        self, wanted: Sequence[Key], load: "Callable[[Item], T | None]", account_id: str
    ) -> "Sequence[T | None]":
        """Return what ``load`` makes of each of several items of an account, None where none is.

        What is not kept is read together. It is not kept then: a list would drop what others need.
        """
        epochs = self._epochs.get()
        values: dict[Key, T | None] = {}
        for key in wanted:
            kept = None if epochs is None else self._find(account_id, key)
            if kept and epochs is not None and self._is_current(kept, account_id, epochs):
                values[key] = cast("T", kept.value)
        left = [key for key in wanted if key not in values]
        for key, item in zip(left, self._table.get_each(left), strict=True):
            values[key] = None if item is None else load(item)
        return [values[key] for key in wanted]

    def change(self, account_id: str, *writes: "TransactWriteItemTypeDef") -> bool:
        """Make writes and raise the account's epoch; see ``Table.transact``."""
        try:
            return self._table.transact(*writes, self._raise_epoch(account_id))
        finally:
            self._forget(account_id)

    def remove_all(self, account_id: str, pk: str, sk_prefix: str) -> None:
        """Remove items as ``Table.remove_all`` does, then raise the account's epoch."""
        self._table.remove_all(pk, sk_prefix)
        self.change(account_id)

    def _get(
        self,
        name: Key,
        wanted: Sequence[Key],
        load: "_Load[T]",
        owner: str | Callable[[T], str],
    ) -> T | None:
        epochs = self._epochs.get()
        if epochs is None:
            return load(self._read(wanted))
        account_id = owner if isinstance(owner, str) else self._owners.get(name)
        kept = None if account_id is None else self._find(account_id, name)
        if account_id is None or kept is None:
            value = load(self._read(wanted))
            if value is not None:
                self._keep(owner if isinstance(owner, str) else owner(value), name, _Kept())
            return value
        if self._is_current(kept, account_id, epochs):
            return cast("T", kept.value)
        return self._renew(account_id, name, wanted, load, epochs)

    def _is_current(self, kept: _Kept, account_id: str, epochs: dict[str, int]) -> bool:
        is_young = kept.value is not None and 0 <= self._clock.now() - kept.read_at < CATALOG_S
        return is_young and kept.epoch == self._epoch(account_id, epochs)

    def _read(self, wanted: Sequence[Key]) -> "Sequence[Item | None]":
        found: list[Item | None] = []
        for some in _batches(wanted):
            together = self._table.get_together(*some) if len(some) > 1 else None
            found += map(self._table.get, some) if together is None else together
        return found

    def _renew(
        self,
        account_id: str,
        name: Key,
        wanted: Sequence[Key],
        load: "_Load[T]",
        epochs: dict[str, int],
    ) -> T | None:
        """Read items with the epoch, and keep them; while one is being written, only read them."""
        with self._lock:
            if account_id in self._accounts:
                self._accounts[account_id].items.pop(name, None)
        first = wanted[: _TOGETHER - 1]
        together = self._table.get_together(keys.of_epoch(account_id), *first)
        if together is None:
            return load(self._read(wanted))
        epoch_item, *items = together
        epoch = _epoch_in(epoch_item)
        epochs.setdefault(account_id, epoch)
        # What is read after the epoch may be newer than it, and is then read again the next time.
        value = load([*items, *self._read(wanted[len(first) :])])
        if value is not None:
            kept = _Kept(value, epoch, len(repr(value)), self._clock.now())
            self._keep(account_id, name, kept)
        return value

    def _epoch(self, account_id: str, epochs: dict[str, int]) -> int:
        if account_id not in epochs:
            epochs[account_id] = _epoch_in(self._table.get(keys.of_epoch(account_id)))
        return epochs[account_id]

    def _raise_epoch(self, account_id: str) -> "TransactWriteItemTypeDef":
        return {
            "Update": {
                "TableName": self._table.name,
                "Key": keys.of_epoch(account_id).attributes(),
                "UpdateExpression": "ADD epoch :one",
                "ExpressionAttributeValues": {":one": {"N": "1"}},
            }
        }

    def _forget(self, account_id: str) -> None:
        epochs = self._epochs.get()
        if epochs is not None:
            epochs.pop(account_id, None)

    def _find(self, account_id: str, key: Key) -> _Kept | None:
        with self._lock:
            account = self._accounts.get(account_id)
            if account is None:
                return None
            self._accounts.move_to_end(account_id)
            return account.items.get(key)

    def _keep(self, account_id: str, key: Key, kept: _Kept) -> None:
        with self._lock:
            self._accounts.setdefault(account_id, _Account()).keep(key, kept)
            self._accounts.move_to_end(account_id)
            if len(self._accounts) > CATALOG_ACCOUNTS:
                self._accounts.popitem(last=False)
            self._owners[key] = account_id
            if len(self._owners) > CATALOG_ACCOUNTS * CATALOG_ITEMS:
                self._owners.popitem(last=False)


def _batches(wanted: Sequence[Key]) -> Iterator[Sequence[Key]]:
    for start in range(0, len(wanted), _TOGETHER):
        yield wanted[start : start + _TOGETHER]


def _epoch_in(item: "Item | None") -> int:
    return 0 if item is None else int(item["epoch"]["N"])
