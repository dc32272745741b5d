"""A network and a server that are not at their best, for one page."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from playwright.sync_api import Error, Page, Request, Route

API = "**/v2/**"
"""Every request to the API."""


@dataclass
class Held:
    """What a server was asked that is slow until the test says otherwise."""

    requests: list[Request] = field(default_factory=list)
    _routes: list[Route] | None = field(default_factory=list)

    def release(self) -> None:
        """Let the server answer what it has, and what comes, at once."""
        routes, self._routes = self._routes or [], None
        for route in routes:
            with suppress(Error):  # the page has given the request up
                route.continue_()

    def take(self, route: Route) -> None:
        self.requests.append(route.request)
        if self._routes is None:
            route.continue_()
        else:
            self._routes.append(route)


@contextmanager
def slow(page: Page, url: str = API, method: str | None = None) -> Iterator[Held]:
    """Answer no request until the test says so, or the block ends."""
    held = Held()

    def hold(route: Route) -> None:
        if method in {None, route.request.method}:
            held.take(route)
        else:
            route.fallback()

    page.route(url, hold)
    try:
        yield held
    finally:
        held.release()
        page.unroute(url, hold)


@contextmanager
def failing(
    page: Page,
    status: int,
    message: str,
    *,
    url: str = API,
    method: str | None = None,
    headers: dict[str, str] | None = None,
) -> Iterator[list[Request]]:
    """Answer with an error, in the envelope of the API; yield what was asked."""
    asked: list[Request] = []
    envelope = {
        "status": "error",
        "error": str(status),
        "message": "error",
        "data": {"message": message},
        "request_id": "0" * 32,
        "auth_token": "",
    }

    def fail(route: Route) -> None:
        if method not in {None, route.request.method}:
            route.fallback()
            return
        asked.append(route.request)
        route.fulfill(
            status=status,
            headers={"content-type": "application/json", **(headers or {})},
            body=json.dumps(envelope),
        )

    page.route(url, fail)
    try:
        yield asked
    finally:
        page.unroute(url, fail)


@contextmanager
def broken(page: Page, url: str = API, method: str | None = None) -> Iterator[None]:
    """Break every connection before it has an answer."""

    def break_off(route: Route) -> None:
        if method in {None, route.request.method}:
            route.abort("connectionreset")
        else:
            route.fallback()

    page.route(url, break_off)
    try:
        yield
    finally:
        page.unroute(url, break_off)
