"""A plain read is answered again as its route answers it, and never with what was before."""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from isolambda_api.app import create_app
from isolambda_api.http import response_cache as module
from isolambda_api.http.fast_path import SPECIAL_HEADERS, Answer
from isolambda_api.http.response_cache import CachedResponse
from isolambda_api.http.services import Services
from isolambda_core.domain.accounts.api_keys import Scope
from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.functions.aliases import Target
from isolambda_core.domain.functions.breakers import Breaker
from isolambda_core.domain.functions.functions import LATEST, Function
from isolambda_core.domain.limits import (
    CACHED_RESPONSE_BYTES,
    CACHED_RESPONSE_BYTES_MIN,
    SOURCE_BYTES,
    TOKEN_S,
)
from isolambda_core.domain.secrets.documents import SecretInput
from isolambda_core.domain.secrets.secrets import Place
from isolambda_core.services.accounts.rate_limits import RateLimiter
from isolambda_core.services.functions.functions import FunctionService
from isolambda_local.rate_limits import MemoryRateLimitRepository
from isolambda_local.sqlite import SqliteStore, open_store
from isolambda_local.sqlite.changes import SqliteChanges
from tests.support.clocks import SetClock
from tests.support.fakes import EchoingExecutor
from tests.support.services import services_on
from tests.support.sources import FakeEventSources

pytestmark = pytest.mark.slow

CHANGING = re.compile(rb"[0-9a-f]{32}")
"""Ids of requests, which no two requests have alike."""
DOCUMENT = {"name": "ž \ud800", "function_js": "return 1; // </script>", "custom": [1.5, None]}


@dataclass
class Reads:
    """Reads of one tenant on a file, by an app that keeps responses and by one that does not."""

    store: SqliteStore
    services: Services
    fast: FastAPI
    slow: FastAPI
    account_id: str
    key: str
    function_id: str = ""
    again: int = 0

    @property
    def functions(self) -> str:
        return f"/v2/accounts/{self.account_id}/functions"

    @property
    def function(self) -> str:
        return f"{self.functions}/{self.function_id}"

    def path(self, template: str) -> str:
        return template.format(account_id=self.account_id, function_id=self.function_id)

    def get(self, path: str, app: FastAPI | None = None, **options: Any) -> Any:
        """Return the answer of the app that keeps responses, or of another one."""
        options.setdefault("headers", {"x-auth-token": self.key})
        return TestClient(app or self.fast).request(options.pop("verb", "GET"), path, **options)

    def alike(self, path: str, **options: Any) -> Any:
        """Ask both apps, hold the answers against each other, and return the first."""
        one, other = (self.get(path, app, **dict(options)) for app in (self.fast, self.slow))
        assert one.status_code == other.status_code
        assert _alike(one.content) == _alike(other.content)
        assert [(name, _alike(value)) for name, value in one.headers.raw] == [
            (name, _alike(value)) for name, value in other.headers.raw
        ]
        return one


def _alike(text: bytes) -> bytes:
    return CHANGING.sub(b"an id", text)


@pytest.fixture
def file_store(tmp_path: Path) -> Iterator[SqliteStore]:
    with closing(open_store(tmp_path / "isolambda.db")) as store:
        yield store


@pytest.fixture
def reads(
    file_store: SqliteStore,
    tmp_path: Path,
    clock: SetClock,
    executor: EchoingExecutor,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Reads]:
    with closing(SqliteChanges(tmp_path / "isolambda.db")) as changes:
        sources = FakeEventSources()
        services = services_on(file_store, clock, executor, executor, sources, changes)
        slow = services_on(file_store, clock, executor, executor, sources)
        account, key = services.accounts.create_top("acme")
        reads = Reads(file_store, services, create_app(services), create_app(slow), account.id, key)
        reads.function_id = services.functions.create(account.id, DOCUMENT).id
        services.versions.publish(account.id, reads.function_id, "first", "r")
        services.aliases.create(account.id, reads.function_id, "live", Target(1), "")
        services.accounts.create(account, {"name": "below"})
        for place in (Place(account.id), Place(account.id, reads.function_id)):
            services.secrets.put(place, "KEY", SecretInput("a value", ("api.example.com",)))
        answer = CachedResponse.answer

        def counting(*arguments: Any) -> Answer | None:
            found = answer(*arguments)
            reads.again += found is not None
            return found

        monkeypatch.setattr(CachedResponse, "answer", counting)
        yield reads


