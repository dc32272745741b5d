"""Manage functions: create, fetch, list, change, remove."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from isolambda_core.domain.documents import Document, merge, require_none
from isolambda_core.domain.errors import InvalidDocumentError, ListTooLongError, Violation
from isolambda_core.domain.functions.functions import (
    SCHEMA_KEYS,
    Function,
    validated_function,
)
from isolambda_core.domain.ids import ID_PATTERN, is_id, new_id
from isolambda_core.domain.limits import PAGE_SIZE_MAX
from isolambda_core.domain.revisions import Expectation, require
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.functions import (
    DependentsOfFunctions,
    FunctionRepository,
    TriggersOfFunctions,
)
from isolambda_core.services.paging import (
    Page,
    fill_page,
)

if TYPE_CHECKING:
    from isolambda_core.ports.schemas import SchemaChecker

Compile = Callable[[Function], Function]
"""Returns a function with what is compiled of its source; see ``SourceCheckService.compiled``."""


def _uncompiled(function: Function) -> Function:
    return function


@dataclass(frozen=True, slots=True)
class FunctionService:
    """Manages the functions of an account.

    ``triggers`` and ``secrets`` go whenever a function goes. ``dependents`` are the repositories of
    what goes when it goes for good, in this order. ``schemas`` knows which patterns there may be.
    """

    functions: FunctionRepository
    triggers: TriggersOfFunctions
    secrets: DependentsOfFunctions
    dependents: Sequence[DependentsOfFunctions]
    schemas: "SchemaChecker"
    clock: Clock

    def create(
        self,
        account_id: str,
        document: Document,
        compiled: Compile = _uncompiled,
        *,
        by: str | None = None,
    ) -> Function:
        """Store a new function, at revision 1, under the document's ``id`` or a fresh one.

        ``by`` is the id of the API key that does it, None for an operator.

        Raises:
            InvalidDocumentError: the document breaks a rule or a limit, or its id is none.
            FunctionExistsError: the id is taken.
            QuotaExceededError: the tenant may have no more functions.
        """
        validated = self._validated(document)
        function_id = _id_of(document)
        now = self.clock.now()
        new = Function(account_id, function_id, validated, 1, now, now)
        function = compiled(replace(new, created_by=by, modified_by=by))
        self.functions.add(function)
        return function

    def fetch(self, account_id: str, function_id: str) -> Function:
        """Return a function.

        Raises:
            FunctionNotFoundError: the account has no such function.
        """
        return self.functions.get(account_id, function_id)

    def list(
        self,
        account_id: str,
        limit: int,
        after: str | None,
        *,
        descending: bool,
        predicate: Callable[[Function], bool] | None = None,
    ) -> Page[Function]:
        """Return a page of functions, in the order of their ids; see :func:`fill_page`."""
        # A filter refuses most of what is asked for, so more is asked for at once.
        at_once = limit + 1 if predicate is None else PAGE_SIZE_MAX
        found = self.functions.iterate(account_id, after, descending=descending, at_once=at_once)
        return fill_page(found, limit, predicate)

    def list_whole(
        self,
        account_id: str,
        *,
        descending: bool,
        predicate: Callable[[Function], bool] | None = None,
    ) -> Sequence[Function]:
        """Return all functions in one piece, in the order of their ids.

        Raises:
            ListTooLongError: they are more than the longest page holds, or than a filter examines.
        """
        found = self.functions.iterate(account_id, descending=descending, at_once=PAGE_SIZE_MAX)
        page = fill_page(found, None, predicate)
        if page.next_after is not None:
            raise ListTooLongError
        return page.items

    def change(
        self,
        account_id: str,
        function_id: str,
        document: Document,
        expected: Expectation | None = None,
        compiled: Compile = _uncompiled,
        *,
        by: str | None = None,
    ) -> tuple[Function, bool]:
        """Replace a function's document; with ``enabled`` all disabled versions are enabled.

        ``by`` is as for :meth:`create`.

        Returns the function, and whether it has another source than before.

        Raises:
            InvalidDocumentError: the document breaks a rule or a limit.
            FunctionNotFoundError: the account has no such function.
            PreconditionFailedError: its revision is not the expected one.
            RevisionConflictError: another request wrote meanwhile.
        """
        validated = self._validated(document)
        enables = validated["enabled"] is True
        return self._change(
            account_id, function_id, lambda _: validated, expected, compiled, by, enables=enables
        )

    def patch(
        self,
        account_id: str,
        function_id: str,
        patch: Document,
        expected: Expectation | None = None,
        compiled: Compile = _uncompiled,
        *,
        by: str | None = None,
    ) -> tuple[Function, bool]:
        """Merge a patch into a function's document; ``null`` removes a key.

        One that says ``enabled`` enables what the platform disabled. ``by`` is as for
        :meth:`create`.

        Returns the function, and whether it has another source than before.

        Raises:
            FunctionNotFoundError: the account has no such function.
            InvalidDocumentError: the merged document breaks a rule or a limit.
            PreconditionFailedError: its revision is not the expected one.
            RevisionConflictError: another request wrote meanwhile.
        """
        return self._change(
            account_id,
            function_id,
            lambda current: self._validated(merge(current, patch)),
            expected,
            compiled,
            by,
            enables=patch.get("enabled") is True,
        )

    def remove(
        self,
        account_id: str,
        function_id: str,
        expected: Expectation | None = None,
        *,
        soft_delete: bool = True,
    ) -> Function:
        """Delete a function, its triggers and secrets; after a ``soft_delete`` the store has it.

        Without ``soft_delete`` its id is free again, so its dependents are removed too. They are
        removed first, so that a client can repeat a request that was cut off. After a
        ``soft_delete`` triggers and secrets are removed last, unless another request wrote first.

        Raises:
            FunctionNotFoundError: the account has no such function.
            PreconditionFailedError: its revision is not the expected one.
            RevisionConflictError: another request wrote meanwhile.
        """
        current = self.functions.get(account_id, function_id)
        require(expected, current.etag)
        removed = current.removed(self.clock.now())
        if soft_delete:
            self.triggers.announce_all(account_id, function_id)
            self.functions.replace(removed, current)
            self.triggers.remove_all(account_id, function_id)
            self.secrets.remove_all(account_id, function_id)
        else:
            self._remove_below(account_id, function_id)
            self.functions.remove(current)
        return removed

    def remove_all(self, account_id: str) -> None:
        """Remove every function of an account for good, deleted ones included."""
        for function_id in self.functions.ids(account_id):
            self._remove_below(account_id, function_id)
        self.functions.remove_all(account_id)

    def _validated(self, document: Document) -> Document:
        return validated_with(self.schemas, document)

    def _remove_below(self, account_id: str, function_id: str) -> None:
        self.triggers.remove_all(account_id, function_id)
        for repository in self.dependents:
            repository.remove_all(account_id, function_id)

    def _change(
        self,
        account_id: str,
        function_id: str,
        edit: Callable[[Document], Document],
        expected: Expectation | None,
        compiled: Compile,
        by: str | None,
        *,
        enables: bool,
    ) -> tuple[Function, bool]:
        current = self.functions.get(account_id, function_id)
        document = edit(current.document)
        require(expected, current.etag)
        enabled = replace(current, breakers={}) if enables else current
        changed = enabled.changed(document, self.clock.now(), by)
        source_is_new = not changed.has_source_of(current)
        if source_is_new:
            changed = compiled(replace(changed, compiled=None))
        self.functions.replace(changed, current)
        return changed, source_is_new


def validated_with(schemas: "SchemaChecker", document: Document) -> Document:
    """Return a function's document as it will be stored; ``schemas`` knows which patterns can be.

    Raises:
        InvalidDocumentError: a rule or a limit is broken.
    """
    validated = validated_function(document)
    require_none(
        replace(violation, path=(key, *violation.path))
        for key in SCHEMA_KEYS
        if key in validated
        for violation in schemas.check(validated[key])
    )
    return validated


def _id_of(document: Document) -> str:
    given = document.get("id")
    if given is None:
        return new_id()
    if not isinstance(given, str):
        raise InvalidDocumentError([Violation(("id",), "type", "string", given)])
    if not is_id(given):
        raise InvalidDocumentError([Violation(("id",), "pattern", ID_PATTERN, given)])
    return given
