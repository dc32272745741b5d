"""HEAD: what GET would say of itself, without a body, wherever GET executes nothing."""

import pytest
from starlette.testclient import TestClient

from isolambda_core.domain.executions.execution import ExecutionRequest

COMPARED = ("content-type", "content-length", "etag", "www-authenticate", "location")


@pytest.fixture
def keyed(bare: TestClient, key: str) -> TestClient:
    """A client with a key, whose answers are held against nothing: no HEAD is documented."""
    bare.headers["x-auth-token"] = key
    return bare


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/healthz", 200),
        ("/readyz", 200),
        ("/", 200),
        ("/docs", 200),
        ("/docs/swagger-ui.css", 200),
        ("/openapi.json", 200),
        ("/v2/functions/samples", 200),
        ("/v2/accounts/{account}", 200),
        ("/v2/accounts/{account}/functions", 200),
        ("/v2/accounts/{account}/functions/", 200),
        ("/v2/accounts/{account}/functions/{function}", 200),
        ("/v2/account/functions/{function}", 200),
        ("/v2/accounts/{account}/functions/{function}/executions", 200),
        ("/v2/accounts/{account}/functions/{function}/triggers", 200),
        ("/v2/accounts/{account}/functions/" + "0" * 32, 404),
        ("/v2/accounts/" + "0" * 32, 404),
        ("/v2/nothing", 404),
        ("/v1/x", 410),
        ("/v2/accounts/{account}/functions?page_size=0", 404),
        ("/v2/functions/samples?accept=text/html", 406),
    ],
)
def test_head_is_answered_as_get_is_but_for_the_body(
    keyed: TestClient, account_id: str, function_id: str, path: str, status: int
) -> None:
    path = path.format(account=account_id, function=function_id)

    got, head = keyed.get(path), keyed.head(path)

    assert (got.status_code, head.status_code) == (status, status)
    assert got.content
    assert head.content == b""
    assert {name: head.headers.get(name) for name in COMPARED} == {
        name: got.headers.get(name) for name in COMPARED
    }


@pytest.mark.parametrize("path", ["/v2/accounts/{}/functions", "/v2/token_auth"])
def test_without_a_key_head_is_refused_as_get_is(
    bare: TestClient, account_id: str, path: str
) -> None:
    answer = bare.head(path.format(account_id))

    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("tags", ["{}", "*", '"other", {}'])
def test_who_has_the_revision_gets_not_modified(
    keyed: TestClient, functions_path: str, function_id: str, tags: str
) -> None:
    path = f"{functions_path}/{function_id}"
    etag = keyed.head(path).headers["etag"]

    answer = keyed.head(path, headers={"if-none-match": tags.format(etag)})

    assert (answer.status_code, answer.headers["etag"]) == (304, etag)


@pytest.mark.parametrize(
    "path",
    [
        "/serverless/functions/{function}/execute",
        "/v1/serverless/functions/{function}/execute",
        "/v2/serverless/functions/{function}/execute",
        "/pivot/{account}/{function}",
    ],
)
def test_what_get_would_execute_head_does_not(
    keyed: TestClient,
    account_id: str,
    function_id: str,
    executed: list[ExecutionRequest],
    path: str,
) -> None:
    answer = keyed.head(path.format(account=account_id, function=function_id))

    assert (answer.status_code, answer.content) == (405, b"")
    assert answer.headers["allow"] == "GET, POST"
    assert executed == []


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/v2/api_auth", "PUT"), ("/v2/accounts/{account}/functions/{function}/execute", "POST")],
)
def test_where_there_is_no_get_there_is_no_head(
    keyed: TestClient, account_id: str, function_id: str, path: str, allowed: str
) -> None:
    answer = keyed.head(path.format(account=account_id, function=function_id))

    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
