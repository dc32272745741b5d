"""``--with-secrets``: values of secrets move under a passphrase, readable nowhere in between."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from isolambda_cli.admin.stack_target import StackTarget
from isolambda_cli.moving.exporting import Exporter
from isolambda_cli.moving.passphrase import Passphrase
from isolambda_cli.moving.secrets import Resealer
from isolambda_core.adapters.aes_gcm import AesGcmSealer
from isolambda_core.domain.secrets.secrets import Binding, Place, Secret
from isolambda_core.ports.store import Store
from isolambda_local.secrets.installation_secret import FileSecret
from isolambda_local.sqlite import open_store
from tests.unit.cli.installations import Operated
from tests.unit.cli.moving.installation import PLAIN, THEN, TOP, Files, a_trigger, files_in, fill

HOSTS = ("a.example", "*.b.example")
VALUES = {"KEY": "correct horse battery staple", "SIGNS": "ünder one key"}
WEBHOOK = "whsec_" + "QUJD" * 8
OF_ACCOUNT = Place(TOP)
FILES = {OF_ACCOUNT: f"accounts/{TOP}/secrets.json"}
TRIGGERS = f"accounts/{TOP}/functions/{PLAIN}/triggers.json"

Change = Callable[[Any], object]


@pytest.fixture
def passphrase(tmp_path: Path) -> str:
    path = tmp_path / "passphrase"
    path.write_text("f" * 64 + "\n")
    return str(path)


def put_secrets(store: Store, sealer: AesGcmSealer) -> None:
    for place in (OF_ACCOUNT, Place(TOP, PLAIN)):
        for name, value in VALUES.items():
            binding = Binding(place, name, () if name == "SIGNS" else HOSTS, name == "SIGNS")
            sealed = sealer.seal(value, binding)
            store.secrets.add(
                Secret(place, name, binding.hosts, binding.sign, sealed, THEN, THEN + 7, 3)
            )
    store.triggers.add(replace(a_trigger(9, "webhook"), secret=WEBHOOK))


def exported_from(store: Store, sealer: AesGcmSealer, folder: Path, passphrase: str) -> Files:
    resealer = Resealer(sealer, Passphrase.read(Path(passphrase)))
    Exporter(store, folder, resealer).export(None)
    return files_in(folder)


@pytest.fixture
def exported(tmp_path: Path, passphrase: str) -> Iterator[Path]:
    sealer = AesGcmSealer(FileSecret(b"1" * 32))
    with closing(open_store(None)) as store:
        fill(store)
        put_secrets(store, sealer)
        exported_from(store, sealer, tmp_path / "export", passphrase)
        yield tmp_path / "export"


@pytest.fixture(autouse=True)
def _without_a_dispatcher(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StackTarget, "reconcile", lambda *_: True)


def test_values_are_there_under_the_seal_of_the_installation_and_export_to_the_same_bytes(
    exported: Path, operated: Operated, passphrase: str, tmp_path: Path
) -> None:
    told = operated.ask("import", str(exported), "--with-secrets", passphrase)

    assert {row["state"] for row in told} == {"new"}
    [(name, note)] = [(row["name"], row["note"]) for row in told if row["note"]]
    assert name.endswith(a_trigger(4, "webhook").id)  # which has none of its own
    assert note == "its secret is another one here, since that derives from the installation"
    sealer, store = AesGcmSealer(operated.secret), operated.store
    for place in (OF_ACCOUNT, Place(TOP, PLAIN)):
        found = store.secrets.of_place(place)
        assert {each.name: sealer.open(each.sealed, each.binding) for each in found} == VALUES
        assert {(each.created_at, each.modified_at, each.revision) for each in found} == {
            (THEN, THEN + 7, 3)
        }
    assert store.triggers.get(TOP, PLAIN, a_trigger(9, "webhook").id).secret == WEBHOOK
    again = exported_from(store, sealer, tmp_path / "again", passphrase)
    assert again == files_in(exported)
    assert operated.ask("import", str(exported), "--with-secrets", passphrase) == []


def test_secrets_are_there_before_a_trigger_executes_what_uses_them(
    exported: Path, machine: Operated, passphrase: str
) -> None:
    told = machine.ask("import", str(exported), "--with-secrets", passphrase)

    of_function = [row["resource"] for row in told if PLAIN in row["name"]]
    assert of_function.index("trigger") > max(
        at for at, resource in enumerate(of_function) if resource == "secret"
    )


def test_no_file_of_an_export_has_a_value(
    exported: Path, machine: Operated, passphrase: str
) -> None:
    result = machine.type("import", str(exported), "--with-secrets", passphrase)

    everything = b"".join(files_in(exported).values()) + result.output.encode()
    for value in (*VALUES.values(), WEBHOOK, "f" * 64):
        assert value.encode() not in everything
        assert json.dumps(value)[1:-1].encode() not in everything


def test_without_the_passphrase_values_stay_sealed_and_are_missed(
    exported: Path, machine: Operated
) -> None:
    told = machine.ask("import", str(exported))

    missing = [row["name"] for row in told if row["state"] == "missing"]
    assert missing == ["KEY", "SIGNS", f"{PLAIN} KEY", f"{PLAIN} SIGNS"]
    assert list(machine.store.secrets.of_place(OF_ACCOUNT)) == []
    assert machine.store.triggers.get(TOP, PLAIN, a_trigger(9, "webhook").id).secret is None


@pytest.mark.parametrize(
    ("file", "edit"),
    [
        (FILES[OF_ACCOUNT], lambda each: each[0].update(hosts=["evil.example"])),
        (FILES[OF_ACCOUNT], lambda each: each[0].update(sealed=each[1]["sealed"])),
        (FILES[OF_ACCOUNT], lambda each: each[0].update(sealed="AAAA")),
        (FILES[OF_ACCOUNT], lambda each: each[0].update(sealed="%")),
        (FILES[OF_ACCOUNT], lambda each: each[0].update(name="OTHER")),
        (TRIGGERS, lambda each: each[4].update(sealed_secret=each[-1]["sealed_secret"])),
    ],
    ids=["another host", "of another", "short", "no base64", "another name", "another trigger"],
)
def test_a_value_opens_only_where_it_was_sealed_for(
    exported: Path, machine: Operated, passphrase: str, file: str, edit: Change
) -> None:
    path = exported / file
    found = json.loads(path.read_bytes())
    edit(found)
    path.write_text(json.dumps(found))

    result = machine.type("import", str(exported), "--with-secrets", passphrase)

    assert (result.exit_code, result.stdout) == (1, "")
    assert "was sealed under another passphrase" in result.stderr
    assert list(machine.store.accounts.children(None, at_once=1)) == []


def test_another_passphrase_opens_nothing(
    exported: Path, machine: Operated, tmp_path: Path
) -> None:
    (tmp_path / "other").write_text("e" * 64)

    result = machine.type("import", str(exported), "--with-secrets", str(tmp_path / "other"))

    assert result.exit_code == 1
    assert result.stderr.endswith("KEY: was sealed under another passphrase\n")
    assert list(machine.store.accounts.children(None, at_once=1)) == []


@pytest.mark.parametrize("text", ["", "f" * 31, " " * 40, "f" * 1025], ids=len)
def test_a_passphrase_that_is_too_short_or_too_long_is_refused(
    exported: Path, machine: Operated, tmp_path: Path, text: str
) -> None:
    (tmp_path / "other").write_text(text)

    for command in ("import", "export"):
        result = machine.type(command, str(exported), "--with-secrets", str(tmp_path / "other"))

        assert result.exit_code == 1
        assert "a passphrase has 32 to 1024 characters" in result.stderr


def test_another_value_there_is_refused_and_with_replace_written_over(
    exported: Path, machine: Operated, passphrase: str
) -> None:
    options = ("import", str(exported), "--with-secrets", passphrase)
    machine.ask(*options)
    store, sealer = machine.store, AesGcmSealer(machine.secret)
    before = store.secrets.get(OF_ACCOUNT, "KEY")
    mine = sealer.seal("another value, of mine", before.binding)
    store.secrets.replace(replace(before, sealed=mine, revision=9), before)

    refused = machine.type(*options)
    [written] = machine.ask(*options, "--replace")

    assert "secret KEY of account " in refused.stderr
    assert (written["resource"], written["state"]) == ("secret", "replaced")
    after = store.secrets.get(OF_ACCOUNT, "KEY")
    assert sealer.open(after.sealed, after.binding) == VALUES["KEY"]
    assert after.revision == 10
