"""What schemathesis cannot know: which ids there are, and what must outlive the run.

Its command loads this, see ``test_api_schema.py``. Most requests get the ids of what is there, so
that they come further than the router.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import count
from typing import Any, Final, cast
from zlib import crc32

import httpx2
import schemathesis

_ENVIRONMENT: Final = os.environ  # noqa: TID251 - of the command
_ACCOUNT: Final = _ENVIRONMENT["ISOLAMBDA_ACCOUNT"]
_ONE_ACCOUNT: Final = f"/v2/accounts/{_ACCOUNT}"
_API_KEY: Final = _ENVIRONMENT["ISOLAMBDA_API_KEY"]
_SERVER: Final = httpx2.Client(
    base_url=_ENVIRONMENT["ISOLAMBDA_URL"],
    headers={"X-Auth-Token": _API_KEY},
    timeout=300,  # a busy machine is no fault
)


def _put(path: str, **data: str) -> dict[str, Any]:
    answer = _SERVER.put(path, json={"data": data}).raise_for_status()
    return cast("dict[str, Any]", answer.json())


def _new(path: str, **data: str) -> str:
    return cast("str", _put(f"/v2/accounts/{_ACCOUNT}{path}", **data)["data"]["id"])


def _new_account() -> str:
    return _new("", name="new")


def _new_function() -> str:
    source = "return {module: 'tts', data: {text: 'hi'}};"  # a callflow, as the pivot route demands
    return _new("/functions", name="new", function_js=source)


def _new_published_function() -> str:
    """Make a function with the versions 1 to 3, and an alias that moved from 1 to 2."""
    function = _new_function()
    path = f"/v2/accounts/{_ACCOUNT}/functions/{function}"
    for number in range(3):
        source = {"function_js": f"return {{module: 'sleep', data: {{duration: {number}}}}};"}
        _SERVER.patch(path, json={"data": source}).raise_for_status()
        _put(f"{path}/versions")
    _SERVER.put(f"{path}/aliases", json={"data": {"name": _ALIAS, "version": 1}})
    _SERVER.patch(f"{path}/aliases/{_ALIAS}", json={"data": {"version": 2}}).raise_for_status()
    return function


def _aliases() -> Iterator[Mapping[str, str]]:
    """Make one alias after another, each moved from version 1 to 2."""
    while True:
        function = _new_published_function()
        path = f"/v2/accounts/{_ACCOUNT}/functions/{function}/aliases"
        for number in range(_ALIASES_OF_ONE):
            name = f"{_ALIAS}-{number}"
            _SERVER.put(path, json={"data": {"name": name, "version": 1}}).raise_for_status()
            _SERVER.patch(f"{path}/{name}", json={"data": {"version": 2}}).raise_for_status()
            yield {"function_id": function, "name": name}


def _versions() -> Iterator[Mapping[str, str]]:
    """Publish one version after another, to which no alias points."""
    while True:
        function = _new_published_function()
        path = f"/v2/accounts/{_ACCOUNT}/functions/{function}"
        for _ in range(_VERSIONS_OF_ONE):
            source = f"return {{module: 'sleep', data: {{duration: {next(_DURATIONS)}}}}};"
            _SERVER.patch(path, json={"data": {"function_js": source}}).raise_for_status()
            number = _put(f"{path}/versions")["data"]["version"]
            yield {"function_id": function, "version": str(number)}


def _new_execution(function: str) -> str:
    """Execute a function, and find the record of it."""
    path = f"/v2/accounts/{_ACCOUNT}/functions/{function}"
    _SERVER.patch(path, json={"data": {"record": "all"}}).raise_for_status()
    answer = _SERVER.post(f"{path}/execute").raise_for_status()
    return cast("str", answer.json()["data"]["execution_id"])


def _new_key() -> str:
    return _new("/api_keys")


def _new_trigger(function: str, **data: str) -> str:
    return _new(f"/functions/{function}/triggers", name="new", **data)


def _new_function_with_trigger() -> Mapping[str, str]:
    function = _new_function()
    return {"function_id": function, "trigger_id": _new_trigger(function, type="queue")}


def _secret() -> Mapping[str, str]:
    """Put a secret of the account, and one of the function, of the same name."""
    data = {"value": "of this test alone", "sign": True}
    for path in (_ONE_ACCOUNT, f"{_ONE_ACCOUNT}/functions/{_FUNCTION}"):
        _SERVER.put(f"{path}/secrets/KEY", json={"data": data}).raise_for_status()
    return {"name": "KEY"}


def _saved_call() -> Mapping[str, str]:
    """Save a call of the function."""
    data = {"input": {}, "expect": {"outcome": "ok"}}
    path = f"{_ONE_ACCOUNT}/functions/{_FUNCTION}/calls/{_ALIAS}"
    _SERVER.put(path, json={"data": data}).raise_for_status()
    return {"name": _ALIAS}


@cache
def _tool_to_approve() -> None:
    tool = {"description": "Waits.", "name": "waits", "approval": True}
    document = {"name": "waits", "function_js": "return 1", "tool": tool}
    _SERVER.put(f"{_ONE_ACCOUNT}/functions", json={"data": document}).raise_for_status()


def _approval() -> Mapping[str, str]:
    """Call a tool whose calls a person is to approve: the same call each time."""
    _tool_to_approve()
    params = {"name": "waits", "arguments": {}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    while True:
        answer = _SERVER.post(f"{_ONE_ACCOUNT}/mcp", json=message).raise_for_status()
        meta = answer.json()["result"]["_meta"]
        if "isolambda/approval_id" in meta:  # else an earlier request has approved the call
            return {"approval_id": meta["isolambda/approval_id"]}


def _value() -> Mapping[str, str]:
    """Put a value of the key-value store."""
    path = f"{_ONE_ACCOUNT}/kv/orders/17"
    _SERVER.put(path, json={"data": {"value": None}}).raise_for_status()
    return {"namespace": "orders", "key": "17"}


def _as(name: str, new: Callable[[], str]) -> Callable[[], Mapping[str, str]]:
    return _passing(lambda: {name: new()})


def _passing(new: Callable[[], Mapping[str, str]]) -> Callable[[], Mapping[str, str]]:
    """Return what makes one after another, and removes those of long ago: a tenant has quotas."""
    made: deque[Mapping[str, str]] = deque()

    def make() -> Mapping[str, str]:
        made.append(new())
        if len(made) > _LEFT:
            match made.popleft():
                case {"function_id": function}:
                    _SERVER.delete(f"/v2/accounts/{_ACCOUNT}/functions/{function}")
                case {"account_id": account}:
                    children = _SERVER.get(f"/v2/accounts/{account}/children")
                    for child in children.json()["data"] if children.is_success else ():
                        _SERVER.delete(f"/v2/accounts/{child['id']}")
                    _SERVER.delete(f"/v2/accounts/{account}")
        return made[-1]

    return make


_ALIAS: Final = "live"
_ALIASES_OF_ONE: Final = 40
"""A function takes 50, and one of them is there."""
_VERSIONS_OF_ONE: Final = 80
"""A function takes 100, and three of them are there."""
_LEFT: Final = 3
_DURATIONS: Final = count(10)
_TOKEN: Final = "the-secret-of-a-webhook"  # noqa: S105 - of a server of this test alone
_FUNCTION: Final = _new_published_function()
_IDS: Final = {
    "account_id": _ACCOUNT,
    "function_id": _FUNCTION,
    "id": _FUNCTION,
    "version": "3",
    "name": _ALIAS,
    "execution_id": _new_execution(_FUNCTION),
    "trigger_id": _new_trigger(_FUNCTION, type="queue"),
}
_WEBHOOK: Final = _new_trigger(_FUNCTION, type="webhook", signature="token", secret=_TOKEN)
_HEADERS: Final = {
    "x-cm-projectid": _ACCOUNT,
    "If-Match": "*",
    "prefer": "respond-async",
    "x-callback-url": "https://127.0.0.1/",  # to which a server sends no callback
    "x-webhook-token": _TOKEN,
}

_WAITS: Final = {str(seconds) for seconds in range(1, 21)}
"""For logs of executions, of which none ends meanwhile."""

_next_alias: Final = _aliases().__next__
_next_version: Final = _versions().__next__

_ONE: Final = "/v2/accounts/{account_id}"
_VERSIONS: Final = f"{_ONE}/functions/{{function_id}}/versions"
_ALIASES: Final = f"{_ONE}/functions/{{function_id}}/aliases"
_CALLS: Final = f"{_ONE}/functions/{{function_id}}/calls"
_TRIGGERS: Final = f"{_ONE}/functions/{{function_id}}/triggers"
_NEW: Final[Mapping[str, Callable[[], Mapping[str, str]]]] = {
    f"PUT {_ONE}": _as("account_id", _new_account),
    f"POST {_ONE}": _as("account_id", _new_account),
    f"PATCH {_ONE}": _as("account_id", _new_account),
    f"DELETE {_ONE}": _as("account_id", _new_account),
    # One account takes some keys, not many; as one function does triggers.
    f"PUT {_ONE}/api_keys": _as("account_id", _new_account),
    f"PUT {_TRIGGERS}": _as("function_id", _new_function),
    f"DELETE {_ONE}/api_keys/{{key_id}}": _as("key_id", _new_key),
    f"POST {_ONE}/functions/{{function_id}}": _as("function_id", _new_function),
    f"PATCH {_ONE}/functions/{{function_id}}": _as("function_id", _new_function),
    f"DELETE {_ONE}/functions/{{function_id}}": _as("function_id", _new_function),
    f"DELETE {_VERSIONS}/{{version}}": _next_version,
    f"PUT {_ALIASES}": _as("function_id", _new_published_function),
    f"PUT {_ALIASES}/{{name}}": _next_alias,
    f"POST {_ALIASES}/{{name}}": _next_alias,
    f"PATCH {_ALIASES}/{{name}}": _next_alias,
    f"DELETE {_ALIASES}/{{name}}": _next_alias,
    f"POST {_ALIASES}/{{name}}/rollback": _next_alias,
    **{f"{verb} {_CALLS}/{{name}}": _saved_call for verb in ("GET", "PUT", "DELETE")},
    f"GET {_ONE}/approvals/{{approval_id}}": _approval,
    f"POST {_ONE}/approvals/{{approval_id}}/approve": _approval,
    f"POST {_ONE}/approvals/{{approval_id}}/deny": _approval,
    f"POST {_TRIGGERS}/{{trigger_id}}": _passing(_new_function_with_trigger),
    f"PATCH {_TRIGGERS}/{{trigger_id}}": _passing(_new_function_with_trigger),
    f"DELETE {_TRIGGERS}/{{trigger_id}}": _passing(_new_function_with_trigger),
    **{
        f"{verb} {path}/secrets/{{name}}": _secret
        for verb in ("GET", "PUT", "DELETE")
        for path in (_ONE, f"{_ONE}/functions/{{function_id}}")
    },
    f"GET {_ONE}/kv/{{namespace}}": _value,
    **{f"{verb} {_ONE}/kv/{{namespace}}/{{key}}": _value for verb in ("GET", "PUT", "DELETE")},
    "POST /webhooks/{account_id}/{function_id}/{trigger_id}": lambda: {"trigger_id": _WEBHOOK},
}
"""What is made for a request of an operation, which would change, disable, fill or delete it."""

_UNCHANGED: Final[dict[str, Mapping[str, str]]] = {}
"""What was made for the latest request of an operation, unless that request has changed it."""

_SPARED_ONE_IN: Final = 8


def _ids_for(operation: str) -> Mapping[str, str]:
    new = _NEW.get(operation)
    if new is None:
        return _IDS
    if operation not in _UNCHANGED:
        _UNCHANGED.clear()  # the operations between may have changed it
        _UNCHANGED[operation] = new()
    return {**_IDS, **_UNCHANGED[operation]}


@schemathesis.hook
def before_call(
    context: schemathesis.HookContext,  # noqa: ARG001 - the hook's
    case: schemathesis.Case[Any],
    kwargs: dict[str, Any],  # noqa: ARG001 - the hook's
) -> None:
    """Put what is there into a request, but spare some: the same ones in every run."""
    generated = repr(case).replace(_API_KEY, "").encode(errors="backslashreplace")
    if crc32(generated) % _SPARED_ONE_IN == 0:
        return
    ids = _ids_for(case.operation.label)
    case.path_parameters = {
        name: ids.get(name, value) for name, value in case.path_parameters.items()
    }
    if str(case.query.get("wait_s")) in _WAITS:
        case.query["wait_s"] = "0"
    for name in case.headers.keys() & _HEADERS:
        case.headers[name] = _HEADERS[name]
    if case.path == "/v2/api_auth" and case.meta and case.meta.generation.mode.is_positive:
        case.body = {"data": {"api_key": _API_KEY}}


@schemathesis.hook
def after_call(
    context: schemathesis.HookContext,  # noqa: ARG001 - the hook's
    case: schemathesis.Case[Any],
    response: schemathesis.Response,
) -> None:
    """Give up what a request may have changed; most are refused, and the next one gets the same.

    Remove an account that a request made below no new one: a tenant has a quota of them.
    """
    if not 400 <= response.status_code < 500:
        _UNCHANGED.pop(case.operation.label, None)
    if (case.method, case.path, response.status_code) == ("PUT", "/v2/accounts", 201):
        _SERVER.delete(f"/v2/accounts/{response.json()['data']['id']}")


@schemathesis.auth(refresh_interval=None)
class Credentials:
    """Shows the API key, but a new token to the operation that ends what it is shown."""

    def get(
        self,
        case: schemathesis.Case[Any],
        context: schemathesis.AuthContext,  # noqa: ARG002
    ) -> str:
        """Return what a request shows."""
        if (case.method, case.path) == ("DELETE", "/v2/token_auth"):
            return cast("str", _put("/v2/api_auth", api_key=_API_KEY)["auth_token"])
        return _API_KEY

    def set(
        self,
        case: schemathesis.Case[Any],
        data: str,
        context: schemathesis.AuthContext,  # noqa: ARG002
    ) -> None:
        """Put it into a request."""
        case.headers["X-Auth-Token"] = data
