"""Repositories of functions, versions and aliases, and of what depends on a function."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from isolambda_core.domain.functions.aliases import Alias
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.functions.versions import Version


class FunctionRepository(Protocol):
    """Stores functions. Every method also raises ``StoreUnavailableError``."""

    def add(self, function: Function) -> None:
        """Store a new function.

        Raises:
            FunctionExistsError: a function of the account, or a deleted one, has this id.
            QuotaExceededError: the tenant may have no more functions.
        """
        ...

    def get(self, account_id: str, function_id: str) -> Function:
        """Return a function, by one strongly consistent read.

        Raises:
            FunctionNotFoundError: the account has no such function, or it was deleted.
        """
        ...

    def replace(self, function: Function, before: Function) -> None:
        """Replace a function that is at the revision of ``before`` by its next revision.

        Raises:
            RevisionConflictError: the function is at another revision, deleted, or gone.
        """
        ...

    def remove(self, function: Function) -> None:
        """Remove a function that is at its revision for good.

        Raises:
            RevisionConflictError: the function is at another revision, deleted, or gone.
        """
        ...

    def ids(self, account_id: str) -> Sequence[str]:
        """Return the ids of all functions of an account in order, deleted functions included."""
        ...

    def remove_all(self, account_id: str) -> None:
        """Remove every function of an account for good, deleted ones included."""
        ...

    def iterate(
        self, account_id: str, after: str | None = None, *, descending: bool = True, at_once: int
    ) -> Iterator[Function]:
        """Yield the functions that are not deleted, in the order of their ids.

        The store reads them in requests of ``at_once`` (1 or more), as the caller consumes them.
        ``after`` is the id to start behind, and need not exist any more.
        """
        ...

    def tools(self, account_id: str) -> Sequence[Function]:
        """Return the functions with the key ``tool``, in the order of their ids; no deleted ones.

        Their documents have no source, which is not read. Within ``Catalog.reading`` they may come
        from memory.
        """
        ...


class VersionRepository(Protocol):
    """Stores versions. Every method also raises ``StoreUnavailableError``."""

    def add(self, version: Version) -> None:
        """Store a new version.

        Raises:
            VersionExistsError: another version has or had this number.
            QuotaExceededError: the function may have no more versions.
        """
        ...

    def get(self, account_id: str, function_id: str, number: int) -> Version:
        """Return a version, by one strongly consistent read.

        Raises:
            QualifierNotFoundError: the function has no such version.
        """
        ...

    def of_numbers(self, account_id: str, numbers: Mapping[str, int]) -> Mapping[str, Version]:
        """Return a version of each of several functions, by a few reads.

        ``numbers`` are the versions' by the ids of their functions; one that does not exist is left
        out.
        """
        ...

    def last_number(self, account_id: str, function_id: str) -> int:
        """Return the highest number that a version of a function ever had; 0 for none."""
        ...

    def retire(self, account_id: str, function_id: str, number: int) -> None:
        """Have a number be one that a removed version had; does nothing if a version has or had it.

        No later version gets a number that is not higher.
        """
        ...

    def remove(self, version: Version) -> None:
        """Remove a version; no later version gets its number.

        Raises:
            VersionInUseError: an alias points to it.
            QualifierNotFoundError: the function has no such version.
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
    ) -> Iterator[Version]:
        """Yield versions in the order of their numbers.

        ``after`` is the ``Version.id`` to start behind, and need not exist any more. The store
        reads them in requests of ``at_once``, as the caller consumes them.
        """
        ...

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every version of a function, and the highest number that one had."""
        ...


class AliasRepository(Protocol):
    """Stores aliases. Every method also raises ``StoreUnavailableError``.

    An alias always points to versions that exist, whatever other writes happen at the same time.
    """

    def add(self, alias: Alias, saved_calls: int | None = None) -> None:
        """Store a new alias.

        ``saved_calls`` is how many changes those of the function may have had; None for any.

        Raises:
            AliasExistsError: the function has an alias of this name.
            QualifierNotFoundError: a version that it points to does not exist.
            RevisionConflictError: the saved calls have had another number of changes.
        """
        ...

    def get(self, account_id: str, function_id: str, name: str) -> Alias:
        """Return an alias, by one strongly consistent read.

        Raises:
            QualifierNotFoundError: the function has no such alias.
        """
        ...

    def of_name(
        self, account_id: str, name: str, function_ids: Sequence[str]
    ) -> Mapping[str, Alias]:
        """Return the aliases of one name of several functions, by the functions' ids.

        It takes a few reads. A function that has none of that name is left out.
        """
        ...

    def replace(self, alias: Alias, before: Alias, saved_calls: int | None = None) -> None:
        """Replace an alias that is at the revision of ``before`` by its next revision.

        ``saved_calls`` is how many changes those of the function may have had; None for any.

        Raises:
            RevisionConflictError: the alias is at another revision, or gone; or the saved calls
                have had another number of changes.
            QualifierNotFoundError: a version that it points to does not exist.
        """
        ...

    def remove(self, alias: Alias) -> None:
        """Remove an alias that is at its revision.

        Raises:
            RevisionConflictError: the alias is at another revision, or gone.
        """
        ...

    def of_function(self, account_id: str, function_id: str) -> Sequence[Alias]:
        """Return the aliases of a function, in the order of their names."""
        ...

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every alias of a function; the caller removes its versions right after."""
        ...


class TriggersOfFunctions(Protocol):
    """Removes the triggers of removed functions; also raises ``StoreUnavailableError``."""

    def announce_all(self, account_id: str, function_id: str) -> None:
        """Queue the removal of each trigger of a function, for the case that this process dies.

        The dispatcher removes a trigger only if its function is gone by then.
        """
        ...

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every trigger of a function."""
        ...


class DependentsOfFunctions(Protocol):
    """A repository of what depends on functions; also raises ``StoreUnavailableError``."""

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove all that depends on a function."""
        ...
