"""Issue receipts of executions, from their records."""

from collections.abc import Mapping
from dataclasses import dataclass

from isolambda_core.domain.executions.receipts import ISSUER, claims_of
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.ports.receipts import ReceiptSigner
from isolambda_core.services.executions.records import RecordService


@dataclass(frozen=True, slots=True)
class ReceiptService:
    """Issues receipts, and publishes the key that verifies them.

    ``public_url`` is where the service is reached from outside, if the operator says it: no request
    decides what is signed.
    """

    records: RecordService
    signer: ReceiptSigner
    public_url: str | None

    def issue(self, account_id: str, function_id: str, execution_id: str) -> str:
        """Return the receipt of an execution that has ended; each time the same.

        Raises:
            FunctionNotFoundError: the account has no such function.
            ExecutionNotFoundError: the function has no such record.
            ReceiptUnavailableError: it has not ended, or its record does not say which source ran.
            StoreUnavailableError: the store, or the installation's secret, cannot be read.
        """
        record, payload = self.records.fetch(account_id, function_id, execution_id)
        return self.signer.sign(claims_of(record, payload, self.public_url or ISSUER))

    def key_set(self) -> Mapping[str, JsonValue]:
        """Return the public key as a JSON Web Key Set; see ``ReceiptSigner.key_set``."""
        return self.signer.key_set()
