"""Where functions, their versions and their aliases are kept."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from isolambda_core.domain.functions.aliases import Alias
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.functions.versions import Version


class FunctionRepository(Protocol):
    """Where functions are kept.

    Every method also raises ``StoreUnavailableError`` when the store does not answer.
    """

    def add(self, function: Function) -> None:
        """Keep a new function.

        Raises:
            FunctionExistsError: the account has this id already, be it of a deleted function.
        """
        ...

    def get(self, account_id: str, function_id: str) -> Function:
        """Return a function, by one strongly consistent read.

        Raises:
            FunctionNotFoundError: the account has no such function, or it was deleted.
        """
        ...

    def replace(self, function: Function, expected_revision: int) -> None:
        """Write the next revision over ``expected_revision``, and over no other.

        Raises:
            RevisionConflictError: the function is at another revision, deleted, or gone.
        """
        ...

    def remove(self, account_id: str, function_id: str, expected_revision: int) -> None:
        """Remove a function for good, at ``expected_revision`` and at no other.

        Raises:
            RevisionConflictError: the function is at another revision, deleted, or gone.
        """
        ...

    def ids(self, account_id: str) -> Sequence[str]:
        """Return the ids of all functions of an account, deleted ones included, in their order."""
        ...

    def remove_all(self, account_id: str) -> None:
        """Remove every function of an account for good, deleted ones included."""
        ...

    def iterate(
        self, account_id: str, after: str | None = None, *, descending: bool = True, at_once: int
    ) -> Iterator[Function]:
        """Yield the functions that are not deleted, in the order of their ids, read as taken.

        The store is asked for ``at_once`` functions at a time (1 or more). ``after`` is the id to
        start behind, and need not exist any more.
        """
        ...


class VersionRepository(Protocol):
    """Where versions are kept; every method also raises ``StoreUnavailableError``."""

    def add(self, version: Version) -> None:
        """Keep a new version.

        Raises:
            VersionExistsError: the number was given already, be it to a version that is gone.
        """
        ...

    def get(self, account_id: str, function_id: str, number: int) -> Version:
        """Return a version, by one strongly consistent read.

        Raises:
            QualifierNotFoundError: the function has no such version.
        """
        ...

    def last_number(self, account_id: str, function_id: str) -> int:
        """Return the highest number that was ever given to a version of a function; 0 for none."""
        ...

    def remove(self, version: Version) -> None:
        """Remove a version; its number is not given again.

        Raises:
            VersionInUseError: an alias points to it.
            QualifierNotFoundError: it is gone already.
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
        """Yield versions in the order of their numbers, read as taken.

        ``after`` is the ``Version.id`` to start behind, and need not exist any more.
        """
        ...

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every version of a function, and what is known of their numbers."""
        ...


class AliasRepository(Protocol):
    """Where aliases are kept; every method also raises ``StoreUnavailableError``.

    A version that an alias points to cannot be removed, and an alias cannot come to point to one
    that is not there, whatever happens at the same time.
    """

    def add(self, alias: Alias) -> None:
        """Keep a new alias.

        Raises:
            AliasExistsError: the function has one of this name.
            QualifierNotFoundError: a version that it points to is not there.
        """
        ...

    def get(self, account_id: str, function_id: str, name: str) -> Alias:
        """Return an alias, by one strongly consistent read.

        Raises:
            QualifierNotFoundError: the function has no such alias.
        """
        ...

    def replace(self, alias: Alias, before: Alias) -> None:
        """Write the next revision over ``before``, and over no other.

        Raises:
            RevisionConflictError: the alias is at another revision, or gone.
            QualifierNotFoundError: a version that it is to point to is not there.
        """
        ...

    def remove(self, alias: Alias) -> None:
        """Remove an alias, at its revision and at no other.

        Raises:
            RevisionConflictError: the alias is at another revision, or gone.
        """
        ...

    def of_function(self, account_id: str, function_id: str) -> Sequence[Alias]:
        """Return the aliases of a function, in the order of their names."""
        ...

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every alias of a function, whose versions are removed right after."""
        ...


class TriggersOfFunctions(Protocol):
    """The triggers of functions, which go with them; also raises ``StoreUnavailableError``."""

    def announce_all(self, account_id: str, function_id: str) -> None:
        """Have every trigger of a function removed later, if the function is gone by then."""
        ...

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every trigger of a function."""
        ...


class DependentsOfFunctions(Protocol):
    """Where something is kept that belongs to functions; also raises ``StoreUnavailableError``."""

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove all of it that belongs to a function."""
        ...
