"""Browsers: every answer may be read by every page, and every preflight is answered."""

import pytest
from starlette.testclient import TestClient


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


def test_a_preflight_of_nothing_is_not_found(bare: TestClient) -> None:
    assert bare.options("/v2/nowhere").status_code == 404
