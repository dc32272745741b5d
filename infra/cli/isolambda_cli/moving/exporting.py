"""Write accounts with all that they have into a folder."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from isolambda_cli.moving import layout
from isolambda_cli.moving.errors import ExportError
from isolambda_cli.moving.fields import dump_fields
from isolambda_cli.moving.secrets import Resealer, dump_secret
from isolambda_cli.moving.sources import split_sources
from isolambda_cli.project.local_files import TEMPORARY, write_files
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.functions.aliases import Alias
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.functions.versions import Version
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import PAGE_SIZE_MAX
from isolambda_core.domain.secrets.secrets import Place
from isolambda_core.domain.triggers.triggers import Trigger
from isolambda_core.ports.store import Store

_TRIES = 3
"""How often a function is read whose aliases move meanwhile."""
_AT_ONCE = 10
COUNTED = ("accounts", "functions", "versions", "aliases", "calls", "triggers", "secrets")
"""What an export counts."""

Texts = dict[str, str]


class MovingFunctionError(ExportError):
    """A function kept changing while it was read."""

    def __init__(self, function: Function) -> None:
        super().__init__(f"function {function.id} keeps changing; try again")


@dataclass(frozen=True, slots=True)
class Exporter:
    """Writes what a store has into a folder; ``counts`` says how much that is.

    Without a ``resealer`` it leaves out the values of secrets.
    """

    store: Store
    folder: Path
    resealer: Resealer | None = None
    counts: Counter[str] = field(default_factory=Counter)
    _written: set[str] = field(default_factory=set)

    def export(self, account_id: str | None) -> None:
        """Write an account with all accounts below it, or all accounts for None.

        Of an export that is there already, it changes what is another by now, and removes what is
        gone. One that is cut off says so, and is made whole by the next.

        Raises:
            ExportError: the folder has something else in it, a file cannot be written, or a
                function keeps changing.
            ProjectError: a name in the folder is a link.
            AccountNotFoundError: there is no such account.
        """
        top = None if account_id is None else self.store.accounts.get(account_id)
        try:
            self._export(top)
        except OSError as error:  # which has no name where a disk is full
            raise ExportError(f"{error.filename or self.folder}: {error.strerror}") from error

    def _export(self, top: Account | None) -> None:
        _require_free(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._mark(is_whole=False)
        for account in self._accounts(top):
            self._write_account(account)
        self._remove_others()
        self._mark(is_whole=True)

    def _accounts(self, top: Account | None) -> Iterator[Account]:
        if top is not None:
            yield top
        children = self.store.accounts.children(
            None if top is None else top.id, descending=False, at_once=PAGE_SIZE_MAX
        )
        for child in children:
            yield from self._accounts(child)

    def _write_account(self, account: Account) -> None:
        texts = {layout.ACCOUNT_FILE: layout.json_text(dump_fields(account, "id"))}
        texts |= self._secrets(Place(account.id))
        self._write(layout.account_folder(account.id), texts)
        self.counts["accounts"] += 1
        functions = self.store.functions.iterate(account.id, descending=False, at_once=_AT_ONCE)
        for function in functions:
            self._write_function(function)

    def _write_function(self, function: Function) -> None:
        aliases, versions = self._frozen(function)
        last = self.store.versions.last_number(function.account_id, function.id)
        highest = max((version.number for version in versions), default=0)
        above: dict[str, JsonValue] = {"last_version": last} if last > highest else {}
        apart = ("account_id", "id", "document", "deleted", "compiled")
        texts = _with_sources(function, layout.FUNCTION_FILE, layout.DRAFT, apart, above)
        apart = ("account_id", "function_id", "number", "document", "compiled")
        for version in versions:
            name = f"{layout.VERSIONS}/{version.number}"
            texts |= _with_sources(version, f"{name}.json", name, apart, {})
        texts |= self._below(function, aliases)
        self._write(layout.function_folder(function.account_id, function.id), texts)
        self.counts.update(functions=1, versions=len(versions), aliases=len(aliases))

    def _frozen(self, function: Function) -> tuple[Sequence[Alias], Sequence[Version]]:
        """Return aliases, and versions among which are all that these point to."""
        key = (function.account_id, function.id)
        for _ in range(_TRIES):
            aliases = self.store.aliases.of_function(*key)
            found = self.store.versions.iterate(*key, descending=False, at_once=_AT_ONCE)
            versions = list(found)
            numbers = {version.number for version in versions}
            if all(alias.versions <= numbers for alias in aliases):
                return aliases, versions
        raise MovingFunctionError(function)

    def _below(self, function: Function, aliases: Sequence[Alias]) -> Texts:
        """Return the files of what depends on a function; there is none where it has none."""
        key = (function.account_id, function.id)
        calls = list(self.store.saved_calls.iterate(*key, descending=False, at_once=PAGE_SIZE_MAX))
        triggers = self.store.triggers.of_function(*key)
        self.counts.update(calls=len(calls), triggers=len(triggers))
        texts = self._secrets(Place(*key))
        if aliases:
            dumped = [dump_fields(alias, "account_id", "function_id") for alias in aliases]
            texts[layout.ALIASES_FILE] = layout.json_text(dumped)
        if calls:
            dumped = [dump_fields(call, "account_id", "function_id") for call in calls]
            texts[layout.CALLS_FILE] = layout.lines_text(dumped)
        if triggers:
            texts[layout.TRIGGERS_FILE] = layout.json_text(list(map(self._trigger, triggers)))
        return texts

    def _trigger(self, trigger: Trigger) -> JsonValue:
        """Return a trigger without what is of its installation alone."""
        apart = ("account_id", "function_id", "own_queue_arn", "secret", "failures")
        fields = dump_fields(trigger, *apart)
        if trigger.secret is None:
            return fields
        if self.resealer is None:
            return {**fields, "has_secret": True}
        return dict(sorted({**fields, "sealed_secret": self.resealer.taken_of(trigger)}.items()))

    def _secrets(self, place: Place) -> Texts:
        secrets = self.store.secrets.of_place(place)
        self.counts["secrets"] += len(secrets)
        if not secrets:
            return {}
        dumped = [dump_secret(secret, self.resealer) for secret in secrets]
        return {layout.SECRETS_FILE: layout.json_text(dumped)}

    def _write(self, folder: str, texts: Texts) -> None:
        named = {f"{folder}/{name}": text for name, text in texts.items()}
        write_files(self.folder, named, force=True)
        self._written.update(named)

    def _mark(self, *, is_whole: bool) -> None:
        text = layout.json_text(layout.marker(is_whole=is_whole))
        write_files(self.folder, {layout.MARKER: text}, force=True)

    def _remove_others(self) -> None:
        """Remove what an earlier export had; names that begin with a dot may be another's."""
        top = self.folder / layout.ACCOUNTS
        if top.is_symlink():
            raise ExportError(f"{top} is a link, and is not written through")
        for killed in self.folder.glob(f"{TEMPORARY}*"):
            killed.unlink()
        for path, folders, files in os.walk(top, topdown=False):
            at = Path(path)
            links = [name for name in folders if (at / name).is_symlink()]
            for name in (*files, *links):
                known = (at / name).relative_to(self.folder).as_posix() in self._written
                is_ours = not name.startswith(".") or name.startswith(TEMPORARY)
                if not known and is_ours:
                    (at / name).unlink()
            if not any(at.iterdir()):
                at.rmdir()


def _require_free(folder: Path) -> None:
    """Let pass a folder that is an export, is empty, or is not there.

    Raises:
        ExportError: it is something else.
    """
    if folder.exists() and not folder.is_dir():
        raise ExportError(f"{folder}: is no folder")
    if not folder.exists() or os.path.lexists(folder / layout.MARKER):
        return
    if any(not each.name.startswith(".") for each in folder.iterdir()):
        raise ExportError(f"{folder}: is neither empty nor an export")


def _with_sources(
    value: Any,
    file: str,
    folder: str,
    apart: tuple[str, ...],
    more: Mapping[str, JsonValue],
) -> Texts:
    named, texts = split_sources(value.document)
    whole = dict(sorted({**dump_fields(value, *apart), **named, **more}.items()))
    return {
        file: layout.json_text(whole),
        **{f"{folder}/{name}": text for name, text in texts.items()},
    }
