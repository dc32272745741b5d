"""Apps of hono and itty-router (npm), bundled as documented, answer at a URL as HTTP functions."""

from collections.abc import Callable
from typing import Any, NamedTuple

import httpx2
import pytest

from tests.clients.test_packages import HTTP_FUNCTIONS, bundle, bundle_text, pytestmark
from tests.end_to_end.test_http_functions import KEY, NONE, ask, key_for, publish
from tests.support.documentation import blocks
from tests.support.servers import Server
from tests.support.tenants import Tenant, tenant_of

__all__ = ["pytestmark"]

ALL_BYTES = bytes(range(256))
ORIGIN = "https://page.example.com"
PREFLIGHT = {"Origin": ORIGIN, "Access-Control-Request-Method": "PUT"}
TEXT, HTML, JSON = "text/plain;charset=UTF-8", "text/html; charset=UTF-8", "application/json"

Ask = Callable[..., httpx2.Response]
"""Asks a published app: takes the method, the path within the app, and what httpx takes."""


class Case(NamedTuple):
    """A request, and of its answer the status, the body and some headers."""

    asked: str
    how: dict[str, Any]
    status: int
    body: object
    """Bytes, a text, or, in a list of one, what the body is in JSON."""
    headers: dict[str, str]


def case(asked: str, status: int, body: object, how: Any = None, **headers: str) -> Case:
    return Case(asked, how or {}, status, body, headers)


TITLE = {"json": {"title": "é"}}
FORM = {"data": {"name": "é &", "tag": ["a", "b"]}}

HONO = (
    case("GET", 200, "Hono!", content_type=TEXT),
    case("GET /", 200, "Hono!"),
    case("HEAD /", 200, b"", content_type=TEXT),
    case(
        "GET /posts/%C3%A9%20a%2Fb?page=2&tag=a&tag=%26",
        200,
        [{"id": "é a/b", "page": "2", "tags": ["a", "&"]}],
        x_middleware="after",
    ),
    case("POST /posts", 201, [{"title": "é"}], TITLE, content_type=JSON, location="posts/1"),
    case("POST /posts", 500, "Internal Server Error", {"content": "{"}),
    case("POST /form", 200, [{"name": "é &", "tag": ["a", "b"]}], FORM),
    case(
        "POST /file",
        200,
        [["a.txt", "text/plain", "a file"]],
        {"files": {"file": ("a.txt", b"a file", "text/plain")}},
    ),
    case("GET /page?name=%3Cb%3E", 200, "<p>&lt;b&gt;</p>", content_type=HTML),
    case("PUT /bytes", 200, ALL_BYTES, {"content": ALL_BYTES}, content_type="image/png"),
    case("GET /stream", 200, b"\x00\xffpiped"),
    case("GET /lines", 200, "one\ntwo\n"),
    case("GET /piped", 200, "piped"),
    case(
        "OPTIONS /open",
        204,
        b"",
        {"headers": PREFLIGHT},
        access_control_allow_origin=ORIGIN,
        access_control_max_age="600",
    ),
    case("GET /open", 200, "open", {"headers": PREFLIGHT}, access_control_allow_origin=ORIGIN),
    case("OPTIONS /posts", 404, "404 Not Found"),
    case("GET /away", 302, b"", location="https://example.com/"),
    case("GET /refused", 403, "refused"),
    case("GET /thrown", 500, "Internal Server Error"),
    case("GET /nothing", 404, "404 Not Found"),
    case("DELETE /posts/1", 404, "404 Not Found", x_middleware="after"),
)
ITTY_JSON = "application/json; charset=utf-8"
ITTY_ROUTER = (
    case("GET", 200, ["itty!"], content_type=ITTY_JSON),
    case("GET /", 200, ["itty!"], access_control_allow_origin=ORIGIN),
    case("HEAD /", 200, b"", content_type=ITTY_JSON),
    case(
        "GET /posts/%C3%A9%20a%2Fb?page=2&tag=a&tag=%26",
        200,
        [{"id": "%C3%A9%20a%2Fb", "same": True, "page": "2", "tags": ["a", "&"]}],
    ),
    case("POST /posts", 201, [{"title": "é"}], TITLE, content_type=ITTY_JSON, location="posts/1"),
    case("POST /form", 200, [[["name", "é &"], ["tag", "a"], ["tag", "b"]]], FORM),
    case("GET /page?name=%C3%A9", 200, "<p>é</p>", content_type="text/html"),
    case("PUT /bytes", 200, ALL_BYTES, {"content": ALL_BYTES}, content_type="image/png"),
    case(
        "OPTIONS /posts",
        204,
        b"",
        {"headers": PREFLIGHT},
        access_control_allow_origin=ORIGIN,
        access_control_max_age="600",
    ),
    case("GET /gone", 204, b""),
    case("GET /refused", 403, [{"status": 403, "error": "refused"}]),
    case("GET /failed", 409, [{"status": 409, "error": "failed", "field": "name"}]),
    case("GET /thrown", 500, [{"status": 500, "error": "told to all"}]),
    case("GET /nothing", 404, [{"status": 404, "error": "Not Found"}]),
)


@pytest.fixture(scope="module")
def tenant(server: Server) -> Tenant:
    return tenant_of(server)


