"""Browsers: every answer may be read by every page, and every preflight is answered."""

import re

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from isolambda_api.app import RESOURCES
from isolambda_api.http import health


def lists(value: str) -> set[str]:
    return {item.strip() for item in value.split(",")}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2/functions/samples", 200),
        ("GET", "/v2/accounts/x/functions", 404),
        ("GET", "/v2/nowhere", 404),
        ("POST", "/v2/functions/samples", 405),
        ("GET", "/v1/accounts", 410),
        ("POST", "/v2/serverless/functions/x/execute", 401),
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
    ],
)
def test_every_answer_may_be_read_by_any_page(
    bare: TestClient, method: str, path: str, status: int
) -> None:
    answer = bare.request(method, path)

    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == "*"
    allowed = lists(answer.headers["access-control-allow-headers"])
    assert {"x-auth-token", "if-match", "authorization", "if-none-match"} < allowed
    assert {"x-cm-projectid", "x-affinity-key"} < allowed
    exposed = lists(answer.headers["access-control-expose-headers"])
    assert {"etag", "location", "x-request-id", "x-function-version"} < exposed
    assert answer.headers["access-control-max-age"] == "86400"


@pytest.mark.parametrize("origin", [{}, {"origin": "https://a.b"}], ids=["no origin", "origin"])
@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/v2/accounts/{account}/functions", {}, 401),
        ("/v2/accounts/{account}/functions", {"x-auth-token": "f" * 64}, 401),
        ("/pivot/{account}/{function}", {}, 401),
        ("/v2/accounts/{account}/functions/{function}", {}, 404),
        ("/v2/accounts/{account}/nowhere", {}, 404),
        ("/v2/serverless/nowhere", {}, 404),
        ("/webhooks/{account}/{function}/{function}", {}, 405),
    ],
)
def test_a_page_may_read_why_it_was_refused(
    bare: TestClient,
    account_id: str,
    key: str,
    path: str,
    headers: dict[str, str],
    status: int,
    origin: dict[str, str],
) -> None:
    asked = path.format(account=account_id, function="0" * 32)
    known = {"x-auth-token": key} if status == 404 else {}

    answer = bare.get(asked, headers={**known, **headers, **origin})

    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("path", "verbs"),
    [
        ("/functions", {"GET", "PUT", "PATCH"}),
        ("/functions/samples", {"GET"}),
        ("/functions/" + "0" * 32, {"GET", "POST", "PATCH", "DELETE"}),
        ("", {"GET", "PUT", "POST", "PATCH", "DELETE"}),
    ],
)
def test_a_preflight_tells_the_verbs_of_a_path_to_anybody(
    bare: TestClient, account_id: str, path: str, verbs: set[str]
) -> None:
    answer = bare.options(f"/v2/accounts/{account_id}{path}", headers={"origin": "https://a.b"})

    assert answer.status_code == 200
    assert lists(answer.headers["access-control-allow-methods"]) == verbs | {"HEAD", "OPTIONS"}


def paths_with_verbs() -> dict[str, set[str]]:
    """Return all paths of the API and the verbs of their routes."""
    paths: dict[str, set[str]] = {}
    for resource in (*RESOURCES, health):
        for route in resource.router.routes:
            assert isinstance(route, APIRoute)
            path = re.sub(r"\{\w+\}", "0" * 32, route.path)
            paths.setdefault(path, set()).update(route.methods or ())
    named = f"/v2/accounts/{'0' * 32}"
    own = {path: verbs for path, verbs in paths.items() if path.startswith(named)}
    return paths | {path.replace(named, "/v2/account"): verbs for path, verbs in own.items()}


@pytest.mark.parametrize(("path", "verbs"), paths_with_verbs().items())
def test_every_path_answers_a_preflight_of_each_of_its_verbs(
    bare: TestClient, path: str, verbs: set[str]
) -> None:
    for verb in verbs:
        headers = {"origin": "https://a.b", "access-control-request-method": verb}
        answer = bare.options(path, headers=headers)

        assert (answer.status_code, answer.content) == (200, b"")
        allowed = lists(answer.headers["access-control-allow-methods"])
        assert allowed - {"HEAD"} == verbs | {"OPTIONS"}
        assert answer.headers["allow"] == answer.headers["access-control-allow-methods"]
        assert answer.headers["access-control-allow-origin"] == "*"


def test_a_preflight_of_nothing_is_not_found(bare: TestClient) -> None:
    assert bare.options("/v2/nowhere").status_code == 404
