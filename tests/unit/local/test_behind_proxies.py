"""The app sees the client that asked, whether proxies are in front or only claimed to be."""

from typing import Any

import pytest

from isolambda_core.domain.coroutines import complete
from isolambda_local.behind_proxies import BehindProxies
from isolambda_local.connections import Connections
from isolambda_local.trusted_proxies import TrustedProxies

PROXY, CLIENT, OTHER = "10.0.0.1", "192.0.2.1", "203.0.113.1"
TOLD = [
    (b"x-forwarded-for", CLIENT.encode()),
    (b"x-forwarded-proto", b"https"),
    (b"x-forwarded-host", b"outside.test"),
    (b"x-forwarded-prefix", b"/below"),
]
OWN = [(b"host", b"inside.test"), (b"accept", b"*/*")]
AT_MOST = 2


class App:
    """An app that keeps what it was asked, and asks ``meanwhile`` before it answers."""

    def __init__(self) -> None:
        self.scopes: list[Any] = []
        self.sent: list[Any] = []
        self.meanwhile: list[Any] = []
        self.refused: list[int | None] = []
        self.connections = Connections(
            100,
            from_one_address=AT_MOST,
            is_proxy=TrustedProxies(["10.0.0.0/8"]).trust,
            refused=self.refused.append,
        )
        self.edge = BehindProxies(self, TrustedProxies(["10.0.0.0/8"]), self.connections)

    async def __call__(self, scope: Any, _receive: Any, _send: Any) -> None:
        self.scopes.append(scope)
        if self.meanwhile:
            await self.ask(*self.meanwhile.pop())

    async def ask(self, peer: str | None, headers: Any, **scope: Any) -> None:
        async def send(message: Any) -> None:
            self.sent.append(message)

        asked = {
            "type": "http",
            "client": None if peer is None else (peer, 4711),
            "scheme": "http",
            "method": "GET",
            "headers": headers,
            **scope,
        }
        await self.edge(asked, None, send)  # type: ignore[arg-type]

    def got(self, peer: str | None, headers: Any) -> tuple[Any, str, list[tuple[bytes, bytes]]]:
        """Return the client, the scheme and the headers that the app sees of a request."""
        complete(self.ask(peer, headers))
        scope = self.scopes.pop()
        return scope["client"], scope["scheme"], scope["headers"]

    @property
    def status(self) -> int:
        """The status of the last answer that the edge gave by itself."""
        return int(self.sent[-2]["status"])


@pytest.fixture
def app() -> App:
    return App()


@pytest.mark.parametrize(
    "more", [TOLD, [(b"forwarded", b"for=192.0.2.1;proto=https;host=outside.test")], [*TOLD, *TOLD]]
)
@pytest.mark.parametrize("peer", [OTHER, "2001:db8::1", "127.0.0.1"])
def test_nothing_is_believed_of_a_peer_that_is_no_proxy(app: App, peer: str, more: Any) -> None:
    assert app.got(peer, [*OWN, *more]) == ((peer, 4711), "http", OWN)


def test_a_client_that_is_not_known_is_no_proxy(app: App) -> None:
    assert app.got(None, [*OWN, *TOLD]) == (None, "http", OWN)


def test_a_proxy_tells_who_asks_and_by_which_url(app: App) -> None:
    client, scheme, headers = app.got(PROXY, [*OWN, *TOLD])

    assert (client, scheme) == ((CLIENT, 0), "https")
    assert sorted(headers) == [
        (b"accept", b"*/*"),
        (b"host", b"outside.test"),
        (b"x-forwarded-for", CLIENT.encode()),
        (b"x-forwarded-prefix", b"/below"),
    ]


def test_a_proxy_that_tells_nothing_is_the_client_itself(app: App) -> None:
    client, scheme, headers = app.got(PROXY, OWN)

    assert (client, scheme) == ((PROXY, 0), "http")
    assert headers == [*OWN, (b"x-forwarded-for", PROXY.encode())]


def test_several_lines_of_a_header_are_one_list(app: App) -> None:
    lines = [(b"x-forwarded-for", value) for value in (b"6.6.6.6", CLIENT.encode(), b"10.0.0.2")]

    assert app.got(PROXY, [*OWN, *lines])[0] == (CLIENT, 0)


def test_both_kinds_of_headers_are_refused(app: App) -> None:
    complete(app.ask(PROXY, [*OWN, *TOLD, (b"forwarded", b"for=6.6.6.6")]))

    assert (app.scopes, app.status, app.refused) == ([], 400, [400])
    assert b"it must remove what it does not write itself" in app.sent[-1]["body"]


def test_a_refusal_is_in_the_log_with_its_reason_and_the_id_that_the_client_gets(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    app.meanwhile = [(PROXY, TOLD)] * AT_MOST
    with caplog.at_level("INFO", "isolambda_local"):
        complete(app.ask(PROXY, [*TOLD, (b"x-request-id", b"r-1")]))
        complete(app.ask(PROXY, [*TOLD, (b"forwarded", b"for=6.6.6.6"), (b"x-request-id", b"r-2")]))

    ids = [dict(start["headers"])[b"x-request-id"] for start in app.sent[::2]]
    assert ids[-1] == b"r-2"
    assert len({*ids}) == len(ids)
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        *["GET - 429"] * (len(ids) - 1),
        "GET - 400",
    ]
    assert "it must remove what it does not write itself" in caplog.text


def test_a_client_has_as_many_requests_at_a_time_as_connections(app: App) -> None:
    app.meanwhile = [(PROXY, TOLD)] * AT_MOST
    complete(app.ask(PROXY, TOLD))

    assert (len(app.scopes), app.status, app.refused) == (AT_MOST, 429, [429])
    complete(app.ask(PROXY, TOLD))
    assert len(app.scopes) == AT_MOST + 1


def test_clients_behind_one_proxy_do_not_count_together(app: App) -> None:
    others = [[(b"x-forwarded-for", b"192.0.2.%d" % n)] for n in range(2, 9)]
    app.meanwhile = [(PROXY, headers) for headers in others]
    complete(app.ask(PROXY, TOLD))

    assert (len(app.scopes), app.sent) == (1 + len(others), [])


def test_clients_that_a_proxy_hides_do_not_count_together(app: App) -> None:
    app.meanwhile = [(PROXY, OWN)] * 2 * AT_MOST
    complete(app.ask(PROXY, OWN))

    assert (len(app.scopes), app.sent) == (1 + 2 * AT_MOST, [])


def test_a_request_that_fails_counts_no_more(app: App) -> None:
    for _ in range(AT_MOST + 1):
        app.meanwhile = [(PROXY, None)]
        with pytest.raises(TypeError):
            complete(app.ask(PROXY, TOLD))

    complete(app.ask(PROXY, TOLD))
    assert app.sent == []


def test_what_is_no_request_passes(app: App) -> None:
    complete(app.ask(None, None, type="lifespan"))

    assert app.scopes[0]["type"] == "lifespan"
