"""The route of webhooks: what is signed is executed, once, and nothing else gets in."""

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Barrier
from urllib.parse import urlencode

import jwt
import pytest
from httpx2 import Response
from standardwebhooks import Webhook
from starlette.testclient import TestClient

from isolambda_api.app import Services, create_app
from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.limits import BODY_BYTES, PAYLOAD_BYTES, WEBHOOK_TOLERANCE_S
from isolambda_core.domain.queue.messages import Acknowledge, QueuedExecution
from isolambda_core.services.accounts.rate_limits import RateLimiter
from isolambda_local.rate_limits import MemoryRateLimitRepository
from isolambda_local.sqlite import SqliteStore
from tests.support.clocks import NOW
from tests.support.services import Perform
from tests.support.waiting import WAIT_S

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - of the examples of Standard Webhooks
OTHER_SECRET = "whsec_" + base64.b64encode(b"another secret of 32 characters.").decode()
BODY = b'{"id": "evt_1", "colour": "red"}'
FORM = {"From": "+15551234", "Body": "hi"}
JSON = "application/json"
A_FORM = "application/x-www-form-urlencoded"

Headers = dict[str, str]
Sign = Callable[[str, str, bytes, int], Headers]
"""Signs as a provider does, with a secret, for a URL, a body, and a time in Unix seconds."""


def _hex(secret: str, signed: bytes) -> str:
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def standard(secret: str, _: str, body: bytes, at_s: int) -> Headers:
    at = datetime.fromtimestamp(at_s, UTC)
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(at_s),
        "webhook-signature": Webhook(secret).sign("msg_1", at, body.decode()),
    }


def plain(secret: str, _: str, body: bytes, at_s: int) -> Headers:
    signed = f"sha256={_hex(secret, str(at_s).encode() + b'.' + body)}"
    return {"x-signature-timestamp": str(at_s), "x-signature": signed}


def github(secret: str, _: str, body: bytes, __: int) -> Headers:
    return {"x-hub-signature-256": f"sha256={_hex(secret, body)}", "x-github-event": "push"}


def stripe(secret: str, _: str, body: bytes, at_s: int) -> Headers:
    v1 = _hex(secret, str(at_s).encode() + b"." + body)
    return {"stripe-signature": f"t={at_s},v1={v1},v0={'0' * 64}"}


def twilio(secret: str, url: str, _: bytes, __: int) -> Headers:
    signed = url + "".join(name + FORM[name] for name in sorted(FORM))
    digest = hmac.new(secret.encode(), signed.encode(), hashlib.sha1).digest()
    return {
        "x-twilio-signature": base64.b64encode(digest).decode(),
        "content-type": A_FORM,
    }


def vonage(secret: str, _: str, body: bytes, at_s: int) -> Headers:
    claims = {"iat": at_s, "jti": "1", "payload_hash": hashlib.sha256(body).hexdigest()}
    return {"authorization": f"Bearer {jwt.encode(claims, secret.encode(), 'HS256')}"}


def slack(secret: str, _: str, body: bytes, at_s: int) -> Headers:
    signed = f"v0={_hex(secret, f'v0:{at_s}:'.encode() + body)}"
    return {"x-slack-request-timestamp": str(at_s), "x-slack-signature": signed}


def bearer(secret: str, _: str, __: bytes, ___: int) -> Headers:
    return {"authorization": f"Bearer {secret}", "idempotency-key": "once"}


def token(secret: str, _: str, __: bytes, ___: int) -> Headers:
    return {"x-webhook-token": secret, "webhook-id": "once"}


@dataclass(frozen=True)
class Form:
    """A way of signing: what the trigger's document calls it, and how a sender does it.

    ``visible`` are the headers of it that the function may see.
    """

    signature: str
    sign: Sign
    visible: tuple[str, ...] = ()
    body: bytes = BODY


STANDARD = Form("plain", standard, ("webhook-id", "webhook-timestamp"))
PLAIN = Form("plain", plain)
GITHUB = Form("github", github, ("x-github-event",))
STRIPE = Form("stripe", stripe)
TWILIO = Form("twilio", twilio, ("content-type",), urlencode(FORM).encode())
BEARER = Form("token", bearer, ("idempotency-key",))
TOKEN = Form("token", token, ("webhook-id",))
VONAGE = Form("vonage", vonage)
SLACK = Form("slack", slack, ("x-slack-request-timestamp",))
FORMS = [STANDARD, PLAIN, GITHUB, STRIPE, TWILIO, VONAGE, SLACK, BEARER, TOKEN]
each_form = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.sign.__name__)


