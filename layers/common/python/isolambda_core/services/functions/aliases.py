"""Manage aliases: create, fetch, list, move, roll back, remove."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from isolambda_core.domain.documents import require_none
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    Violation,
)
from isolambda_core.domain.functions.alias_documents import check_alias, check_shadow
from isolambda_core.domain.functions.aliases import (
    NO_SHADOW,
    Alias,
    Contract,
    Move,
    Shadow,
    Target,
    is_name,
)
from isolambda_core.domain.functions.errors import QualifierNotFoundError
from isolambda_core.domain.limits import ALIASES
from isolambda_core.domain.revisions import Expectation, require
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.functions import (
    AliasRepository,
    FunctionRepository,
)


@dataclass(frozen=True, slots=True)
class AliasService:
    """Manages the aliases of a function.

    ``by`` is the id of the API key that asks.
    """

    functions: FunctionRepository
    aliases: AliasRepository
    clock: Clock

    def create(  # noqa: PLR0913 - all that an alias consists of
        self,
        account_id: str,
        function_id: str,
        name: str,
        target: Target,
        description: str,
        contract: Contract = Contract.OFF,
        shadow: Shadow = NO_SHADOW,
        *,
        by: str = "",
        reason: str | None = None,
        saved_calls: int | None = None,
    ) -> Alias:
        """Store a new alias, at revision 1.

        ``reason`` is why it enforces a contract that is not kept; ``saved_calls`` is as in
        ``AliasRepository.add``.

        Raises:
            InvalidDocumentError: the name, the target or the description breaks a rule, or the
                function has ``limits.ALIASES`` already.
            FunctionNotFoundError: the account has no such function.
            AliasExistsError: the function has an alias of this name.
            QualifierNotFoundError: a version that it is to point to is not there.
        """
        require_none(check_alias(name, target, description))
        require_none(check_shadow(shadow))
        if len(self.list(account_id, function_id)) >= ALIASES:
            raise InvalidDocumentError([Violation(("aliases",), "maxItems", ALIASES, None)])
        now = self.clock.now()
        alias = Alias(
            account_id,
            function_id,
            name,
            target,
            description,
            now,
            now,
            contract=contract,
            shadow=shadow,
        )
        if reason is not None:
            alias = replace(alias, moves=(Move(now, by, target, target, reason=reason),))
        self.aliases.add(alias, saved_calls)
        return alias

    def fetch(self, account_id: str, function_id: str, name: str) -> Alias:
        """Return an alias.

        Raises:
            FunctionNotFoundError: the account has no such function.
            QualifierNotFoundError: the function has no such alias.
        """
        self.functions.get(account_id, function_id)
        if not is_name(name):
            raise QualifierNotFoundError(name)
        return self.aliases.get(account_id, function_id, name)

    def list(self, account_id: str, function_id: str) -> Sequence[Alias]:
        """Return all aliases of a function, in the order of their names.

        Raises:
            FunctionNotFoundError: the account has no such function.
        """
        self.functions.get(account_id, function_id)
        return self.aliases.of_function(account_id, function_id)

    def change(  # noqa: PLR0913 - all that an alias consists of
        self,
        account_id: str,
        function_id: str,
        name: str,
        target: Target,
        description: str,
        by: str,
        expected: Expectation | None = None,
        *,
        contract: Contract | None = None,
        shadow: Shadow | None = None,
        reason: str | None = None,
        saved_calls: int | None = None,
    ) -> Alias:
        """Point an alias elsewhere, and replace its description.

        ``contract`` and ``shadow`` stay what they are for None; ``AliasGate`` decides whether the
        contract is kept, and ``reason`` is why that does not matter. ``saved_calls`` is as in
        ``AliasRepository.replace``.

        Raises:
            InvalidDocumentError: the target, the description or the shadow breaks a rule.
            FunctionNotFoundError: the account has no such function.
            QualifierNotFoundError: the function has no such alias, or no such version.
            PreconditionFailedError: the alias's revision is not the expected one.
            RevisionConflictError: another request wrote meanwhile.
        """
        require_none(check_alias(name, target, description))
        require_none(check_shadow(shadow or NO_SHADOW))
        current = self._read(account_id, function_id, name, expected)
        moved = current.moved(target, description, by, self.clock.now(), contract, reason, shadow)
        self.aliases.replace(moved, current, saved_calls)
        return moved

    def rollback(
        self,
        account_id: str,
        function_id: str,
        name: str,
        by: str,
        expected: Expectation | None = None,
        *,
        reason: str | None = None,
        saved_calls: int | None = None,
    ) -> Alias:
        """Point an alias to where it pointed before; the next rollback goes further back.

        That is a move as well, and never leads to what a rollback has left. ``reason`` and
        ``saved_calls`` are as in :meth:`change`.

        Raises:
            InvalidDocumentError: nothing is left to go back to.
            FunctionNotFoundError: the account has no such function.
            QualifierNotFoundError: the function has no such alias, or the version is gone.
            PreconditionFailedError: the alias's revision is not the expected one.
            RevisionConflictError: another request wrote meanwhile.
        """
        current = self._read(account_id, function_id, name, expected)
        if current.previous is None:
            nothing = Violation((), "error", None, None, "There is nothing to go back to")
            raise InvalidDocumentError([nothing])
        moved = current.rolled_back(current.previous, by, self.clock.now(), reason)
        self.aliases.replace(moved, current, saved_calls)
        return moved

    def remove(
        self,
        account_id: str,
        function_id: str,
        name: str,
        expected: Expectation | None = None,
    ) -> Alias:
        """Remove an alias, and return it; its versions stay.

        Raises:
            FunctionNotFoundError: the account has no such function.
            QualifierNotFoundError: the function has no such alias.
            PreconditionFailedError: the alias's revision is not the expected one.
            RevisionConflictError: another request wrote meanwhile.
        """
        current = self._read(account_id, function_id, name, expected)
        self.aliases.remove(current)
        return current

    def _read(
        self, account_id: str, function_id: str, name: str, expected: Expectation | None
    ) -> Alias:
        current = self.fetch(account_id, function_id, name)
        require(expected, current.etag)
        return current
