"""No execution reaches values beyond its grant, whatever its worker asks or shows."""

import base64
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import create_app
from isolambda_core.domain.accounts.rate_limits import RateLimit, RateLimitCharge
from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.executions.reach import KvGrant
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.key_values.operations import Fields
from isolambda_core.domain.key_values.tokens import PATH, KvClaims, derive_kv_key
from isolambda_core.domain.key_values.values import ItemKey, Value
from isolambda_core.domain.limits import KV_TTL_S_MAX, KV_VALUE_BYTES
from isolambda_core.services.accounts.rate_limits import RateLimiter
from isolambda_core.services.key_values.key_values import KeyValueService
from isolambda_executor.messages import write_request
from isolambda_local.sqlite import SqliteStore, open_store
from tests.support.clocks import SetClock
from tests.support.fakes import UnusedExecutor
from tests.support.samples import SECRET
from tests.support.services import services_on
from tests.support.sources import FakeEventSources

MALLORY, ALICE = "a" * 32, "b" * 32
KEY = derive_kv_key(SECRET.read())
CLAIMS = KvClaims(MALLORY, "f" * 32, "e" * 32, ("mine",), SetClock().now() + 10)
KEPT = "what alice keeps"
ALICES = ItemKey(ALICE, "mine", "card")
ELSEWHERE = ItemKey(MALLORY, "theirs", "card")

DEEP: Any = []
for _ in range(150):
    DEEP = [DEEP]


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    """A store with a value of another account, and one of another namespace."""
    with closing(open_store(None)) as opened:
        for item in (ALICES, ELSEWHERE):
            value = Value(json.dumps(KEPT).encode())
            opened.key_values.put(item, value, None, SetClock().now())
        yield opened


@pytest.fixture
def service(store: SqliteStore, clock: SetClock) -> KeyValueService:
    return KeyValueService(store.key_values, clock)