@dataclass(frozen=True)
class Hook:
    """A trigger of type webhook, and who delivers to it."""

    client: TestClient
    path: str
    form: Form

    @property
    def url(self) -> str:
        return f"http://testserver{self.path}?a=1&b=2&b=3"

    def deliver(
        self,
        body: bytes | None = None,
        secret: str = SECRET,
        at_s: int = NOW,
        headers: Headers | None = None,
    ) -> Response:
        body = self.form.body if body is None else body
        signed = self.form.sign(secret, self.url, body, at_s)
        return self.client.post(
            self.url, content=body, headers={"content-type": JSON, **signed, **(headers or {})}
        )


@pytest.fixture
def triggers_path(functions_path: str, function_id: str) -> str:
    return f"{functions_path}/{function_id}/triggers"


@pytest.fixture
def hook_of(
    client: TestClient, anonymous: TestClient, triggers_path: str
) -> Callable[[Form], Hook]:
    """Make a webhook for a form of signing, with a secret of its owner."""

    def hook_of(form: Form) -> Hook:
        data = {"name": "n", "type": "webhook", "signature": form.signature, "secret": SECRET}
        answer = client.put(triggers_path, json={"data": data})
        url = answer.json()["data"]["_read_only"]["url"]
        return Hook(anonymous, url.removeprefix("http://testserver"), form)

    return hook_of


HookOf = Callable[[Form], Hook]


@pytest.fixture
def hook(hook_of: HookOf) -> Hook:
    return hook_of(GITHUB)


@pytest.fixture
def contents(store: SqliteStore) -> Callable[[], list[str]]:
    """Return all that the store holds."""

    def contents() -> list[str]:
        with store.database.connection() as connection:
            return list(connection.iterdump())

    return contents


ExecutionPayload = Callable[[], list[str]]


