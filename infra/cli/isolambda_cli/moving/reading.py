"""Read an export: everything in it is checked as if a client had sent it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from isolambda_cli.moving import layout
from isolambda_cli.moving.checks import (
    last_number_in,
    numbers_in,
    require_account,
    require_alias,
    require_few,
    require_function,
    require_id,
)
from isolambda_cli.moving.errors import ExportError, FieldError
from isolambda_cli.moving.exported import ExportedFunction, load_trigger
from isolambda_cli.moving.fields import load_fields
from isolambda_cli.moving.secrets import load_secret
from isolambda_cli.moving.sources import join_sources
from isolambda_cli.moving.tree import Tree
from isolambda_cli.project.errors import BundleError
from isolambda_cli.project.files import read_text
from isolambda_core.domain.accounts.accounts import Account, validated_account
from isolambda_core.domain.contracts.documents import SavedCallInput
from isolambda_core.domain.contracts.saved_calls import SavedCall
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.functions.aliases import Alias
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.functions.versions import (
    FROZEN_KEYS,
    Version,
    frozen_keys,
    validated_description,
)
from isolambda_core.domain.json_text import InvalidJsonError, JsonValue, parse
from isolambda_core.domain.limits import (
    ALIASES,
    FUNCTION_VERSIONS,
    KIB,
    SAVED_CALLS,
    SECRETS,
    SOURCE_BYTES,
    TRIGGERS,
)
from isolambda_core.domain.secrets.secrets import Place, Secret
from isolambda_core.ports.schemas import SchemaChecker
from isolambda_core.services.functions.functions import validated_with

_FAULTS = 20
"""How many faults are shown."""


class Export:
    """A folder with an export.

    Raises:
        ExportError: it is none, or none that is whole; or a file in it cannot be one of an export.
        OSError: a folder cannot be read.
    """

    def __init__(self, folder: Path, schemas: SchemaChecker) -> None:
        _require_whole(folder)
        self._tree = Tree(folder, layout.ACCOUNTS)
        self._schemas = schemas

    def faults(self) -> Sequence[str]:
        """Return what is wrong with the files, the first ``_FAULTS`` of it; nothing of a good one.

        Reads all of them.
        """
        faults: list[str] = []
        for read in self._all():
            try:
                read()
            except (ExportError, BundleError) as error:
                faults.append(str(error))
            if len(faults) >= _FAULTS:
                return faults
        if not faults:
            faults += [f"{name}: is no file of an export" for name in self._tree.unread(_FAULTS)]
        return faults

    @property
    def account_ids(self) -> Sequence[str]:
        """The ids of the accounts, in their order."""
        return self._tree.names(layout.ACCOUNTS)

    def accounts(self) -> Sequence[Account]:
        """Return the accounts, each behind the one above it.

        Raises:
            ExportError: a file has something else in it.
            BundleError: a file cannot be read.
        """
        found = map(self.account, self.account_ids)
        return sorted(found, key=lambda account: (len(account.ancestor_ids), account.id))

    def account(self, account_id: str) -> Account:
        """Return an account; raises as :meth:`accounts`."""
        name = f"{layout.account_folder(account_id)}/{layout.ACCOUNT_FILE}"
        with _of_file(name):
            account = load_fields(Account, self._tree.json(name), id=require_id(account_id))
            require_account(account)
            return replace(account, document=validated_account(account.document))

    def secrets(self, place: Place) -> Sequence[Secret]:
        """Return the secrets of an account or a function; raises as :meth:`accounts`."""
        folder = layout.account_folder(place.account_id)
        if place.function_id:
            folder = layout.function_folder(place.account_id, place.function_id)
        name = f"{folder}/{layout.SECRETS_FILE}"
        with _of_file(name):
            secrets = [load_secret(each, place) for each in self._list(name, SECRETS)]
        _require_different(folder, [secret.name for secret in secrets], "secrets")
        return secrets

    def function_ids(self, account_id: str) -> Sequence[str]:
        """Return the ids of the functions of an account, in their order."""
        return self._tree.names(f"{layout.account_folder(account_id)}/{layout.FUNCTIONS}")

    def function(self, account_id: str, function_id: str) -> ExportedFunction:
        """Return a function with all but its versions; raises as :meth:`accounts`."""
        folder = layout.function_folder(account_id, function_id)
        key = {"account_id": account_id, "function_id": function_id}
        with _of_file(f"{folder}/{layout.FUNCTION_FILE}"):
            fields = self._object(f"{folder}/{layout.FUNCTION_FILE}")
            numbers = self._numbers(folder)
            last = last_number_in(fields.pop("last_version", None), numbers)
            document = self._joined(fields, f"{folder}/{layout.DRAFT}")
            function = load_fields(
                Function,
                {**fields, "document": validated_with(self._schemas, document)},
                account_id=account_id,
                id=require_id(function_id),
                deleted=False,
                compiled=None,
            )
            require_function(function)
        with _of_file(f"{folder}/{layout.ALIASES_FILE}"):
            found = self._list(f"{folder}/{layout.ALIASES_FILE}", ALIASES)
            aliases = [load_fields(Alias, each, **key) for each in found]
            for alias in aliases:
                require_alias(alias, numbers)
        with _of_file(f"{folder}/{layout.CALLS_FILE}"):
            found = self._list(f"{folder}/{layout.CALLS_FILE}", SAVED_CALLS)
            calls = [self._call(load_fields(SavedCall, each, **key)) for each in found]
        with _of_file(f"{folder}/{layout.TRIGGERS_FILE}"):
            found = self._list(f"{folder}/{layout.TRIGGERS_FILE}", TRIGGERS)
            triggers = [load_trigger(each, key) for each in found]
        _require_different(folder, [alias.name for alias in aliases], "aliases")
        _require_different(folder, [call.name for call in calls], "saved calls")
        _require_different(folder, [each.trigger.id for each in triggers], "triggers")
        return ExportedFunction(function, numbers, last, aliases, calls, triggers)

    def version(self, account_id: str, function_id: str, number: int) -> Version:
        """Return a version; raises as :meth:`accounts`."""
        base = f"{layout.function_folder(account_id, function_id)}/{layout.VERSIONS}/{number}"
        with _of_file(f"{base}.json"):
            fields = self._object(f"{base}.json")
            document = self._joined(fields, base)
            if any(key not in FROZEN_KEYS for key in document):
                raise FieldError("document: has keys that no version freezes")
            whole = validated_with(self._schemas, {**document, "name": "version"})
            version = load_fields(
                Version,
                {**fields, "document": frozen_keys(whole)},
                account_id=account_id,
                function_id=function_id,
                number=number,
                compiled=None,
            )
            validated_description(version.description)
            require_function(version)
            # In the order of the export, which the digest of its keys is of.
            return replace(version, document={**dict.fromkeys(document), **version.document})

    def _all(self) -> Iterator[Callable[[], object]]:
        """Yield what reads the files, one after another."""
        for account_id in self.account_ids:
            yield partial(self.account, account_id)
            yield partial(self.secrets, Place(account_id))
            for function_id in self.function_ids(account_id):
                key = (account_id, function_id)
                yield partial(self.function, *key)
                yield partial(self.secrets, Place(*key))
                numbers = numbers_in(self._tree.names(f"{layout.function_folder(*key)}/versions"))
                for number in numbers:
                    yield partial(self.version, *key, number)

    def _object(self, name: str) -> dict[str, Any]:
        found = self._tree.json(name)
        if not isinstance(found, dict):
            raise FieldError("must be an object")
        return dict(found)

    def _list(self, name: str, most: int) -> Sequence[JsonValue]:
        """Return the values in a file that is an array; none where it is not there."""
        if not self._tree.has(name):
            return ()
        found = self._tree.json(name)
        if not isinstance(found, list):
            raise FieldError("must be an array")
        require_few(found, most)
        return found

    def _joined(self, fields: dict[str, Any], folder: str) -> Document:
        return join_sources(fields, lambda name: self._tree.text(f"{folder}/{name}", SOURCE_BYTES))

    def _numbers(self, folder: str) -> Sequence[int]:
        numbers = numbers_in(self._tree.names(f"{folder}/{layout.VERSIONS}"))
        require_few(numbers, FUNCTION_VERSIONS)
        return numbers

    def _call(self, call: SavedCall) -> SavedCall:
        given: Document = {"input": call.input, "expect": call.expect}
        SavedCallInput.parse(call.name, given, self._schemas.check)
        require_function(call)
        return call


def _require_whole(folder: Path) -> None:
    if not folder.is_dir():
        raise ExportError(f"{folder}: is no folder")
    try:
        found = parse(read_text(folder, layout.MARKER, KIB))
    except (BundleError, InvalidJsonError) as error:
        raise ExportError(f"{folder}: is no export: {error}") from error
    if found == layout.marker(is_whole=False):
        raise ExportError(f"{folder}: is an export that was cut off; export again")
    if found != layout.marker(is_whole=True):
        raise ExportError(
            f"{layout.MARKER}: is of another release; this one reads format {layout.FORMAT}"
        )


@contextmanager
def _of_file(name: str) -> Iterator[None]:
    """Have each error of a value name its file."""
    try:
        yield
    except (ExportError, BundleError):
        raise  # which names one already
    except IsolambdaError as error:
        raise ExportError(f"{name}: {error}") from error


def _require_different(folder: str, names: Sequence[str], what: str) -> None:
    if len(set(names)) < len(names):
        raise ExportError(f"{folder}: two {what} have one name")