class Counting:
    """Buckets that are never empty; ``taken`` has the name of each that was charged."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def take(self, bucket: str, size: RateLimit, cost: int, now_ms: int) -> RateLimitCharge:  # noqa: ARG002
        self.taken.append(bucket)
        return RateLimitCharge(size.tokens, now_ms)


@pytest.fixture
def buckets() -> Counting:
    return Counting()


@pytest.fixture
def api(store: SqliteStore, clock: SetClock, buckets: Counting) -> TestClient:
    executor = UnusedExecutor()
    services = services_on(store, clock, executor, executor, FakeEventSources())
    rates = RateLimiter(buckets, RateLimit(), clock)
    return TestClient(create_app(replace(services, rates=rates)))


def asked(service: KeyValueService, fields: Fields) -> Any:
    return service.perform(MALLORY, ("mine",), {"op": "get", "namespace": "mine", **fields})


def unharmed(store: SqliteStore) -> bool:
    """Return whether the values of others are as they were, and no other one is there."""
    now = SetClock().now()
    found = [store.key_values.get(item, now) for item in (ALICES, ELSEWHERE)]
    texts = [None if each is None else each.value.json for each in found]
    there = [*store.key_values.namespaces(MALLORY), *store.key_values.namespaces(ALICE)]
    return texts == [KEPT] * 2 and there == ["theirs", "mine"]


NAMESPACES: list[JsonValue] = [
    "theirs",
    "",
    "mine#",
    "mine/../theirs",
    "..",
    "Mine",
    "mine\n",
    "mine\x00",
    "m\u0131ne",
    "m" * 65,
    "1mine",
    "__proto__",
    f"mine#{ALICE}",
    None,
    7,
    True,
    ["mine"],
    {"mine": 1},
    "x" * 100_000,
]


@pytest.mark.parametrize("op", ["get", "put", "delete", "list", "increment", "compareAndSet"])
@pytest.mark.parametrize("namespace", NAMESPACES, ids=lambda each: f"{str(each)[:20]!a}")
def test_a_namespace_that_was_not_granted_is_refused(
    service: KeyValueService, store: SqliteStore, op: str, namespace: JsonValue
) -> None:
    reply = asked(service, {"op": op, "namespace": namespace, "key": "card", "value": 1})

    expected = "not_allowed" if namespace == "theirs" else "invalid"
    assert reply["error"]["code"] == expected
    assert KEPT not in str(reply)
    assert unharmed(store)


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("", "invalid"),
        ("a\x00b", "invalid"),
        ("a\nb", "invalid"),
        ("a\x7f", "invalid"),
        ("a\x85", "invalid"),
        ("\ud800", "invalid"),
        (None, "invalid"),
        (0, "invalid"),
        (["card"], "invalid"),
        ({"S": "card"}, "invalid"),
        ("k" * 513, "too_large"),
        ("é" * 257, "too_large"),
        ("k" * 1_000_000, "too_large"),
    ],
    ids=lambda each: f"{str(each)[:20]!a}",
)
def test_a_key_that_is_none_is_refused(
    service: KeyValueService, store: SqliteStore, key: JsonValue, code: str
) -> None:
    for op in ("get", "put", "increment"):
        assert asked(service, {"op": op, "key": key, "value": 1})["error"]["code"] == code

    assert unharmed(store)


@pytest.mark.parametrize(
    "key",
    [
        f"KV#{ALICE}#mine",
        "KEY#card",
        "../theirs/card",
        "..",
        "#",
        "%",
        "' OR 1=1 --",
        "*",
        "__proto__",
        "constructor",
        "\U0010ffff",
    ],
    ids=ascii,
)
def test_a_key_with_what_separates_keys_is_only_that_key(
    service: KeyValueService, store: SqliteStore, key: str
) -> None:
    assert asked(service, {"key": key}) == {}
    assert asked(service, {"op": "put", "key": key, "value": 1}) == {}
    assert asked(service, {"op": "list", "prefix": key})["value"]["items"] == [
        {"key": key, "value": 1}
    ]
    assert asked(service, {"op": "delete", "key": key}) == {"value": True}
    assert unharmed(store)


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        ("x" * KV_VALUE_BYTES, "too_large", "bytes of the value: 65538; the limit is 65536"),
        ("\U0001f600" * 16_384, "too_large", "bytes of the value: 65538"),
        (["x"] * 100_000, "too_large", "bytes of the value"),
        (DEEP, "too_large", "levels of the value: 101; the limit is 100"),
        ({"a": DEEP}, "too_large", "levels of the value"),
        (float("nan"), "invalid", "the value is not JSON"),
        (float("inf"), "invalid", "the value is not JSON"),
        ([float("-inf")], "invalid", "the value is not JSON"),
    ],
    ids=["text", "surrogates", "array", "deep", "deeper", "NaN", "Infinity", "-Infinity"],
)
def test_a_value_that_is_none_is_refused(
    service: KeyValueService, store: SqliteStore, value: JsonValue, code: str, words: str
) -> None:
    writes: list[Fields] = [
        {"op": "put", "value": value},
        {"op": "compareAndSet", "value": value},
        {"op": "compareAndSet", "value": 1, "expected": value},
    ]
    for fields in writes:
        error = asked(service, {"key": "k", **fields})["error"]
        assert error["code"] == code
        assert words in error["message"].replace("expected ", "")

    assert unharmed(store)


@pytest.mark.parametrize(
    "ttl_s", [0, -1, -(2**63), 0.5, 1.0, True, "60", [60], KV_TTL_S_MAX + 1, 2**63, 10**300, 1e308]
)
def test_a_time_to_live_that_is_none_is_refused(
    service: KeyValueService, store: SqliteStore, ttl_s: JsonValue
) -> None:
    for op in ("put", "compareAndSet"):
        error = asked(service, {"op": op, "key": "k", "value": 1, "ttl_s": ttl_s})["error"]
        assert error["code"] == "invalid"
        assert error["message"] == f"the ttl is not an integer from 1 to {KV_TTL_S_MAX}"

    assert unharmed(store)


@pytest.mark.parametrize("by", [0.5, 1e300, 2**53, -(2**53), 10**300, True, "1", None, [1]])
def test_a_step_that_is_none_is_refused(
    service: KeyValueService, store: SqliteStore, by: JsonValue
) -> None:
    error = asked(service, {"op": "increment", "key": "k", "by": by})["error"]

    assert (error["code"], error["message"][:20]) == ("invalid", "by is not an integer")
    assert unharmed(store)


@pytest.mark.parametrize(
    "op", [None, "", "GET", "drop", "getAll", 1, ["get"], {"op": "get"}, "get\x00"]
)
def test_an_operation_that_is_none_is_refused(service: KeyValueService, op: JsonValue) -> None:
    assert asked(service, {"op": op, "key": "k"})["error"]["code"] == "invalid"


@pytest.mark.parametrize(
    "fields",
    [
        {"limit": 0},
        {"limit": -1},
        {"limit": 101},
        {"limit": 2**63},
        {"limit": 1.5},
        {"limit": True},
        {"prefix": "a\x00"},
        {"prefix": 7},
        {"prefix": "p" * 513},
        {"start_key": ""},
        {"start_key": "a\x00"},
        {"start_key": ["card"]},
    ],
    ids=str,
)
def test_a_page_that_is_none_is_refused(service: KeyValueService, fields: Fields) -> None:
    reply = asked(service, {"op": "list", **fields})

    assert reply["error"]["code"] in ("invalid", "too_large")


@pytest.mark.parametrize(
    "start_key",
    ["theirs", "card", f"KV#{ALICE}#mine", "KEY#", "\U0010ffff", "!", "a"],
    ids=ascii,
)
@pytest.mark.parametrize("prefix", ["", "k", "c"])
def test_a_start_key_of_elsewhere_leads_nowhere_else(
    service: KeyValueService, store: SqliteStore, start_key: str, prefix: str
) -> None:
    asked(service, {"op": "put", "key": "k1", "value": "mine"})

    found = asked(service, {"op": "list", "prefix": prefix, "start_key": start_key})["value"]

    assert [each["value"] for each in found["items"]] in ([], ["mine"])
    asked(service, {"op": "delete", "key": "k1"})
    assert unharmed(store)


def test_a_value_is_no_prototype_and_names_no_field(service: KeyValueService) -> None:
    value: JsonValue = {"__proto__": {"admin": True}, "error": {"code": "x"}, "end": False, "id": 9}

    asked(service, {"op": "put", "key": "k", "value": value})

    assert asked(service, {"key": "k"}) == {"value": value}


@pytest.mark.parametrize(
    "more",
    [
        {"account_id": ALICE},
        {"account": ALICE},
        {"namespaces": ["theirs"]},
        {"item": [ALICE, "mine", "card"]},
        {"token": "x"},
    ],
    ids=str,
)
def test_no_field_of_an_operation_names_another_account(
    service: KeyValueService, more: Fields
) -> None:
    assert asked(service, {"key": "card", **more}) == {}


def changed(claims: KvClaims, **fields: Any) -> str:
    """Return a token that says something else than what was signed."""
    said, _, mac = claims.signed(KEY).partition(".")
    forged, _, _ = replace(claims, **fields).signed(b"a key of mallory").partition(".")
    assert forged != said
    return f"{forged}.{mac}"


def alg_none(claims: KvClaims) -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    return f"{head}.{claims.signed(KEY).partition('.')[0]}."


TOKENS = {
    "none": "",
    "words": "let me in",
    "not base64": "!!!.!!!",
    "no signature": CLAIMS.signed(KEY).partition(".")[0],
    "an empty signature": CLAIMS.signed(KEY).partition(".")[0] + ".",
    "half a signature": CLAIMS.signed(KEY)[:-20],
    "one character more": CLAIMS.signed(KEY) + "A",
    "padding": CLAIMS.signed(KEY) + "=",
    "a blank within": CLAIMS.signed(KEY).replace(".", " ."),
    "the secret itself as the key": CLAIMS.signed(SECRET.read()),
    "an empty key": CLAIMS.signed(b""),
    "another account": changed(CLAIMS, account_id=ALICE),
    "another execution": changed(CLAIMS, execution_id="0" * 32),
    "another function": changed(CLAIMS, function_id="0" * 32),
    "more namespaces": changed(CLAIMS, namespaces=("mine", "theirs")),
    "a longer life": changed(CLAIMS, expires_at=2**40),
    "expired": replace(CLAIMS, expires_at=SetClock().now()).signed(KEY),
    "expired long ago": replace(CLAIMS, expires_at=1).signed(KEY),
    "of an algorithm none": alg_none(CLAIMS),
    "a huge one": "A" * 50_000 + "." + "A" * 43,
    "many dots": "." * 1_000,
}


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS.keys())
def test_a_token_that_was_not_granted_opens_nothing(
    api: TestClient, buckets: Counting, store: SqliteStore, token: str
) -> None:
    put = {"op": "put", "namespace": "mine", "key": "card", "value": 1}

    answer = api.post(PATH, json=put, headers={"authorization": f"Bearer {token}"})

    assert (answer.status_code, answer.json()["data"]) == (401, {})
    assert len(buckets.taken) == 1
    assert unharmed(store)


def test_neither_a_worker_nor_a_log_line_has_the_token() -> None:
    grant = KvGrant(("mine",), "https://api.example.com", CLAIMS.signed(KEY))
    context = json.dumps({"kv": list(grant.namespaces)})
    request = ExecutionRequest(
        "e" * 32, MALLORY, "f" * 32, "1", "", b"{}", context=context, kv=grant
    )

    given = b"".join(write_request(request))

    assert b'"mine"' in given
    for text in (given, repr(request).encode(), str(grant).encode()):
        assert CLAIMS.signed(KEY).encode() not in text
        assert b"api.example.com" not in given


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": CLAIMS.signed(KEY)},
        {"authorization": f"Basic {CLAIMS.signed(KEY)}"},
        {"x-auth-token": CLAIMS.signed(KEY)},
        {"cookie": CLAIMS.signed(KEY)},
    ],
    ids=str,
)
def test_a_token_is_taken_from_its_own_place_alone(
    api: TestClient, headers: dict[str, str]
) -> None:
    body = {"op": "get", "namespace": "mine", "key": "k", "auth_token": CLAIMS.signed(KEY)}

    assert api.post(PATH, json=body, headers=headers).status_code == 401


def test_a_token_opens_no_other_route(api: TestClient, store: SqliteStore) -> None:
    api.headers["authorization"] = f"Bearer {CLAIMS.signed(KEY)}"

    for path in (f"/v2/accounts/{MALLORY}", f"/v2/accounts/{MALLORY}/kv/mine", "/v2/account"):
        assert api.get(path).status_code == 401
    assert api.put(f"/v2/accounts/{ALICE}/kv/mine/card", json={"data": {}}).status_code == 401
    assert unharmed(store)


def test_an_api_key_opens_nothing_here(api: TestClient, store: SqliteStore) -> None:
    services: Any = api.app.state.services  # type: ignore[attr-defined]
    _, key = services.accounts.create_top("mallory")
    body = {"op": "get", "namespace": "mine", "key": "card"}

    answer = api.post(PATH, json=body, headers={"authorization": f"Bearer {key}"})

    assert answer.status_code == 401
    assert unharmed(store)


def test_who_shows_a_valid_token_is_not_charged(api: TestClient, buckets: Counting) -> None:
    headers = {"authorization": f"Bearer {CLAIMS.signed(KEY)}"}

    answer = api.post(PATH, json={"op": "get", "namespace": "mine", "key": "k"}, headers=headers)

    assert (answer.status_code, answer.json()["data"]) == (200, {})
    assert buckets.taken == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"7",
        b"{",
        b'{"op":"put","namespace":"mine","key":"k","value":NaN}',
        b'{"op":"put","namespace":"mine","key":"k","value":1e999}',
        b'{"op":"put","namespace":"mine","key":"k","value":' + b"[" * 100_000,
        b"\xff\xfe",
    ],
    ids=["empty", "array", "number", "cut", "NaN", "1e999", "deep", "not UTF-8"],
)
def test_a_body_that_is_no_operation_is_refused(
    api: TestClient, store: SqliteStore, body: bytes
) -> None:
    headers = {"authorization": f"Bearer {CLAIMS.signed(KEY)}"}

    answer = api.post(PATH, content=body, headers=headers)

    assert (answer.status_code, answer.json()["message"]) == (400, "validation error")
    assert unharmed(store)


@pytest.mark.parametrize("verb", ["GET", "PUT", "DELETE", "PATCH"])
def test_no_other_verb_is_served(api: TestClient, buckets: Counting, verb: str) -> None:
    assert api.request(verb, PATH).status_code == 405
    assert len(buckets.taken) == 1
