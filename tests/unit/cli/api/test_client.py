"""The API as the commands ask it: what is sent, what comes back, and what is refused."""

from collections.abc import Callable

import httpx2
import pytest

from isolambda_cli.api import client
from isolambda_cli.api.client import Api
from isolambda_cli.api.errors import ApiError, RedirectError, UnreachableError
from isolambda_core.domain.errors import IsolambdaError
from tests.unit.cli.fake_api import ACCOUNT, KEY, URL, FakeApi, data, refusal


def error_of(call: Callable[[], object]) -> str:
    with pytest.raises(IsolambdaError) as caught:
        call()
    return str(caught.value)


def test_a_path_is_below_the_account_and_one_with_a_slash_below_the_server(
    fake: FakeApi, api: Api
) -> None:
    fake.handlers = {"GET things/1": data({"id": "1"}), "GET /healthz": data({}, version="1")}

    assert api.get("things/1") == {"id": "1"}
    assert api.answer("GET", "/healthz").envelope["version"] == "1"

    assert [str(request.url) for request in fake.requests] == [
        f"{URL}/v2/accounts/{ACCOUNT}/things/1",
        f"{URL}/healthz",
    ]
    assert {request.headers["x-auth-token"] for request in fake.requests} == {KEY}


def test_a_body_is_in_the_envelope_and_a_read_has_none(fake: FakeApi, api: Api) -> None:
    methods = ("PUT", "POST", "PATCH", "DELETE", "GET")
    fake.handlers = {f"{method} x": data({}) for method in methods}

    api.put("x", {"a": "ö"})
    api.post("x")
    api.patch("x", {"b": None}, headers={"If-Match": '"1"'})
    api.delete("x")
    api.get("x", page_size=3, paginate=False, start_key=None)

    assert [request.content for request in fake.requests] == [
        b'{"data":{"a":"\\u00f6"}}',
        b'{"data":{}}',
        b'{"data":{"b":null}}',
        b"",
        b"",
    ]
    assert fake.requests[2].headers["if-match"] == '"1"'
    assert fake.requests[4].url.query == b"page_size=3&paginate=false"


def test_a_list_is_read_page_by_page_until_its_end(fake: FakeApi, api: Api) -> None:
    def page(request: httpx2.Request) -> httpx2.Response:
        if request.url.params.get("start_key") == "next":
            return data([{"n": 3}])
        return data([{"n": 1}, {"n": 2}], next_start_key="next")

    fake.handlers = {"GET things": page}

    assert [item["n"] for item in api.pages("things", filter_a="b")] == [1, 2, 3]
    assert [request.url.params["filter_a"] for request in fake.requests] == ["b", "b"]


def test_a_list_whose_end_never_comes_is_left(fake: FakeApi, api: Api) -> None:
    fake.handlers = {"GET things": lambda _: data([{}], next_start_key="same")}

    assert len(list(api.pages("things"))) == 2


