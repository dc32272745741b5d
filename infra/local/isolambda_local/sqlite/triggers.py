"""Triggers in SQLite; those of a type can be listed as well, for what delivers events here."""

from collections.abc import Sequence
from dataclasses import dataclass

from isolambda_core.adapters.codecs.triggers import (
    dump_trigger,
    load_trigger,
)
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.triggers.errors import (
    SourceInUseError,
    TriggerNotFoundError,
)
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    TriggerType,
)
from isolambda_local.sqlite.audit import SqliteAuditRepository
from isolambda_local.sqlite.database import Database
from isolambda_local.sqlite.quotas import require_within

_ADD = """
INSERT INTO triggers (account_id, function_id, id, type, source, revision, failures, whole)
VALUES (?, ?, ?, ?, ?, ?, 0, ?)
ON CONFLICT DO NOTHING
"""
_GET = """
SELECT whole, failures FROM triggers WHERE account_id = ? AND function_id = ? AND id = ?
"""
_OF_SOURCE = "SELECT whole, failures FROM triggers WHERE source = ?"
_OF_FUNCTION = """
SELECT whole, failures FROM triggers WHERE account_id = ? AND function_id = ? ORDER BY id
"""
_OF_TYPE = """
SELECT whole, failures FROM triggers WHERE type = ? ORDER BY account_id, function_id, id
"""
_OF_ACCOUNT = """
SELECT whole, failures FROM triggers WHERE type = ? AND account_id = ? ORDER BY function_id, id
"""
_AT_REVISION = "WHERE account_id = ? AND function_id = ? AND id = ? AND revision = ?"
_REPLACE = f"UPDATE triggers SET revision = ?, failures = 0, whole = ? {_AT_REVISION}"  # noqa: S608
_REMOVE = f"DELETE FROM triggers {_AT_REVISION}"  # noqa: S608
_COUNT = f"UPDATE triggers SET failures = failures + 1 {_AT_REVISION} RETURNING failures"  # noqa: S608
_FORGET = f"UPDATE triggers SET failures = 0 {_AT_REVISION}"  # noqa: S608


@dataclass(frozen=True, slots=True)
class SqliteTriggerRepository:
    """The port ``TriggerRepository``, and what one machine needs to deliver events itself."""

    database: Database
    audit: SqliteAuditRepository

    def add(self, trigger: Trigger) -> None:
        """Keep a new trigger; see ``TriggerRepository.add``."""
        row = (
            *_key_of(trigger),
            trigger.type,
            trigger.source,
            trigger.revision,
            dump_trigger(trigger),
        )
        with self.database.transaction() as connection:
            if connection.execute(_ADD, row).rowcount != 1:
                if trigger.source is None:
                    raise RevisionConflictError
                raise SourceInUseError(trigger.source)
            for quota in trigger.quotas:
                require_within(connection, quota, trigger.account_id)
            self.audit.record(connection, None, trigger)

    def get(self, account_id: str, function_id: str, trigger_id: str) -> Trigger:
        """Return a trigger; see ``TriggerRepository.get``."""
        found = self._found(_GET, account_id, function_id, trigger_id)
        if not found:
            raise TriggerNotFoundError(trigger_id)
        return found[0]

    def of_source(self, source: str) -> Trigger:
        """Return the trigger that listens to a source; see ``TriggerRepository.of_source``."""
        found = self._found(_OF_SOURCE, source)
        if not found:
            raise TriggerNotFoundError(source)
        return found[0]

    def of_function(self, account_id: str, function_id: str) -> Sequence[Trigger]:
        """Return the triggers of a function; see ``TriggerRepository.of_function``."""
        return self._found(_OF_FUNCTION, account_id, function_id)

    def of_account(self, account_id: str, trigger_type: TriggerType) -> Sequence[Trigger]:
        """Return the triggers of an account that are of a type, function by function."""
        return self._found(_OF_ACCOUNT, trigger_type, account_id)

    def of_type(self, trigger_type: TriggerType) -> Sequence[Trigger]:
        """Return the triggers of all accounts that are of a type, function by function."""
        return self._found(_OF_TYPE, trigger_type)

    def replace(self, trigger: Trigger, before: Trigger) -> None:
        """Write the next revision; see ``TriggerRepository.replace``."""
        row = (trigger.revision, dump_trigger(trigger), *_key_of(trigger), before.revision)
        with self.database.transaction() as connection:
            if connection.execute(_REPLACE, row).rowcount != 1:
                raise RevisionConflictError
            self.audit.record(connection, before, trigger)

    def remove(self, trigger: Trigger) -> None:
        """Remove a trigger; see ``TriggerRepository.remove``."""
        with self.database.transaction() as connection:
            if connection.execute(_REMOVE, (*_key_of(trigger), trigger.revision)).rowcount != 1:
                raise RevisionConflictError
            self.audit.record(connection, trigger, None)

    def count_failure(self, trigger: Trigger) -> int:
        """Count one more failure; see ``TriggerRepository.count_failure``."""
        with self.database.writing() as connection:
            rows = connection.execute(_COUNT, (*_key_of(trigger), trigger.revision)).fetchall()
        return int(rows[0][0]) if rows else 0

    def forget_failures(self, trigger: Trigger) -> None:
        """Reset the count of failures; see ``TriggerRepository.forget_failures``."""
        with self.database.writing() as connection:
            connection.execute(_FORGET, (*_key_of(trigger), trigger.revision))

    def _found(self, statement: str, *parameters: str) -> Sequence[Trigger]:
        with self.database.connection() as connection:
            rows = connection.execute(statement, parameters).fetchall()
        return [load_trigger(whole, failures) for whole, failures in rows]


def _key_of(trigger: Trigger) -> tuple[str, str, str]:
    return trigger.account_id, trigger.function_id, trigger.id
