"""Halves of characters, which JavaScript and JSON can hold and UTF-8 cannot, come back as sent."""

import json
from typing import Any

import httpx2
import pytest

from tests.end_to_end.test_executions import codemash
from tests.end_to_end.test_triggers import HAND_BACK, bind, ended
from tests.support.hosts import Host

TEXTS = ["\ud800", "a\udfffb", "\udc00\ud83d", "\U0001f600\ud83d"]
each_text = pytest.mark.parametrize("text", TEXTS, ids=ascii)


def as_data(value: Any) -> bytes:
    """Return an envelope in ASCII, where lone surrogates are escaped."""
    return json.dumps({"data": value}).encode()


def execute(client: httpx2.Client, host: Host, function: str, call: Any) -> dict[str, Any]:
    url = f"{host.functions_url(function)}/execute"
    execution: dict[str, Any] = client.post(url, content=as_data(call)).json()["data"]
    return execution


@each_text
def test_in_keys_and_values_of_a_call_and_of_a_result(
    host: Host, client: httpx2.Client, text: str
) -> None:
    source = "return {call, [call.key]: Object.keys(call)[0], n: call.key.length}"
    function = host.create(source, record="all")
    call = {text: [text, {text: text}], "key": text}

    execution = execute(client, host, function, call)

    units = len(text.encode("utf-16", "surrogatepass")) // 2 - 1
    assert execution["result"] == {"call": call, text: text, "n": units}
    url = f"{host.functions_url(function)}/executions/{execution['execution_id']}"
    kept = client.get(url).json()["data"]
    assert (kept["input"], kept["result"]) == (call, execution["result"])


@each_text
def test_in_the_name_and_the_source_of_a_function(
    host: Host, client: httpx2.Client, text: str
) -> None:
    source = f"return [{json.dumps(text)}, context.function.name]"
    data = {"name": text, "function_js": source, text: {text: [text]}}

    made = client.put(host.functions_url(), content=as_data(data)).json()["data"]

    fetched = client.get(host.functions_url(made["id"])).json()["data"]
    assert made.items() >= data.items()
    assert fetched == made
    assert execute(client, host, made["id"], {})["result"] == [text, text]


@each_text
def test_in_meta(host: Host, text: str) -> None:
    function = host.create("return context.meta")
    meta = {text: text}

    with codemash(host) as client:
        url = f"/v2/serverless/functions/{function}/execute"
        answer = client.post(url, content=json.dumps({"Meta": meta}))

    assert json.loads(answer.json()["result"]) == meta


@each_text
def test_in_what_is_thrown(host: Host, client: httpx2.Client, text: str) -> None:
    function = host.create(
        "throw Object.assign(new Error(call.text), {name: call.text, [call.text]: call.text})"
    )

    error = execute(client, host, function, {"text": text})["error"]
    with codemash(host) as other:
        url = f"/v2/serverless/functions/{function}/execute"
        asked = {"Template": json.dumps({"text": text})}
        status = other.post(url, content=json.dumps(asked)).json()["responseStatus"]

    assert (error["message"], error["fields"]) == (text, {text: text})
    assert status["message"] == text


@each_text
def test_in_what_an_event_tells(host: Host, client: httpx2.Client, text: str) -> None:
    function = host.create(HAND_BACK)
    source = f"shop.{function}"
    trigger = bind(client, host, function, type="event", pattern={"source": [source]})
    detail = {text: [text], "text": text}
    event = {"source": source, "detail_type": "order", "detail": detail}

    url = f"/v2/accounts/{host.credentials['account_id']}/events"
    published = client.put(url, content=as_data({"events": [event]}))

    assert published.status_code == 202
    (record,) = ended(client, host, function, trigger)
    assert record["result"]["call"]["detail"] == detail