PLAIN = [
    "/v2/accounts/{account_id}",
    "/v2/accounts/{account_id}/children",
    "/v2/accounts/{account_id}/functions",
    "/v2/accounts/{account_id}/functions/{function_id}",
    "/v2/accounts/{account_id}/functions/{function_id}/aliases",
    "/v2/accounts/{account_id}/functions/{function_id}/aliases/live",
    "/v2/accounts/{account_id}/functions/{function_id}/versions",
    "/v2/accounts/{account_id}/functions/{function_id}/versions/1",
    "/v2/accounts/{account_id}/functions/{function_id}/secrets",
    "/v2/accounts/{account_id}/functions/{function_id}/secrets/KEY",
    "/v2/accounts/{account_id}/secrets",
    "/v2/accounts/{account_id}/secrets/KEY",
    "/v2/account/functions/{function_id}",
    "/v2/accounts/{account_id}/functions/",
]


@pytest.mark.parametrize("path", PLAIN)
def test_a_read_is_answered_again_as_by_its_route(reads: Reads, path: str) -> None:
    first, second, third = (reads.alike(reads.path(path)) for _ in range(3))

    assert first.status_code == 200
    assert reads.again == 2
    assert _alike(first.content) == _alike(second.content) == _alike(third.content)
    assert len({each.headers["x-request-id"] for each in (first, second, third)}) == 3


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/healthz",
        "/v2/functions",
        "/v2/functions/samples",
        "/v2/token_auth",
        "/v2/accounts/{account_id}/api_key",
        "/v2/accounts/{account_id}/api_keys",
        "/v2/accounts/{account_id}/callback_secret",
        "/v2/accounts/{account_id}/functions/{function_id}/executions",
        "/v2/accounts/{account_id}/functions/{function_id}/triggers",
    ],
)
def test_what_other_things_change_or_is_secret_is_not_kept(reads: Reads, path: str) -> None:
    answers = [reads.alike(reads.path(path)) for _ in range(3)]

    assert {each.status_code for each in answers} == {200}
    assert reads.again == 0


@pytest.mark.parametrize(
    "path",
    [
        "/v2/accounts/{account_id}/functions/00000000000000000000000000000000",
        "/v2/accounts/{account_id}/functions/{function_id}/versions/9",
        "/v2/accounts/00000000000000000000000000000000/functions",
        "/v2/accounts/x/functions",
        "/v2/nothing",
    ],
)
def test_errors_are_not_kept(reads: Reads, path: str) -> None:
    for _ in range(2):
        assert reads.alike(reads.path(path)).status_code >= 400

    assert reads.again == 0


SPECIAL = [
    {"verb": "HEAD"},
    {"verb": "OPTIONS"},
    {"params": {"page_size": "1"}},
    {"params": {"pretty_print": "true"}},
    {"params": {"jsonp": "f"}},
    {"params": {"accept": "text/html"}},
    {"params": {"filter_name": "x"}},
    {"params": {"auth_token": "x"}},
    {"content": b'{"auth_token":"x"}'},
    {"headers": {"transfer-encoding": "chunked"}},
]


@pytest.mark.parametrize("options", SPECIAL, ids=str)
def test_a_special_request_is_for_the_route(reads: Reads, options: dict[str, Any]) -> None:
    reads.get(reads.functions)

    reads.get(
        reads.functions,
        **{**options, "headers": {"x-auth-token": reads.key, **options.get("headers", {})}},
    )

    assert reads.again == 0
    reads.get(reads.functions)
    assert reads.again == 1


