"""A patch is merged as RFC 7396 says, on every route that takes one."""

import json

import pytest
from starlette.testclient import TestClient

# https://www.rfc-editor.org/rfc/rfc7396, appendix A: what is there, the patch, what comes of it.
APPENDIX_A = [
    ('{"a":"b"}', '{"a":"c"}', '{"a":"c"}'),
    ('{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'),
    ('{"a":"b"}', '{"a":null}', "{}"),
    ('{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'),
    ('{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'),
    ('{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'),
    ('{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'),
    ('{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'),
    ('["a","b"]', '["c","d"]', '["c","d"]'),
    ('{"a":"b"}', '["c"]', '["c"]'),
    ('{"a":"foo"}', "null", None),
    ('{"a":"foo"}', '"bar"', '"bar"'),
    ('{"e":null}', '{"a":1}', '{"e":null,"a":1}'),
    ("[1,2]", '{"a":"b","c":null}', '{"a":"b"}'),
    ("{}", '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'),
]


FUNCTION, ACCOUNT, TRIGGER = "functions", "accounts", "triggers"
NEEDED = {
    FUNCTION: {"name": "n", "function_js": ""},
    ACCOUNT: {"name": "n"},
    TRIGGER: {"name": "n", "type": "webhook"},
}


@pytest.fixture
def paths(functions_path: str, function_id: str) -> dict[str, str]:
    """Where each kind of document is made."""
    return {
        FUNCTION: functions_path,
        ACCOUNT: "/v2/accounts",
        TRIGGER: f"{functions_path}/{function_id}/triggers",
    }


@pytest.mark.parametrize("kind", NEEDED)
@pytest.mark.parametrize(("there", "patch", "expected"), APPENDIX_A)
def test_each_example_of_the_rfc_holds_for_a_key_of_ones_own(
    client: TestClient,
    paths: dict[str, str],
    kind: str,
    there: str,
    patch: str,
    expected: str | None,
) -> None:
    data = {**NEEDED[kind], "custom": json.loads(there)}
    made = client.put(paths[kind], json={"data": data})
    path = f"{paths[kind]}/{made.json()['data']['id']}"

    answer = client.patch(path, json={"data": {"custom": json.loads(patch)}})

    assert (made.status_code, answer.status_code) == (201, 200)
    for read in (answer.json()["data"], client.get(path).json()["data"]):
        if expected is None:
            assert "custom" not in read
        else:
            assert json.dumps(read["custom"]) == json.dumps(json.loads(expected))
