"""The file that tells the owner of a machine how to get in, from one start to the next."""

import json
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from isolambda_api.composition import compose
from isolambda_api.http.services import Services
from isolambda_core.domain.accounts.api_keys import (
    ApiKey,
    hash_api_key,
)
from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_core.domain.limits import API_KEY_GRACE_S
from isolambda_local.secrets.credentials import (
    Credentials,
    open_credentials,
)
from isolambda_local.secrets.installation_secret import open_secret
from isolambda_local.sqlite import SqliteStore, open_store
from tests.support.clocks import SetClock
from tests.support.fakes import UnusedExecutor
from tests.support.sources import FakeEventSources

URL = "http://127.0.0.1:8787"


@dataclass(frozen=True)
class Installation:
    """A data directory, and the database that belongs to it."""

    data_dir: Path
    store: SqliteStore
    clock: SetClock

    @property
    def path(self) -> Path:
        return self.data_dir / "credentials.json"

    @property
    def services(self) -> Services:
        return compose(
            self.store,
            open_secret(self.data_dir),
            self.clock,
            executor=UnusedExecutor(),
            call_executor=UnusedExecutor(),
            queue=self.store.queue,
            sources=FakeEventSources(),
            rate_limits=None,
            size=RateLimit(),
        )

    def start(self, url: str = URL) -> tuple[Credentials, bool]:
        """Return what a start writes, which must open the account, and whether it made one."""
        credentials, made = open_credentials(self.data_dir, url, self.services)
        assert json.loads(self.path.read_bytes()) == credentials.model_dump()
        caller = self.services.access.authenticate(credentials.api_key)
        assert caller.account_id == credentials.account_id
        return credentials, made


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[[str], Installation]]:
    """Return a maker of machines, by their names."""
    with ExitStack() as stores:

        def make(name: str) -> Installation:
            (tmp_path / name).mkdir()
            store = stores.enter_context(closing(open_store(None)))
            return Installation(tmp_path / name, store, SetClock())

        yield make


@pytest.fixture
def machine(make: Callable[[str], Installation]) -> Installation:
    return make("machine")


def test_the_first_start_makes_an_account_and_its_key(machine: Installation) -> None:
    credentials, made = machine.start()

    assert made
    assert credentials.url == URL
    assert machine.services.accounts.fetch(credentials.account_id).name == "local"
    assert machine.services.keys.own(credentials.account_id) == credentials.api_key


def test_the_file_is_for_its_owner_alone_and_nothing_else_is_left(machine: Installation) -> None:
    machine.start()
    machine.path.chmod(0o644)
    machine.start()

    assert stat.S_IMODE(machine.path.stat().st_mode) == 0o600
    assert {entry.name for entry in machine.data_dir.iterdir()} == {"credentials.json", "secret"}


def test_the_next_start_changes_nothing_but_the_url(machine: Installation) -> None:
    first, _ = machine.start()

    assert machine.start("http://127.0.0.1:1") == (
        first.model_copy(update={"url": "http://127.0.0.1:1"}),
        False,
    )


def test_a_key_that_was_changed_is_written_again_while_the_one_before_is_still_good(
    machine: Installation,
) -> None:
    first, _ = machine.start()
    changed = machine.services.keys.change_own(first.account_id)

    second, made = machine.start()

    assert not made
    assert second == first.model_copy(update={"api_key": changed})
    machine.clock.time_ms += API_KEY_GRACE_S * 1_000
    assert machine.start() == (second, False)


def test_a_key_that_was_removed_is_made_again(machine: Installation) -> None:
    first, _ = machine.start()
    machine.services.keys.remove_all(first.account_id)

    second, made = machine.start()

    assert not made
    assert second.account_id == first.account_id
    assert second.api_key != first.api_key
    assert machine.start() == (second, False)


def test_a_key_from_before_keys_were_derived_stays_until_it_is_changed(
    machine: Installation,
) -> None:
    first, _ = machine.start()
    older = first.model_copy(update={"api_key": "0" * 64})
    machine.path.write_text(older.model_dump_json(), encoding="utf-8")
    machine.services.keys.remove_all(first.account_id)
    machine.store.api_keys.add(
        ApiKey(hash_api_key(older.api_key), "0" * 32, first.account_id, 1, own=True)
    )

    assert machine.start() == (older, False)

    changed = machine.services.keys.change_own(first.account_id)
    assert machine.start() == (older.model_copy(update={"api_key": changed}), False)


def test_a_key_goes_on_when_the_secret_is_another(machine: Installation) -> None:
    first, _ = machine.start()
    (machine.data_dir / "secret").unlink()

    assert machine.start() == (first, False)


def test_the_file_of_another_machine_makes_a_new_account(
    machine: Installation, make: Callable[[str], Installation]
) -> None:
    other = make("other")
    theirs, _ = other.start()
    machine.path.write_bytes(other.path.read_bytes())

    credentials, made = machine.start()

    assert made
    assert credentials.account_id != theirs.account_id
    assert credentials.api_key != theirs.api_key
    assert other.start() == (theirs, False)


def test_a_key_of_another_account_in_the_file_is_put_right(machine: Installation) -> None:
    first, _ = machine.start()
    _, elsewhere = machine.services.accounts.create_top("elsewhere")
    wrong = first.model_copy(update={"api_key": elsewhere})
    machine.path.write_text(wrong.model_dump_json(), encoding="utf-8")
    machine.services.keys.remove_all(first.account_id)

    second, made = machine.start()

    assert not made
    assert second.account_id == first.account_id
    assert second.api_key != elsewhere


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"\xff", b"[1]"], ids=repr)
def test_a_damaged_file_makes_a_new_account(machine: Installation, content: bytes) -> None:
    first, _ = machine.start()
    machine.path.write_bytes(content)

    second, made = machine.start()

    assert made
    assert second.account_id != first.account_id
