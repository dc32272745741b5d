"""A server behind a real nginx with TLS: URLs, signatures and addresses are those of outside."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from isolambda_core.adapters.receipt_reader import read_receipt
from isolambda_core.domain.limits import MIB
from tests.support import commands
from tests.support.doors import Door, behind_nginx, door_behind_nginx, require_nginx  # noqa: F401 - a fixture
from tests.support.waiting import eventually

SECRET = "a secret of Twilio's or Stripe's"  # noqa: S105 - of a test
FORM = {"CallSid": "CA1", "From": "+15551234", "Body": "žalia & co"}
FORGED = {
    "X-Forwarded-For": "198.51.100.7",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Port": "1",
    "X-Forwarded-Prefix": "/evil",
}


@pytest.fixture
def client(door: Door) -> Iterator[httpx2.Client]:
    with door.client() as client:
        yield client


@pytest.fixture
def sender(door: Door) -> Iterator[httpx2.Client]:
    """A client without a key, as who delivers has none."""
    with door.client(Accept="*/*") as client:
        yield client


def trigger(client: httpx2.Client, door: Door, function: str, **document: Any) -> str:
    """Make a trigger, and return the URL that the server shows of it."""
    data = {"name": f"t {uuid.uuid4().hex}", **document}
    made = client.put(f"{door.functions_url(function)}/triggers", json={"data": data})
    assert made.status_code == 201, made.text
    url: str = made.json()["data"]["_read_only"]["url"]
    return url


def received(client: httpx2.Client, door: Door, function: str) -> Mapping[str, Any]:
    """Return the input of the one execution of a function, once that has ended."""
    base = f"{door.functions_url(function)}/executions"

    def look() -> Mapping[str, Any] | None:
        listed = client.get(base).json()["data"]
        ended = [each for each in listed if each["status"] == "succeeded"]
        return ended[0] if ended else None

    found = eventually(look)
    whole: Mapping[str, Any] = client.get(f"{base}/{found['execution_id']}").json()["data"]
    return whole


def signed_by_twilio(url: str) -> Mapping[str, str]:
    text = url + "".join(name + FORM[name] for name in sorted(FORM))
    digest = hmac.new(SECRET.encode(), text.encode(), hashlib.sha1).digest()
    return {
        "X-Twilio-Signature": base64.b64encode(digest).decode(),
        "Content-Type": "application/x-www-form-urlencoded",
    }


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_twilio_delivers_to_the_url_that_is_shown(
    door: Door, client: httpx2.Client, sender: httpx2.Client, scheme: str
) -> None:
    function = door.create("return call")
    hook = {"type": "webhook", "signature": "twilio", "secret": SECRET}
    url = trigger(client, door, function, **hook)
    assert url.startswith(f"{door.url}/webhooks/")
    known = url.replace("https", scheme, 1)

    refused = sender.post(url, content=urlencode(FORM), headers=signed_by_twilio(f"{known}x"))
    accepted = sender.post(url, content=urlencode(FORM), headers=signed_by_twilio(known))

    assert (refused.status_code, accepted.status_code) == (401, 202), accepted.text
    assert received(client, door, function)["input"]["body"] == urlencode(FORM)


def test_stripe_delivers_bytes_that_are_signed(
    door: Door, client: httpx2.Client, sender: httpx2.Client
) -> None:
    function = door.create("return call")
    hook = {"type": "webhook", "signature": "stripe", "secret": SECRET}
    url = trigger(client, door, function, **hook)
    body = '{ "type": "charge.succeeded",  "amount": 1e2, "who": "Zoë" }\n'.encode()
    at_s = int(time.time())  # noqa: TID251 - Stripe's clock
    digest = hmac.new(SECRET.encode(), b"%d.%b" % (at_s, body), hashlib.sha256).hexdigest()
    headers = {"Stripe-Signature": f"t={at_s},v1={digest}", "Content-Type": "application/json"}

    refused = sender.post(url, content=body.replace(b"  ", b" "), headers=headers)
    accepted = sender.post(url, content=body, headers=headers)

    assert (refused.status_code, accepted.status_code) == (401, 202), accepted.text
    assert received(client, door, function)["trigger"] == "webhook"


def test_the_longest_input_and_a_long_path_get_through(door: Door, client: httpx2.Client) -> None:
    function = door.create("return call.text.length")
    text = "x" * (5 * MIB - 100)

    answer = client.post(f"{door.functions_url(function)}/execute", json={"data": {"text": text}})
    long = client.get(door.functions_url(), params={"filter_name": "x" * 20_000})

    assert answer.json()["data"]["result"] == len(text), answer.text[:200]
    assert long.status_code == 200


def test_bytes_come_and_go_as_they_are(
    door: Door, client: httpx2.Client, sender: httpx2.Client
) -> None:
    function = door.create("return new Response(call.body, {headers: {'content-type': 'x/y'}})")
    path = f"p-{uuid.uuid4().hex}"
    url = trigger(client, door, function, type="http", path=path, auth={"type": "none"})
    body = bytes(range(256)) * 4_096

    answer = sender.post(url, content=body, headers={"Content-Type": "x/y"})

    assert (answer.status_code, answer.content == body) == (200, True)


def test_an_execution_that_takes_all_its_time_is_answered(
    door: Door, client: httpx2.Client
) -> None:
    source = "await new Promise((resolve) => setTimeout(resolve, 60_000))"
    function = door.create(source, limits={"wall_time_ms": 25_000})

    answer = client.post(f"{door.functions_url(function)}/execute", json={"data": {}})

    assert answer.json()["data"]["outcome"] == "exceeded_wall_time"


def test_a_follower_of_logs_waits_and_gets_what_ends(door: Door, client: httpx2.Client) -> None:
    function = door.create("console.info('now')", record="all")
    logs = f"/v2/accounts/{door.credentials['account_id']}/logs"
    cursor = client.get(logs).json()["data"]["cursor"]
    door.execute(function)

    found = client.get(logs, params={"after": cursor, "wait_s": "20"}).json()["data"]["entries"]

    assert [line["text"] for entry in found for line in entry["logs"]] == ["now"]


def test_a_receipt_names_the_installation_as_it_is_known_outside(
    door: Door, client: httpx2.Client, sender: httpx2.Client
) -> None:
    function = door.create("return 1", record="all")
    execution = door.execute(function)["execution_id"]
    path = f"{door.functions_url(function)}/executions/{execution}/receipt"
    receipt = client.get(path, headers=FORGED).json()["data"]["receipt"]
    keys = f"{door.url}/.well-known/jwks.json"

    _, claims = read_receipt(receipt, sender.get(keys).content)
    words = ("receipts", "verify", "-", "--jwks", keys)
    verified = commands.run(*words, stdin=receipt, env=door.environment)

    assert claims["iss"] == door.url
    assert (verified.returncode, verified.stderr) == (0, "")


def test_an_authors_commands_work_through_the_door(door: Door) -> None:
    door.create("return 'hi ' + call.name", name="greets")
    given = {"ISOLAMBDA_URL": door.url, "ISOLAMBDA_KEY": door.credentials["api_key"]}

    words = ("run", "greets", "--input", '{"name": "Ada"}', "--json")
    done = commands.run(*words, env={**door.environment, **given})

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["result"] == "hi Ada"


def test_a_server_that_knows_no_url_shows_that_of_nginx(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    require_nginx(request)
    with behind_nginx(tmp_path, tells_url=False) as door:
        function = door.create("return call")
        hook = {"type": "webhook", "signature": "twilio", "secret": SECRET}
        with door.client() as client:
            url = trigger(client, door, function, **hook)
        with door.client(Accept="*/*") as sender:
            signed = {**signed_by_twilio(url), **FORGED}
            accepted = sender.post(url, content=urlencode(FORM), headers=signed)

    assert url.startswith(f"{door.url}/webhooks/")
    assert accepted.status_code == 202, accepted.text
