"""Versions in SQLite."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from isolambda_core.adapters.codecs.documents import (
    join_document,
    split_document,
)
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.functions.errors import (
    QualifierNotFoundError,
    VersionExistsError,
    VersionInUseError,
)
from isolambda_core.domain.functions.versions import (
    Version,
    id_of,
)
from isolambda_core.domain.json_text import dump, parse
from isolambda_local.sqlite.audit import SqliteAuditRepository
from isolambda_local.sqlite.database import Database
from isolambda_local.sqlite.quotas import require_within

_ADD = """
INSERT INTO versions (
    account_id, function_id, id, removed, created_at, created_by, description, document, source
)
VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?)
ON CONFLICT (account_id, function_id, id) DO NOTHING
"""
_RETIRE = """
INSERT INTO versions (
    account_id, function_id, id, removed, created_at, description, document, source
)
VALUES (?, ?, ?, 1, 0, '""', '{}', x'00')
ON CONFLICT (account_id, function_id, id) DO NOTHING
"""
_GET = """
SELECT account_id, function_id, id, created_at, created_by, description, document, source
FROM versions WHERE account_id = ? AND function_id = ? AND id = ? AND removed = 0
"""
_LAST_ID = "SELECT max(id) FROM versions WHERE account_id = ? AND function_id = ?"
_POINTS_TO = """
SELECT name FROM alias_targets WHERE account_id = ? AND function_id = ? AND version_id = ?
ORDER BY name LIMIT 1
"""
_REMOVE = """
UPDATE versions SET removed = 1, description = '""', document = '{}', source = x'00'
WHERE account_id = ? AND function_id = ? AND id = ? AND removed = 0
"""
_REMOVE_SOME = """
DELETE FROM versions WHERE rowid IN (
    SELECT rowid FROM versions WHERE account_id = ? AND function_id = ? LIMIT 100
)
"""
_UP = """
SELECT account_id, function_id, id, created_at, created_by, description, document, source
FROM versions
WHERE account_id = ? AND function_id = ? AND id > ? AND removed = 0 ORDER BY id LIMIT ?
"""
_DOWN = """
SELECT account_id, function_id, id, created_at, created_by, description, document, source
FROM versions
WHERE account_id = ? AND function_id = ? AND id < ? AND removed = 0 ORDER BY id DESC LIMIT ?
"""
_BEFORE_ALL, _AFTER_ALL = "", "~"  # in the order of characters, around every id

_Row = tuple[str, str, str, int, str | None, str, str, bytes]


@dataclass(frozen=True, slots=True)
class SqliteVersionRepository:
    """The port ``VersionRepository``."""

    database: Database
    audit: SqliteAuditRepository

    def add(self, version: Version) -> None:
        """Keep a new version; see ``VersionRepository.add``."""
        row = (
            *_key_of(version),
            version.created_at,
            version.created_by,
            dump(version.description),
            *split_document(version.document, version.compiled),
        )
        with self.database.transaction() as connection:
            if connection.execute(_ADD, row).rowcount != 1:
                raise VersionExistsError
            require_within(
                connection,
                Quota.VERSIONS,
                version.account_id,
                function_id=version.function_id,
            )
            self.audit.record(connection, None, version)

    def get(self, account_id: str, function_id: str, number: int) -> Version:
        """Return a version; see ``VersionRepository.get``."""
        with self.database.connection() as connection:
            rows = connection.execute(_GET, (account_id, function_id, id_of(number))).fetchall()
        if not rows:
            raise QualifierNotFoundError(str(number))
        return _version_of(rows[0])

    def of_numbers(self, account_id: str, numbers: Mapping[str, int]) -> Mapping[str, Version]:
        """Return a version of each function; see ``VersionRepository.of_numbers``."""
        with self.database.connection() as connection:
            found = [
                connection.execute(_GET, (account_id, id_, id_of(number))).fetchone()
                for id_, number in numbers.items()
            ]
        versions = [_version_of(row) for row in found if row is not None]
        return {version.function_id: version for version in versions}

    def last_number(self, account_id: str, function_id: str) -> int:
        """Return the highest number ever given; see ``VersionRepository.last_number``."""
        with self.database.connection() as connection:
            (last_id,) = connection.execute(_LAST_ID, (account_id, function_id)).fetchone()
        return 0 if last_id is None else int(last_id)

    def retire(self, account_id: str, function_id: str, number: int) -> None:
        """Let no version get a number; see ``VersionRepository.retire``."""
        with self.database.writing() as connection:
            connection.execute(_RETIRE, (account_id, function_id, id_of(number)))

    def remove(self, version: Version) -> None:
        """Remove a version; see ``VersionRepository.remove``."""
        key = _key_of(version)
        with self.database.transaction() as connection:
            pointing = connection.execute(_POINTS_TO, key).fetchall()
            if pointing:
                raise VersionInUseError(pointing[0][0])
            if connection.execute(_REMOVE, key).rowcount != 1:
                raise QualifierNotFoundError(version.label)
            self.audit.record(connection, version, None)

    def iterate(
        self,
        account_id: str,
        function_id: str,
        after: str | None = None,
        *,
        descending: bool = True,
        at_once: int,
    ) -> Iterator[Version]:
        """Yield versions in the order of their numbers; see ``VersionRepository.iterate``."""
        statement, start = (_DOWN, _AFTER_ALL) if descending else (_UP, _BEFORE_ALL)
        after = start if after is None else after
        while rows := self.database.batch(statement, (account_id, function_id, after, at_once)):
            yield from map(_version_of, rows)
            after = rows[-1][2]

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every version of a function; see ``VersionRepository.remove_all``."""
        while True:
            with self.database.writing() as connection:
                if not connection.execute(_REMOVE_SOME, (account_id, function_id)).rowcount:
                    return


def _key_of(version: Version) -> tuple[str, str, str]:
    return version.account_id, version.function_id, version.id


def _version_of(row: _Row) -> Version:
    account_id, function_id, version_id, created_at, created_by, description, document, source = row
    joined, compiled = join_document(document, source)
    return Version(
        account_id=account_id,
        function_id=function_id,
        number=int(version_id),
        description=cast("str", parse(description)),
        document=joined,
        created_at=created_at,
        compiled=compiled,
        created_by=created_by,
    )
