"""What secrets take to be read, and in memory."""

from typing import Any

import pytest

from isolambda_core.adapters.aes_gcm import AesGcmSealer
from isolambda_core.adapters.dynamodb import DynamoDbStore
from isolambda_core.adapters.json_schemas import JsonSchemaChecker
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.secrets.documents import SecretInput
from isolambda_core.domain.secrets.secrets import Place, Secret
from isolambda_core.services.executions.execution import open_executions
from isolambda_local.secrets.installation_secret import FileSecret
from tests.contract.dynamodb.requesting import ACCOUNT, Make
from tests.support.clocks import SetClock

pytestmark = pytest.mark.slow


def test_secrets_take_one_read_more_and_none_once_they_are_remembered(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_function: Make
) -> None:
    function = a_function(secrets=["KEY", "OTHER"])
    store.functions.add(function)
    sealer = AesGcmSealer(FileSecret(bytes(32)))
    executions = open_executions(store, sealer, JsonSchemaChecker(), SetClock())
    for name in function.secret_names:
        given = SecretInput("a good value", sign=True)
        executions.secrets.put(Place(ACCOUNT), name, given)

    def reads() -> list[str]:
        requests.clear()
        with store.catalog.reading():
            resolved = executions.resolve(Invocation(ACCOUNT, function.id, b"{}"))
        assert [secret.name for secret in resolved.secrets] == ["KEY", "OTHER"]
        return [operation for operation, _ in requests]

    assert reads() == ["GetItem", "TransactGetItems"]
    assert reads() == ["TransactGetItems"] * 2  # the second time they are kept
    assert reads() == ["GetItem"]  # of the epoch of the account


def test_secrets_count_in_memory_with_what_is_sealed(
    store: DynamoDbStore, requests: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isolambda_core.adapters.dynamodb.catalog.CATALOG_CHARACTERS", 2_000)
    place = Place(ACCOUNT)
    for name, length in (("SHORT", 100), ("LONG", 2_000)):
        store.secrets.add(Secret(place, name, (), True, "A" * length, 1, 1))

    def reads_after_two(name: str) -> list[str]:
        for _ in range(3):
            requests.clear()
            with store.catalog.reading():
                store.secrets.for_function(ACCOUNT, "f" * 32, [name])
        return [operation for operation, _ in requests]

    assert reads_after_two("SHORT") == ["GetItem"]
    assert reads_after_two("LONG") == ["TransactGetItems"]
