"""What functions reach, from V8 through worker and supervisor to servers of this machine."""

import base64
import gzip
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from isolambda_core.domain.executions.execution import ExecutionResult, Outcome
from isolambda_core.domain.executions.reach import GrantedSecret
from isolambda_core.domain.limits import Limits
from isolambda_executor.broker import Broker
from isolambda_executor.fetching.kind import FetchKind
from isolambda_executor.kinds import open_signing
from isolambda_executor.supervisor import Supervisor
from tests.support.raw_servers import Answering, say_nothing, serving
from tests.unit.executor.supervised import request

LIMITS = Limits(wall_time_ms=25_000)
PLACEHOLDER = "iso_secret_" + "0" * 32
KEY = GrantedSecret("KEY", PLACEHOLDER, "a key of at least 32 bytes, as all", (), sign=True)
CONTEXT = json.dumps({"secrets": {"KEY": PLACEHOLDER}})


@pytest.fixture(scope="module")
def supervisor() -> Iterator[Supervisor]:
    with (
        closing(FetchKind(private=True)) as fetches,
        closing(Broker({"fetch": fetches, "sign": open_signing})) as broker,
        Supervisor(workers=1, operations=broker) as supervisor,
    ):
        yield supervisor


def run(
    supervisor: Supervisor, source: str, call: object = None, limits: Limits = LIMITS, **kwargs: Any
) -> ExecutionResult:
    asked = replace(
        request(source, limits),
        input=json.dumps(call).encode(),
        net=(("127.0.0.1",),),
        secrets=(KEY,),
        context=CONTEXT,
        **kwargs,
    )
    return supervisor.execute(asked)


def value_of(result: ExecutionResult) -> Any:
    assert result.outcome is Outcome.OK, result.error
    return json.loads(result.result or b"null")


def test_an_http_function_answers_with_what_it_fetched(supervisor: Supervisor) -> None:
    packed = gzip.compress(b"hello")
    head = b"HTTP/1.1 203 So\r\nx-a: b\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n"
    with serving(Answering(head % len(packed) + packed)) as port:
        url = f"http://127.0.0.1:{port}/"
        call: dict[str, object] = {"method": "GET", "url": url, "headers": [], "body": None}
        result = run(supervisor, "return fetch(call.url)", call, features=("http",))

    assert value_of(result) == {
        "status": 203,
        "headers": [["x-a", "b"]],
        "body": base64.b64encode(b"hello").decode(),
    }


def test_a_response_of_an_execution_that_has_ended_is_read_no_more(supervisor: Supervisor) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 400000\r\n\r\n"
    source = """
        if (!globalThis.kept) {
            globalThis.kept = await fetch(call);
            return kept.status;
        }
        return kept.text().catch((thrown) => `${thrown}`);
    """
    with serving(Answering(head + bytes(400_000))) as port:
        url = f"http://127.0.0.1:{port}/"
        results = [value_of(run(supervisor, source, url)) for _ in range(2)]

    assert results == [200, "TypeError: the execution that fetched this response has ended"]


def test_a_key_signs_outside_as_it_would_inside(supervisor: Supervisor) -> None:
    source = """
        const encode = (text) => new TextEncoder().encode(text);
        const { subtle } = crypto;
        const usages = ['sign', 'verify'];
        const imported = (key, hash) =>
            subtle.importKey('raw', encode(key), { name: 'HMAC', hash }, false, usages);
        const made = [];
        for (const hash of ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512']) {
            const outside = await imported(context.secrets.KEY, hash);
            const inside = await imported(call, hash);
            const signature = await subtle.sign('HMAC', outside, encode('text'));
            made.push(await subtle.verify('HMAC', inside, signature, encode('text')));
            made.push(await subtle.verify('HMAC', outside, signature, encode('text')));
            made.push(await subtle.verify('HMAC', outside, signature, encode('other')));
        }
        return made;
    """

    assert value_of(run(supervisor, source, KEY.value)) == [True, True, False] * 4


def test_what_code_leaves_under_way_ends_with_its_execution(supervisor: Supervisor) -> None:
    source = "for (let i = 0; i < 9; i++) fetch(call).catch(() => {}); return 1"
    with serving(say_nothing, at_once=True) as port:
        result = run(supervisor, source, f"http://127.0.0.1:{port}/")

    assert value_of(result) == 1
    assert {fetched.error for fetched in result.fetches} <= {"aborted", None}
