"""What shadows find, in SQLite; triggers of it remove it with the alias, or a change of that."""

from dataclasses import dataclass

from isolambda_core.adapters.codecs.shadows import dump_shadow_report, load_shadow_report
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.functions.aliases import Alias
from isolambda_core.domain.shadows.report import ShadowReport
from isolambda_local.sqlite.aliases import is_as
from isolambda_local.sqlite.database import Database

_GET = "SELECT report FROM shadows WHERE account_id = ? AND function_id = ? AND name = ?"
_ADD = """
INSERT INTO shadows (account_id, function_id, name, revision, report) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
"""
_REPLACE = """
UPDATE shadows SET revision = ?, report = ?
WHERE account_id = ? AND function_id = ? AND name = ? AND revision = ?
"""


@dataclass(frozen=True, slots=True)
class SqliteShadowRepository:
    """The port ``ShadowRepository``."""

    database: Database

    def get(self, alias: Alias) -> ShadowReport:
        """Return what a shadow has found; see ``ShadowRepository.get``."""
        with self.database.connection() as connection:
            found = connection.execute(_GET, _key_of(alias)).fetchone()
        return ShadowReport() if found is None else load_shadow_report(found[0])

    def save(self, alias: Alias, report: ShadowReport) -> None:
        """Store the next revision; see ``ShadowRepository.save``."""
        row = (report.revision, dump_shadow_report(report))
        before = report.revision - 1
        with self.database.transaction() as connection:
            if not is_as(connection, alias):
                raise RevisionConflictError
            written = (
                connection.execute(_REPLACE, (*row, *_key_of(alias), before))
                if before
                else connection.execute(_ADD, (*_key_of(alias), *row))
            )
            if written.rowcount != 1:
                raise RevisionConflictError


def _key_of(alias: Alias) -> tuple[str, str, str]:
    return alias.account_id, alias.function_id, alias.name