@pytest.mark.parametrize(
    "header",
    [
        *((name.decode(), "a") for name in sorted(SPECIAL_HEADERS)),
        ("if-none-match", "*"),
        ("accept", "text/html"),
        ("accept", "application/*"),
        ("content-type", "text/plain"),
        ("authorization", "Bearer x"),
        ("authorization", "Basic eDp5"),
    ],
    ids=str,
)
def test_a_special_header_is_for_the_route(reads: Reads, header: tuple[str, str]) -> None:
    reads.get(reads.functions)

    reads.alike(reads.functions, headers={"x-auth-token": reads.key, **dict([header])})

    assert reads.again == 0


def test_a_header_on_two_lines_is_for_the_route(reads: Reads) -> None:
    reads.get(reads.functions)

    keys = [("x-auth-token", "0" * 64), ("x-auth-token", reads.key)]
    assert reads.alike(reads.functions, headers=keys).status_code == 401


def test_a_client_that_has_it_already_gets_a_304(reads: Reads) -> None:
    etag = [reads.get(reads.function).headers["etag"] for _ in range(2)][1]

    headers = {"x-auth-token": reads.key, "if-none-match": etag}
    assert reads.alike(reads.function, headers=headers).status_code == 304


def test_every_header_that_a_kept_route_documents_is_special_or_read(
    document: dict[str, Any],
) -> None:
    named = {
        parameter.get("name", parameter.get("$ref", "").rpartition("/")[2]).lower().encode()
        for route, verbs in document["paths"].items()
        for parameter in verbs.get("get", {}).get("parameters", [])
        if route in PLAIN and parameter.get("in", "header") == "header"
    }

    read = {b"x-auth-token", b"accept", b"x-request-id"}
    assert named <= module._SPECIAL | read


def _patch(reads: Reads) -> None:
    reads.services.functions.patch(reads.account_id, reads.function_id, {"name": "another"})


def _create(reads: Reads) -> None:
    reads.services.functions.create(reads.account_id, DOCUMENT)


def _remove(reads: Reads) -> None:
    reads.services.functions.remove(reads.account_id, reads.function_id)


def _publish(reads: Reads) -> None:
    reads.services.functions.patch(reads.account_id, reads.function_id, {"function_js": "return 2"})
    reads.services.versions.publish(reads.account_id, reads.function_id, "second", "r")


def _remove_alias(reads: Reads) -> None:
    reads.services.aliases.remove(reads.account_id, reads.function_id, "live")


def _disable(reads: Reads) -> None:
    reads.services.accounts.patch(reads.account_id, {"enabled": False})


def _revoke(reads: Reads) -> None:
    keys = reads.services.access.api_keys
    for key in keys.of_account(reads.account_id):
        keys.remove(key)


def _create_below(reads: Reads) -> None:
    account = reads.services.accounts.fetch(reads.account_id)
    reads.services.accounts.create(account, {"name": "another"})


def _fail(reads: Reads) -> None:
    function = reads.services.functions.fetch(reads.account_id, reads.function_id)
    breakers = {LATEST: Breaker("it failed", 1)}
    failed = function.with_breakers(breakers, function.modified_at)
    reads.store.functions.replace(failed, function)


FUNCTIONS = "/v2/accounts/{account_id}/functions"
FUNCTION = f"{FUNCTIONS}/{{function_id}}"
CHANGES = [
    (_patch, FUNCTION, 200),
    (_patch, FUNCTIONS, 200),
    (_create, FUNCTIONS, 200),
    (_remove, FUNCTION, 404),
    (_remove, FUNCTIONS, 200),
    (_remove, f"{FUNCTION}/versions/1", 404),
    (_fail, FUNCTION, 200),
    (_fail, FUNCTIONS, 200),
    (_publish, f"{FUNCTION}/versions", 200),
    (_remove_alias, f"{FUNCTION}/aliases", 200),
    (_remove_alias, f"{FUNCTION}/aliases/live", 404),
    (_create_below, "/v2/accounts/{account_id}/children", 200),
    (_disable, FUNCTION, 423),
    (_disable, FUNCTIONS, 423),
    (_revoke, FUNCTION, 401),
    (_revoke, FUNCTIONS, 401),
]


