"""The ways to have a function executed, whose costs are counted."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Final

from isolambda_core.domain.documents import Document
from isolambda_core.domain.functions.aliases import Target
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.triggers.triggers import Trigger
from tests.bench.cost.events import CALLBACKS, message_of
from tests.bench.cost.stack import Stack

_GREET: Final[Document] = {"name": "greet", "function_js": "return {hi: call.name};"}
_FLOW: Final = 'return {module: "tts", data: {text: "hi " + call["Caller-ID-Name"]}};'
_CALL: Final = {"data": {"name": "Ada"}}
_LARGE: Final = {"data": {"name": "Ada", "text": "x" * 600_000}}
_QUERY: Final = "Call-ID=1%4010.0.0.1&Caller-ID-Name=Ada&Caller-ID-Number=%2B15550100"
_SECRET: Final = "what-deliveries-show"  # noqa: S105
_BEGAN_S: Final = 1_800_000_000

Ways = Iterator[tuple[str, Callable[[], object]]]
"""What each is called, and what executes a function once."""


def ways(stack: Stack) -> Ways:
    """Make functions in a stack, and yield the ways to execute them."""
    key = {"x_auth_token": stack.key, "content_type": "application/json"}
    account, services = stack.account_id, stack.services

    def create(**document: str) -> str:
        return services.functions.create(account, {**_GREET, **document}).id

    def kazoo(function: str, query: str = "", body: object = _CALL, **headers: str) -> None:
        path = f"/v2/accounts/{account}/functions/{function}/execute"
        stack.ask("POST", path + query, body, **key, **headers)

    def later(**headers: str) -> None:
        kazoo(greet, prefer="respond-async", **headers)
        stack.dispatch()

    greet, recorded, flow = create(), create(record="all"), create(function_js=_FLOW)
    services.versions.publish(account, greet, "")
    services.aliases.create(account, greet, "live", Target(1), "")
    numbers = count()
    yield "Kazoo", lambda: kazoo(greet)
    stack.requests_of_a_client, before = 1, stack.requests_of_a_client
    yield "Kazoo, new clients", lambda: kazoo(greet)
    stack.requests_of_a_client = before
    yield (
        "CodeMash",
        lambda: stack.ask(
            "POST",
            f"/v2/serverless/functions/{greet}/execute",
            {"Template": '{"name": "Ada"}'},
            authorization=f"Bearer {stack.key}",
            content_type="application/json",
        ),
    )
    yield "Kazoo, recorded", lambda: kazoo(recorded)
    yield "Kazoo, through an alias", lambda: kazoo(greet, "?qualifier=live")
    yield "Kazoo, idempotency key", lambda: kazoo(greet, idempotency_key=f"{next(numbers)}")
    yield "Kazoo, 600 KB of input", lambda: kazoo(greet, body=_LARGE)
    yield "pivot", lambda: stack.ask("GET", f"/pivot/{account}/{flow}?key={stack.key}&{_QUERY}")
    yield "asynchronous", later

    callback = "https://callbacks.example.com/isolambda"

    def called_back() -> None:
        later(x_callback_url=callback)
        stack.dispatch(CALLBACKS)

    yield "asynchronous, callback", called_back
    yield from _events(stack, greet)


def _events(stack: Stack, function: str) -> Ways:
    account, services, numbers = stack.account_id, stack.services, count()

    def listen(**document: JsonValue) -> Trigger:
        return services.triggers.create(account, function, {"name": "listens", **document})

    webhook = listen(type="webhook", signature="token", secret=_SECRET)
    schedule = listen(type="schedule", schedule="rate(1 minute)")
    queue = listen(type="queue")

    def deliver() -> None:
        url = f"/webhooks/{account}/{function}/{webhook.id}"
        stack.ask("POST", url, {}, x_webhook_token=_SECRET, webhook_id=f"{next(numbers)}")
        stack.dispatch()

    def fire() -> None:
        ref = {"account_id": account, "function_id": function, "trigger_id": schedule.id}
        at = datetime.fromtimestamp(_BEGAN_S + 60 * next(numbers), UTC)
        stack.wake({"isolambda": "schedule", **ref, "scheduled_at": f"{at:%Y-%m-%dT%H:%M:%SZ}"})
        stack.dispatch()

    def bring() -> None:
        sent = {"MessageId": f"{next(numbers)}", "ReceiptHandle": "handle", "Body": '{"order":1}'}
        attributes = {"ApproximateReceiveCount": "1", "SentTimestamp": f"{_BEGAN_S * 1000}"}
        record = message_of({**sent, "Attributes": attributes})
        stack.wake({"Records": [{**record, "eventSourceARN": queue.source}]})
        for _ in ("sent", "received", "deleted"):
            stack.account.counts.add_sqs(len(sent["Body"]))

    yield "webhook", deliver
    yield "schedule", fire
    yield "message of a queue", bring
