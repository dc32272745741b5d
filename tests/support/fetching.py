"""An isolate that fetches: it sends what a prelude would, and keeps what it gets."""

import base64
import socket
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from queue import SimpleQueue
from time import monotonic
from typing import Any

from typing_extensions import override

from isolambda_core.domain.endpoints import Endpoint
from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.executions.reach import FetchRecord, GrantedSecret
from isolambda_core.net.cutoff import Cutoff
from isolambda_core.net.resolving import Found
from isolambda_executor.broker import Broker
from isolambda_executor.fetching.handler import Fetches
from isolambda_executor.fetching.network import Network
from isolambda_executor.operations import Fields
from tests.support.samples import ACCOUNT, FUNCTION
from tests.support.waiting import WAIT_S

Headers = Sequence[tuple[str, str]]


def found(*addresses: str, port: int = 80) -> Sequence[Found]:
    """Return what a name server says of a name with these addresses."""
    return [
        (
            socket.AF_INET6 if ":" in address else socket.AF_INET,
            socket.SOCK_STREAM,
            socket.IPPROTO_TCP,
            "",
            (address, port),
        )
        for address in addresses
    ]


class HostileResolver:
    """Says of each name what its owner wants, another thing each time, and counts the questions."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, port: int, **_: object) -> Sequence[Found]:
        self.asked.append(host)
        return found(*self._answers[min(len(self.asked), len(self._answers)) - 1], port=port)


class OneServer(Network):
    """The internet as it is, and in it ``api.test``, which is this machine."""

    @override
    def _addresses(self, account_id: str, endpoint: Endpoint, cutoff: Cutoff) -> Sequence[Found]:
        if endpoint.host == "api.test":
            return found("127.0.0.1", port=endpoint.port)
        return super()._addresses(account_id, endpoint, cutoff)


@dataclass
class Answer:
    """What an isolate got for one fetch."""

    head: Mapping[str, Any] = field(default_factory=dict)
    body: bytes = b""
    error: Mapping[str, Any] = field(default_factory=dict)
    granted: int = 0

    @property
    def headers(self) -> dict[str, str]:
        return dict(self.head["headers"])


class FetchingIsolate:
    """One execution that fetches. With ``reads`` it gives credit for all that comes."""

    def __init__(self, broker: Broker, request: ExecutionRequest, wall_s: float) -> None:
        self.operations = broker.open(request, monotonic() + wall_s, self._receive)
        self._replies: defaultdict[int, SimpleQueue[tuple[Fields, bytes]]]
        self._replies = defaultdict(SimpleQueue)
        self._latest = 0
        self.reads = True

    def begin(
        self,
        url: str,
        method: str = "GET",
        headers: Headers = (),
        body: bytes | str | None = None,
        redirect: str = "follow",
    ) -> int:
        """Begin a fetch; the body is ``"stream"``, bytes or None."""
        fields: dict[str, Any] = {
            "kind": "fetch",
            "method": method,
            "url": url,
            "headers": [list(header) for header in headers],
            "redirect": redirect,
            "body": "bytes" if isinstance(body, bytes) else body,
        }
        if isinstance(body, bytes):
            fields["bytes"] = base64.b64encode(body).decode()
        self._latest += 1
        self.operations.take({"id": self._latest, **fields})
        return self._latest

    def send(self, number: int, data: bytes | None = None, **fields: Any) -> None:
        if data is not None:
            fields |= {"bytes": base64.b64encode(data).decode()}
        self.operations.take({"id": number, "kind": "send", **fields})

    def next_reply(self, number: int) -> tuple[Fields, bytes]:
        return self._replies[number].get(timeout=WAIT_S)

    def answer(self, number: int) -> Answer:
        """Wait for the last reply to a fetch."""
        answer, pieces = Answer(), []
        while True:
            fields, piece = self.next_reply(number)
            answer.head = fields.get("head", answer.head)  # type: ignore[assignment]
            answer.granted += int(fields.get("more", 0))  # type: ignore[arg-type]
            pieces.append(piece)
            if fields.get("end"):
                answer.body = b"".join(pieces)
                answer.error = fields.get("error", {})  # type: ignore[assignment]
                return answer
            if piece and self.reads:
                self.send(number, credit=len(piece))

    def fetch(self, url: str, *args: Any, **kwargs: Any) -> Answer:
        return self.answer(self.begin(url, *args, **kwargs))

    def close(self) -> Sequence[FetchRecord]:
        return self.operations.close()

    def _receive(self, fields: Fields, piece: bytes) -> None:
        self._replies[int(fields["id"])].put((fields, piece))  # type: ignore[arg-type]


@contextmanager
def fetching(
    *allowed: str,
    network: Network | None = None,
    ceilings: Sequence[Sequence[str]] = (),
    secrets: Sequence[GrantedSecret] = (),
    wall_s: float = WAIT_S,
    account_id: str = ACCOUNT,
) -> Iterator[FetchingIsolate]:
    """Give an isolate whose document allows these hosts."""
    request = ExecutionRequest(
        "e" * 32,
        account_id,
        FUNCTION,
        "1",
        "",
        b"null",
        net=(allowed, *map(tuple, ceilings)) if allowed else (),
        secrets=tuple(secrets),
    )
    network = network or Network(private=True)
    with (
        closing(network),
        closing(Broker({"fetch": lambda scope: Fetches(scope, network)})) as broker,
        closing(FetchingIsolate(broker, request, wall_s)) as isolate,
    ):
        yield isolate