@pytest.mark.parametrize(
    ("change", "path", "status"), CHANGES, ids=lambda each: getattr(each, "__name__", str(each))
)
def test_the_very_next_read_shows_what_has_changed(
    reads: Reads, change: Callable[[Reads], None], path: str, status: int
) -> None:
    before = [reads.get(reads.path(path)) for _ in range(2)][1]
    assert reads.again == 1

    change(reads)

    after = reads.alike(reads.path(path))
    assert after.status_code == status
    assert _alike(after.content) != _alike(before.content) or (
        after.headers["etag"] != before.headers["etag"]
    )


@pytest.mark.parametrize("is_seen", [True, False], ids=["seen by another", "seen by none"])
def test_a_change_while_it_is_read_is_not_overlooked(
    reads: Reads, monkeypatch: pytest.MonkeyPatch, *, is_seen: bool
) -> None:
    fetch = FunctionService.fetch

    def changing(*arguments: Any) -> Function:
        function = fetch(*arguments)
        monkeypatch.undo()
        _patch(reads)  # after what was read
        if is_seen:
            reads.get(reads.functions)
        return function

    monkeypatch.setattr(FunctionService, "fetch", changing)
    assert reads.get(reads.function).json()["data"]["name"] == DOCUMENT["name"]

    assert reads.get(reads.function).json()["data"]["name"] == "another"


def test_a_token_is_answered_again_until_it_is_revoked(reads: Reads) -> None:
    caller = reads.services.access.authenticate(reads.key)
    _, reads.key = reads.services.access.issue(reads.key)
    answers = [reads.alike(reads.function).json() for _ in range(2)]
    assert [each["auth_token"] for each in answers] == [reads.key] * 2
    assert reads.again == 1
    assert caller.token is None

    token = reads.services.access.authenticate(reads.key).token
    assert token is not None
    reads.services.access.revoke(token)

    assert reads.alike(reads.function).status_code == 401


def test_a_token_is_answered_again_until_it_expires(reads: Reads, clock: SetClock) -> None:
    _, reads.key = reads.services.access.issue(reads.key)
    reads.get(reads.function)

    clock.time_ms += TOKEN_S * 1000

    assert reads.alike(reads.function).status_code == 401


def test_a_key_that_expires_is_refused_from_that_second(reads: Reads, clock: SetClock) -> None:
    [key] = reads.store.api_keys.of_account(reads.account_id)
    reads.store.api_keys.replace(replace(key, expires_at=clock.now() + 60), key)
    assert [reads.get(reads.function).status_code for _ in range(2)] == [200] * 2

    clock.time_ms += 60_000

    assert reads.alike(reads.function).status_code == 401


def test_another_key_gets_what_its_own_rights_are(reads: Reads) -> None:
    below, key_below = _account_below(reads)
    _, other = reads.services.accounts.create_top("other")
    execute_only = reads.services.keys.create(reads.account_id, (Scope.EXECUTE,), None)[1]
    for _ in range(2):
        assert reads.get(reads.function).status_code == 200

    for key in (key_below, other, execute_only):
        for _ in range(2):
            assert reads.alike(reads.function, headers={"x-auth-token": key}).status_code == 403
    for _ in range(2):
        path = f"/v2/accounts/{below}/functions"
        assert reads.alike(path).status_code == 200
        own = reads.alike("/v2/account/functions", headers={"x-auth-token": key_below})
        assert own.json()["data"] == []


def _account_below(reads: Reads) -> tuple[str, str]:
    parent = reads.services.accounts.fetch(reads.account_id)
    below = reads.services.accounts.create(parent, {"name": "another"})
    return below.id, reads.services.keys.create(below.id, (Scope.MANAGE,), None)[1]


