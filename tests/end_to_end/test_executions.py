"""Executing, in both dialects, and what each tells of failures."""

import json

import httpx2
import pytest

from tests.support.hosts import Host

SAY_HI = "return {module: 'tts', data: {text: 'hi ' + call['Caller-ID-Name']}};"
HI_ADA = {"module": "tts", "data": {"text": "hi Ada"}}
CODEMASH = {"Authorization": "Bearer {api_key}", "X-CM-ProjectId": "{account_id}"}


def codemash(host: Host) -> httpx2.Client:
    return host.client(
        **{name: value.format(**host.credentials) for name, value in CODEMASH.items()}
    )


@pytest.mark.parametrize("version", ["/v1", "/v2", ""])
def test_both_verbs_of_the_codemash_execute_route(host: Host, version: str) -> None:
    url = f"{version}/serverless/functions/{host.create(SAY_HI)}/execute"
    template = {"Template": json.dumps({"Caller-ID-Name": "Ada"})}

    with codemash(host) as client:
        posted = client.post(url, json=template)
        fetched = client.get(url, params=template)

    for answer in (posted, fetched):
        assert answer.status_code == 200
        assert json.loads(answer.json()["result"]) == HI_ADA


def test_an_execution_tells_all_there_is_to_know(host: Host) -> None:
    function = host.create("console.warn('look'); return call.n * 2")

    execution = host.execute(function, {"n": 21})

    assert set(execution) == {
        "execution_id", "outcome", "result", "error", "logs", "usage", "fetches", "version",
    }  # fmt: skip
    assert (execution["outcome"], execution["result"], execution["version"]) == (
        "ok",
        42,
        "$LATEST",
    )
    assert [(line["level"], line["text"]) for line in execution["logs"]] == [("warn", "look")]


def test_a_function_gets_its_context(host: Host) -> None:
    function = host.create("return context", name="who am I")
    account = host.credentials["account_id"]
    meta, tokens = {"colour": "green"}, {"user": "t"}

    kazoo = host.execute(function)
    with codemash(host) as client:
        url = f"/v2/serverless/functions/{function}/execute"
        answer = client.post(url, json={"Meta": meta, "Tokens": tokens})

    for context in (kazoo["result"], json.loads(answer.json()["result"])):
        assert context["account_id"] == account
        assert context["function"] == {"id": function, "name": "who am I", "version": "$LATEST"}
        assert context["qualifier"] == "$LATEST"
    assert kazoo["result"]["execution_id"] == kazoo["execution_id"]
    assert kazoo["result"]["trigger"] == "kazoo"
    execution = json.loads(answer.json()["result"])
    assert (execution["trigger"], execution["meta"], execution["tokens"]) == (
        "codemash",
        meta,
        tokens,
    )


def test_what_a_function_throws_is_reported_with_line_and_column_in_both_dialects(
    host: Host,
) -> None:
    function = host.create("const items = null;\n  return items.length;")

    execution = host.execute(function)
    with codemash(host) as client:
        answer = client.post(f"/v2/serverless/functions/{function}/execute")

    assert execution["outcome"] == "exception"
    assert (execution["error"]["name"], execution["error"]["line"]) == ("TypeError", 2)
    status = answer.json()["responseStatus"]
    assert (answer.status_code, status["errorCode"]) == (500, "TypeError")
    assert status["message"] == execution["error"]["message"]
    assert status["meta"]["line"] == str(execution["error"]["line"])
    assert status["meta"]["column"] == str(execution["error"]["column"])


@pytest.mark.parametrize(
    ("function", "headers", "status", "code"),
    [
        ("0" * 32, {}, 404, "ResourceNotFound"),
        ("x", {}, 400, "FormatException"),
        ("0" * 32, {"Authorization": "Bearer x"}, 401, "Unauthorized"),
        ("0" * 32, {"X-CM-ProjectId": "x"}, 400, "FormatException"),
    ],
)
def test_codemash_gets_what_is_wrong(
    host: Host, function: str, headers: dict[str, str], status: int, code: str
) -> None:
    with codemash(host) as client:
        answer = client.post(f"/v2/serverless/functions/{function}/execute", headers=headers)

    assert answer.status_code == status
    assert answer.json()["responseStatus"]["errorCode"] == code


def test_a_disabled_function_is_not_executed(host: Host, client: httpx2.Client) -> None:
    function = host.create("return 1", enabled=False)

    answer = client.post(f"{host.functions_url(function)}/execute")

    assert (answer.status_code, answer.json()["message"]) == (400, "disabled")