def error_of(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["message"]


@each_form
def test_a_genuine_delivery_is_executed_later(
    hook_of: HookOf, form: Form, perform: Perform, executed: list[ExecutionRequest]
) -> None:
    hook = hook_of(form)

    answer = hook.deliver()

    assert answer.status_code == 202
    assert answer.json()["data"]["replayed"] is False
    assert executed == []
    assert perform() == Acknowledge()
    (request,) = executed
    assert request.execution_id == answer.json()["data"]["execution_id"]
    call = json.loads(request.input)
    content_type = A_FORM if form is TWILIO else JSON
    assert {key: call[key] for key in call if key != "headers"} == {
        "method": "POST",
        "query": {"a": "1", "b": ["2", "3"]},
        "content_type": content_type,
        "body": form.body.decode(),
    }
    assert call["headers"].items() >= {"content-type": content_type, "host": "testserver"}.items()
    signed = form.sign(SECRET, hook.url, form.body, NOW)
    assert [name for name in signed if name in call["headers"]] == [*form.visible]


@each_form
def test_what_is_signed_with_another_secret_runs_nothing_and_leaves_nothing(
    hook_of: HookOf, form: Form, contents: ExecutionPayload
) -> None:
    hook = hook_of(form)
    before = contents()

    answer = hook.deliver(secret=OTHER_SECRET)

    assert error_of(answer) == (401, "invalid_credentials")
    assert answer.json()["data"]["message"].endswith(" is wrong")
    assert contents() == before


@each_form
def test_what_is_not_signed_runs_nothing_and_leaves_nothing(
    hook_of: HookOf, form: Form, contents: ExecutionPayload
) -> None:
    hook = hook_of(form)
    before = contents()

    answer = hook.client.post(hook.url, content=form.body)

    assert error_of(answer) == (401, "invalid_credentials")
    assert answer.json()["data"]["message"].endswith(" is missing")
    assert contents() == before


@pytest.mark.parametrize(
    ("form", "name"),
    [
        (STANDARD, "webhook-id"),
        (STANDARD, "webhook-timestamp"),
        (STANDARD, "webhook-signature"),
        (PLAIN, "x-signature-timestamp"),
        (PLAIN, "x-signature"),
        (GITHUB, "x-hub-signature-256"),
        (STRIPE, "stripe-signature"),
        (TWILIO, "x-twilio-signature"),
        (BEARER, "authorization"),
        (TOKEN, "x-webhook-token"),
    ],
)
@pytest.mark.parametrize("letter", ["\u017e", "\u0661", "\U0001f600", "\xff"], ids=ascii)
def test_a_letter_that_is_no_ascii_in_what_is_signed_is_unauthorized(
    hook_of: HookOf, contents: ExecutionPayload, form: Form, name: str, letter: str
) -> None:
    hook = hook_of(form)
    signed = form.sign(SECRET, hook.url, form.body, NOW)
    before = contents()

    for encoding in ["utf-8", *(["latin-1"] if letter == "\xff" else [])]:
        spoilt = {**signed, name: f"{letter}{signed[name]}"}
        headers = {key.encode(): value.encode(encoding) for key, value in spoilt.items()}
        answer = hook.client.post(hook.url, content=form.body, headers=headers)
        assert error_of(answer) == (401, "invalid_credentials")
    assert contents() == before


@pytest.mark.parametrize("form", [STANDARD, PLAIN, STRIPE], ids=lambda form: form.sign.__name__)
@pytest.mark.parametrize("seconds", [-WEBHOOK_TOLERANCE_S - 1, WEBHOOK_TOLERANCE_S + 1])
def test_what_was_signed_too_long_ago_or_ahead_of_its_time_runs_nothing(
    hook_of: HookOf, contents: ExecutionPayload, form: Form, seconds: int
) -> None:
    hook = hook_of(form)
    before = contents()

    answer = hook.deliver(at_s=NOW + seconds)

    assert answer.status_code == 401
    assert "too old" in answer.json()["data"]["message"]
    assert contents() == before


@each_form
def test_a_delivery_that_comes_again_is_not_executed_again(
    hook_of: HookOf, form: Form, perform: Perform, executed: list[ExecutionRequest]
) -> None:
    hook = hook_of(form)
    first = hook.deliver()
    perform()

    again = hook.deliver()

    assert again.status_code == 200
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert again.json()["data"] == {**first.json()["data"], "replayed": True}
    assert len(executed) == 1


@pytest.mark.parametrize("form", [STANDARD, STRIPE], ids=lambda form: form.sign.__name__)
def test_a_delivery_that_is_signed_again_is_still_the_same(hook_of: HookOf, form: Form) -> None:
    hook = hook_of(form)
    first = hook.deliver(at_s=NOW - 100)

    again = hook.deliver(at_s=NOW - 3)

    assert again.json()["data"] == {**first.json()["data"], "replayed": True}


@each_form
def test_ten_deliveries_at_once_are_one_execution(
    hook_of: HookOf,
    form: Form,
    store: SqliteStore,
    perform: Perform,
    executed: list[ExecutionRequest],
) -> None:
    hook, together = hook_of(form), Barrier(10)

    def deliver(_: int) -> Response:
        together.wait(WAIT_S)
        return hook.deliver()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(deliver, range(10)))

    assert {answer.status_code for answer in answers} <= {200, 202}
    [execution_id] = {answer.json()["data"]["execution_id"] for answer in answers}
    assert perform() == Acknowledge()
    assert [request.execution_id for request in executed] == [execution_id]
    left = store.queue.next()
    assert left is None or not isinstance(left.message, QueuedExecution)


def test_another_webhook_knows_nothing_of_it(hook_of: HookOf) -> None:
    assert hook_of(GITHUB).deliver().status_code == 202
    assert hook_of(GITHUB).deliver().status_code == 202


def test_a_secret_of_ours_signs_as_well(client: TestClient, triggers_path: str) -> None:
    data = {"name": "n", "type": "webhook"}
    read_only = client.put(triggers_path, json={"data": data}).json()["data"]["_read_only"]

    signed = standard(read_only["secret"], "", BODY, NOW)

    assert client.post(read_only["url"], content=BODY, headers=signed).status_code == 202


def signed_by_twilio(url: str, form: Headers | None = None) -> Headers:
    signed = url + "".join(name + (form or FORM)[name] for name in sorted(form or FORM))
    digest = hmac.new(SECRET.encode(), signed.encode(), hashlib.sha1).digest()
    return {"x-twilio-signature": base64.b64encode(digest).decode(), "content-type": A_FORM}


