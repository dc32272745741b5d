"""The pivot route: a switch describes a call as it likes, and gets a bare callflow."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services
from isolambda_core.domain.accounts.api_keys import Scope
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import InvalidDocumentError
from isolambda_core.domain.executions.errors import (
    ExecutorBusyError,
    ExecutorUnavailableError,
)
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionRequest,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import (
    BODY_BYTES,
    CALL_FIELDS,
    CALL_WALL_TIME_MS,
    FORM_FIELDS,
    PAYLOAD_BYTES,
)

Script = Callable[[ExecutionResult | Exception], None]
FORM = "application/x-www-form-urlencoded"
TTS = b'{"module":"tts","data":{"text":"hi"}}'
VOICEMAIL: Document = {"module": "voicemail", "data": {"action": "compose", "id": "x"}}
FAILED = ExecutionResult("", Outcome.EXCEPTION, error=ExecutionError("TypeError", "no items"))


@pytest.fixture
def say(script: Script) -> Script:
    script(ExecutionResult("", Outcome.OK, TTS))
    return script


@pytest.fixture
def url(account_id: str, function_id: str) -> str:
    return f"/pivot/{account_id}/{function_id}"


@pytest.fixture
def key(services: Services, account_id: str, function_id: str) -> str:
    return services.keys.create(account_id, [Scope.EXECUTE], function_id)[1]


@pytest.fixture
def url_with_fallback(services: Services, account_id: str, function_id: str, url: str) -> str:
    """The URL of a function that has a fallback."""
    services.functions.patch(account_id, function_id, {"fallback": VOICEMAIL})
    return url


def call_of(executed: list[ExecutionRequest]) -> Any:
    return json.loads(executed[-1].input)


@pytest.mark.usefixtures("say")
@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"method": "GET", "params": {"From": "5551234", "To": "100"}}, id="query"),
        pytest.param({"method": "POST", "data": {"From": "5551234", "To": "100"}}, id="form"),
        pytest.param({"method": "POST", "json": {"From": "5551234", "To": "100"}}, id="JSON"),
        pytest.param(
            {"method": "POST", "params": {"From": "5551234"}, "json": {"To": "100"}}, id="both"
        ),
    ],
)
def test_a_call_is_answered_with_a_bare_callflow(
    bare: TestClient,
    url: str,
    key: str,
    executed: list[ExecutionRequest],
    how: dict[str, Any],
) -> None:
    params = {**how.pop("params", {}), "key": key}

    answer = bare.request(url=url, params=params, **how)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.content == TTS
    assert call_of(executed) == {
        "Account-ID": url.split("/")[2],
        "Api-Version": "4.x",
        "Direction": "inbound",
        "From": "5551234",
        "To": "100",
    }


@pytest.mark.usefixtures("say")
def test_what_the_switch_says_comes_before_what_is_known(
    bare: TestClient, url: str, key: str, executed: list[ExecutionRequest]
) -> None:
    bare.get(url, params={"key": key, "Direction": "outbound", "Account-ID": "other"})

    assert call_of(executed).items() >= {"Direction": "outbound", "Account-ID": "other"}.items()


RAW_FORM = {"content-type": FORM}
RAW_BRACKETS = "Custom-SIP-Headers[X-Id]=7&Custom-SIP-Headers[X-B]=8"


@pytest.mark.usefixtures("say")
@pytest.mark.parametrize(
    "how",
    [
        {"data": {"Custom-SIP-Headers[X-Id]": "7", "Custom-SIP-Headers[X-B]": "8"}},
        {"content": RAW_BRACKETS, "headers": RAW_FORM},
        {"content": RAW_BRACKETS.replace("[", "%5b").replace("]", "%5D"), "headers": RAW_FORM},
        {"json": {"Custom-SIP-Headers": {"X-Id": "7", "X-B": "8"}}},
        {"json": {"Custom-SIP-Headers[X-Id]": "7", "Custom-SIP-Headers[X-B]": "8"}},
        {"json": {"Custom-SIP-Headers": {"X-B": "8"}, "Custom-SIP-Headers[X-Id]": "7"}},
        {"content": '{"Custom-SIP-Headers": {"X-Id": "7", "X-B": "8"}}'},
        {"content": '{"Custom-SIP-Headers": {"X-Id": "7", "X-B": "8"}}', "headers": RAW_FORM},
    ],
    ids=["form", "raw", "escaped", "nested", "flat JSON", "half", "no content type", "curl"],
)
def test_nested_keys_are_there_under_both_names(
    bare: TestClient, url: str, key: str, executed: list[ExecutionRequest], how: dict[str, Any]
) -> None:
    bare.post(url, params={"key": key}, **how)

    call = call_of(executed)
    assert call["Custom-SIP-Headers"] == {"X-Id": "7", "X-B": "8"}
    assert call["Custom-SIP-Headers[X-Id]"] == "7"
    assert call["Custom-SIP-Headers[X-B]"] == "8"


@pytest.mark.usefixtures("say")
@pytest.mark.parametrize("brackets", ["[X-Id]", "%5BX-Id%5D"])
@pytest.mark.parametrize("where", ["query", "form"])
def test_a_nested_key_that_comes_several_times_is_a_list_under_both_names(
    bare: TestClient,
    url: str,
    key: str,
    executed: list[ExecutionRequest],
    where: str,
    brackets: str,
) -> None:
    twice = f"Custom-SIP-Headers{brackets}=7&Custom-SIP-Headers{brackets}=8"

    if where == "query":
        bare.get(f"{url}?key={key}&{twice}")
    else:
        bare.post(f"{url}?key={key}", content=twice, headers=RAW_FORM)

    call = call_of(executed)
    assert call["Custom-SIP-Headers"] == {"X-Id": ["7", "8"]}
    assert call["Custom-SIP-Headers[X-Id]"] == ["7", "8"]


@pytest.mark.usefixtures("say")
def test_a_key_that_comes_several_times_is_a_list(
    bare: TestClient, url: str, key: str, executed: list[ExecutionRequest]
) -> None:
    body = "User-ID[]=a&User-ID[]=b&To=1"

    bare.post(
        url,
        params={"key": key},
        content=body,
        headers={"content-type": "application/x-www-form-urlencoded"},
    )

    assert call_of(executed)["User-ID"] == ["a", "b"]


@pytest.mark.usefixtures("say")
def test_no_credential_reaches_the_function(
    bare: TestClient, url: str, key: str, executed: list[ExecutionRequest]
) -> None:
    bare.get(url, params={"key": key, "auth_token": key})

    assert key.encode() not in executed[-1].input


@pytest.mark.usefixtures("say")
def test_a_function_may_not_keep_a_call_waiting(
    bare: TestClient, url: str, key: str, executed: list[ExecutionRequest]
) -> None:
    bare.get(url, params={"key": key})

    assert executed[-1].limits.wall_time_ms == CALL_WALL_TIME_MS


def test_a_call_without_a_key_is_refused(bare: TestClient, url: str, key: str) -> None:
    other = url[:-32] + "0" * 32

    assert bare.get(url).status_code == 401
    assert bare.get(url, params={"key": "f" * 64}).status_code == 401
    assert bare.get(other, params={"key": key}).status_code == 403


@pytest.mark.parametrize(
    "ending",
    [
        FAILED,
        ExecutionResult("", Outcome.EXCEEDED_WALL_TIME),
        ExecutionResult("", Outcome.OK, b'{"data": {}}'),
        ExecutionResult("", Outcome.OK, None),
        ExecutionResult("", Outcome.INTERNAL_ERROR),
        ExecutorBusyError(),
        ExecutorUnavailableError(),
    ],
    ids=lambda ending: getattr(ending, "outcome", type(ending).__name__),
)
def test_the_fallback_answers_where_the_function_cannot(
    bare: TestClient,
    url_with_fallback: str,
    key: str,
    script: Script,
    ending: ExecutionResult | Exception,
) -> None:
    script(ending)

    answer = bare.get(url_with_fallback, params={"key": key})

    assert (answer.status_code, answer.json()) == (200, VOICEMAIL)


def test_a_disabled_function_falls_back_too(
    bare: TestClient, services: Services, account_id: str, url_with_fallback: str, key: str
) -> None:
    services.functions.patch(account_id, url_with_fallback[-32:], {"enabled": False})

    assert bare.get(url_with_fallback, params={"key": key}).json() == VOICEMAIL


@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_a_disabled_function_without_a_fallback_is_a_bad_gateway(
    bare: TestClient, services: Services, account_id: str, url: str, key: str, verb: str
) -> None:
    function_id = url[-32:]
    services.functions.patch(account_id, function_id, {"enabled": False})

    answer = bare.request(verb, url, params={"key": key})

    assert (answer.status_code, answer.json()["message"]) == (502, "bad_gateway")
    assert answer.json()["data"] == {"message": f"function '{function_id}' is disabled"}


def test_without_a_fallback_the_switch_learns_what_failed(
    bare: TestClient, url: str, key: str, script: Script
) -> None:
    script(FAILED)

    answer = bare.get(url, params={"key": key})

    assert (answer.status_code, answer.json()["message"]) == (502, "bad_gateway")
    assert answer.json()["data"].items() >= {"outcome": "exception", "message": "no items"}.items()


@pytest.mark.parametrize(
    ("fallback", "path"),
    [
        (1, "fallback"),
        ({}, "fallback.module"),
        ({"module": "nonsense"}, "fallback.module"),
        ({"module": "tts", "children": {"_": {"module": 1}}}, "fallback.children._.module"),
    ],
)
def test_a_fallback_has_to_be_a_callflow(
    services: Services, account_id: str, fallback: Any, path: str
) -> None:
    with pytest.raises(InvalidDocumentError) as refused:
        services.functions.create(
            account_id, {"name": "n", "function_js": "", "fallback": fallback}
        )

    assert [".".join(violation.path) for violation in refused.value.violations] == [path]


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[1]", "application/json", 400),
        (b'[{"a": 1}]', FORM, 400),
        (b'"a=b"', FORM, 400),
        (b"nothing", FORM, 400),
        (b'{"a": 1e400}', "application/json", 400),
        (b"x", "text/plain", 415),
    ],
)
def test_what_tells_of_no_call_is_refused(
    bare: TestClient, url: str, key: str, body: bytes, media_type: str, status: int
) -> None:
    answer = bare.post(url, params={"key": key}, content=body, headers={"content-type": media_type})

    assert (answer.status_code, answer.json()["error"]) == (status, str(status))


@pytest.mark.usefixtures("say")
@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"Caller-ID-Name=J%FCrg", FORM),
        (b"Caller-ID-Name=J\xfcrg", FORM),
        (b"\xef\xbb\xbfCaller-ID-Name=J%FCrg", FORM),
        (b'{"Caller-ID-Name": "J\xfcrg"}', "application/json"),
        (b'\xef\xbb\xbf{"Caller-ID-Name": "J\xfcrg"}', FORM),
        (b'{"Caller-ID-Name": "J\xfcrg"}', "Application/JSON; charset=iso-8859-1"),
    ],
)
def test_bytes_that_are_no_utf_8_are_marked(
    bare: TestClient,
    url: str,
    key: str,
    executed: list[ExecutionRequest],
    body: bytes,
    media_type: str,
) -> None:
    answer = bare.post(url, params={"key": key}, content=body, headers={"content-type": media_type})

    assert answer.content == TTS
    assert call_of(executed)["Caller-ID-Name"] == "J\ufffdrg"


@pytest.mark.usefixtures("say")
def test_a_name_that_is_no_utf_8_is_marked_too(
    bare: TestClient, url: str, key: str, executed: list[ExecutionRequest]
) -> None:
    bare.post(url, params={"key": key}, content=b"N%FCmmer=1", headers={"content-type": FORM})

    assert call_of(executed)["N\ufffdmmer"] == "1"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"{", {"content-type": "application/json"}),
        (b"[1]", {"content-type": "application/json"}),
        (b'[{"a": 1}]', {"content-type": FORM}),
        (b"nothing", {"content-type": FORM}),
        (b"\xff\xfe{\x00", {}),
        (b'{"a": 1e400}', {}),
        (b'{"a": ' + b"9" * 400 + b"}", {}),
        (b'{"a":' * 1000 + b"1" + b"}" * 1000, {}),
        (b'{"a": "' + b"x" * PAYLOAD_BYTES + b'"}', {}),
        (b"a=" + b"x" * BODY_BYTES, {"content-type": FORM}),
        (b"x", {"content-type": "text/plain"}),
        (b"--x--", {"content-type": "multipart/form-data; boundary=x"}),
        (b"x", {"content-type": "\xff"}),
        (b"a=1", {"content-type": FORM, "content-encoding": "gzip"}),
    ],
    ids=lambda each: repr(each)[:40],
)
def test_nothing_in_a_body_refuses_a_call_that_has_a_fallback(
    bare: TestClient,
    url_with_fallback: str,
    key: str,
    executed: list[ExecutionRequest],
    body: bytes,
    headers: dict[str, str],
) -> None:
    raw = {name.encode(): value.encode("latin-1") for name, value in headers.items()}

    answer = bare.post(url_with_fallback, params={"key": key}, content=body, headers=raw)

    assert (answer.status_code, answer.json()) == (200, VOICEMAIL)
    assert executed == []


@pytest.mark.usefixtures("say")
@pytest.mark.parametrize("verb", ["GET", "POST"])
@pytest.mark.parametrize(
    "header",
    [
        ("Accept", "audio/x-wav"),
        ("Accept", "application/json;q=0, \xff"),
        ("X-Auth-Token", "whatever a phone says"),
        ("Authorization", "Digest username=100"),
        ("Authorization", "Basic \xff"),
        ("X-Affinity-Key", "\xff\xfe"),
        ("X-Request-ID", "\xff"),
        ("Traceparent", "\xff"),
        ("If-None-Match", "*"),
        ("If-Match", '"x"'),
        ("Prefer", "respond-async"),
        ("X-Pretty-Print", "true"),
    ],
    ids=repr,
)
def test_nothing_in_the_headers_of_a_call_refuses_it(
    bare: TestClient, url: str, key: str, verb: str, header: tuple[str, str]
) -> None:
    name, value = header

    answer = bare.request(
        verb, url, params={"key": key}, headers={name.encode(): value.encode("latin-1")}
    )

    assert (answer.status_code, answer.content) == (200, TTS)


def test_the_key_of_the_url_is_the_one_that_counts(bare: TestClient, url: str, key: str) -> None:
    answer = bare.get(url, params={"key": "f" * 64}, headers={"x-auth-token": key})

    assert answer.status_code == 401


def call_with(fields: int) -> dict[str, JsonValue]:
    """Return a call with as many fields, those of its objects and what is always known included."""
    objects: dict[str, JsonValue] = {f"k{number}": {"a": number} for number in range(10)}
    return {**objects, **{f"t{number}": "" for number in range(fields - 23)}}


@pytest.mark.usefixtures("say")
def test_a_call_has_no_more_fields_than_its_limit(
    bare: TestClient, url: str, key: str, executed: list[ExecutionRequest]
) -> None:
    params = {"key": key}

    assert bare.post(url, params=params, json=call_with(CALL_FIELDS)).status_code == 200
    assert len(call_of(executed)) == CALL_FIELDS
    refused = bare.post(url, params=params, json=call_with(CALL_FIELDS + 1))
    assert refused.status_code == 400
    assert refused.json()["data"]["call"]["maxProperties"] == {
        "message": f"The object must have at most {CALL_FIELDS} keys",
        "target": CALL_FIELDS,
        "value": CALL_FIELDS + 1,
    }


def test_a_form_has_no_more_fields_than_its_limit(bare: TestClient, url: str, key: str) -> None:
    form = {"content-type": FORM}

    refused = bare.post(
        url, params={"key": key}, content=b"a=b&" * FORM_FIELDS + b"a=b", headers=form
    )

    assert refused.status_code == 400
    assert "1000 fields" in refused.text


@pytest.mark.usefixtures("say")
def test_the_fields_of_a_call_keep_their_places(
    bare: TestClient, url: str, key: str, executed: list[ExecutionRequest]
) -> None:
    sent = {"a": {"x": 1}, "b[y]": 2, "b": {"z": 3}, "a[w]": 4, "c[v]": 5}

    bare.post(url, params={"key": key}, json=sent)

    call = call_of(executed)
    known = ["Account-ID", "Api-Version", "Direction"]
    assert list(call) == ["b[z]", "a[x]", *known, *sent, "c"]
    assert (call["a"], call["b"], call["c"]) == ({"x": 1, "w": 4}, {"z": 3, "y": 2}, {"v": 5})