def test_each_answer_pays_as_the_first_until_the_bucket_is_empty(
    reads: Reads, clock: SetClock
) -> None:
    reads.fast, reads.slow = (
        create_app(
            replace(
                reads.services,
                changes=changes,
                rates=RateLimiter(MemoryRateLimitRepository(), RateLimit(3, 1), clock),
            )
        )
        for changes in (reads.services.changes, None)
    )

    answers = [reads.alike(reads.function) for _ in range(4)]

    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert [each.json()["tokens"]["remaining"] for each in answers] == [2, 1, 0, 0]
    assert reads.again == 2


def test_an_answer_from_the_cache_is_observed_and_logged_as_by_its_route(
    reads: Reads, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[tuple[str, int | None]] = []
    reads.fast = create_app(
        reads.services, observe=lambda route, status, _: seen.append((route, status))
    )
    caplog.set_level(logging.INFO, "isolambda_api")

    with TestClient(reads.fast) as client:
        for name in ("r1", "r2", "r3"):
            headers = {"x-auth-token": reads.key, "x-request-id": name}
            assert client.get(reads.function, headers=headers).headers["x-request-id"] == name

    lines = "\n".join(
        f"{record.getMessage()} {getattr(record, 'request_id', '')}" for record in caplog.records
    )
    # An app writes its lines a moment later, so those of the fixture's own may come meanwhile.
    shown = re.findall(r"GET (\S+) 200 [0-9.]+ ms (r\d)\b", lines)
    assert shown == [(FUNCTION, name) for name in ("r1", "r2", "r3")]
    assert seen == [(FUNCTION, 200)] * 3
    assert reads.again == 2


def test_while_the_store_does_not_tell_of_changes_the_routes_answer(
    reads: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> int:
        raise StoreUnavailableError

    reads.get(reads.function)
    with monkeypatch.context() as patch:
        patch.setattr(SqliteChanges, "count", fail)
        assert reads.alike(reads.function).status_code == 200
        assert reads.again == 0

    reads.get(reads.function)
    assert reads.again == 1


def test_an_answer_that_is_too_long_is_left_to_its_route(reads: Reads) -> None:
    for _ in range(5):
        source = "//" + "x" * (SOURCE_BYTES - 2)
        reads.services.functions.create(reads.account_id, {"name": "n", "function_js": source})

    answers = [reads.get(reads.functions) for _ in range(2)]

    assert all(len(each.content) > CACHED_RESPONSE_BYTES for each in answers)
    assert reads.again == 0


def _answered_again(reads: Reads, path: str, key: str) -> bool:
    before = reads.again
    assert reads.get(path, headers={"x-auth-token": key}).status_code == 200
    return reads.again > before


def test_a_tenant_that_reads_much_does_not_displace_another(
    reads: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, other_key = reads.services.accounts.create_top("other")
    paths = [f"{reads.functions}/{_another(reads)}" for _ in range(6)]
    small = f"/v2/accounts/{other.id}/functions"
    assert not _answered_again(reads, small, other_key)
    room = 3 * CACHED_RESPONSE_BYTES_MIN
    monkeypatch.setattr(module, "CACHED_RESPONSES_BYTES", room)

    for path in paths * 2:
        assert not _answered_again(reads, path, reads.key)

    assert _answered_again(reads, small, other_key)
    assert _answered_again(reads, paths[-1], reads.key)
    assert not _answered_again(reads, paths[0], reads.key)


def test_accounts_of_one_tenant_have_one_share(
    reads: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, other_key = reads.services.accounts.create_top("other")
    below = [_account_below(reads)[0] for _ in range(6)]
    paths = [f"/v2/accounts/{account}/functions" for account in below]
    small = f"/v2/accounts/{other.id}/functions"
    monkeypatch.setattr(module, "CACHED_RESPONSES_BYTES", 3 * CACHED_RESPONSE_BYTES_MIN)
    _answered_again(reads, small, other_key)

    for path in paths:
        _answered_again(reads, path, reads.key)

    assert _answered_again(reads, small, other_key)


def _another(reads: Reads) -> str:
    return reads.services.functions.create(reads.account_id, DOCUMENT).id
