"""Keep functions: create, fetch, list, change, remove."""

from collections.abc import Callable
from dataclasses import dataclass

from isolambda_core.domain.functions import Document, Function, accept, merge
from isolambda_core.domain.ids import new_id
from isolambda_core.ports import Clock, FunctionRepository, Page


@dataclass(frozen=True, slots=True)
class FunctionService:
    """What can be done with the functions of an account.

    Every write is made over the revision that it read; whoever lost a race gets
    ``RevisionConflictError`` and may try again.
    """

    functions: FunctionRepository
    clock: Clock
    make_id: Callable[[], str] = new_id

    def create(self, account_id: str, document: Document) -> Function:
        """Keep a new function, at revision 1, under a fresh id.

        Raises:
            InvalidDocumentError: the document breaks a rule or a limit.
        """
        now = self.clock.now()
        function = Function(account_id, self.make_id(), accept(document), 1, now, now)
        self.functions.add(function)
        return function

    def fetch(self, account_id: str, function_id: str) -> Function:
        """Return a function.

        Raises:
            FunctionNotFoundError: the account has no such function.
        """
        return self.functions.get(account_id, function_id)

    def list(self, account_id: str, limit: int, after: str | None, *, descending: bool) -> Page:
        """Return a page of functions in the order of their ids; see ``FunctionRepository.page``."""
        return self.functions.page(account_id, limit, after, descending=descending)

    def change(self, account_id: str, function_id: str, document: Document) -> Function:
        """Replace a function's whole document.

        Raises:
            FunctionNotFoundError: the account has no such function.
            InvalidDocumentError: the document breaks a rule or a limit.
            RevisionConflictError: somebody else wrote in between.
        """
        return self._write(self.functions.get(account_id, function_id), document)

    def patch(self, account_id: str, function_id: str, patch: Document) -> Function:
        """Merge a patch into a function's document; ``null`` removes a key.

        Raises:
            FunctionNotFoundError: the account has no such function.
            InvalidDocumentError: the merged document breaks a rule or a limit.
            RevisionConflictError: somebody else wrote in between.
        """
        current = self.functions.get(account_id, function_id)
        return self._write(current, merge(current.document, patch))

    def remove(self, account_id: str, function_id: str, *, keep: bool = True) -> Function:
        """Delete a function; with ``keep`` its document stays in the store, out of reach.

        Raises:
            FunctionNotFoundError: the account has no such function.
            RevisionConflictError: somebody else wrote in between.
        """
        current = self.functions.get(account_id, function_id)
        removed = current.removed(self.clock.now())
        if keep:
            self.functions.replace(removed, current.revision)
        else:
            self.functions.remove(account_id, function_id, current.revision)
        return removed

    def _write(self, current: Function, document: Document) -> Function:
        changed = current.changed(accept(document), self.clock.now())
        self.functions.replace(changed, current.revision)
        return changed
