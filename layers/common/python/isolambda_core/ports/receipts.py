"""What signs the receipts of executions."""

from collections.abc import Mapping
from typing import Protocol

from isolambda_core.domain.json_text import JsonValue


class ReceiptSigner(Protocol):
    """Signs with one key of the installation, which signs nothing else."""

    def sign(self, claims: Mapping[str, JsonValue]) -> str:
        """Return claims with their signature as text; the same claims are the same text.

        Raises:
            StoreUnavailableError: the installation's secret cannot be read.
        """
        ...

    def key_set(self) -> Mapping[str, JsonValue]:
        """Return the public key as a JSON Web Key Set (RFC 7517).

        Raises:
            StoreUnavailableError: the installation's secret cannot be read.
        """
        ...
