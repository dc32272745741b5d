"""An export that was made up, or changed: it is refused as a whole, and nothing is written."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from errno import ENOSPC
from pathlib import Path
from typing import Any

import pytest

from isolambda_cli.moving.errors import ExportError
from isolambda_cli.moving.exporting import Exporter
from isolambda_cli.project.errors import ProjectError
from isolambda_core.domain.limits import MIB, SOURCE_BYTES
from isolambda_local.sqlite import SqliteStore, open_store
from tests.unit.cli.installations import Operated
from tests.unit.cli.moving.installation import CHILD, ODD, OTHER, PLAIN, TOP, export, fill

Change = Callable[[Any], object]

ACCOUNT = f"accounts/{TOP}/account.json"
FUNCTION = f"accounts/{TOP}/functions/{PLAIN}"


@pytest.fixture
def filled() -> Iterator[SqliteStore]:
    with closing(open_store(None)) as store:
        fill(store)
        yield store


@pytest.fixture
def exported(filled: SqliteStore, tmp_path: Path) -> Path:
    export(filled, tmp_path / "export")
    return tmp_path / "export"


def change(file: Path, edit: Change) -> None:
    value = json.loads(file.read_bytes())
    edit(value)
    file.write_text(json.dumps(value))


def refusal(machine: Operated, folder: Path) -> str:
    """Return why an import is refused, of which nothing was written."""
    result = machine.type("import", str(folder))

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.count("\n") == 1
    assert list(machine.store.accounts.children(None, at_once=1)) == []
    return result.stderr.rstrip("\n")


@pytest.mark.parametrize(
    ("file", "edit", "why"),
    [
        (ACCOUNT, lambda each: each.update(nonsense=1), "'nonsense': unknown"),
        (ACCOUNT, lambda each: each.update(id=CHILD), "'id': unknown"),
        (ACCOUNT, lambda each: each.pop("created_at"), "created_at: is missing"),
        (ACCOUNT, lambda each: each.update(created_at="1"), "created_at: must be of type int"),
        (ACCOUNT, lambda each: each.update(created_at=True), "created_at: must be of type int"),
        (ACCOUNT, lambda each: each.update(created_at=-1), "created_at: must be at most"),
        (ACCOUNT, lambda each: each.update(revision=0), "revision: must be at most 9999999999"),
        (ACCOUNT, lambda each: each.update(revision=10**10), "revision: must be at most"),
        (ACCOUNT, lambda each: each["document"].pop("name"), "name: required"),
        (ACCOUNT, lambda each: each["document"].update(name=1), "name: type"),
        (ACCOUNT, lambda each: each.update(document=[]), "document: must be an object"),
        (ACCOUNT, lambda each: each.update(ancestor_ids=["../.."]), "ancestor_ids: must be ids"),
        (ACCOUNT, lambda each: each.update(ancestor_ids=[TOP]), "ancestor_ids: must be ids"),
        (
            ACCOUNT,
            lambda each: each.update(ancestor_ids=[f"{n:032x}" for n in range(9)]),
            "at most 8 accounts can be below each other",
        ),
        (f"{FUNCTION}/function.json", lambda each: each.update(deleted=True), "'deleted': unknown"),
        (
            f"{FUNCTION}/function.json",
            lambda each: each.update(compiled="x"),
            "'compiled': unknown",
        ),
        (f"{FUNCTION}/function.json", lambda each: each.update(last_version=2), "from 3 to"),
        (f"{FUNCTION}/function.json", lambda each: each.update(last_version=10**10), "from 3 to"),
        (f"{FUNCTION}/function.json", lambda each: each.update(created_by="\ud800"), "id of a key"),
        (
            f"{FUNCTION}/function.json",
            lambda each: each.update(files=["../../../x"]),
            "cannot be read",
        ),
        (
            f"{FUNCTION}/function.json",
            lambda each: each.update(files=["/etc/passwd"]),
            "cannot be read",
        ),
        (
            f"{FUNCTION}/function.json",
            lambda each: each.update(files=["../function.json"]),
            "relative name",
        ),
        (f"{FUNCTION}/function.json", lambda each: each.update(files=5), "files: must be an array"),
        (f"{FUNCTION}/function.json", lambda each: each.update(files=["a"] * 201), "of 200 names"),
        (
            f"{FUNCTION}/function.json",
            lambda each: each["document"].update(language_pack="../x"),
            "language_pack: unknown",
        ),
        (
            f"{FUNCTION}/function.json",
            lambda each: each["document"].update(input_schema={"pattern": "(?=a)"}),
            "input_schema.pattern",
        ),
        (
            f"{FUNCTION}/function.json",
            lambda each: each["breakers"].update(a=each["breakers"]["$LATEST"]),
            "'a' is no version",
        ),
        (
            f"{FUNCTION}/versions/3.json",
            lambda each: each["document"].update(name="x"),
            "has keys that no version freezes",
        ),
        (f"{FUNCTION}/versions/3.json", lambda each: each.update(number=4), "'number': unknown"),
        (f"{FUNCTION}/aliases.json", lambda each: each[0].update(name="$LATEST"), "name: pattern"),
        (f"{FUNCTION}/aliases.json", lambda each: each[1]["target"].update(version=2), "version 2"),
        (
            f"{FUNCTION}/aliases.json",
            lambda each: each.append(each[0]),
            "two aliases have one name",
        ),
        (
            f"{FUNCTION}/aliases.json",
            lambda each: each.extend(each * 30),
            "at most 50 can be there",
        ),
        (
            f"{FUNCTION}/aliases.json",
            lambda each: each[1].update(moves=each[1]["moves"] * 101),
            "at most 100 can be there",
        ),
        (
            f"{FUNCTION}/aliases.json",
            lambda each: each[1].update(contract="x"),
            "must be one of off",
        ),
        (f"{FUNCTION}/calls.json", lambda each: each.append(each[0]), "two saved calls have one"),
        (f"{FUNCTION}/calls.json", lambda each: each[0]["expect"].clear(), "expect: Say one of"),
        (
            f"{FUNCTION}/calls.json",
            lambda each: each.extend(each * 101),
            "at most 200 can be there",
        ),
        (f"{FUNCTION}/triggers.json", lambda each: each[0].update(id="x"), "'x' is no id"),
        (
            f"{FUNCTION}/triggers.json",
            lambda each: each[0].update({"secret": "x"}),
            "'secret': unknown",
        ),
        (
            f"{FUNCTION}/triggers.json",
            lambda each: each[4]["document"].update({"Secret": "x"}),
            "a document has no secret",
        ),
        (
            f"{FUNCTION}/triggers.json",
            lambda each: each[0].update(own_queue_arn="arn"),
            "'own_queue_arn': unknown",
        ),
        (
            f"{FUNCTION}/triggers.json",
            lambda each: each[0]["document"].update(type="x"),
            "type: enum",
        ),
        ("isolambda-export.json", lambda each: each.update(format=2), "is of another release"),
        ("isolambda-export.json", lambda each: each.update(whole=False), "was cut off"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_value_that_cannot_be_is_refused_with_its_file(
    exported: Path, machine: Operated, file: str, edit: Change, why: str
) -> None:
    change(exported / file, edit)

    said = refusal(machine, exported)

    assert why in said
    assert file.rpartition("/")[0] in said


def test_a_link_is_refused_wherever_it_leads(exported: Path, machine: Operated) -> None:
    source = exported / FUNCTION / "draft/function.js"
    kept = exported / "elsewhere.js"
    source.rename(kept)
    source.symlink_to(kept)

    assert "draft/function.js: is a link, or no file" in refusal(machine, exported)


def test_a_folder_that_is_a_link_is_refused(exported: Path, machine: Operated) -> None:
    accounts = exported / "accounts"
    accounts.rename(exported.parent / "accounts")
    accounts.symlink_to(exported.parent / "accounts")

    assert "accounts: is a link" in refusal(machine, exported)


def test_a_key_that_is_there_twice_is_refused(exported: Path, machine: Operated) -> None:
    file = exported / FUNCTION / "function.json"
    file.write_text(file.read_text().replace("{", '{"document": {"name": "for a reader"},', 1))

    assert f"{FUNCTION}/function.json: 'document' is twice in one object" in refusal(
        machine, exported
    )


def test_a_pipe_is_refused_without_waiting_for_a_writer(exported: Path, machine: Operated) -> None:
    os.mkfifo(exported / FUNCTION / "draft/pipe.js")

    assert "draft/pipe.js: is a link, or no file" in refusal(machine, exported)


@pytest.mark.parametrize(
    ("file", "data", "why"),
    [
        (f"{FUNCTION}/draft/function.js", b"x" * (SOURCE_BYTES + 1), "is longer than the"),
        (f"{FUNCTION}/draft/function.js", b"\xff", "is not UTF-8"),
        (f"{FUNCTION}/draft/function.js", b"a\x00b", "has a NUL"),
        (f"{FUNCTION}/function.json", b"{", "at line 1 column 2"),
        (f"{FUNCTION}/function.json", b"[" * 100_000, "nested more than"),
        (f"{FUNCTION}/function.json", b"[]", "must be an object"),
        (f"{FUNCTION}/aliases.json", b"{}", "must be an array"),
        (f"{FUNCTION}/aliases.json", b"[5]", "Alias: must be an object"),
        (ACCOUNT, b'{"created_at": NaN}', "NaN is not JSON"),
        (f"{FUNCTION}/draft/unknown.js", b"", "unknown.js: is no file of an export"),
        (f"{FUNCTION}/versions/03.json", b"{}", "versions/03.json: is no file of an export"),
        ("accounts/nonsense", b"", "account.json: cannot be read"),
        ("accounts/" + "A" * 32 + "/account.json", b"{}", "is no id"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_cannot_be_is_refused_by_name(
    exported: Path, machine: Operated, file: str, data: bytes, why: str
) -> None:
    (exported / file).parent.mkdir(exist_ok=True)
    (exported / file).write_bytes(data)

    assert why in refusal(machine, exported)


def test_a_json_file_of_many_megabytes_is_refused_unread(exported: Path, machine: Operated) -> None:
    with (exported / FUNCTION / "calls.json").open("wb") as file:
        file.truncate(10_000 * MIB)

    assert "calls.json: is longer than the 67108864 bytes" in refusal(machine, exported)


def test_the_first_faults_are_told_and_no_more(exported: Path, machine: Operated) -> None:
    for number in range(10_000):
        (exported / f"{FUNCTION}/draft/{number}.js").touch()

    said = refusal(machine, exported)

    assert said.count("is no file of an export") == 20


@pytest.mark.parametrize(
    ("account", "why"),
    [
        ({"ancestor_ids": [OTHER]}, "is below other accounts than the one above it"),
        ({"ancestor_ids": ["d" * 32]}, f"the account above it, {'d' * 32}, is not there"),
    ],
    ids=["another", "none"],
)
def test_an_account_comes_below_the_account_that_it_names(
    exported: Path, machine: Operated, account: dict[str, Any], why: str
) -> None:
    child = exported / f"accounts/{CHILD}/account.json"
    if "other" in why:
        change(
            exported / f"accounts/{OTHER}/account.json",
            lambda each: each.update(ancestor_ids=[TOP]),
        )
    change(child, lambda each: each.update(account))

    assert why in refusal(machine, exported)


def test_a_folder_of_too_many_files_is_refused_before_they_are_read(
    exported: Path, machine: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isolambda_cli.moving.tree._FILES_MAX", 10)

    assert "there are more than 10 files" in refusal(machine, exported)


def test_folders_that_nest_too_deeply_are_refused(exported: Path, machine: Operated) -> None:
    folder = os.open(exported / FUNCTION / "draft", os.O_RDONLY)
    for _ in range(50):
        os.mkdir("d" * 200, dir_fd=folder)
        below = os.open("d" * 200, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = below
    os.close(folder)

    assert "File name too long" in refusal(machine, exported)


def test_an_export_writes_through_no_link(filled: SqliteStore, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    export(filled, tmp_path / "export")
    folder = tmp_path / "export" / f"accounts/{CHILD}/functions/{ODD}"
    (folder / "function.json").unlink()
    folder.rmdir()
    folder.symlink_to(tmp_path / "outside")

    with pytest.raises(ProjectError, match="is a link, and is not written through"):
        export(filled, tmp_path / "export")

    assert list((tmp_path / "outside").iterdir()) == []


def test_an_export_to_a_full_disk_names_its_folder(
    filled: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(ENOSPC, os.strerror(ENOSPC))

    monkeypatch.setattr("isolambda_cli.moving.exporting.write_files", full)

    with pytest.raises(ExportError, match="/export: No space left on device"):
        Exporter(filled, tmp_path / "export").export(None)


@pytest.mark.parametrize("name", ["file", "isolambda.toml"])
def test_an_export_takes_no_folder_that_is_something_else(
    filled: SqliteStore, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text("mine")

    with pytest.raises(ExportError, match="is neither empty nor an export"):
        Exporter(filled, tmp_path).export(None)

    assert [each.name for each in tmp_path.iterdir()] == [name]
