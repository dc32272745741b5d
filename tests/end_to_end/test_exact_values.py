"""Numbers and texts come out as they went in, on every route and in the record."""

import json
from collections.abc import Callable

import httpx2
import pytest

from tests.end_to_end.test_asynchronous import ended, submit
from tests.support.hosts import Host

Route = Callable[[httpx2.Client, Host, str, str], str]


def by_kazoo(client: httpx2.Client, host: Host, function: str, text: str) -> str:
    url = f"{host.functions_url(function)}/execute"
    answer = client.post(url, content=f'{{"data": {text}}}', headers=JSON)
    return answer.text.partition('"result":')[2]


def by_codemash(client: httpx2.Client, _: Host, function: str, text: str) -> str:
    url = f"/v2/serverless/functions/{function}/execute"
    answer = client.post(url, content=f'{{"Data": {text}}}', headers=JSON)
    return str(answer.json()["result"])


def by_record(client: httpx2.Client, host: Host, function: str, text: str) -> str:
    url = f"{host.functions_url(function)}/execute"
    later = {**JSON, "Prefer": "respond-async"}
    accepted = client.post(url, content=f'{{"data": {text}}}', headers=later)
    location = accepted.headers["location"]
    ended(client, location)
    return client.get(location).text.partition('"result":')[2]


JSON = {"Content-Type": "application/json"}
ROUTES: list[Route] = [by_kazoo, by_codemash, by_record]
NUMBERS = [
    "0.00008",
    "1e-7",
    "5e-324",
    "1e+21",
    "1.7976931348623157e+308",
    "9007199254740991",
    "-0.1",
]
TEXTS = ["\ud800", "\udfff\ud800", "a\u0000b", "\u2028\u2029", "\U0001f600", "\ufeff", "\x7f"]


@pytest.mark.parametrize("execute_by", ROUTES)
def test_a_number_is_written_as_javascript_writes_it(
    client: httpx2.Client, host: Host, execute_by: Route
) -> None:
    listed = f"[{','.join(NUMBERS)}]"

    body = execute_by(client, host, host.create("return call"), f'{{"numbers": {listed}}}')

    assert body.startswith(f'{{"numbers":{listed}}}')


def test_an_integer_that_javascript_changes_is_not_changed_in_silence(
    client: httpx2.Client, host: Host
) -> None:
    function, call = host.create("return call"), {"id": 1234567890123456789}

    answer = host.execute(function, call)
    record = ended(client, submit(client, host, function, call))

    for execution in (answer, record):
        assert execution["result"] == {"id": 1234567890123456800}
        [line] = execution["logs"]
        assert line["level"] == "warn"
        assert "JavaScript changes 1234567890123456789 of the input" in line["text"]


@pytest.mark.parametrize("execute_by", ROUTES)
def test_digits_that_no_number_holds_come_as_a_function_writes_them(
    client: httpx2.Client, host: Host, execute_by: Route
) -> None:
    function = host.create("return {id: JSON.rawJSON('9007199254740993')}")

    assert execute_by(client, host, function, "{}").startswith('{"id":9007199254740993}')


@pytest.mark.parametrize("execute_by", ROUTES)
def test_a_text_is_the_same_in_input_key_result_line_and_message(
    client: httpx2.Client, host: Host, execute_by: Route
) -> None:
    function = host.create("return {...call, [call.texts[0]]: call.texts[1]}")

    body = execute_by(client, host, function, json.dumps({"texts": TEXTS}))

    result, _ = json.JSONDecoder().raw_decode(body)
    assert result == {"texts": TEXTS, TEXTS[0]: TEXTS[1]}


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_the_same_on_the_console_in_a_message_and_in_the_source(
    client: httpx2.Client, host: Host, text: str
) -> None:
    source = f"console.log(call.text); throw new Error({json.dumps(text, ensure_ascii=False)})"
    document = {"name": "under test", "function_js": source}

    made = client.put(host.functions_url(), content=json.dumps({"data": document}), headers=JSON)
    function = made.json()["data"]["id"]
    asked = json.dumps({"data": {"text": text}})
    url = f"{host.functions_url(function)}/execute"
    execution = client.post(url, content=asked, headers=JSON).json()["data"]
    location = f"{host.functions_url(function)}/executions/{execution['execution_id']}"
    record = client.get(location).json()["data"]

    assert client.get(host.functions_url(function)).json()["data"]["function_js"] == source
    for each in (execution, record):
        assert each["error"]["message"] == text
        assert [line["text"] for line in each["logs"]] == [text]
