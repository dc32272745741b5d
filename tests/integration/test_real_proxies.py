"""Behind nginx and behind Caddy, each by its documented file, a server knows who asks and how."""

import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from isolambda_core.domain.limits import BODY_BYTES
from tests.support.commands import COMMAND
from tests.support.proxies import FILES, SITE, Proxy, RunsProxy, caddy, nginx, program
from tests.support.servers import ONE_WORKER, Server, starting
from tests.support.waiting import WAIT_S

pytestmark = pytest.mark.slow

RUNS: dict[str, RunsProxy] = {"nginx": nginx, "caddy": caddy}
FORGED = {
    "x-forwarded-for": "6.6.6.6",
    "x-forwarded-proto": "http",
    "x-forwarded-host": "evil.test",
    "x-forwarded-port": "6666",
    "x-forwarded-prefix": "/evil",
    "forwarded": "for=6.6.6.6;host=evil.test",
}
CLIENT = "127.0.0.2"
ANSWERS = """
return new Response('mine', {status: 201, headers: {
  'x-accel-redirect': '/healthz',
  'location': 'http://isolambda/elsewhere',
  'x-long': 'a'.repeat(12_000),
}})
"""
PACKS = """
const asked = JSON.stringify(call.headers.get('accept-encoding'))
const packed = new Response(asked).body.pipeThrough(new CompressionStream('gzip'))
return new Response(packed, {headers: {'content-encoding': 'gzip'}})
"""
HANDS_BACK = """
const told = [...call.headers].filter(([name]) => name.includes('forwarded'))
return Response.json({method: call.method, url: call.url, told, body: (await call.text()).length})
"""


@pytest.fixture(scope="module", params=RUNS)
def proxied(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Proxy]]:
    if program(request.param) is None:
        pytest.skip(f"{request.param} IS NOT INSTALLED HERE: NOTHING IS TESTED BEHIND IT")
    folder = tmp_path_factory.mktemp(request.param)
    with starting(folder / "data") as start:
        server = start(
            *ONE_WORKER,
            *("--trusted-proxies", "127.0.0.1"),
            *("--bucket-tokens", "36", "--bucket-per-second", "1"),
        )
        port = urlsplit(server.credentials["url"]).port or 0
        with RUNS[request.param](folder / "proxy", port) as proxy:
            yield server, proxy


@pytest.fixture
def ask(proxied: tuple[Server, Proxy]) -> Callable[..., httpx2.Response]:
    """Ask the site as a stranger with an address of its own."""
    _, proxy = proxied

    def ask_once(method: str, path: str, address: str = CLIENT, **how: object) -> httpx2.Response:
        with proxy.client(address, Accept="*/*") as client:
            return client.request(method, path, **how)  # type: ignore[arg-type]

    return ask_once


@pytest.fixture
def publish(proxied: tuple[Server, Proxy]) -> Callable[[str], str]:
    """Put a function behind a path of its own, and return the path."""
    server, _ = proxied

    def publish_one(source: str) -> str:
        trigger = {"name": "n", "type": "http", "path": uuid.uuid4().hex, "auth": {"type": "none"}}
        function = server.create(source)
        with server.client() as owner:
            made = owner.put(f"{server.functions_url(function)}/triggers", json={"data": trigger})
        url: str = made.raise_for_status().json()["data"]["_read_only"]["url"]
        return urlsplit(url).path

    return publish_one


@pytest.fixture
def path(publish: Callable[[str], str]) -> str:
    """The path of a function that hands back what it was asked."""
    return publish(HANDS_BACK)


@pytest.mark.parametrize("headers", [{}, FORGED])
@pytest.mark.parametrize("rest", ["", "/a%2Fb/%C5%BE//c?d=%27&d=+", "/?"])
def test_a_function_sees_what_its_client_asked(
    proxied: tuple[Server, Proxy],
    ask: Callable[..., httpx2.Response],
    path: str,
    rest: str,
    headers: dict[str, str],
) -> None:
    seen = ask("POST", path + rest, content=b"body", headers=headers).raise_for_status().json()

    assert seen == {
        "method": "POST",
        "url": proxied[1].url + path + rest.removesuffix("?"),
        "told": [["x-forwarded-for", CLIENT]],
        "body": 4,
    }


def test_what_a_function_packs_gets_to_its_client_as_it_is(
    proxied: tuple[Server, Proxy], publish: Callable[[str], str]
) -> None:
    path = publish(PACKS)
    with proxied[1].client("127.0.0.5", Accept="*/*") as client:
        request = client.build_request("GET", path)
        del request.headers["accept-encoding"]
        answer = client.send(request)

    # It was packed, and says what the function was asked for.
    assert (answer.headers["content-encoding"], answer.text) == ("gzip", "null")


def test_what_a_function_answers_is_for_its_client_and_not_for_the_proxy(
    ask: Callable[..., httpx2.Response], publish: Callable[[str], str]
) -> None:
    answer = ask("GET", publish(ANSWERS))

    assert (answer.status_code, answer.text) == (201, "mine")
    assert answer.headers["location"] == "http://isolambda/elsewhere"
    assert len(answer.headers["x-long"]) == 12_000


def test_each_client_has_a_rate_of_its_own(ask: Callable[..., httpx2.Response]) -> None:
    def login(address: str, headers: dict[str, str] | None = None) -> int:
        data = {"data": {"api_key": "0" * 64}}
        return ask("PUT", "/v2/api_auth", address, json=data, headers=headers).status_code

    assert login("127.0.0.3") == 404
    assert login("127.0.0.3") == 429
    assert login("127.0.0.3", FORGED) == 429
    assert login("127.0.0.4") == 404


def test_a_body_that_is_too_long_is_refused(ask: Callable[..., httpx2.Response], path: str) -> None:
    assert ask("POST", path, content=b" " * (BODY_BYTES // 4)).json()["body"] == BODY_BYTES // 4
    assert ask("POST", path, content=b" " * (BODY_BYTES + 1_000_000)).status_code == 413


# Caddy does that by itself, on the ports 80 and 443.
@pytest.mark.parametrize("proxied", ["nginx"], indirect=True)
def test_a_client_of_http_is_sent_to_https(proxied: tuple[Server, Proxy]) -> None:
    _, proxy = proxied
    with httpx2.Client(timeout=WAIT_S) as client:
        answer = client.post(
            f"http://127.0.0.1:{proxy.plain_port}/v2/a?b=%27", headers={"host": SITE}
        )

    assert (answer.status_code, answer.headers["location"]) == (308, f"https://{SITE}/v2/a?b=%27")


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)
def test_systemd_finds_no_fault_with_the_unit(tmp_path: Path) -> None:
    text = (FILES / "isolambda.service").read_text(encoding="utf-8")
    unit = tmp_path / "isolambda.service"
    unit.write_text(text.replace("/opt/isolambda/bin/isolambda", str(COMMAND)), encoding="utf-8")

    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit],  # noqa: S607 - found above
        capture_output=True,
        text=True,
        check=False,
    )

    assert (verified.returncode, verified.stderr) == (0, "")
