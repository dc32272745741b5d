"""List what was changed in an account, and who changed it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from isolambda_core.domain.audit.entries import AuditEntry
from isolambda_core.domain.ids import MS_MAX, first_execution_id
from isolambda_core.domain.limits import PAGE_SIZE_MAX
from isolambda_core.ports.audit import AuditRepository
from isolambda_core.ports.clock import Clock
from isolambda_core.services.paging import Page, fill_page


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are asked for: all that have what is not None.

    ``target`` is the id of what was changed, or of the function that it belongs to, and ``key_id``
    that of the API key that did it. ``from_ms`` and ``until_ms`` are Unix milliseconds of ids, the
    first inclusive and the last exclusive.
    """

    target: str | None = None
    key_id: str | None = None
    from_ms: int = 0
    until_ms: int = MS_MAX

    def matches(self, entry: AuditEntry) -> bool:
        """Return whether an entry is of this target and by this key."""
        is_of_target = self.target is None or self.target in (
            entry.target["id"],
            entry.target.get("function_id"),
        )
        return is_of_target and self.key_id in (None, entry.who.get("key_id"))


EVERYTHING = AuditFilter()


@dataclass(frozen=True, slots=True)
class AuditService:
    """Lists the audit of accounts, which ``AccessService`` has seen."""

    audit: AuditRepository
    clock: Clock

    def list(
        self, account_id: str, limit: int, after: str | None, asked: AuditFilter = EVERYTHING
    ) -> Page[AuditEntry]:
        """Return a page of entries, the newest first; see :func:`fill_page`."""
        end = first_execution_id(asked.until_ms)
        after = end if after is None else min(after, end)
        is_filtered = asked != EVERYTHING
        # A filter refuses most of what is asked for, so more is asked for at once.
        at_once = PAGE_SIZE_MAX if is_filtered else limit + 1
        found = self.audit.iterate(account_id, self.clock.now(), after, at_once=at_once)
        since = first_execution_id(asked.from_ms)
        wanted: Iterator[AuditEntry] = takewhile(lambda entry: entry.id >= since, found)
        return fill_page(wanted, limit, asked.matches if is_filtered else None)
