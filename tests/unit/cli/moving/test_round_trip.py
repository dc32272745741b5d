"""``isolambda admin export`` and ``import``: what is moved is the same there, to the byte."""

import json
import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from isolambda_cli.admin.stack_target import StackTarget
from isolambda_core.domain.functions.aliases import NO_SHADOW, Target
from isolambda_core.domain.functions.errors import FunctionNotFoundError
from isolambda_core.domain.triggers.triggers import TriggerRef
from isolambda_core.services.functions.source_checks import SourceCheckService
from isolambda_local.data_directory import DATABASE_NAME
from isolambda_local.sqlite import SqliteStore, open_store
from isolambda_local.sqlite.versions import SqliteVersionRepository
from tests.unit.cli.installations import Operated, isolambda
from tests.unit.cli.moving.installation import (
    CHILD,
    DELETED,
    KEY,
    ODD,
    OTHER,
    PLAIN,
    TOP,
    Files,
    a_call,
    a_function,
    a_trigger,
    a_version,
    an_alias,
    export,
    fill,
)


@pytest.fixture
def filled() -> Iterator[SqliteStore]:
    with closing(open_store(None)) as store:
        fill(store)
        yield store


@pytest.fixture
def reconciled(monkeypatch: pytest.MonkeyPatch) -> list[TriggerRef]:
    """Return what a stack's dispatcher is asked to bind, where no Lambda is."""
    asked: list[TriggerRef] = []

    def reconcile(_: StackTarget, trigger: TriggerRef) -> bool:
        asked.append(trigger)
        return True

    monkeypatch.setattr(StackTarget, "reconcile", reconcile)
    return asked


@pytest.fixture
def exported(filled: SqliteStore, tmp_path: Path) -> Path:
    export(filled, tmp_path / "export")
    return tmp_path / "export"


def test_what_is_imported_exports_to_the_same_bytes(
    filled: SqliteStore, operated: Operated, reconciled: list[TriggerRef], tmp_path: Path
) -> None:
    before = export(filled, tmp_path / "one")

    told = operated.ask("import", str(tmp_path / "one"))

    assert {row["state"] for row in told} == {"new"}
    assert export(operated.store, tmp_path / "two") == before
    assert len(before) == 14
    assert len(reconciled) == (6 if operated.options[0] == "--stack" else 0)


def test_from_one_machine_to_a_stack_and_back_the_bytes_stay(
    filled: SqliteStore, stack: Operated, reconciled: list[TriggerRef], tmp_path: Path
) -> None:
    before = export(filled, tmp_path / "one")
    stack.ask("import", str(tmp_path / "one"))
    stack.ask("export", str(tmp_path / "two"))
    data = ("--data-dir", str(tmp_path / "new machine"))

    result = isolambda("admin", "import", str(tmp_path / "two"), *data)

    assert result.exit_code == 0, result.output
    with closing(open_store(tmp_path / "new machine" / DATABASE_NAME)) as store:
        assert export(store, tmp_path / "three") == before
    assert len(reconciled) == 6


def test_ids_numbers_revisions_times_and_publishers_stay(
    exported: Path, operated: Operated, reconciled: list[TriggerRef]
) -> None:
    operated.ask("import", str(exported))

    store = operated.store
    assert store.accounts.get(TOP).revision == 4
    assert store.accounts.get(CHILD).ancestor_ids == (TOP,)
    assert store.functions.get(TOP, PLAIN) == a_function()
    assert store.functions.get(TOP, PLAIN).etag == a_function().etag
    found = list(store.versions.iterate(TOP, PLAIN, descending=False, at_once=9))
    assert found == [a_version(1), a_version(3)]
    assert {each.created_by for each in found} == {KEY}
    assert store.versions.last_number(TOP, PLAIN) == 4
    assert store.aliases.get(TOP, PLAIN, "live") == an_alias()
    assert store.saved_calls.get(TOP, PLAIN, "second") == a_call("second")
    assert [each.id for each in store.triggers.of_function(TOP, PLAIN)] == [
        a_trigger(number, "webhook").id for number in range(6)
    ]
    assert reconciled == [] or reconciled[0].trigger_id == a_trigger(0, "schedule").id


def test_a_version_that_is_published_next_has_a_number_of_its_own(
    exported: Path, machine: Operated
) -> None:
    machine.ask("import", str(exported))

    assert machine.store.versions.last_number(TOP, PLAIN) + 1 == 5


def test_the_queue_of_a_trigger_is_one_of_the_installation(
    exported: Path, operated: Operated, reconciled: list[TriggerRef]
) -> None:
    operated.ask("import", str(exported))

    trigger_id = a_trigger(3, "queue").id
    own = operated.store.triggers.get(TOP, PLAIN, trigger_id).own_queue_arn
    assert own is not None
    assert own.rpartition(":")[2] in (trigger_id, f"isolambda-under-test-trigger-{trigger_id}")
    assert own in {ref.source for ref in reconciled} or not reconciled


def test_a_machine_binds_what_it_has_imported(exported: Path, machine: Operated) -> None:
    machine.ask("import", str(exported))

    store: Any = machine.store
    assert store.queue.scheduled(a_trigger(0, "schedule").id) is not None
    assert store.watches.has(a_trigger(2, "bucket").id, "uploads")


