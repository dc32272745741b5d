"""Fetch from V8 to servers on this machine, through a worker, the supervisor and the broker."""

import gzip
import json
import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from isolambda_core.domain.executions.execution import ExecutionResult, Outcome
from isolambda_core.domain.executions.reach import GrantedSecret
from isolambda_core.domain.limits import MIB, Limits
from isolambda_executor.broker import Broker
from isolambda_executor.fetching.kind import FetchKind
from isolambda_executor.supervisor import Supervisor
from tests.support.raw_servers import (
    OK,
    Answering,
    AnsweringInTurn,
    certificate_of,
    over_tls,
    say_nothing,
    serving,
)
from tests.support.servers import ONE_WORKER, starting
from tests.unit.executor.supervised import request

LIMITS = Limits(wall_time_ms=25_000)
NET = (("127.0.0.1", "localhost"),)
SECRET = GrantedSecret("KEY", "iso_secret_" + "0" * 32, "s3cr3t-value-of-a-key", ("localhost:1",))


@pytest.fixture(scope="module")
def supervisor() -> Iterator[Supervisor]:
    with (
        closing(FetchKind(private=True)) as fetches,
        closing(Broker({"fetch": fetches})) as broker,
        Supervisor(workers=1, operations=broker) as supervisor,
    ):
        yield supervisor


def run(
    supervisor: Supervisor, source: str, call: object = None, limits: Limits = LIMITS, **kwargs: Any
) -> ExecutionResult:
    asked = replace(request(source, limits), input=json.dumps(call).encode(), net=NET, **kwargs)
    return supervisor.execute(asked)


def value_of(result: ExecutionResult) -> Any:
    assert result.outcome is Outcome.OK, result.error
    return json.loads(result.result or b"null")


def test_a_function_fetches_json(supervisor: Supervisor) -> None:
    head = b"HTTP/1.1 201 Made\r\nx-id: 7\r\ncontent-length: 10\r\n\r\n"
    there = Answering(head + b'{"a": [1]}', body_bytes=7)

    with serving(there) as port:
        result = run(
            supervisor,
            """
            const response = await fetch(call, { method: 'POST', body: '{"b":2}' });
            const { status, statusText, ok, redirected, url } = response;
            const id = response.headers.get('x-id');
            return { status, statusText, ok, redirected, url, id, json: await response.json() };
            """,
            f"http://127.0.0.1:{port}/path?query#fragment",
        )

    assert value_of(result) == {
        "status": 201,
        "statusText": "Made",
        "ok": True,
        "redirected": False,
        "url": f"http://127.0.0.1:{port}/path?query",
        "id": "7",
        "json": {"a": [1]},
    }
    assert there.requests[0].startswith(b"POST /path?query HTTP/1.1\r\n")
    assert there.requests[0].endswith(b'\r\n\r\n{"b":2}')
    assert result.usage.fetches == 1
    (record,) = result.fetches
    assert (record.method, record.host, record.status, record.error, record.sent_bytes) == (
        *("POST", f"127.0.0.1:{port}", 201, None, 7),
    )
    assert record.received_bytes == 10


def test_ten_mib_go_through(supervisor: Supervisor) -> None:
    body = os.urandom(10 * MIB)
    head = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body)

    with serving(Answering(head + body)) as port:
        result = run(
            supervisor,
            """
            let length = 0, sum = 0;
            for await (const piece of (await fetch(call)).body) {
              length += piece.length;
              for (const byte of piece) sum = (sum + byte) % 4294967296;
            }
            return [length, sum];
            """,
            f"http://127.0.0.1:{port}/",
        )

    assert value_of(result) == [len(body), sum(body)]


