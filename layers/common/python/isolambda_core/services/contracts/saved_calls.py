"""Manage saved calls: put, fetch, list, remove."""

from dataclasses import dataclass

from isolambda_core.domain.contracts.documents import SavedCallInput
from isolambda_core.domain.contracts.saved_calls import SavedCall, is_name
from isolambda_core.domain.documents import Document
from isolambda_core.domain.functions.errors import SavedCallNotFoundError
from isolambda_core.domain.revisions import NOTHING, Expectation, require
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.contracts import SavedCallRepository
from isolambda_core.ports.functions import FunctionRepository
from isolambda_core.ports.schemas import SchemaChecker
from isolambda_core.services.paging import Page, fill_page


@dataclass(frozen=True, slots=True)
class SavedCallService:
    """Manages the saved calls of functions. ``by`` is the id of the API key that asks."""

    functions: FunctionRepository
    calls: SavedCallRepository
    schemas: SchemaChecker
    clock: Clock

    def list(
        self, account_id: str, function_id: str, limit: int, after: str | None, *, descending: bool
    ) -> Page[SavedCall]:
        """Return a page of saved calls, in the order of their names; see :func:`fill_page`.

        Raises:
            FunctionNotFoundError: the account has no such function.
        """
        self.functions.get(account_id, function_id)
        found = self.calls.iterate(
            account_id, function_id, after, descending=descending, at_once=limit + 1
        )
        return fill_page(found, limit)

    def fetch(self, account_id: str, function_id: str, name: str) -> SavedCall:
        """Return a saved call.

        Raises:
            FunctionNotFoundError: the account has no such function.
            SavedCallNotFoundError: the function has none of this name.
        """
        self.functions.get(account_id, function_id)
        if not is_name(name):
            raise SavedCallNotFoundError(name)
        return self.calls.get(account_id, function_id, name)

    def put(
        self,
        account_id: str,
        function_id: str,
        name: str,
        document: Document,
        by: str | None,
        expected: Expectation | None = None,
    ) -> SavedCall:
        """Make a saved call, or replace the one of this name.

        Raises:
            InvalidDocumentError: the name or the document breaks a rule.
            FunctionNotFoundError: the account has no such function.
            PreconditionFailedError: its revision is not the expected one.
            RevisionConflictError: another request wrote meanwhile.
            QuotaExceededError: the function may have no more.
        """
        given = SavedCallInput.parse(name, document, self.schemas.check)
        now = self.clock.now()
        try:
            current = self.fetch(account_id, function_id, name)
        except SavedCallNotFoundError:
            require(expected, NOTHING)
            call = SavedCall(
                account_id, function_id, name, given.input, given.expect, now, now, by, by
            )
            self.calls.add(call)
            return call
        require(expected, current.etag)
        replaced = current.replaced(given.input, given.expect, now, by)
        self.calls.replace(replaced, current)
        return replaced

    def remove(
        self, account_id: str, function_id: str, name: str, expected: Expectation | None = None
    ) -> SavedCall:
        """Remove a saved call, and return it.

        Raises:
            FunctionNotFoundError: the account has no such function.
            SavedCallNotFoundError: the function has none of this name.
            PreconditionFailedError: its revision is not the expected one.
            RevisionConflictError: another request wrote meanwhile.
        """
        current = self.fetch(account_id, function_id, name)
        require(expected, current.etag)
        self.calls.remove(current)
        return current
