"""Folders as buckets: every file that comes or goes is one event."""

import logging
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from isolambda_core.domain import limits
from isolambda_core.domain.accounts.quotas import RULES, Quota, QuotaRule
from isolambda_core.domain.errors import InvalidDocumentError, StoreUnavailableError
from isolambda_local.sources import scan as scanning
from isolambda_local.sources.folder_watch import FolderWatch
from tests.support.faults import (
    Fault,
    KilledError,
)
from tests.support.local_runtime import SteppedRuntime
from tests.support.samples import ACCOUNT, FUNCTION, OTHER_ACCOUNT

BOTH = ["created", "removed"]


def folder(machine: SteppedRuntime, bucket: str = "uploads", account_id: str = ACCOUNT) -> Path:
    return machine.local.data_dir / "buckets" / account_id / bucket


def put(machine: SteppedRuntime, key: str, text: str = "text") -> None:
    path = folder(machine) / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def look(machine: SteppedRuntime, times: int = 2) -> None:
    """Look into the folders, and perform what came of it."""
    for _ in range(times):
        machine.handlers.look()
        machine.perform()


def events_of(machine: SteppedRuntime) -> list[tuple[str, str]]:
    return [(call["event"], call["key"]) for call in machine.calls]


def test_a_tenant_that_may_have_no_more_executions_keeps_no_other_folder_waiting(
    machine: SteppedRuntime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(RULES, Quota.WAITING_EXECUTIONS, QuotaRule(2, "that wait", 5))
    machine.create(type="bucket", bucket="uploads")
    machine.create(OTHER_ACCOUNT, type="bucket", bucket="uploads")
    for key in ("1", "2", "3"):
        put(machine, key)
    other = folder(machine, account_id=OTHER_ACCOUNT) / "theirs"
    other.write_text("text")

    with caplog.at_level(logging.INFO):
        for _ in range(4):
            machine.handlers.look()
        machine.perform()
        at_first = sorted(call["key"] for call in machine.calls)
        look(machine)

    assert len(at_first) == 3
    assert "theirs" in at_first
    assert sorted(call["key"] for call in machine.calls) == ["1", "2", "3", "theirs"]
    lines = [record.getMessage() for record in caplog.records]
    assert sum(" waits: there are 2 that wait; the limit is 2" in line for line in lines) == 1
    assert sum(line.endswith(" accepted") for line in lines) == 4


def test_a_file_is_an_event_when_it_comes_and_when_it_goes(machine: SteppedRuntime) -> None:
    machine.create(type="bucket", bucket="uploads", events=BOTH)

    put(machine, "a/b.txt", "four")
    look(machine)
    (folder(machine) / "a" / "b.txt").unlink()
    look(machine)

    created, removed = machine.calls
    etag = created.pop("etag")
    time = "2027-01-15T08:00:00Z"
    about = {"bucket": "uploads", "key": "a/b.txt", "time": time}
    assert created == {"event": "created", "size": 4, **about}
    assert removed == {"event": "removed", "etag": etag, **about}


def test_a_file_has_come_once_it_stays_as_it_is(machine: SteppedRuntime) -> None:
    machine.create(type="bucket", bucket="uploads")

    for text in ("half of", "half of it", "half of it, and the rest"):
        put(machine, "slow", text)
        look(machine, 1)
    before = events_of(machine)
    look(machine)

    assert before == []
    assert [call["size"] for call in machine.calls] == [24]


def test_a_file_that_is_written_over_has_come_again(machine: SteppedRuntime) -> None:
    machine.create(type="bucket", bucket="uploads", events=BOTH)

    for text in ("one", "two!"):
        put(machine, "same", text)
        look(machine, 3)

    assert events_of(machine) == [("created", "same")] * 2


def test_what_is_there_already_when_a_trigger_is_made_is_no_event(machine: SteppedRuntime) -> None:
    put(machine, "old")
    machine.create(type="bucket", bucket="uploads")

    put(machine, "new")
    look(machine)

    assert events_of(machine) == [("created", "new")]


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        ({}, ["a.png", "in/a.png", "in/a.txt"]),
        ({"prefix": "in/"}, ["in/a.png", "in/a.txt"]),
        ({"suffix": ".png"}, ["a.png", "in/a.png"]),
        ({"prefix": "in/", "suffix": ".png"}, ["in/a.png"]),
        ({"events": ["removed"]}, []),
    ],
    ids=str,
)
def test_a_trigger_gets_the_events_that_it_asks_for(
    machine: SteppedRuntime, asked: dict[str, Any], keys: list[str]
) -> None:
    machine.create(type="bucket", bucket="uploads", **asked)

    for key in ("a.png", "in/a.png", "in/a.txt"):
        put(machine, key)
    look(machine)

    assert sorted(call["key"] for call in machine.calls) == keys


