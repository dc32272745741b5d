"""The repository of approvals."""

from collections.abc import Iterator
from typing import Protocol

from isolambda_core.domain.tools.approvals import Approval


class ApprovalRepository(Protocol):
    """Stores approvals until they expire. Every method also raises ``StoreUnavailableError``.

    Of one call, which ``Approval.fingerprint`` tells from any other, there is one approval at a
    time that is not used. ``now`` is in Unix seconds: what has expired by then is not there.
    """

    def add(self, approval: Approval, now: int) -> Approval:
        """Store a new approval, or return the one of the same call that is there and not used.

        Of several that add at once all get the same one.

        Raises:
            QuotaExceededError: the tenant may have no more.
        """
        ...

    def get(self, account_id: str, approval_id: str, now: int) -> Approval:
        """Return an approval, by one strongly consistent read.

        Raises:
            ApprovalNotFoundError: the account has none with this id.
        """
        ...

    def replace(self, approval: Approval, before: Approval) -> None:
        """Replace an approval that is still as ``before`` by its next revision.

        Raises:
            RevisionConflictError: it is another by now, or gone.
        """
        ...

    def iterate(
        self,
        account_id: str,
        now: int,
        after: str | None = None,
        *,
        descending: bool = True,
        at_once: int,
    ) -> Iterator[Approval]:
        """Yield approvals in the order of their ids, which is that of the times of the calls.

        ``after`` is the id to start behind, and need not exist any more. The store reads them in
        requests of ``at_once``, as the caller consumes them.
        """
        ...

    def remove_all(self, account_id: str) -> None:
        """Remove every approval of an account."""
        ...
