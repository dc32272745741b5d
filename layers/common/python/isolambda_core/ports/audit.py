"""The repository of the audit: what was changed, who changed it, and when."""

from collections.abc import Iterator
from typing import Protocol

from isolambda_core.domain.audit.entries import AuditEntry


class AuditRepository(Protocol):
    """Reads the audit; the repositories of what changes write it, each with its own write.

    Every method also raises ``StoreUnavailableError``.
    """

    def iterate(
        self,
        account_id: str,
        now: int,
        after: str | None = None,
        *,
        descending: bool = True,
        at_once: int,
    ) -> Iterator[AuditEntry]:
        """Yield the entries of an account that have not expired at ``now``, by their ids.

        ``now`` is Unix seconds. ``after`` is the id to start behind, and need not exist. The store
        reads them in requests of ``at_once``, as the caller consumes them.
        """
        ...