def test_a_list_of_ever_new_pages_is_left_with_an_error(
    fake: FakeApi, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_PAGES", 3)
    fake.handlers = {"GET things": lambda _: data([], next_start_key=str(len(fake.requests)))}

    assert "more than 3 pages" in error_of(lambda: list(api.pages("things")))
    assert len(fake.requests) == 3


def test_a_refusal_of_many_characters_is_shown_in_part(fake: FakeApi, api: Api) -> None:
    fake.handlers = {
        f"GET {status}": refusal(status, {"message": "m" * 9999, "cause": "c" * 9999})
        for status in (400, 403, 404, 500)
    }

    for status in (400, 403, 404, 500):
        assert len(error_of(lambda path=f"{status}": api.get(path))) < 5000  # type: ignore[misc]


def test_an_etag_is_what_the_answer_said(fake: FakeApi, api: Api) -> None:
    fake.handlers = {"GET x": httpx2.Response(200, json={"data": {}}, headers={"ETag": '"7-a"'})}

    assert api.answer("GET", "x").etag == '"7-a"'


@pytest.mark.parametrize(
    ("status", "said", "message"),
    [
        (
            400,
            {
                "limits.wall_time_ms": {
                    "maximum": {"message": "Value must be at most 5", "value": 9}
                }
            },
            "limits.wall_time_ms: Value must be at most 5, not 9",
        ),
        (
            400,
            {"function_js": {"error": {"message": "Unexpected token", "line": 3, "column": 7}}},
            "function_js: Unexpected token (line 3, column 7)",
        ),
        (
            400,
            {"files": {"error": {"message": "a.ts:3:7: Unexpected", "line": 3, "column": 7}}},
            "files: a.ts:3:7: Unexpected",
        ),
        (
            400,
            {"a": {"type": {"message": "no"}}, "b%2Ec": {"required": {"message": "missing"}}},
            "a: no; b.c: missing",
        ),
        (401, {}, "the server does not know this key, or it has expired: isolambda login"),
        (
            403,
            {"message": "forbidden"},
            f"this key may not do that (GET /v2/accounts/{ACCOUNT}/x): its scopes do not allow it",
        ),
        (404, {"message": "bad identifier", "cause": "f" * 32}, f"not found: {'f' * 32}"),
        (
            404,
            {"message": "not found"},
            f"not found (GET /v2/accounts/{ACCOUNT}/x): not found",
        ),
        (409, {"message": "in use", "cause": "live"}, "in use: live"),
        (423, {"account": {}}, "the account is disabled; its operator enables it"),
        (
            502,
            {"message": "no executor"},
            f"no executor (HTTP 502, GET /v2/accounts/{ACCOUNT}/x)",
        ),
        (418, ["odd"], "a teapot"),
        (418, {"a": 1, "b": {"c": 2}}, "a teapot"),
    ],
)
def test_a_refusal_says_what_is_wrong_in_one_line(
    fake: FakeApi, api: Api, status: int, said: object, message: str
) -> None:
    fake.handlers = {"GET x": refusal(status, said, "a teapot")}

    with pytest.raises(ApiError) as caught:
        api.get("x")

    assert (str(caught.value), caught.value.status, caught.value.data) == (message, status, said)


def test_a_refusal_for_now_says_when_to_try_again(fake: FakeApi, api: Api) -> None:
    fake.handlers = {"GET x": refusal(429, {"message": "too many"}, **{"Retry-After": "7"})}

    with pytest.raises(ApiError) as caught:
        api.get("x")

    assert str(caught.value) == "too many; try again in 7 s"
    assert caught.value.retry_after_s == 7


def test_the_key_follows_no_redirect(fake: FakeApi, api: Api) -> None:
    elsewhere = {"Location": "https://evil.example/"}
    fake.handlers = {"GET x": httpx2.Response(307, headers=elsewhere)}

    with pytest.raises(RedirectError, match=r"redirects to https://evil\.example/ \(HTTP 307\)"):
        api.get("x")

    assert len(fake.requests) == 1


@pytest.mark.parametrize(
    "body", [b"<html>", b"", b"[1]", b"5", b'{"message": "Forbidden"}', b"[" * 100_000, b"\xff"]
)
def test_what_is_no_answer_of_ours_is_not_taken_for_one(
    fake: FakeApi, api: Api, body: bytes
) -> None:
    fake.handlers = {
        "GET x": httpx2.Response(200, content=body, headers={"Content-Type": "text/html"})
    }

    assert error_of(lambda: api.get("x")) == (
        f"{URL} answers with HTTP 200 and text/html, and not as Isolambda does; "
        "is this the URL of the API?"
    )


def test_an_answer_without_end_is_not_read(
    fake: FakeApi, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_ANSWER_BYTES", 1_000)
    fake.handlers = {"GET x": httpx2.Response(200, content=b"x" * 1_001)}

    assert "more than 1000 bytes" in error_of(lambda: api.get("x"))


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (httpx2.ConnectError("[Errno 111] refused"), "is not reached: [Errno 111] refused"),
        (httpx2.ReadTimeout(""), "does not answer in time"),
        (httpx2.ConnectTimeout(""), "does not answer in time"),
        (httpx2.UnsupportedProtocol("odd"), "is not reached: odd"),
    ],
)
def test_a_server_that_does_not_answer_is_named(
    fake: FakeApi, api: Api, error: Exception, message: str
) -> None:
    fake.handlers = {"GET x": error}

    with pytest.raises(UnreachableError) as caught:
        api.get("x")

    assert str(caught.value) == f"{URL} {message}"


@pytest.mark.parametrize(("method", "times"), [("GET", 2), ("POST", 1)])
def test_only_a_read_is_sent_again_when_a_kept_connection_breaks(
    fake: FakeApi, api: Api, method: str, times: int
) -> None:
    fake.handlers = {f"{method} x": httpx2.RemoteProtocolError("closed")}

    assert error_of(lambda: api.answer(method, "x")) == f"{URL} broke the connection: closed"
    assert len(fake.requests) == times


def test_an_answer_that_comes_byte_by_byte_is_left_after_a_while(
    fake: FakeApi, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_ANSWER_S", -1.0)
    fake.handlers = {"GET x": data({})}

    assert error_of(lambda: api.get("x")) == f"{URL} does not answer in time"


def test_no_text_of_the_api_shows_its_key(api: Api) -> None:
    assert KEY not in repr(api)


def test_a_patient_client_comes_again_when_the_api_says_so(
    fake: FakeApi, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("isolambda_cli.api.client.sleep", pauses.append)
    answers = [refusal(429, {"message": "too many"}, **{"retry-after": "2"}), data({"id": "1"})]
    fake.handlers = {"PUT functions": lambda _: answers.pop(0)}
    api.patience_s = 5

    assert api.put("functions", {}) == {"id": "1"}

    assert pauses == [2]
    assert [fake.sent(0), fake.sent(1)] == [{}, {}]


@pytest.mark.parametrize(
    ("patience_s", "headers"), [(0, {"retry-after": "2"}), (5, {"retry-after": "9"}), (5, {})]
)
def test_no_client_waits_longer_than_it_may(
    fake: FakeApi, api: Api, patience_s: int, headers: dict[str, str]
) -> None:
    fake.handlers = {"GET functions": refusal(429, {"message": "too many"}, **headers)}
    api.patience_s = patience_s

    with pytest.raises(ApiError, match="too many"):
        api.get("functions")

    assert len(fake.requests) == 1


def test_a_name_below_localhost_is_this_machine(fake: FakeApi) -> None:
    fake.handlers = {"GET functions": data([])}
    api = Api("http://abc.execute-api.localhost:4566/base", ACCOUNT, KEY)

    with pytest.raises(ApiError):  # the fake has nothing below /base
        api.get("functions")

    [request] = fake.requests
    assert str(request.url).startswith("http://127.0.0.1:4566/base/v2/accounts/")
    assert request.headers["host"] == "abc.execute-api.localhost:4566"
    api.close()
