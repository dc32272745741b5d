"""Headers that are lists are read from all of their lines, and commas in quotes part nothing."""

import pytest
from starlette.testclient import TestClient

from isolambda_api.http.headers import (
    elements_of,
    joined,
    prefers,
)

Lines = list[tuple[str, str]]


@pytest.fixture
def path(functions_path: str, function_id: str) -> str:
    return f"{functions_path}/{function_id}"


@pytest.fixture
def etag(client: TestClient, path: str) -> str:
    return str(client.get(path).headers["etag"])


def test_the_lines_of_a_header_are_one_as_api_gateway_has_them() -> None:
    lines = [(b"prefer", b"wait=5"), (b"accept", b"*/*"), (b"prefer", b"respond-async")]

    assert joined(lines) == [(b"prefer", b"wait=5,respond-async"), (b"accept", b"*/*")]


@pytest.mark.parametrize(
    ("header", "elements"),
    [
        ("", []),
        (" , ,", []),
        ("a", ["a"]),
        ("a,b , c", ["a", "b", "c"]),
        ('"a,b", W/"c"', ['"a,b"', 'W/"c"']),
        ('a="x, y", b', ['a="x, y"', "b"]),
        ('"open, a', ['"open, a']),
    ],
)
def test_a_list_has_elements_between_its_commas(header: str, elements: list[str]) -> None:
    assert elements_of(header) == elements


@pytest.mark.parametrize("prefix", ["/v2/accounts/{account}", "/v2/serverless", "/serverless"])
@pytest.mark.parametrize(
    "lines",
    [
        [("Prefer", "wait=5"), ("Prefer", "respond-async")],
        [("Prefer", "respond-async"), ("Prefer", "wait=5")],
        [("Prefer", ""), ("prefer", 'note="a, b"'), ("PREFER", "wait=5, respond-async")],
    ],
)
def test_a_preference_counts_on_any_line(
    client: TestClient, account_id: str, function_id: str, prefix: str, lines: Lines
) -> None:
    path = f"{prefix.format(account=account_id)}/functions/{function_id}/execute"

    assert client.post(path, headers=lines).status_code == 202


def test_a_preference_in_quotes_is_none(client: TestClient, path: str) -> None:
    answer = client.post(f"{path}/execute", headers={"prefer": 'note="a,respond-async,b"'})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "tags", [['"other"', "{}"], ["{}", '"other"'], ['"a", "b"', '"c"', '"d",{}'], ['"x"', "*"]]
)
def test_revisions_are_looked_for_on_every_line(
    client: TestClient, path: str, etag: str, tags: list[str]
) -> None:
    known = [("If-None-Match", tag.format(etag)) for tag in tags]
    if_match = [("If-Match", tag.format(etag)) for tag in tags]

    assert client.get(path, headers=known).status_code == 304
    assert client.patch(path, json={"data": {"a": 1}}, headers=if_match).status_code == 200


def test_none_of_several_lines_matches(client: TestClient, path: str) -> None:
    lines = [("If-Match", '"a"'), ("If-Match", '"b"')]

    assert client.patch(path, json={"data": {"a": 1}}, headers=lines).status_code == 412


@pytest.mark.parametrize(
    ("ranges", "status"),
    [
        (["text/html", "application/json"], 200),
        (["text/html;q=0.9", "image/png, */*;q=0.1"], 200),
        (["text/html", "image/png"], 406),
    ],
)
def test_what_a_client_accepts_stands_on_any_line(
    client: TestClient, functions_path: str, ranges: list[str], status: int
) -> None:
    lines = [("Accept", each) for each in ranges]

    # The client has an Accept of its own, which takes everything.
    request = client.build_request("GET", functions_path)
    request.headers = type(request.headers)(
        [*((k, v) for k, v in request.headers.multi_items() if k != "accept"), *lines]
    )
    assert client.send(request).status_code == status


@pytest.mark.parametrize("encodings", [["identity", "gzip"], ["gzip", "identity"], ["", "br"]])
def test_an_encoding_counts_on_any_line(
    client: TestClient, path: str, encodings: list[str]
) -> None:
    lines = [("Content-Encoding", each) for each in encodings]

    assert client.patch(path, json={"data": {}}, headers=lines).status_code == 415


@pytest.mark.parametrize(
    ("header", "is_preferred"),
    [
        (None, False),
        ("", False),
        ("handling=strict", True),
        ('Handling = "Strict"; reason="a, b"', True),
        ("respond-async, handling=strict", True),
        ("handling=lenient", False),
        ("handling", False),
        ('wait="handling=strict"', False),
        ("x; handling=strict", False),
    ],
)
def test_a_preference_is_looked_for_as_rfc_7240_has_it(
    header: str | None, *, is_preferred: bool
) -> None:
    assert prefers(header, "handling=strict") is is_preferred
