"""What 200 functions cost a model's context, and the server that describes them."""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from starlette.testclient import TestClient

from isolambda_api.app import create_app
from isolambda_api.composition import compose
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_core.domain.documents import Document
from isolambda_local.sqlite import open_store
from isolambda_local.sqlite.changes import SqliteChanges
from tests.bench.figures import Row, duration, measured, p50, timed
from tests.support.fakes import InstantExecutor
from tests.support.samples import SECRET
from tests.support.sources import FakeEventSources
from tests.support.tokens import token_counts

TOKENS: Final = 1_500
_FUNCTIONS: Final = 200
_INPUT: Final[Document] = {
    "type": "object",
    "properties": {
        "order_id": {"type": "string", "description": "The id of the order."},
        "state": {"enum": ["open", "paid", "late"]},
        "limit": {"type": "integer", "minimum": 1, "maximum": 100},
    },
    "required": ["order_id"],
}
_RESULT: Final[Document] = {
    "type": "object",
    "properties": {
        "total": {"type": "number"},
        "lines": {"type": "array", "items": {"type": "object"}},
    },
}
_NAMES: Final = [f"get_order_{number}" for number in (1, 2, 3)]


@dataclass(frozen=True, slots=True)
class _Account:
    """A client of an account with all the functions, in this process and without a socket."""

    http: TestClient
    path: str

    def ask(self, path: str, method: str, **params: Any) -> Any:
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return self.http.post(f"{self.path}/{path}", json=message).json()["result"]

    def call(self, name: str, **arguments: Any) -> str:
        """Return the text that a tool of code mode answers."""
        result = self.ask("mcp/code", "tools/call", name=name, arguments=arguments)
        return str(result["content"][0]["text"])

    def listed(self) -> list[Any]:
        """Return all tools, page by page."""
        found: list[Any] = []
        cursor: dict[str, str] = {}
        while True:
            page = self.ask("mcp", "tools/list", **cursor)
            found += page["tools"]
            if "nextCursor" not in page:
                return found
            cursor = {"cursor": page["nextCursor"]}

    def openapi(self) -> str:
        return self.http.get(f"{self.path}/openapi.json").text


def rows() -> Iterator[Row]:
    """Measure and return the rows, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "isolambda.db"
        with closing(open_store(database)) as store, closing(SqliteChanges(database)) as changes:
            services = compose(
                store,
                SECRET,
                SystemClock(),
                executor=InstantExecutor(),
                call_executor=InstantExecutor(),
                queue=store.queue,
                sources=FakeEventSources(),
                rate_limits=None,
                size=RateLimit(),
                changes=changes,
            )
            account, key = services.accounts.create_top("acme")
            for number in range(_FUNCTIONS):
                services.functions.create(account.id, _document(number))
            headers = {"authorization": f"Bearer {key}", "x-auth-token": key}
            with TestClient(create_app(services), headers=headers) as http:
                yield from _measured(_Account(http, f"/v2/accounts/{account.id}"))


def _measured(account: _Account) -> Iterator[Row]:
    things: dict[str, Callable[[], Any]] = {
        "tools/list in code mode": lambda: account.ask("mcp/code", "tools/list")["tools"],
        "search in code mode": partial(account.call, "search", query="orders of a customer"),
        "describe in code mode, three": partial(account.call, "describe", names=_NAMES),
        "tools/list, each a tool": account.listed,
        "GET openapi.json": account.openapi,
    }
    texts = [
        value if isinstance(value := each(), str) else json.dumps(value) for each in things.values()
    ]
    for (name, thing), tokens in zip(things.items(), token_counts(texts), strict=True):
        is_bound = name == "tools/list in code mode"
        yield measured(
            f"{name}, of {_FUNCTIONS} functions",
            f"{tokens} tokens",
            bound=f"{TOKENS} tokens" if is_bound else "",
            met=tokens <= TOKENS if is_bound else None,
            note=f"in {duration(p50(timed(thing, 8, 2)))}",
        )


def _document(number: int) -> Document:
    about = f"Returns the order of a customer, number {number}, with its lines."
    schemas: Document = {"input_schema": _INPUT, "result_schema": _RESULT}
    tool: Document = {"tool": {"description": about}}
    return {"name": f"get_order_{number}", "function_js": "return call", **tool, **schemas}