def test_a_folder_is_of_one_account(machine: SteppedRuntime) -> None:
    machine.create(OTHER_ACCOUNT, type="bucket", bucket="uploads")
    trigger = machine.create(type="bucket", bucket="uploads")

    put(machine, "mine")
    look(machine)

    assert events_of(machine) == [("created", "mine")]
    assert machine.local.sources.details(trigger) == {"folder": f"buckets/{ACCOUNT}/uploads"}


def test_what_came_and_went_while_nothing_ran_is_an_event_after_the_start(
    machine: SteppedRuntime,
) -> None:
    machine.create(type="bucket", bucket="uploads", events=BOTH)
    put(machine, "goes")
    look(machine)

    (folder(machine) / "goes").unlink()
    put(machine, "comes")
    machine = machine.restarted()
    look(machine)

    assert sorted(events_of(machine)) == [
        ("created", "comes"),
        ("created", "goes"),
        ("removed", "goes"),
    ]


def test_a_disabled_or_removed_trigger_gets_no_event_then_or_later(
    machine: SteppedRuntime,
) -> None:
    off = machine.create(type="bucket", bucket="uploads")
    gone = machine.create(type="bucket", bucket="uploads")
    machine.local.triggers.patch(ACCOUNT, FUNCTION, off.id, {"enabled": False})
    machine.local.triggers.remove(ACCOUNT, FUNCTION, gone.id)

    put(machine, "between")
    look(machine)
    machine.local.triggers.patch(ACCOUNT, FUNCTION, off.id, {"enabled": True})
    look(machine)
    put(machine, "after")
    look(machine)

    assert events_of(machine) == [("created", "after")]


def test_a_trigger_that_moves_to_another_folder_knows_no_more_of_the_first(
    machine: SteppedRuntime,
) -> None:
    trigger = machine.create(type="bucket", bucket="uploads", events=BOTH)
    put(machine, "one")
    look(machine)

    machine.local.triggers.patch(ACCOUNT, FUNCTION, trigger.id, {"bucket": "others"})
    put(machine, "two")
    (folder(machine, "others") / "three").write_text("3")
    look(machine)

    assert events_of(machine) == [("created", "one"), ("created", "three")]


def test_a_trigger_that_is_bound_again_knows_what_it_knew(machine: SteppedRuntime) -> None:
    trigger = machine.create(type="bucket", bucket="uploads")
    put(machine, "one")

    machine.local.sources.bind(trigger)
    machine.store.watches.begin(trigger.id, "uploads", scanning.scan(folder(machine)))
    look(machine)

    assert events_of(machine) == [("created", "one")]


def test_links_are_not_followed_and_odd_names_are_left_out(
    machine: SteppedRuntime, tmp_path: Path
) -> None:
    machine.create(type="bucket", bucket="uploads")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")

    (folder(machine) / "file").symlink_to(outside / "secret")
    (folder(machine) / "folder").symlink_to(outside)
    (folder(machine) / os.fsdecode(b"not \xff UTF-8")).write_text("odd")
    os.mkfifo(folder(machine) / "pipe")
    put(machine, "plain")
    look(machine)

    assert events_of(machine) == [("created", "plain")]


ODD_KEYS = [
    "a+b",
    "a%2Bb",
    "%",
    " a  b ",
    "a\"b'c",
    "a\nb\r\n",
    "e\u0301",
    "\u00e9",
    "a/+ %/b",
    "a\\b",
]


@pytest.mark.parametrize("key", ODD_KEYS, ids=ascii)
def test_a_key_is_reported_as_it_is(machine: SteppedRuntime, key: str) -> None:
    machine.create(type="bucket", bucket="uploads", events=BOTH)

    put(machine, key)
    look(machine)
    (folder(machine) / key).unlink()
    look(machine)

    assert events_of(machine) == [("created", key), ("removed", key)]


def test_keys_that_look_alike_are_keys_of_their_own(machine: SteppedRuntime) -> None:
    machine.create(type="bucket", bucket="uploads")

    for key in ODD_KEYS:
        put(machine, key)
    look(machine)

    assert sorted(call["key"] for call in machine.calls) == sorted(ODD_KEYS)


