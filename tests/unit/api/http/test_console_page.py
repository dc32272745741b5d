"""The console at ``/console``: how its page and its files are served."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from isolambda_api.http import console_page

SCRIPT = "main-ABCDEFGH.js"
A_YEAR = "public, max-age=31536000, immutable"
LOADS = re.compile(r'(?:href|src)="(?!data:)([^"]+)"')


@pytest.fixture
def browser(app: FastAPI) -> TestClient:
    return TestClient(app)


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of an app that was built."""
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "index.html").write_text(f'<script src="console/{SCRIPT}"></script>')
    (folder / SCRIPT).write_text("const greeting = 'hello, hello, hello';\n" * 20)
    (folder / "LICENSES.txt").write_text("MIT\n")
    yield from _served(folder, monkeypatch)


@pytest.fixture
def not_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """No such folder: the console is not built."""
    yield from _served(tmp_path / "app", monkeypatch)


def _served(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(console_page, "_APP", folder)
    console_page._read_once.cache_clear()
    yield folder
    console_page._read_once.cache_clear()


@pytest.mark.usefixtures("built")
def test_the_page_needs_no_key_and_is_asked_for_again_each_time(browser: TestClient) -> None:
    page = browser.get("/console")

    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    known = browser.get("/console", headers={"If-None-Match": page.headers["etag"]})
    assert known.status_code == 304


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("path", ["/console", f"/console/{SCRIPT}", "/console/unknown.js"])
def test_nothing_inline_and_no_other_host_is_allowed(browser: TestClient, path: str) -> None:
    headers = browser.get(path).headers

    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.usefixtures("built")
def test_a_file_that_is_named_by_its_hash_is_kept_for_a_year(browser: TestClient) -> None:
    [name] = LOADS.findall(browser.get("/console").text)
    script = browser.get(f"/{name}")

    assert script.headers["cache-control"] == A_YEAR
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"


@pytest.mark.usefixtures("built")
def test_a_name_that_a_client_thinks_of_is_not_remembered(browser: TestClient) -> None:
    for number in range(10):
        assert browser.get(f"/console/main-0000000{number}.js").status_code == 404

    assert console_page._read_once.cache_info().currsize == 0


def test_a_console_that_is_built_again_is_served_at_once(browser: TestClient, built: Path) -> None:
    browser.get("/console")
    (built / "index.html").write_text("new")

    assert browser.get("/console").text == "new"


@pytest.mark.usefixtures("built")
def test_any_other_file_is_asked_for_again(browser: TestClient) -> None:
    assert browser.get("/console/LICENSES.txt").headers["cache-control"] == "no-cache"


def test_a_client_that_reads_gzip_gets_it_and_no_other_does(
    browser: TestClient, built: Path
) -> None:
    plain = browser.get(f"/console/{SCRIPT}", headers={"Accept-Encoding": "identity"})
    packed = browser.get(f"/console/{SCRIPT}", headers={"Accept-Encoding": "br, gzip;q=0.8"})

    content = (built / SCRIPT).read_bytes()
    assert plain.content == packed.content == content
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) == len(gzip.compress(content))
    assert packed.headers["etag"] != plain.headers["etag"]
    assert packed.headers["vary"] == "accept-encoding"


@pytest.mark.parametrize("weight", ["0", "0.0", "0.000", " 0 ", "0."])
@pytest.mark.usefixtures("built")
def test_a_client_that_refuses_gzip_gets_none(browser: TestClient, weight: str) -> None:
    headers = {"Accept-Encoding": f"br, GZIP; q={weight}"}

    assert "content-encoding" not in browser.get(f"/console/{SCRIPT}", headers=headers).headers


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    "name", ["main-00000000.js", "%2e%2e", "..%2findex.html", "..%2f..%2f__init__.py"]
)
def test_what_the_build_did_not_make_is_not_there(browser: TestClient, name: str) -> None:
    assert browser.get(f"/console/{name}").status_code == 404


@pytest.mark.usefixtures("built")
def test_behind_a_path_of_a_gateway_the_page_finds_its_files_and_itself(
    browser: TestClient,
) -> None:
    with_slash = browser.get("/console/", follow_redirects=False)

    assert with_slash.headers["location"] == "../console"
    assert not [link for link in LOADS.findall(browser.get("/console").text) if link[0] == "/"]


@pytest.mark.usefixtures("not_built")
def test_a_console_that_is_not_built_says_how_to_build_it(browser: TestClient) -> None:
    page = browser.get("/console")

    assert page.status_code == 404
    assert "make console" in page.text
    assert page.headers["content-type"].startswith("text/plain")
