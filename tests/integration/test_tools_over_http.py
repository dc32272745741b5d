"""Code calls tools as on AWS, where the executor has none: by the API, with tokens."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from isolambda_api.app import create_app
from isolambda_api.composition import compose
from isolambda_api.http.services import Services
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_core.domain.documents import Document
from isolambda_core.domain.executions.execution import Outcome
from isolambda_executor.broker import Broker
from isolambda_executor.kinds import kinds_without_a_store
from isolambda_executor.supervisor import Supervisor
from isolambda_local.rate_limits import MemoryRateLimitRepository
from isolambda_local.sqlite import open_store
from isolambda_local.threads import in_thread
from tests.support.http_server import HttpServer
from tests.support.samples import SECRET
from tests.support.sources import FakeEventSources

_TOOL: Document = {"description": "It is."}


class LateApp:
    """An app that is made when it is known where it is served."""

    app: Any

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """The use cases of an API that its executor reaches by HTTP alone."""
    late = LateApp()
    with (
        closing(open_store(tmp_path / "isolambda.db")) as store,
        HttpServer(late) as server,
        closing(Broker(kinds_without_a_store(), 2)) as broker,
        Supervisor(2, operations=broker) as supervisor,
    ):
        host, port = server._socket.getsockname()
        services = compose(
            store,
            SECRET,
            SystemClock(),
            executor=supervisor,
            call_executor=supervisor,
            queue=store.queue,
            sources=FakeEventSources(),
            rate_limits=None,
            size=RateLimit(),
            budget=MemoryRateLimitRepository(),
            blocking=in_thread,
            own_url=f"http://{host}:{port}",
        )
        late.app = create_app(services)
        yield services


def executed(services: Services, account_id: str, key: str, code: str) -> Any:
    """Return what code returns."""
    caller = services.access.authenticate(key)
    account = services.accounts.fetch(account_id)
    result = asyncio.run(services.code.execute(account, caller, code, ""))
    assert result.outcome is Outcome.OK, result.error
    return json.loads(result.result or b"null")


def test_code_calls_tools_by_the_api_as_deep_and_as_often_as_it_may(services: Services) -> None:
    account, key = services.accounts.create_top("acme")
    for name, source in (
        ("echo", "return call;"),
        ("deep", "return 1 + await context.tools.deep().catch(({ cause }) => cause.limit);"),
    ):
        document: Document = {"name": name, "function_js": source, "tool": _TOOL}
        services.functions.create(account.id, document)
    code = """
        const calls = Array.from({ length: 96 }, (_, n) => tools.echo({ n }));
        const many = await Promise.allSettled(calls);
        const deep = await tools.deep();
        const error = await tools.echo({}).catch(({ cause }) => cause.limit);
        return [many.every(({ value }, n) => value.n === n), deep, error];
    """

    found = executed(services, account.id, key, code)

    # Four calls below each other are the last four of a hundred: a fifth is too deep, and not made.
    assert found == [True, "1111tool_depth", "tool_calls"]
