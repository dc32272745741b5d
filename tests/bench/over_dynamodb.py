"""What DynamoDB would charge for each kind of request, all that the API asks of it included."""

from collections.abc import Iterator
from typing import Final

from starlette.testclient import TestClient

from isolambda_api.app import create_app
from isolambda_api.composition import compose
from isolambda_core.adapters import dynamodb
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_core.domain.queue.messages import QueuedMessage
from tests.bench.charges import Charges, moto_table
from tests.bench.figures import Row, measured
from tests.support.fakes import InstantExecutor
from tests.support.frequent_requests import GREET, RESULTS
from tests.support.sources import FakeEventSources

_DATA: Final = {"data": {"name": "greet", "function_js": GREET}}
_CALL: Final = {"data": {"name": "Ada"}}


class _Secret:
    def read(self) -> bytes:
        return bytes(32)


class _NoQueue:
    def send(self, message: QueuedMessage, after_s: int = 0) -> None:
        raise NotImplementedError


def rows() -> Iterator[Row]:
    """Measure and return the rows, one after the other."""
    executor = InstantExecutor(RESULTS)
    with moto_table() as (table, client):
        store = dynamodb.open_store(table, client)
        services = compose(
            store,
            _Secret(),
            SystemClock(),
            executor=executor,
            call_executor=executor,
            queue=_NoQueue(),
            sources=FakeEventSources(),
            rate_limits=store.rate_limits,
            size=RateLimit(),
        )
        account, key = services.accounts.create_top("bench")
        api = TestClient(create_app(services), headers={"X-Auth-Token": key})
        path = f"/v2/accounts/{account.id}/functions"
        one = f"{path}/{api.put(path, json=_DATA).json()['data']['id']}"
        for what, verb, url, body in (
            ("create", "PUT", path, _DATA),
            ("list", "GET", path, None),
            ("fetch", "GET", one, None),
            ("change", "POST", one, _DATA),
            ("execute", "POST", f"{one}/execute", _CALL),
            ("delete", "DELETE", one, None),
        ):
            with Charges.of(client) as charges:
                answer = api.request(verb, url, json=body)
            assert answer.is_success, answer.text
            yield measured(f"DynamoDB: {what}", charges.units(), note=charges.requests())