BEHIND_PROXIES = [
    pytest.param("https://abc.ngrok.app{path}", {"host": "abc.ngrok.app"}, id="the host kept"),
    pytest.param(
        "https://abc.ngrok.app{path}",
        {"host": "localhost:8787", "x-forwarded-host": "abc.ngrok.app"},
        id="the host forwarded",
    ),
    pytest.param(
        "https://abc.ngrok.app:8443{path}",
        {"x-forwarded-host": "abc.ngrok.app", "x-forwarded-port": "8443"},
        id="the port forwarded",
    ),
    pytest.param(
        "https://abc.ngrok.app{path}",
        {"forwarded": 'for="[2001:db8::1]";host=abc.ngrok.app;proto=https'},
        id="as RFC 7239 says",
    ),
    pytest.param("https://abc.ngrok.app:443{path}", {"host": "abc.ngrok.app"}, id="port of https"),
    pytest.param(
        "http://abc.ngrok.app:80{path}", {"host": "abc.ngrok.app:8787"}, id="port of http"
    ),
    pytest.param("http://abc.ngrok.app{path}", {"host": "abc.ngrok.app:8787"}, id="no port"),
    pytest.param(
        "https://abc.ngrok.app/below{path}",
        {"x-forwarded-host": "abc.ngrok.app", "x-forwarded-prefix": "/below"},
        id="a prefix",
    ),
]


@pytest.mark.parametrize("end", ["", "/", "?", "/?", "?a=1&b=%C5%BE&c='%27", "/?a=b+c&&d="])
@pytest.mark.parametrize(("url", "headers"), BEHIND_PROXIES)
def test_a_signed_url_holds_however_the_request_came(
    hook_of: HookOf, url: str, headers: Headers, end: str
) -> None:
    hook = hook_of(TWILIO)
    signed = signed_by_twilio(url.format(path=hook.path) + end)

    answer = hook.client.post(hook.path + end, content=TWILIO.body, headers={**signed, **headers})

    assert answer.status_code == 202


@pytest.mark.parametrize(
    "url", ["https://other.test{path}", "https://abc.ngrok.app{path}/", "https://abc.ngrok.app/x"]
)
def test_a_signed_url_that_was_not_called_is_refused(hook_of: HookOf, url: str) -> None:
    hook = hook_of(TWILIO)
    signed = signed_by_twilio(url.format(path=hook.path))

    answer = hook.client.post(
        hook.path, content=TWILIO.body, headers={**signed, "host": "abc.ngrok.app"}
    )

    assert answer.json()["data"]["message"].endswith("the signature is wrong")


@pytest.mark.parametrize(
    ("headers", "base"),
    [
        ({"x-forwarded-proto": "https"}, "https://testserver"),
        ({"x-forwarded-proto": "https", "x-forwarded-host": "a.test"}, "https://a.test"),
        ({"forwarded": "host=a.test;proto=https"}, "https://a.test"),
    ],
)
def test_the_url_that_is_shown_is_the_one_from_outside(
    client: TestClient, triggers_path: str, hook: Hook, headers: Headers, base: str
) -> None:
    one = f"{triggers_path}/{hook.path[-32:]}"

    fetched = client.get(one, headers=headers).json()["data"]
    listed = client.get(triggers_path, headers=headers).json()["data"][0]
    patched = client.patch(one, json={"data": {"name": "m"}}, headers=headers).json()["data"]

    for shown in (fetched, listed, patched):
        assert shown["_read_only"]["url"] == base + hook.path


def test_the_url_of_the_operator_is_shown_to_every_client_and_verifies(
    services: Services, client: TestClient, triggers_path: str, hook_of: HookOf
) -> None:
    hook = hook_of(TWILIO)
    own = TestClient(
        create_app(replace(services, public_url="https://mine.test/below")),
        headers=dict(client.headers),
    )
    url = f"https://mine.test/below{hook.path}"

    fetched = own.get(f"{triggers_path}/{hook.path[-32:]}", headers={"x-forwarded-host": "a.test"})
    delivered = own.post(hook.path, content=TWILIO.body, headers=signed_by_twilio(url))

    assert fetched.json()["data"]["_read_only"]["url"] == url
    assert delivered.status_code == 202


def test_the_vector_of_github(client: TestClient, triggers_path: str) -> None:
    # https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    secret = "It's a Secret to Everybody"  # noqa: S105 - theirs
    data = {"name": "n", "type": "webhook", "signature": "github", "secret": secret}
    made = client.put(triggers_path, json={"data": data}).json()["data"]
    signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"

    answer = client.post(
        made["_read_only"]["url"],
        content="Hello, World!",
        headers={"x-hub-signature-256": signature},
    )

    assert answer.status_code == 202


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not JSON",
        b"[1]",
        b'{"data": {}, "verb": "DELETE", "auth_token": "x"}',
        b"\0",
        b"\xff\xfe",
        b"\xed\xa0\x80",
    ],
)
@pytest.mark.parametrize("media_type", [JSON, "text/xml; charset=utf-8", A_FORM])
def test_any_body_gets_through_as_it_is(
    hook: Hook, perform: Perform, executed: list[ExecutionRequest], body: bytes, media_type: str
) -> None:
    answer = hook.deliver(body, headers={"content-type": media_type})

    assert answer.status_code == 202
    perform()
    call = json.loads(executed[0].input)
    if call.get("body_is_base64"):
        assert base64.b64decode(call["body"]) == body
    else:
        assert call["body"].encode() == body
    assert call.get("body_is_base64", False) is (max(body, default=0) > 127)
    assert call["content_type"] == media_type


