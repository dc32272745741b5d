"""Numbers and nesting of what clients send: what is taken, and what is refused by every route."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services
from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.limits import INPUT_DEPTH

FORM = {"content-type": "application/x-www-form-urlencoded"}
NINES = "9" * 400
TOO_LARGE = [NINES, f"-{NINES}", "1e400", "-1e400", f"{NINES}.5", "1" + "0" * 309, "0.1E+310"]
Ask = Callable[[str], Any]


@pytest.fixture
def routes(client: TestClient, account_id: str, function_id: str) -> Mapping[str, Ask]:
    """Ways to hand JSON text to a function; each returns the answer."""
    kazoo = f"/v2/accounts/{account_id}/functions/{function_id}/execute"
    codemash = f"/v2/serverless/functions/{function_id}/execute"
    pivot = f"/pivot/{account_id}/{function_id}"
    later = {"prefer": "respond-async"}
    return {
        "Kazoo": lambda text: client.post(kazoo, content=f'{{"data": {{"a": {text}}}}}'),
        "Kazoo, later": lambda text: client.post(
            kazoo, content=f'{{"data": {{"a": {text}}}}}', headers=later
        ),
        "Kazoo, form": lambda text: client.post(kazoo, data={"data": f'{{"a": {text}}}'}),
        "CodeMash": lambda text: client.post(codemash, content=f'{{"Data": {{"a": {text}}}}}'),
        "CodeMash, later": lambda text: client.post(
            codemash, content=f'{{"Data": {{"a": {text}}}}}', headers=later
        ),
        "CodeMash, text": lambda text: client.post(codemash, json={"Data": f'{{"a": {text}}}'}),
        "CodeMash, form": lambda text: client.post(codemash, data={"Data": f'{{"a": {text}}}'}),
        "CodeMash, query": lambda text: client.get(codemash, params={"Data": f'{{"a": {text}}}'}),
        "pivot": lambda text: client.post(pivot, content=f'{{"a": {text}}}'),
        "pivot, as curl": lambda text: client.post(pivot, content=f'{{"a": {text}}}', headers=FORM),
    }


ROUTES = [
    *("Kazoo", "Kazoo, later", "CodeMash", "CodeMash, later", "CodeMash, text", "CodeMash, form"),
    *("CodeMash, query", "pivot", "pivot, as curl"),
]


@pytest.mark.parametrize("number", TOO_LARGE, ids=lambda number: number[:10])
@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("around", ["{}", "[1, {}]", '{{"b": [{{"c": {}}}]}}'])
def test_a_number_that_no_double_holds_is_refused_by_every_route(
    routes: Mapping[str, Ask],
    executed: list[ExecutionRequest],
    route: str,
    number: str,
    around: str,
) -> None:
    answer = routes[route](around.format(number))

    assert answer.status_code == 400
    assert "a number is too large" in answer.text
    assert executed == []


def test_a_number_in_a_form_of_kazoo_s_is_refused_too(routes: Mapping[str, Ask]) -> None:
    assert routes["Kazoo, form"](NINES).status_code == 400
    assert routes["Kazoo, form"]("1e400").status_code == 400


@pytest.mark.parametrize("route", [route for route in ROUTES if "later" not in route])
def test_a_number_that_a_double_holds_is_taken(
    routes: Mapping[str, Ask], executed: list[ExecutionRequest], route: str
) -> None:
    largest = str(int(1.7976931348623157e308))

    routes[route](f"[{largest}, 1e308, -12345678901234567890]")

    assert json.loads(executed[-1].input)["a"] == [int(largest), 1e308, -12345678901234567890]


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/v2/accounts/{}/events", '{"events": [{"source": "s", "detail": {"a": %s}}]}'),
        ("/v2/accounts/{}/functions", '{"name": "n", "function_js": "", "custom": %s}'),
    ],
)
@pytest.mark.parametrize("number", [NINES, "1e400"], ids=["digits", "exponent"])
def test_a_number_in_what_is_executed_later_is_refused_at_once(
    client: TestClient, account_id: str, path: str, data: str, number: str
) -> None:
    answer = client.put(path.format(account_id), content=f'{{"data": {data % number}}}')

    assert answer.status_code == 400
    assert answer.json()["data"]["json"]["invalid"]["cause"] == "a number is too large"


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"b":', "}")])
def test_as_many_levels_are_taken_as_the_message_says(
    routes: Mapping[str, Ask],
    executed: list[ExecutionRequest],
    route: str,
    opening: str,
    closing: str,
) -> None:
    inside = INPUT_DEPTH - 1  # the input is an object already

    taken = routes[route](opening * inside + "1" + closing * inside)
    refused = routes[route](opening * (inside + 1) + "1" + closing * (inside + 1))

    assert taken.status_code != 400
    assert refused.status_code == 400
    assert f"nested more than {INPUT_DEPTH} levels deep" in refused.text
    assert len(executed) == ("later" not in route)


def test_without_its_mark_a_body_of_kazoo_s_is_read(
    client: TestClient, functions_path: str, function_id: str
) -> None:
    mark = b"\xef\xbb\xbf"
    path = f"{functions_path}/{function_id}/execute"

    for body, headers in (
        (mark + b'{"data":{"a":1}}', {}),
        (mark + b' \r\n{"data":{"a":1}}', FORM),
        (mark + b'data={"a":1}', FORM),
        (b"data=%EF%BB%BF" + b'{"a":1}', FORM),
    ):
        answer = client.post(path, content=body, headers=headers)

        assert answer.json()["data"]["result"] == {"a": 1}


START = '"start": "2030-01-01T09:00:00"'
WHOLE = ["2.0", "2.00", "2e0", "20e-1", "0.2E+1"]


@pytest.mark.parametrize("two", WHOLE)
def test_a_number_without_a_fraction_is_an_integer_in_a_function(
    client: TestClient, services: Services, account_id: str, functions_path: str, two: str
) -> None:
    data = f"""{{"name": "n", "function_js": "", "custom": {two},
        "attempts": {two}, "limits": {{"wall_time_ms": 2e3, "memory_mb": 32.0}}}}"""

    answer = client.put(functions_path, content=f'{{"data": {data}}}')

    assert answer.status_code == 201
    function = services.functions.fetch(account_id, answer.json()["data"]["id"])
    assert repr((function.attempts, function.limits.wall_time_ms)) == "(2, 2000)"
    assert f'"custom":{float(two)}' in answer.text
    patched = client.patch(
        f"{functions_path}/{function.id}", content=f'{{"data": {{"attempts": {two}}}}}'
    )
    assert '"attempts":2,' in patched.text


@pytest.mark.parametrize("two", WHOLE)
@pytest.mark.parametrize(
    ("keys", "warning"),
    [
        ('"type": "queue", "batch_size": {}', '"batch_size":2,'),
        ('"type": "schedule", "schedule": "rate(1 day)", "flexible_minutes": {}', '_minutes":2,'),
        (
            f'"type": "schedule", {START}, "repeat": {{{{"interval": {{}}, "type": "Daily"}}}}',
            '"interval":2,',
        ),
        ('"type": "queue", "maximum_age_s": 6e1, "batch_size": {}', '"maximum_age_s":60,'),
    ],
)
def test_a_number_without_a_fraction_is_an_integer_in_a_trigger(
    client: TestClient, functions_path: str, function_id: str, two: str, keys: str, warning: str
) -> None:
    path = f"{functions_path}/{function_id}/triggers"
    body = f'{{"data": {{"name": "n", {keys.format(two)}}}}}'

    answer = client.put(path, content=body)

    assert answer.status_code == 201, answer.text
    assert warning in answer.text


@pytest.mark.parametrize("one", ["1.0", "1e0", "10e-1"])
def test_a_number_without_a_fraction_is_a_version(
    client: TestClient, services: Services, account_id: str, function_id: str, one: str
) -> None:
    services.versions.publish(account_id, function_id, "")
    aliases = f"/v2/accounts/{account_id}/functions/{function_id}/aliases"
    body = f'{{"data": {{"name": "live", "version": {one}}}}}'

    made = client.put(aliases, content=body)
    changed = client.patch(f"{aliases}/live", content=f'{{"data": {{"version": {one}}}}}')
    executed = client.post(
        f"/v2/serverless/functions/{function_id}/execute", content=f'{{"Qualifier": {one}}}'
    )

    assert '"version":1,' in made.text
    assert changed.status_code == 200
    assert executed.headers["x-function-version"] == "1"


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("2.5", "type"),
        ("1e-1", "type"),
        ("1e300", "maximum"),
        ("-1e20", "minimum"),
        ("11.0", "maximum"),
    ],
)
def test_a_fraction_is_no_integer_and_an_integer_has_its_limits(
    client: TestClient, functions_path: str, value: str, rule: str
) -> None:
    data = f'{{"name": "n", "function_js": "", "attempts": {value}}}'

    answer = client.put(functions_path, content=f'{{"data": {data}}}')

    assert answer.status_code == 400
    assert answer.json()["data"]["attempts"].keys() == {rule}


@pytest.mark.parametrize("qualifier", ["1.5", "1e300", "-1.0", "true"])
def test_a_qualifier_with_a_fraction_is_none(
    client: TestClient, function_id: str, qualifier: str
) -> None:
    path = f"/v2/serverless/functions/{function_id}/execute"

    answer = client.post(path, content=f'{{"Qualifier": {qualifier}}}')

    assert answer.status_code == 400
    assert answer.json()["responseStatus"]["errors"][0]["fieldName"] == "Qualifier"
