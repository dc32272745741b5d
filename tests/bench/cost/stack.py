"""The built Lambdas on an account that counts, and who asks them."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import boto3

from isolambda_api.composition import compose
from isolambda_api.http.services import Services
from isolambda_core.adapters import dynamodb
from isolambda_core.adapters.aws.secrets_manager import SecretsManagerSecret
from isolambda_core.adapters.aws.sqs_queue import SqsExecutionQueue
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.domain.accounts.rate_limits import RateLimit
from tests.artifact.emulator import Emulator
from tests.bench.charges import moto_table
from tests.bench.cost.account import Account
from tests.bench.cost.counts import API, DISPATCHER, EXECUTOR, LAMBDAS, Counts
from tests.bench.cost.events import (
    CALLBACKS,
    EXECUTIONS,
    QUEUE_ARNS,
    SHADOWS,
    access_log_line,
    message_of,
    request,
)
from tests.bench.cost.runtime import Runtime
from tests.bench.machine import processor_ns
from tests.support.fakes import InstantExecutor
from tests.support.processes import descendants
from tests.support.sources import FakeEventSources

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_INSTALLATION: Final = "installation"
_STATUSES: Final = range(200, 300)
_BEFORE: Final = 3
"""Executions before those that count: the third finds in memory what the second kept."""


@dataclass
class Stack:
    """A stack to ask: as a client of its HTTP API does, and as Lambda does for its queue.

    What ``services`` does to the same table is not counted. A client is an address, and sends
    ``requests_of_a_client`` one after the other.
    """

    account: Account
    emulators: Mapping[str, Emulator]
    logs: Mapping[str, Path]
    access_log: str
    lambdas_own_lines: bool
    queue: "SQSClient"
    queue_urls: Mapping[str, str]
    services: Services
    account_id: str
    key: str
    requests_of_a_client: int = 10
    _requests: Iterator[int] = field(default_factory=count)

    def ask(self, verb: str, url: str, body: object = None, **headers: str) -> Any:
        """Send a request through the HTTP API, and return the answer's body.

        Headers are named with ``_`` for ``-``.
        """
        text = None if body is None else json.dumps(body)
        host = next(self._requests) // self.requests_of_a_client
        event = request(
            verb, url, text, f"198.{self.requests_of_a_client}.{host // 256}.{host % 256}", headers
        )
        answer = json.loads(self._invoke(API, event))
        assert answer.get("statusCode") in _STATUSES, answer
        self.account.counts.add_http(len(text or ""), len(answer["body"]))
        self.account.counts.add_line("access log", access_log_line(self.access_log, event, answer))
        return json.loads(answer["body"])

    def dispatch(self, queue: str = EXECUTIONS) -> None:
        """Bring the dispatcher what waits in a queue, and delete it there, as Lambda does."""
        url = self.queue_urls[queue]
        [message] = self.queue.receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"]
        self.wake({"Records": [message_of(message, queue)]})
        self.queue.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        for _ in ("received", "deleted"):
            self.account.counts.add_sqs(len(message["Body"]))

    def wake(self, event: Mapping[str, Any]) -> None:
        """Invoke the dispatcher with an event, as its source does."""
        answer = json.loads(self._invoke(DISPATCHER, event))
        assert answer == {"batchItemFailures": []}, answer

    def count(self, executions: int, execute: Callable[[], object]) -> Counts:
        """Execute as often, and return what was counted."""
        self.account.counts = Counts(executions=_BEFORE)
        for _ in range(_BEFORE):
            execute()
        counts = self.account.counts = Counts(executions)
        before_s = {name: self._processor_s(name) for name in LAMBDAS}
        read = {name: log.stat().st_size for name, log in self.logs.items()}
        for _ in range(executions):
            execute()
        for name, log in self.logs.items():
            counts.processor_s[name] = self._processor_s(name) - before_s[name]
            lines = log.read_bytes()[read[name] :].decode().splitlines()
            counts.add_lines(lines, lambdas_own=self.lambdas_own_lines)
        return counts

    def _invoke(self, name: str, event: Any) -> bytes:
        self.account.caller = name
        self.account.counts.invocations[name] += 1
        return self.emulators[name].invoke(json.dumps(event).encode())

    def _processor_s(self, name: str) -> float:
        runtime = self.emulators[name].runtime
        return sum(map(processor_ns, [runtime, *descendants(runtime)])) / 1e9


@contextmanager
def open_stack(runtime: Runtime, **variables: str) -> Iterator[Stack]:
    """Start the Lambdas with variables of their environment, on an account with an API key."""
    with ExitStack() as opened:
        table, client = opened.enter_context(moto_table())
        region = client.meta.region_name
        session = boto3.Session("bench", "bench", region_name=region)
        secrets, queue = session.client("secretsmanager"), session.client("sqs")
        secrets.create_secret(Name=_INSTALLATION, SecretString="s" * 64)
        queue_urls = {name: queue.create_queue(QueueName=name)["QueueUrl"] for name in QUEUE_ARNS}
        emulators: dict[str, Emulator] = {}

        def execute(event: bytes) -> bytes:
            return emulators[EXECUTOR].invoke(event)

        account = Account(region, execute)
        environment = {
            "AWS_ENDPOINT_URL": opened.enter_context(account.serving()),
            "AWS_DEFAULT_REGION": region,
            "AWS_REGION": region,
            "TABLE_NAME": table,
            "SECRET_ARN": _INSTALLATION,
            "QUEUE_URL": queue_urls[EXECUTIONS],
            "QUEUE_ARN": QUEUE_ARNS[EXECUTIONS],
            "CALLBACK_QUEUE_URL": queue_urls[CALLBACKS],
            "CALLBACK_QUEUE_ARN": QUEUE_ARNS[CALLBACKS],
            "SHADOW_QUEUE_URL": queue_urls[SHADOWS],
            "SHADOW_QUEUE_ARN": QUEUE_ARNS[SHADOWS],
            **variables,
        }
        folder = Path(opened.enter_context(TemporaryDirectory()))
        for name in LAMBDAS:
            started = runtime.start(name, environment, folder / name)
            emulators[name] = opened.enter_context(started)
            started.invoke(json.dumps(request("GET", "/healthz", None, "198.18.0.0", {})).encode())
        executor = InstantExecutor()
        services = compose(
            dynamodb.open_store(table, client),
            SecretsManagerSecret(secrets, _INSTALLATION),
            SystemClock(),
            executor=executor,
            call_executor=executor,
            queue=SqsExecutionQueue(queue, queue_urls[EXECUTIONS], tenant_of=str),
            sources=FakeEventSources(),
            rate_limits=None,
            size=RateLimit(),
        )
        top, key = services.accounts.create_top("bench")
        [stage] = runtime.resources("AWS::ApiGatewayV2::Stage")
        yield Stack(
            account,
            emulators,
            {name: folder / name / "log" for name in LAMBDAS},
            stage["AccessLogSettings"]["Format"],
            runtime.writes_lambdas_lines(),
            queue,
            queue_urls,
            services,
            top.id,
            key,
        )
