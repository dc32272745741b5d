"""What it costs one machine to find the next message, as the queue of one tenant grows."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from isolambda_core.domain.ids import new_id
from isolambda_core.domain.queue.messages import QueuedExecution
from isolambda_local.sqlite import SqliteStore, open_store
from isolambda_local.sqlite.queue import Turn
from tests.bench.figures import Row, Samples, alternate, compared, timed

BOUND: Final = 1.5

_FEW, _MANY = _SIZES = (1, 1_000)
_SENT_AT_MS: Final = 1_800_000_000_000
_BUSY, _QUIET = "a" * 32, "b" * 32


def rows() -> Iterator[Row]:
    """Measure the next message of a quiet tenant behind one and behind many of a busy tenant."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        samples = alternate(
            10,
            *(
                partial(_next, stack.enter_context(_queued(Path(folder) / f"{size}.db", size)))
                for size in _SIZES
            ),
        )
    few, many = samples
    yield compared(
        f"next message, {_MANY:,} of another tenant queued",
        many,
        f"{_FEW} queued",
        few,
        bound=BOUND,
    )


def _queued(path: Path, size: int) -> "closing[SqliteStore]":
    store = open_store(path)
    for account_id in (*[_BUSY] * size, _QUIET):
        store.queue.send(QueuedExecution(account_id, new_id(), new_id(), _SENT_AT_MS))
    return closing(store)


def _next(store: SqliteStore) -> Samples:
    turn = Turn(latest=_BUSY)

    def take() -> None:
        found = store.queue.next(turn, _SENT_AT_MS)
        assert found is not None
        assert found.tenant == _QUIET

    return timed(take, 20, warm_up=1)