@pytest.mark.parametrize("query", ["verb=DELETE", "jsonp=1+1", "auth_token=x", "key=x", "accept=x"])
def test_no_query_is_for_us(hook: Hook, query: str) -> None:
    headers = github(SECRET, "", BODY, NOW)

    answer = hook.client.post(f"{hook.path}?{query}", content=BODY, headers=headers)

    assert answer.status_code == 202


@pytest.mark.parametrize("host", ["[", "a b", ""])
def test_a_name_of_the_server_that_makes_no_sense_does_no_harm(
    client: TestClient, triggers_path: str, hook: Hook, host: str
) -> None:
    data = {"name": "n", "type": "webhook"}

    made = client.put(triggers_path, json={"data": data}, headers={"host": host})
    delivered = hook.client.post(
        hook.path, content=BODY, headers={**github(SECRET, "", BODY, NOW), "host": host}
    )

    assert (made.status_code, delivered.status_code) == (201, 202)


def test_a_header_that_comes_twice_is_passed_on_as_api_gateway_passes_it_on(
    hook: Hook, perform: Perform, executed: list[ExecutionRequest]
) -> None:
    signed = github(SECRET, "", BODY, NOW)

    hook.client.post(hook.path, content=BODY, headers=[*signed.items(), ("x-a", "1"), ("x-a", "2")])

    perform()
    assert json.loads(executed[0].input)["headers"]["x-a"] == "1,2"


@pytest.mark.parametrize(
    "name",
    [
        "authorization",
        "proxy-authorization",
        "cookie",
        "x-auth-token",
        "x-api-key",
        "x-apikey",
        "x_api_key",
        "x-secretkey",
        "x-passwd",
        "x-sig",
        "x-gitlab-token",
        "x-hub-signature",
        "x-shopify-hmac-sha256",
        "x-amz-security-token",
    ],
)
def test_what_shows_a_secret_is_kept_from_the_function(
    hook: Hook, perform: Perform, executed: list[ExecutionRequest], name: str
) -> None:
    hook.deliver(headers={name: "hunter2"})

    perform()
    assert b"hunter2" not in executed[0].input


def test_a_webhook_that_is_disabled_takes_nothing(
    client: TestClient, hook: Hook, triggers_path: str, contents: ExecutionPayload
) -> None:
    client.patch(f"{triggers_path}/{hook.path[-32:]}", json={"data": {"enabled": False}})
    before = contents()

    assert error_of(hook.deliver()) == (400, "disabled")
    assert contents() == before


def test_a_function_that_is_disabled_takes_nothing(
    client: TestClient, hook: Hook, triggers_path: str, contents: ExecutionPayload
) -> None:
    function = triggers_path.removesuffix("/triggers")
    client.patch(function, json={"data": {"enabled": False}})
    before = contents()

    assert error_of(hook.deliver()) == (400, "disabled")
    assert contents() == before


def test_an_account_that_is_disabled_takes_nothing(
    services: Services, hook: Hook, account_id: str, contents: ExecutionPayload
) -> None:
    services.accounts.patch(account_id, {"enabled": False})
    before = contents()

    assert error_of(hook.deliver()) == (423, "locked")
    assert contents() == before


@pytest.mark.parametrize("part", [1, 2, 3])
@pytest.mark.parametrize("other", ["0" * 32, "x", "A" * 32, "%00"])
def test_where_no_webhook_is_nothing_is_found(hook: Hook, part: int, other: str) -> None:
    path = hook.path[1:].split("/")
    path[part] = other

    assert error_of(replace(hook, path="/" + "/".join(path)).deliver()) == (404, "bad_identifier")