@pytest.fixture(scope="module", params=[(), ("--minify",)], ids=["plain", "minified"])
def app(
    request: pytest.FixtureRequest, tenant: Tenant, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Ask]:
    """Publish an app of a package, once, and return how to ask it."""
    published: dict[str, str] = {}

    def asking(package: str) -> Ask:
        if package not in published:
            source = bundle(tmp_path_factory.mktemp(package), f"{package}-app", request.param)
            published[package] = publish(tenant, tenant.create(source, kv=["counters"]))
        return asking_at(tenant, published[package])

    return asking


def asking_at(tenant: Tenant, path: str) -> Ask:
    return lambda method, below="", **how: ask(tenant, path + below, method, **how)


def assert_answers(asked: Ask, expected: Case) -> None:
    answer = asked(*expected.asked.split(" "), **expected.how)

    body: object = answer.content if isinstance(expected.body, bytes) else answer.text
    if isinstance(expected.body, list):
        body = [answer.json()]
    assert (answer.status_code, body) == (expected.status, expected.body)
    for name, value in expected.headers.items():
        assert answer.headers[name.replace("_", "-")] == value


@pytest.mark.parametrize("expected", HONO, ids=lambda case: case.asked)
def test_an_app_of_hono_answers(app: Callable[[str], Ask], expected: Case) -> None:
    assert_answers(app("hono"), expected)


@pytest.mark.parametrize("expected", ITTY_ROUTER, ids=lambda case: case.asked)
def test_an_app_of_itty_router_answers(app: Callable[[str], Ask], expected: Case) -> None:
    assert_answers(app("itty-router"), expected)


@pytest.mark.parametrize("package", ["hono", "itty-router"])
def test_an_app_counts_in_what_it_says_may_go_on(app: Callable[[str], Ask], package: str) -> None:
    asked = app(package)
    before = asked("GET", "/counted").json() or 0

    asked("POST", "/posts", json={})

    assert asked("GET", "/counted").json() == before + 1


def test_an_app_of_hono_says_that_a_page_is_as_it_was(app: Callable[[str], Ask]) -> None:
    asked = app("hono")
    tag = asked("GET", "/tagged").headers["etag"]

    again = asked("GET", "/tagged", headers={"If-None-Match": tag})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


@pytest.mark.parametrize("package", ["hono", "itty-router"])
def test_a_key_comes_in_that_may_execute_the_app(
    tenant: Tenant, tmp_path_factory: pytest.TempPathFactory, package: str
) -> None:
    source = bundle(tmp_path_factory.mktemp(package), f"{package}-app", ())
    function = tenant.create(source)
    asked = asking_at(tenant, publish(tenant, function, KEY))
    key = {"X-Auth-Token": key_for(tenant, function)}

    assert asked("GET", "/posts/1").status_code == 401
    assert asked("GET", "/posts/1", headers=key).json()["id"] == "1"


def test_an_error_is_on_the_console_of_its_owner(
    tenant: Tenant, tmp_path_factory: pytest.TempPathFactory
) -> None:
    source = bundle(tmp_path_factory.mktemp("hono"), "hono-app", ())
    function = tenant.create(source, record="all")
    asking_at(tenant, publish(tenant, function))("GET", "/thrown")

    with tenant.client() as owner:
        url = f"{tenant.functions_url(function)}/executions"
        [listed] = owner.get(url).raise_for_status().json()["data"]
        record = owner.get(f"{url}/{listed['execution_id']}").raise_for_status().json()["data"]
    assert [line["level"] for line in record["logs"]] == ["error"]
    assert record["logs"][0]["text"].startswith("Error: for the owner\n")


ROUTER = """
import { error, json, METHOD, withParams } from 'itty-router';
const base = '/http/:account/:path';
const router = METHOD({ base, before: [withParams], catch: error, finally: [json] });
router.get('/posts/:id', ({ params, query }) => json({ id: params.id, page: query.page }));
export default EXPORTED;
"""
EXPORTED = {
    "itself": "router",
    "a copy": "{ ...router }",
    "a proxy": "new Proxy({}, { get: (_, name) => router[name] })",
    "its fetch": "{ fetch: router.fetch }",
}


@pytest.mark.parametrize("exported", EXPORTED.values(), ids=EXPORTED)
@pytest.mark.parametrize("router", ["Router", "IttyRouter", "AutoRouter"])
def test_a_router_answers_however_it_is_exported(
    tenant: Tenant, tmp_path_factory: pytest.TempPathFactory, router: str, exported: str
) -> None:
    text = ROUTER.replace("METHOD", router).replace("EXPORTED", exported)
    source = bundle_text(tmp_path_factory.mktemp("router"), text, ())
    asked = asking_at(tenant, publish(tenant, tenant.create(source)))

    assert asked("GET", "/posts/1?page=2").json() == {"id": "1", "page": "2"}


@pytest.mark.parametrize(("package", "body"), [("hono", "{}"), ("itty-router", '"{}"')])
def test_the_documented_app_answers(
    tenant: Tenant, tmp_path_factory: pytest.TempPathFactory, package: str, body: str
) -> None:
    [text] = [text for _, text in blocks(HTTP_FUNCTIONS) if f"from '{package}'" in text]
    source = bundle_text(tmp_path_factory.mktemp("documented"), text, ())
    asked = asking_at(tenant, publish(tenant, tenant.create(source), NONE))

    answer = asked("GET", "/hello/Billie")

    assert (answer.status_code, answer.text) == (200, body.format("Hello Billie"))
