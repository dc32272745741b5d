"""The command, and an installation to which it is applied."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner, Result

from isolambda_cli.admin.targets import RefusesRemoval
from isolambda_cli.main import app
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.adapters.json_schemas import JsonSchemaChecker
from isolambda_core.adapters.jwt_tokens import JwtSigner
from isolambda_core.ports.accounts import InstallationSecret
from isolambda_core.ports.queues import (
    Consumer,
    ExecutionQueue,
)
from isolambda_core.ports.store import Store
from isolambda_core.services.accounts.access import AccessService
from isolambda_core.services.accounts.accounts import (
    AccountService,
    open_accounts,
)

if TYPE_CHECKING:
    pass

STACK = "isolambda-under-test"
REGION = "eu-central-1"
DISPATCHER_ARN = "arn:aws:lambda:eu-central-1:123456789012:function:isolambda-dispatcher:live"
TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "TableName": "functions",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    },
}


def isolambda(*words: str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, list(words), input=stdin)


@dataclass(frozen=True)
class Operated:
    """An installation, with the options by which the command finds it."""

    options: tuple[str, ...]
    store: Store
    secret: InstallationSecret
    queue: ExecutionQueue
    consumer: Consumer

    def type(self, *words: str) -> Result:
        return isolambda("admin", *words, *self.options)

    def ask(self, *words: str) -> Any:
        """Return what the command prints as JSON; it must succeed."""
        result = self.type(*words, "--json")
        assert (result.exit_code, result.stderr) == (0, "")
        return json.loads(result.stdout)

    @property
    def accounts(self) -> AccountService:
        return open_accounts(
            self.store, self.secret, JsonSchemaChecker(), SystemClock(), RefusesRemoval()
        )

    def opens(self, api_key: str) -> str:
        """Return the id of the account that a key opens now."""
        store, clock = self.store, SystemClock()
        signer = JwtSigner(self.secret)
        access = AccessService(store.accounts, store.api_keys, store.revoked_tokens, signer, clock)
        return access.authenticate(api_key).account_id