def test_a_trigger_of_another_type_has_no_url(
    client: TestClient, hook: Hook, triggers_path: str
) -> None:
    data = {"name": "n", "type": "event", "pattern": {"source": ["shop"]}}
    other = client.put(triggers_path, json={"data": data}).json()["data"]["id"]

    answer = replace(hook, path=hook.path[:-32] + other).deliver()

    assert error_of(answer) == (404, "bad_identifier")


def test_a_webhook_that_is_removed_takes_nothing(
    client: TestClient, hook: Hook, triggers_path: str
) -> None:
    client.delete(f"{triggers_path}/{hook.path[-32:]}")

    assert error_of(hook.deliver()) == (404, "bad_identifier")


@pytest.mark.parametrize("verb", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_delivery_is_a_post(bare: TestClient, hook: Hook, verb: str) -> None:
    answer = bare.request(verb, hook.path, headers=github(SECRET, "", b"", NOW))

    assert error_of(answer) == (405, "invalid_method")
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize("path", ["/webhooks", "/webhooks/", "/webhooks/x", "/webhooks/a/b/c/d"])
def test_there_is_nothing_beside_the_routes(bare: TestClient, path: str) -> None:
    assert error_of(bare.post(path, content=b"{")) == (404, "not_found")


def test_a_body_is_as_long_as_any(hook: Hook, contents: ExecutionPayload) -> None:
    before = contents()

    answer = hook.deliver(b"x" * (BODY_BYTES + 1))

    assert error_of(answer) == (400, "validation error")
    assert answer.json()["data"]["file"]["maxSize"]["target"] == BODY_BYTES
    assert contents() == before


def test_what_no_execution_can_be_given_is_not_taken(
    hook: Hook, contents: ExecutionPayload
) -> None:
    before = contents()

    answer = hook.deliver(b"x" * PAYLOAD_BYTES)

    assert error_of(answer) == (400, "validation error")
    assert answer.json()["data"]["file"]["maxSize"]["target"] == PAYLOAD_BYTES
    assert contents() == before


def test_a_delivery_is_charged_to_its_sender(services: Services, hook: Hook) -> None:
    rates = RateLimiter(MemoryRateLimitRepository(), RateLimit(2, 1), services.clock)
    client = TestClient(create_app(replace(services, rates=rates)))
    narrow = replace(hook, client=client)

    answers = [narrow.deliver() for _ in range(3)]

    assert [answer.status_code for answer in answers] == [202, 200, 429]
    assert answers[0].json()["tokens"] == {"consumed": 1, "remaining": 1}
    assert answers[2].headers["retry-after"] == "1"


@pytest.mark.parametrize("part", [1, 2, 3], ids=["account", "function", "trigger"])
def test_no_name_in_the_path_of_a_delivery_gives_it_another_bucket(
    services: Services, hook: Hook, part: int
) -> None:
    rates = RateLimiter(MemoryRateLimitRepository(), RateLimit(2, 1), services.clock)
    client = TestClient(create_app(replace(services, rates=rates)))
    paths = []
    for number in range(4):
        parts = hook.path.removeprefix("/").split("/")
        parts[part] = f"{number:032x}"
        paths.append("/" + "/".join(parts))

    answers = [client.post(path) for path in [*paths, "/webhooks/x"]]

    assert [answer.status_code for answer in answers] == [404, 404, 429, 429, 429]


def test_the_id_of_the_request_is_in_the_record(client: TestClient, hook: Hook) -> None:
    execution = hook.deliver(headers={"x-request-id": "mine"}).json()["data"]["execution_id"]

    account, function = hook.path.split("/")[2:4]
    path = f"/v2/accounts/{account}/functions/{function}/executions/{execution}"
    record = client.get(path).json()["data"]
    assert (record["request_id"], record["trigger"]) == ("mine", "webhook")
    assert (record["trigger_id"], len(record["event_id"])) == (hook.path[-32:], 64)


@each_form
def test_no_secret_and_no_body_is_in_any_answer_or_log(
    hook_of: HookOf, form: Form, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "isolambda_api")
    caplog.set_level(logging.DEBUG, "isolambda_core")
    hook = hook_of(form)
    signed = form.sign(SECRET, hook.url, form.body, NOW)

    answers = [hook.deliver(), hook.deliver(secret=OTHER_SECRET), hook.deliver(b"hunter2")]

    shown = [SECRET, OTHER_SECRET, "hunter2", "evt_1"]
    shown += [value for name, value in signed.items() if "signature" in name and len(value) > 20]
    for text in (*(answer.text for answer in answers), str([r.__dict__ for r in caplog.records])):
        assert not [secret for secret in shown if secret in text]