def test_an_account_is_exported_with_all_below_it_alone(
    filled: SqliteStore, tmp_path: Path
) -> None:
    whole = export(filled, tmp_path / "whole")

    assert export(filled, tmp_path / "part", TOP) == without(whole, OTHER)
    assert export(filled, tmp_path / "child", CHILD) == {**without(whole, OTHER, f"{TOP}/")}


def test_a_function_that_was_deleted_is_not_exported(
    filled: SqliteStore, tmp_path: Path, machine: Operated
) -> None:
    export(filled, tmp_path / "export")

    machine.ask("import", str(tmp_path / "export"))

    with pytest.raises(FunctionNotFoundError):
        machine.store.functions.get(TOP, DELETED)
    assert DELETED not in machine.store.functions.ids(TOP)


def test_sources_are_files_where_files_can_hold_them(filled: SqliteStore, tmp_path: Path) -> None:
    files = export(filled, tmp_path / "export")

    function = f"accounts/{TOP}/functions/{PLAIN}"
    assert files[f"{function}/draft/function.js"] == "// ünder\r\nreturn call;\n".encode()
    assert files[f"{function}/versions/3/function.js"] == b"return 3;"
    assert b"function_js" not in files[f"{function}/function.json"]
    odd = files[f"accounts/{CHILD}/functions/{ODD}/function.json"]
    assert rb'"function_js": "return ' + rb"'\ud800\u0000'" in odd
    assert b'"\xf0\x9f\x98\x80"' in files[f"{function}/function.json"]


def test_a_second_export_changes_what_is_another_and_removes_what_is_gone(
    filled: SqliteStore, tmp_path: Path
) -> None:
    before = export(filled, tmp_path / "export")
    (tmp_path / "export" / ".git").mkdir()
    (tmp_path / "export" / ".git" / "config").write_text("kept")
    unchanged = tmp_path / "export" / f"accounts/{OTHER}/account.json"
    written_at = unchanged.stat().st_mtime_ns
    filled.functions.remove(filled.functions.get(CHILD, ODD))

    after = export(filled, tmp_path / "export")

    assert after.pop(".git/config") == b"kept"
    assert after == without(before, f"{CHILD}/functions")
    assert not (tmp_path / "export" / f"accounts/{CHILD}/functions").exists()
    assert unchanged.stat().st_mtime_ns == written_at


def test_an_import_that_is_made_again_changes_nothing(
    exported: Path, operated: Operated, reconciled: list[TriggerRef], tmp_path: Path
) -> None:
    operated.ask("import", str(exported))
    asked = list(reconciled)
    before = export(operated.store, tmp_path / "before")

    assert operated.ask("import", str(exported)) == []

    assert export(operated.store, tmp_path / "after") == before
    # An import that was cut off may have stored a trigger, and not bound.
    assert reconciled == asked * 2


@pytest.mark.usefixtures("reconciled")
def test_a_long_source_and_many_files_move_as_well(
    operated: Operated, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # What compiles it is a test of its own: tests/end_to_end does so where it moves.
    monkeypatch.setattr(SourceCheckService, "compiled", lambda _, function: (function, None))
    noise = os.urandom(300_000).hex()  # which no compression makes short
    document = {**a_function().document, "function_js": f"return '{noise}'"}
    files = {**a_function().document, "files": {f"lib/{n}.ts": f"{n}" for n in range(200)}}
    with closing(open_store(None)) as store:
        fill(store)
        store.functions.add(replace(a_function(), id="d" * 32, document=document))
        store.functions.add(replace(a_function(), id="e" * 32, document=files))
        before = export(store, tmp_path / "one")

    operated.ask("import", str(tmp_path / "one"))

    assert operated.store.functions.get(TOP, "d" * 32).document == document
    assert operated.store.functions.get(TOP, "e" * 32).document == files
    assert export(operated.store, tmp_path / "two") == before


def test_an_alias_that_moves_while_it_is_exported_points_to_what_is_exported(
    filled: SqliteStore, tmp_path: Path
) -> None:
    versions = Publishing(filled)
    store = replace(filled, versions=cast("SqliteVersionRepository", versions))

    files = export(store, tmp_path / "export")

    aliases = json.loads(files[f"accounts/{TOP}/functions/{PLAIN}/aliases.json"])
    assert [alias["target"]["version"] for alias in aliases] == [3, 5]
    assert f"accounts/{TOP}/functions/{PLAIN}/versions/5.json" in files
    assert f"accounts/{TOP}/functions/{PLAIN}/versions/1.json" not in files


class Publishing:
    """Versions of which one is published and one removed, just before they are first read."""

    def __init__(self, store: SqliteStore) -> None:
        self.store, self.is_first = store, True

    def iterate(self, *key: str, **how: Any) -> Any:
        if self.is_first:
            self.is_first = False
            self.store.versions.add(a_version(5))
            moved = an_alias().moved(Target(5), "", KEY, 0, shadow=NO_SHADOW)
            self.store.aliases.replace(moved, an_alias())
            self.store.versions.remove(a_version(1))
        return self.store.versions.iterate(*key, **how)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store.versions, name)


def without(files: Files, *parts: str) -> Files:
    return {name: data for name, data in files.items() if not any(part in name for part in parts)}
