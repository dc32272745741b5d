"""The requests that clients make most often, and what they are about."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from isolambda_core.domain.documents import Document

EXECUTE_KAZOO: Final = "Kazoo's execute"
EXECUTE_CODEMASH: Final = "CodeMash's execute"
PIVOT: Final = "pivot"
FETCH: Final = "fetch a function"
LIST: Final = "list functions"
NAMES: Final = (EXECUTE_KAZOO, EXECUTE_CODEMASH, PIVOT, FETCH, LIST)

GREET: Final = "return {hi: call.name};"
ROUTE_CALL: Final = "return {module: 'tts', data: {text: 'hi ' + call['Caller-ID-Name']}};"
CALL: Final = '{"name":"Ada"}'
GREETING: Final = '{"hi":"Ada"}'
CALLFLOW: Final = '{"module":"tts","data":{"text":"hi Ada"}}'
RESULTS: Final = {GREET: GREETING.encode(), ROUTE_CALL: CALLFLOW.encode()}
"""What each source returns to these requests."""

Create = Callable[[Document], str]
"""Creates a function, and returns its id."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request, and a text that stands in every answer to it; ``target`` is path and query."""

    method: str
    target: str
    expected: str
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def all_headers(self) -> tuple[tuple[str, str], ...]:
        """The headers, with those of the body."""
        body = (("Content-Type", "application/json"), ("Content-Length", str(len(self.body))))
        return (("Host", "127.0.0.1"), *self.headers, *(body if self.body else ()))

    def encode(self) -> bytes:
        """Return the request as it goes over the wire."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in self.all_headers)
        return f"{self.method} {self.target} HTTP/1.1\r\n{lines}\r\n{self.body}".encode("ascii")


def frequent_requests(account_id: str, key: str, create: Create) -> dict[str, HttpRequest]:
    """Create three functions in an account that has none, and return the requests by name."""
    greet = create({"name": "greet", "function_js": GREET})
    route = create({"name": "route", "function_js": ROUTE_CALL})
    create({"name": "a third one", "function_js": "return null;"})
    kazoo = (("X-Auth-Token", key),)
    codemash = (("Authorization", f"Bearer {key}"), ("X-CM-ProjectId", account_id))
    functions = f"/v2/accounts/{account_id}/functions"
    serverless = f"/v2/serverless/functions/{greet}"
    pivot = f"/pivot/{account_id}/{route}?key={key}&Call-ID=1&Caller-ID-Name=Ada"
    data = json.dumps({"Data": CALL})
    return {
        EXECUTE_KAZOO: HttpRequest(
            "POST", f"{functions}/{greet}/execute", GREETING, f'{{"data":{CALL}}}', kazoo
        ),
        EXECUTE_CODEMASH: HttpRequest(
            "POST", f"{serverless}/execute", json.dumps(GREETING), data, codemash
        ),
        PIVOT: HttpRequest("GET", pivot, CALLFLOW),
        FETCH: HttpRequest("GET", f"{functions}/{greet}", GREET, headers=kazoo),
        LIST: HttpRequest("GET", functions, "a third one", headers=kazoo),
    }
