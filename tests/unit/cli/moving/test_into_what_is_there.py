"""An import into what exists: what is the same stays, and nothing else is written unasked."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from isolambda_cli.admin.stack_target import StackTarget
from isolambda_core.adapters.dynamodb.aliases import DynamoDbAliasRepository
from isolambda_core.domain.errors import ConflictError
from isolambda_core.domain.functions.aliases import Alias, Target
from isolambda_core.domain.functions.errors import AliasExistsError
from isolambda_core.domain.secrets.secrets import Place, Secret
from isolambda_core.ports.store import Store
from isolambda_local.sqlite import open_store
from isolambda_local.sqlite.aliases import SqliteAliasRepository
from tests.unit.cli.installations import Operated, isolambda
from tests.unit.cli.moving.installation import (
    OTHER,
    PLAIN,
    THEN,
    TOP,
    TRIGGERS,
    a_call,
    a_function,
    a_trigger,
    a_version,
    an_alias,
    export,
    fill,
)

Change = Callable[[Store], object]


@pytest.fixture
def exported(tmp_path: Path) -> Iterator[Path]:
    with closing(open_store(None)) as store:
        fill(store)
        export(store, tmp_path / "export")
        yield tmp_path / "export"


@pytest.fixture
def there(exported: Path, operated: Operated, monkeypatch: pytest.MonkeyPatch) -> Operated:
    """Return an installation that has what is exported."""
    monkeypatch.setattr(StackTarget, "reconcile", lambda *_: True)
    operated.ask("import", str(exported))
    return operated


def _account(store: Store) -> None:
    account = store.accounts.get(OTHER)
    store.accounts.replace(account.changed({**account.document, "name": "x"}, THEN), account)


def _function(store: Store) -> None:
    document = {**a_function().document, "function_js": "return 'mine'"}
    store.functions.replace(a_function().changed(document, THEN), a_function())


def _alias(store: Store) -> None:
    store.aliases.replace(an_alias().moved(Target(3), "mine", "me", THEN), an_alias())


def _call(store: Store) -> None:
    call = a_call("first")
    store.saved_calls.replace(call.replaced(1, {"equal": 2}, THEN, None), call)


def _trigger(store: Store) -> None:
    trigger = store.triggers.get(TOP, PLAIN, a_trigger(1, "event").id)
    document = {**trigger.document, "pattern": {"source": ["mine"]}}
    store.triggers.replace(trigger.changed(document, None, THEN), trigger)


CHANGES: dict[str, Change] = {
    "account": _account,
    "function": _function,
    "alias": _alias,
    "saved call": _call,
    "trigger": _trigger,
}


@pytest.mark.parametrize("resource", CHANGES)
def test_other_content_is_refused_and_with_replace_it_is_written_over(
    there: Operated, exported: Path, tmp_path: Path, resource: str
) -> None:
    CHANGES[resource](there.store)
    mine = export(there.store, tmp_path / "mine")

    refused = there.type("import", str(exported))

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert f"{resource} " in refused.stderr
    assert "has other content there; --replace writes over it" in refused.stderr
    assert export(there.store, tmp_path / "mine") == mine
    [planned] = there.ask("import", str(exported), "--dry-run")
    assert (planned["resource"], planned["state"]) == (resource, "refused")
    [planned] = there.ask("import", str(exported), "--dry-run", "--replace")
    assert (planned["resource"], planned["state"]) == (resource, "replaced")
    assert export(there.store, tmp_path / "mine") == mine

    [written] = there.ask("import", str(exported), "--replace")

    assert (written["resource"], written["state"]) == (resource, "replaced")
    assert there.ask("import", str(exported)) == []


def test_what_is_written_over_gets_a_revision_that_it_never_had(
    there: Operated, exported: Path
) -> None:
    _function(there.store)
    before = there.store.functions.get(TOP, PLAIN)

    there.ask("import", str(exported), "--replace")

    after = there.store.functions.get(TOP, PLAIN)
    assert after.revision == before.revision + 1
    assert after.etag not in (before.etag, a_function().etag)


@pytest.mark.parametrize("kind", ["http", "queue", "webhook"])
def test_two_triggers_of_an_export_that_exclude_each_other_are_refused_before_anything_is_written(
    operated: Operated, exported: Path, kind: str
) -> None:
    function = exported / "accounts" / TOP / "functions" / PLAIN
    shutil.copytree(function, function.with_name("e" * 32))
    triggers = function / "triggers.json"
    found = json.loads(triggers.read_bytes())
    [own] = [each for each in found if each["document"]["type"] == kind]
    named = {**own, "id": "e" * 32} if kind == "http" else own
    triggers.write_text(json.dumps([own]))
    (function.with_name("e" * 32) / "triggers.json").write_text(json.dumps([named]))

    refused = operated.type("import", str(exported))

    assert (refused.exit_code, refused.stdout) == (1, "")
    twice = f"/http/{TOP}/shop" if kind == "http" else own["id"]
    assert f"another trigger of the export has {twice}" in refused.stderr
    assert list(operated.store.accounts.children(None, at_once=1)) == []


def test_a_queue_that_another_trigger_there_has_is_refused_before_anything_is_written(
    there: Operated, exported: Path
) -> None:
    function = exported / "accounts" / TOP / "functions" / PLAIN
    function.rename(function.with_name("e" * 32))
    triggers = function.with_name("e" * 32) / "triggers.json"
    found = json.loads(triggers.read_bytes())
    triggers.write_text(json.dumps([each for each in found if each["document"]["type"] == "queue"]))

    refused = there.type("import", str(exported))

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "another trigger there has its source, arn:aws:sqs:" in refused.stderr
    assert there.store.functions.ids(TOP) == [PLAIN]


@pytest.mark.parametrize("why", ["", "the limit is 1"])
def test_an_import_that_is_cut_off_says_where_and_why(
    operated: Operated, exported: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    error = AliasExistsError() if not why else ConflictError(why)

    def refuse(*_: object) -> None:
        raise error

    for repository in (SqliteAliasRepository, DynamoDbAliasRepository):
        monkeypatch.setattr(repository, "add", refuse)

    cut_off = operated.type("import", str(exported))

    assert (cut_off.exit_code, cut_off.stdout) == (1, "")
    assert f"alias {PLAIN} Live of account {TOP}: {why or 'another has written it'}" in (
        cut_off.stderr
    )
    assert "what comes before it is written, so import again" in cut_off.stderr
    assert operated.store.functions.get(TOP, PLAIN).id == PLAIN


def test_what_an_export_does_not_have_stays(there: Operated, exported: Path) -> None:
    store = there.store
    mine = replace(a_function(), id="e" * 32, document={**a_function().document, "name": "mine"})
    alias = Alias(TOP, PLAIN, "mine", Target(3), "", THEN, THEN)
    store.functions.add(mine)
    store.versions.add(a_version(9))
    store.aliases.add(alias)
    store.saved_calls.add(a_call("mine"))
    store.triggers.add(a_trigger(9, "webhook"))

    assert there.ask("import", str(exported), "--replace") == []

    assert store.functions.get(TOP, mine.id) == mine
    assert store.versions.get(TOP, PLAIN, 9) == a_version(9)
    assert store.aliases.get(TOP, PLAIN, "mine") == alias
    assert store.saved_calls.get(TOP, PLAIN, "mine") == a_call("mine")
    assert store.triggers.get(TOP, PLAIN, a_trigger(9, "webhook").id) == a_trigger(9, "webhook")


def _other_version(store: Store) -> None:
    store.functions.remove(store.functions.get(TOP, PLAIN))
    for repository in store.dependents:
        repository.remove_all(TOP, PLAIN)
    store.functions.add(a_function())
    store.versions.add(replace(a_version(1), description="mine"))


def _removed_version(store: Store) -> None:
    for alias in store.aliases.of_function(TOP, PLAIN):
        store.aliases.remove(alias)
    store.versions.remove(a_version(3))


def _deleted(store: Store) -> None:
    function = store.functions.get(TOP, PLAIN)
    store.functions.replace(function.removed(THEN), function)


def _another_type(store: Store) -> None:
    trigger = store.triggers.get(TOP, PLAIN, a_trigger(4, "webhook").id)
    store.triggers.remove(trigger)
    document = {**trigger.document, "type": "schedule", "schedule": "rate(1 day)"}
    store.triggers.add(replace(trigger, document=document))


def _source_of_another(store: Store) -> None:
    trigger = store.triggers.get(TOP, PLAIN, a_trigger(5, "http").id)
    store.triggers.remove(trigger)
    store.triggers.add(replace(trigger, id="d" * 32))


def _full_of_triggers(store: Store) -> None:
    store.triggers.remove(store.triggers.get(TOP, PLAIN, a_trigger(0, "schedule").id))
    for number in range(100, 115):
        store.triggers.add(a_trigger(number, "webhook"))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_other_version, "is another one there, and a version never changes"),
        (_removed_version, "is not there, and its number is not given again"),
        (_deleted, "was deleted there, and its id is not free"),
        (_another_type, "has another source there; remove it first"),
        (_source_of_another, "another trigger there has its source, "),
        (_full_of_triggers, "a function has at most 20 triggers"),
    ],
    ids=lambda value: "" if isinstance(value, str) else value.__name__.strip("_"),
)
def test_what_cannot_be_written_over_is_refused_all_the_same(
    there: Operated, exported: Path, tmp_path: Path, change: Change, why: str
) -> None:
    change(there.store)
    mine = export(there.store, tmp_path / "mine")

    refused = there.type("import", str(exported), "--replace")

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert why in refused.stderr
    assert export(there.store, tmp_path / "mine") == mine


def test_a_plan_of_a_first_import_tells_all_and_writes_nothing(
    exported: Path, operated: Operated
) -> None:
    planned = operated.ask("import", str(exported), "--dry-run")

    assert [row["resource"] for row in planned if row["account_id"] == TOP] == [
        *("account", "function", "version", "version", "last version", "alias", "alias"),
        *("saved call", "saved call", *["trigger"] * len(TRIGGERS)),
    ]
    assert {row["state"] for row in planned} == {"new"}
    assert list(operated.store.accounts.children(None, at_once=1)) == []


def test_a_plan_for_a_directory_that_is_not_there_makes_none(
    exported: Path, tmp_path: Path
) -> None:
    place = tmp_path / "new"

    words = ("import", str(exported), "--dry-run", "--data-dir", str(place), "--json")
    told = isolambda("admin", *words)

    assert (told.exit_code, told.stderr) == (0, "")
    assert {row["state"] for row in json.loads(told.stdout)} == {"new"}
    assert not place.exists()


def test_secrets_are_listed_by_name_and_what_is_missing_is_told(
    machine: Operated, tmp_path: Path
) -> None:
    with closing(open_store(None)) as store:
        fill(store)
        for place in (Place(TOP), Place(TOP, PLAIN)):
            store.secrets.add(Secret(place, "KEY", ("a.example",), False, "c2VhbGVk", THEN, THEN))
        files = export(store, tmp_path / "export")

    told = machine.ask("import", str(tmp_path / "export"))

    assert b"c2VhbGVk" not in b"".join(files.values())
    assert [(row["name"], row["state"]) for row in told if row["resource"] == "secret"] == [
        ("KEY", "missing"),
        (f"{PLAIN} KEY", "missing"),
    ]
    value = {"stdin": "x" * 20}
    put = ("secrets", "put", TOP, "KEY", "--hosts", "a.example", *machine.options)
    for more in ((), ("--function", PLAIN)):
        assert isolambda("admin", *put, *more, **value).exit_code == 0
    assert machine.ask("import", str(tmp_path / "export")) == []
    assert export(machine.store, tmp_path / "again") == files


def test_the_secret_of_a_trigger_is_not_exported_and_is_asked_for(
    machine: Operated, tmp_path: Path
) -> None:
    hidden = "whsec_" + "A" * 32
    with closing(open_store(None)) as store:
        fill(store)
        trigger = replace(a_trigger(9, "webhook"), secret=hidden)
        store.triggers.add(trigger)
        files = export(store, tmp_path / "export")

    told = machine.ask("import", str(tmp_path / "export"))

    assert hidden.encode() not in b"".join(files.values())
    [note] = [row["note"] for row in told if row["name"].endswith(trigger.id)]
    assert note == "its secret is not in the export, or stays sealed: give it again"
    stored = machine.store.triggers.get(TOP, PLAIN, trigger.id)
    machine.store.triggers.replace(stored.changed(stored.document, hidden, THEN), stored)
    machine.ask("import", str(tmp_path / "export"), "--replace")
    assert machine.store.triggers.get(TOP, PLAIN, trigger.id).secret == hidden
