"""A network and a server that are not at their best, for one page."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from playwright.sync_api import APIResponse, Error, Page, Request, Route

API = "**/v2/**"
"""Every request to the API."""


def let_through(route: Route) -> None:
    """Let a request go on, unless it has: Playwright itself lets go what a route that ends had."""
    with suppress(Error):
        route.continue_()


@dataclass
class Held:
    """What a server was asked that is slow until the test says otherwise."""

    requests: list[Request] = field(default_factory=list)
    _routes: list[Route] | None = field(default_factory=list)

    def release(self) -> None:
        """Let the server answer what it has, and what comes, at once."""
        routes, self._routes = self._routes or [], None
        for route in routes:
            let_through(route)

    def take(self, route: Route) -> None:
        self.requests.append(route.request)
        if self._routes is None:
            let_through(route)
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


@dataclass
class Late:
    """What a server has answered, and the page has not got yet."""

    answers: list[tuple[Route, APIResponse]] = field(default_factory=list)

    def deliver(self) -> None:
        """Give the page the answers of then, whatever the server would say now."""
        answers, self.answers = self.answers, []
        for route, answer in answers:
            route.fulfill(response=answer)


@contextmanager
def late(page: Page, url: str = API, method: str | None = None) -> Iterator[Late]:
    """Let the server answer at once, and the page wait for it until the test says so."""
    kept = Late()

    def keep(route: Route) -> None:
        if method in {None, route.request.method}:
            kept.answers.append((route, route.fetch()))
        else:
            route.fallback()

    page.route(url, keep)
    try:
        yield kept
    finally:
        kept.deliver()
        page.unroute(url, keep)


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
def losing_answers(
    page: Page, url: str = API, method: str | None = None
) -> Iterator[list[Request]]:
    """Let the server do what it is asked, and break every connection before the answer is there."""
    asked: list[Request] = []

    def lose(route: Route) -> None:
        if method not in {None, route.request.method}:
            route.fallback()
            return
        route.fetch()
        asked.append(route.request)
        route.abort("connectionreset")

    page.route(url, lose)
    try:
        yield asked
    finally:
        page.unroute(url, lose)


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


def until(page: Page, happened: Callable[[], object]) -> None:
    """Wait until something is so that only the handlers of a page's requests see."""
    while not happened():
        page.wait_for_timeout(10)