def test_a_stream_goes_out_as_it_is_made(supervisor: Supervisor) -> None:
    received: list[bytes] = []

    def take(connection: Any) -> None:
        with connection.makefile("rb") as stream:
            while stream.readline() != b"\r\n":
                pass
            while size := int(stream.readline(), 16):
                received.append(stream.read(size))
                stream.readline()
            stream.readline()
        connection.sendall(OK)

    with serving(take) as port:
        result = run(
            supervisor,
            """
            let left = 16;
            const body = new ReadableStream({
              pull(controller) {
                if (left === 0) return controller.close();
                left -= 1;
                controller.enqueue(new Uint8Array(65536).fill(left));
              },
            });
            return (await fetch(call, { method: 'PUT', body, duplex: 'half' })).status;
            """,
            f"http://127.0.0.1:{port}/",
        )

    assert value_of(result) == 200
    assert b"".join(received) == b"".join(bytes([left]) * 65_536 for left in reversed(range(16)))


def test_an_error_says_what_is_wrong(supervisor: Supervisor) -> None:
    source = "try { await fetch(call) } catch (e) { return [e.name, e.message, e.cause] }"

    name, message, cause = value_of(run(supervisor, source, "https://api.example/"))

    assert (name, cause["code"]) == ("TypeError", "not_allowed")
    assert message == 'fetch may not reach api.example: add "api.example" to net.allow'


def test_a_signal_ends_a_fetch(supervisor: Supervisor) -> None:
    with serving(say_nothing) as port:
        result = run(
            supervisor,
            """
            const signal = AbortSignal.timeout(50);
            try { await fetch(call, { signal }) } catch (e) { return e.name }
            """,
            f"http://127.0.0.1:{port}/",
        )

    assert value_of(result) == "TimeoutError"
    assert [record.error for record in result.fetches] == ["aborted"]


def test_the_wall_time_ends_a_fetch(supervisor: Supervisor) -> None:
    with serving(say_nothing) as port:
        result = run(
            supervisor,
            "await fetch(call)",
            f"http://127.0.0.1:{port}/",
            limits=Limits(wall_time_ms=300),
        )

    assert result.outcome is Outcome.EXCEEDED_WALL_TIME
    assert len(result.fetches) == 1


def test_many_fetches_share_connections(supervisor: Supervisor) -> None:
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"
    there = AnsweringInTurn([answer], persists=True)

    with serving(there, at_once=True) as port:
        result = run(
            supervisor,
            """
            const texts = [];
            for (let i = 0; i < 10; i += 1) texts.push(await (await fetch(call)).text());
            texts.push(...await Promise.all(
              Array.from({ length: 30 }, async () => (await fetch(call)).text())));
            return texts.filter((text) => text === 'hi').length;
            """,
            f"http://127.0.0.1:{port}/",
        )

    assert value_of(result) == 40
    assert there.connections <= 6
    assert result.usage.fetches == len(result.fetches) == 40


def test_a_secret_is_a_placeholder_in_the_isolate(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = certificate_of("localhost", tmp_path / "trusted.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    echo = gzip.compress(SECRET.value.encode())
    there = Answering(
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n%b"
        % (len(echo), echo)
    )

    with serving(over_tls(certificate, there)) as port:
        result = run(
            supervisor,
            """
            const headers = { authorization: `Bearer ${call.key}` };
            return (await fetch(call.url, { headers })).text();
            """,
            {"url": f"https://localhost:{port}/", "key": SECRET.placeholder},
            secrets=(replace(SECRET, hosts=(f"localhost:{port}",)),),
        )

    assert f"authorization: Bearer {SECRET.value}\r\n".encode() in there.requests[0]
    assert value_of(result) == SECRET.placeholder


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--private-fetch",), "hello"),
        ((), "127.0.0.1:{port} has an address that is not public"),
    ],
)
def test_a_server_lets_functions_fetch_from_its_machine_if_its_operator_does(
    tmp_path: Path, options: tuple[str, ...], expected: str
) -> None:
    source = """
        try { return await (await fetch(call.url)).text() } catch (e) { return e.message }
    """
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"

    with serving(Answering(answer)) as port, starting(tmp_path) as start:
        server = start(*ONE_WORKER, *options)
        function = server.create(source, net={"allow": ["127.0.0.1"]})
        executed = server.execute(function, {"url": f"http://127.0.0.1:{port}/"})

    assert executed["result"] == expected.format(port=port)
    assert executed["usage"]["fetches"] == 1
