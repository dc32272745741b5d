"""The repository of saved calls."""

from collections.abc import Iterator
from typing import Protocol

from isolambda_core.domain.contracts.saved_calls import SavedCall


class SavedCallRepository(Protocol):
    """Stores saved calls. Every method also raises ``StoreUnavailableError``."""

    def add(self, call: SavedCall) -> None:
        """Store a new saved call.

        Raises:
            RevisionConflictError: the function has one of this name.
            QuotaExceededError: the function may have no more.
        """
        ...

    def get(self, account_id: str, function_id: str, name: str) -> SavedCall:
        """Return a saved call, by one strongly consistent read.

        Raises:
            SavedCallNotFoundError: the function has none of this name.
        """
        ...

    def replace(self, call: SavedCall, before: SavedCall) -> None:
        """Replace a saved call that is still as ``before`` by its next revision.

        Raises:
            RevisionConflictError: the saved call is another by now, or gone.
        """
        ...

    def remove(self, call: SavedCall) -> None:
        """Remove a saved call that is still the same.

        Raises:
            RevisionConflictError: the saved call is another by now, or gone.
        """
        ...

    def iterate(
        self,
        account_id: str,
        function_id: str,
        after: str | None = None,
        *,
        descending: bool = True,
        at_once: int,
    ) -> Iterator[SavedCall]:
        """Yield saved calls in the order of their names.

        ``after`` is the name to start behind, and need not exist any more. The store reads them in
        requests of ``at_once``, as the caller consumes them.
        """
        ...

    def changes(self, account_id: str, function_id: str) -> int:
        """Return how many changes the saved calls of a function have had; 0 for none.

        What was read before a change has another number than what is read after it.
        """
        ...

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every saved call of a function, and the number of their changes."""
        ...
