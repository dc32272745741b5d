"""The pages for people: they say what runs here, tell no secret, and need no other server."""

import re
from collections.abc import Mapping

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from isolambda_api.app import Services, create_app
from isolambda_api.http import docs_page
from isolambda_core import __version__

ALWAYS = ["openapi.json", "types/isolambda.d.ts", "llms.txt", "healthz"]


@pytest.fixture
def browser(app: FastAPI) -> TestClient:
    return TestClient(app, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})


def references(page: str) -> list[str]:
    return re.findall(r'(?:href|src|data-document)="([^"]*)"', page)


def policy(headers: Mapping[str, str]) -> dict[str, str]:
    parts = headers["content-security-policy"].split("; ")
    return {name: value for name, _, value in (part.partition(" ") for part in parts)}


def test_the_front_page_says_what_runs_here_and_leads_on(browser: TestClient) -> None:
    answer = browser.get("/")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "Isolambda</h1>\n<p>JavaScript functions" in answer.text
    assert __version__ in answer.text
    assert references(answer.text) == ["console", "docs", *ALWAYS]
    for link in references(answer.text):
        assert browser.get(f"/{link}").status_code == 200


@pytest.mark.parametrize("path", ["/", "/docs", "/docs/swagger-ui.css", "/types/isolambda.d.ts"])
def test_a_page_can_be_asked_for_by_head_but_not_written(browser: TestClient, path: str) -> None:
    assert browser.head(path).status_code == 200
    assert browser.post(path).status_code in {401, 405}


@pytest.mark.parametrize("path", ["/docs", "/docs/"])
def test_all_that_the_docs_are_made_of_is_served_here(browser: TestClient, path: str) -> None:
    answer = browser.get(path)

    files = [name for name in references(answer.text) if not name.startswith("data:")]
    assert len(files) == 4
    for name in files:
        served = browser.get(str(answer.url.join(name)))
        assert served.status_code == 200, name
    assert policy(answer.headers)["script-src"] == "'self'"


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_a_page_may_load_nothing_from_elsewhere_and_stand_in_no_frame(
    browser: TestClient, path: str
) -> None:
    answer = browser.get(path)

    allowed = policy(answer.headers)
    assert allowed["default-src"] == allowed["frame-ancestors"] == allowed["base-uri"] == "'none'"
    assert "//" not in answer.text.replace("<!doctype html>", "")
    assert "//" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("path", "media_type", "bytes_"),
    [
        ("/docs/swagger-ui-bundle.js", "text/javascript", 1_000_000),
        ("/docs/swagger-ui.css", "text/css", 99_999),
        ("/types/isolambda.d.ts", "text/plain; charset=utf-8", 2_000),
        ("/llms.txt", "text/plain; charset=utf-8", 200),
        ("/llms.md", "text/plain; charset=utf-8", 2_000),
    ],
)
def test_a_file_is_cached_and_asked_for_again_by_its_etag(
    browser: TestClient, path: str, media_type: str, bytes_: int
) -> None:
    first = browser.get(path)
    again = browser.get(path, headers={"If-None-Match": f'"x", {first.headers["etag"]}'})
    other = browser.get(path, headers={"If-None-Match": '"x"'})

    assert first.headers["content-type"].startswith(media_type)
    assert first.headers["cache-control"] == "public, max-age=3600"
    assert len(first.content) > bytes_
    assert (again.status_code, again.content) == (304, b"")
    assert other.status_code == 200


@pytest.mark.parametrize("path", ["/docs/redoc.standalone.js", "/docs/..%2fcore.py", "/docs/x"])
def test_nothing_else_of_the_package_is_served(browser: TestClient, path: str) -> None:
    assert browser.get(path).status_code in {401, 404}


def test_without_the_package_there_are_no_docs_and_no_link_to_them(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docs_page, "is_installed", lambda: False)
    browser = TestClient(create_app(services))

    assert browser.get("/docs").json()["status"] == "error"
    assert references(browser.get("/").text) == ["console", *ALWAYS]
