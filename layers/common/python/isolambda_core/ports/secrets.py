"""The repository of secrets, and what seals their values."""

from collections.abc import Sequence
from typing import Protocol

from isolambda_core.domain.secrets.secrets import Binding, Place, Secret


class SecretRepository(Protocol):
    """Stores secrets. Every method also raises ``StoreUnavailableError``."""

    def add(self, secret: Secret) -> None:
        """Store a new secret.

        Raises:
            RevisionConflictError: the place has one of this name.
        """
        ...

    def get(self, place: Place, name: str) -> Secret:
        """Return a secret, by one strongly consistent read.

        Raises:
            SecretNotFoundError: the place has none of this name.
        """
        ...

    def replace(self, secret: Secret, before: Secret) -> None:
        """Replace a secret that is still as ``before`` by its next revision.

        Raises:
            RevisionConflictError: the secret is another by now, or gone.
        """
        ...

    def remove(self, secret: Secret) -> None:
        """Remove a secret that is still the same.

        Raises:
            RevisionConflictError: the secret is another by now, or gone.
        """
        ...

    def of_place(self, place: Place) -> Sequence[Secret]:
        """Return the secrets of an account itself, or of a function, in the order of their names.

        There are ``limits.SECRETS`` and few more at most.
        """
        ...

    def for_function(
        self, account_id: str, function_id: str, names: Sequence[str]
    ) -> Sequence[Secret]:
        """Return the secrets with these names, of a function before those of its account.

        They may come from memory, see ``Catalog``; otherwise 12 take one request. They are in the
        order of ``names``, of which there are 1 to 49; a name that neither has is left out.
        """
        ...

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every secret of a function."""
        ...

    def remove_all_of_account(self, account_id: str) -> None:
        """Remove every secret of an account itself."""
        ...


class Sealer(Protocol):
    """Seals values, so that what keeps them cannot read them.

    Its methods also raise ``StoreUnavailableError``, where the installation's secret is out of
    reach.
    """

    def seal(self, value: str, binding: Binding) -> str:
        """Return a value sealed for a use, in base64; another text each time."""
        ...

    def open(self, sealed: str, binding: Binding) -> str:
        """Return the value that was sealed for a use.

        Raises:
            UnopenedSecretError: it was sealed for another use, under another secret of the
                installation, or it is damaged.
        """
        ...