def test_a_folder_with_too_much_in_it_is_refused_and_not_looked_at(
    machine: SteppedRuntime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(limits, "FOLDER_ENTRIES", 3)
    machine.create(type="bucket", bucket="uploads")
    for key in ("1", "2", "3", "4"):
        put(machine, key)

    with caplog.at_level(logging.WARNING):
        look(machine, 3)
    with pytest.raises(InvalidDocumentError, match="bucket"):
        machine.create(type="bucket", bucket="uploads")
    before = events_of(machine)
    (folder(machine) / "4").unlink()
    look(machine)

    assert before == []
    assert caplog.text.count("bucket uploads cannot be watched: FolderTooFull") == 1
    assert sorted(events_of(machine)) == [("created", "1"), ("created", "2"), ("created", "3")]


def test_a_folder_that_is_gone_is_no_folder_whose_files_went(machine: SteppedRuntime) -> None:
    machine.create(type="bucket", bucket="uploads", events=BOTH)
    put(machine, "file")
    look(machine)

    folder(machine).rename(machine.local.data_dir / "elsewhere")
    look(machine)
    (machine.local.data_dir / "elsewhere").rename(folder(machine))
    look(machine)

    assert events_of(machine) == [("created", "file")]


def test_many_at_once_are_reported_little_by_little(machine: SteppedRuntime) -> None:
    machine.create(type="bucket", bucket="uploads")
    for number in range(150):
        put(machine, f"{number:03}")

    look(machine)
    some = len(machine.calls)
    look(machine)

    assert some == 100
    assert sorted(call["key"] for call in machine.calls) == [f"{n:03}" for n in range(150)]


def test_a_file_that_comes_goes_and_comes_again_as_it_was_is_an_event_each_time(
    machine: SteppedRuntime,
) -> None:
    machine.create(type="bucket", bucket="uploads", events=BOTH)
    elsewhere = machine.local.data_dir / "elsewhere"
    elsewhere.write_text("the same")

    for source, target in (
        (elsewhere, folder(machine) / "a"),
        (folder(machine) / "a", elsewhere),
    ) * 2:
        source.rename(target)
        look(machine)

    assert events_of(machine) == [("created", "a"), ("removed", "a")] * 2


STEPS = (
    "triggers.of_type",
    "watches.files",
    "watches.note",
    "watches.pending",
    "records.get",
    "records.require_room",
    "queue.send",
    "records.add",
    "records.get",
    "records.require_room",
    "queue.send",
    "records.add",
    "watches.delivered",
)


def hindered(machine: SteppedRuntime, fault: Fault) -> FolderWatch:
    watch, store = machine.handlers.folders, machine.store
    events = watch.events
    return replace(
        watch,
        triggers=fault.on("triggers", watch.triggers),
        folders=replace(watch.folders, watches=fault.on("watches", store.watches)),
        events=replace(
            events,
            queue=fault.on("queue", store.queue),
            records=replace(events.records, records=fault.on("records", store.records)),
        ),
    )


def a_change(machine: SteppedRuntime) -> None:
    """Have one file that came and one that went, seen once."""
    machine.create(type="bucket", bucket="uploads", events=BOTH)
    put(machine, "goes")
    look(machine)
    machine.executor.requests.clear()
    (folder(machine) / "goes").unlink()
    put(machine, "comes")
    files = scanning.scan(folder(machine))
    machine.handlers.folders._last = {folder(machine): files}


def test_a_look_goes_by_these_steps(machine: SteppedRuntime) -> None:
    a_change(machine)
    uneventful = Fault()

    hindered(machine, uneventful).look()

    assert tuple(uneventful.steps) == STEPS


@pytest.mark.parametrize("at", range(len(STEPS)), ids=STEPS)
@pytest.mark.parametrize("error", [StoreUnavailableError, KilledError])
@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
def test_each_change_is_executed_once_whatever_happens_at_a_step(
    machine: SteppedRuntime, at: int, error: type[BaseException], *, late: bool
) -> None:
    a_change(machine)

    fault = Fault(error, at, late)

    with suppress(error):
        hindered(machine, fault).look()
    machine = machine.restarted()
    look(machine, 3)

    assert len(fault.steps) > at
    assert sorted(events_of(machine)) == [("created", "comes"), ("removed", "goes")]
