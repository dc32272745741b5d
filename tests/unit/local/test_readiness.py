"""What is checked of one machine: its workers, its disk, and whether its queue moves."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from isolambda_api.http.readiness import Check
from isolambda_core.domain.executions.confinement import Confinement
from isolambda_core.domain.limits import QUEUE_STILL_S
from isolambda_core.domain.queue.messages import QueuedExecution
from isolambda_local.readiness import QueueWatch, checks_of
from isolambda_local.sqlite import SqliteStore, open_store
from isolambda_local.sqlite.queue import Turn
from tests.support.clocks import SetClock

NOW_MS = 1_800_000_000_000
GB = 1_000_000_000
FILTER = Confinement.SYSTEM_CALLS


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with closing(open_store(tmp_path / "isolambda.sqlite3")) as opened:
        yield opened


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW_MS)


@pytest.fixture
def watch(store: SqliteStore, clock: SetClock) -> QueueWatch:
    return QueueWatch(store.queue, clock, lambda: clock.time_ms / 1000)


def send(store: SqliteStore, number: int, tenant: str = "a" * 32) -> None:
    store.queue.send(QueuedExecution(tenant, "f" * 32, f"{number:032x}", NOW_MS))


def checked(store: SqliteStore, name: str, held: Confinement = FILTER, **options: bool) -> Check:
    named = {"unconfined": False, **options}
    clock = SetClock(NOW_MS)
    checks = checks_of(held, store.database, store.queue, clock, lambda: Check(ok=True), **named)
    return checks[name]()


@pytest.mark.parametrize(
    ("held", "unconfined", "found"),
    [
        (FILTER, False, Check(ok=True, facts={"confined": True})),
        (FILTER, True, Check(ok=True, facts={"confined": True})),
        (Confinement.FILES, True, Check(ok=True, facts={"confined": False})),
        (Confinement.FILES, False, Check(ok=False, facts={"confined": False})),
    ],
)
def test_workers_are_confined_unless_the_operator_serves_without(
    store: SqliteStore, held: Confinement, unconfined: bool, found: Check
) -> None:
    assert checked(store, "workers_confined", held, unconfined=unconfined) == found


@pytest.mark.parametrize(
    ("total", "free", "floor", "ok"),
    [
        (100 * GB, GB, GB // 2, True),  # here records stop, which a tenant can bring about
        (100 * GB, GB // 2, GB // 2, True),
        (100 * GB, GB // 2 - 1, GB // 2, False),
        (GB, 25_000_000, 25_000_000, True),
        (GB, 24_999_999, 25_000_000, False),
    ],
)
def test_a_disk_is_above_half_of_what_records_leave_free(
    store: SqliteStore,
    monkeypatch: pytest.MonkeyPatch,
    total: int,
    free: int,
    floor: int,
    ok: bool,
) -> None:
    usage = type(shutil.disk_usage("/"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(total, total - free, free))

    found = checked(store, "disk")

    assert found == Check(ok, {"free_bytes": free, "floor_bytes": floor})


def pass_time(clock: SetClock, seconds: float) -> None:
    clock.time_ms += round(seconds * 1000)


def test_an_empty_queue_moves(watch: QueueWatch, clock: SetClock) -> None:
    watch.check()
    pass_time(clock, 10 * QUEUE_STILL_S)

    assert watch.check() == Check(ok=True, facts={"oldest_ms": 0})


def test_a_queue_of_which_nothing_moves_is_still(
    store: SqliteStore, watch: QueueWatch, clock: SetClock
) -> None:
    send(store, 1)
    watch.check()
    pass_time(clock, QUEUE_STILL_S - 1)
    before = watch.check()
    pass_time(clock, 1)
    after = watch.check()

    assert before == Check(ok=True, facts={"oldest_ms": (QUEUE_STILL_S - 1) * 1000})
    assert after == Check(ok=False, facts={"oldest_ms": QUEUE_STILL_S * 1000})


def _forget(store: SqliteStore) -> None:
    taken = store.queue.next()
    assert taken is not None
    store.queue.forget(taken)


def _put_off(store: SqliteStore) -> None:
    taken = store.queue.next(Turn(), NOW_MS)
    assert taken is not None
    store.queue.retry_later(taken, taken.due_at_ms)


@pytest.mark.parametrize("move", [_forget, _put_off])
def test_a_queue_moves_however_much_one_tenant_has_sent(
    store: SqliteStore,
    watch: QueueWatch,
    clock: SetClock,
    move: Callable[[SqliteStore], None],
) -> None:
    for number in range(50):
        send(store, number)

    for _ in range(5):
        watch.check()
        pass_time(clock, QUEUE_STILL_S - 1)
        move(store)

    found = watch.check()
    assert found.ok
    assert int(found.facts["oldest_ms"]) > 4 * (QUEUE_STILL_S - 1) * 1000


def test_what_is_sent_hides_no_queue_that_is_still(
    store: SqliteStore, watch: QueueWatch, clock: SetClock
) -> None:
    for number in range(5):
        send(store, number)
        watch.check()
        pass_time(clock, QUEUE_STILL_S / 4)

    assert not watch.check().ok
