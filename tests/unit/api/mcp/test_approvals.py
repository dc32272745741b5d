"""Calls of tools that a person decides on: by messages, by code, and the routes that decide."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services
from isolambda_core.domain.accounts.api_keys import Scope, hash_api_key
from isolambda_core.domain.accounts.quotas import RULES, Quota
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.documents import Document
from isolambda_core.domain.executions.errors import ExecutorBusyError
from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.executions.reach import ToolGrant
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import APPROVAL_ARGUMENTS_BYTES, APPROVAL_S
from isolambda_core.domain.tools.calls import ToolCall
from isolambda_core.services.tools.calls import Calling
from tests.support.clocks import SetClock
from tests.support.mcp_messages import MODERN, OLD, Ask

Add = Callable[..., str]
Pay = Callable[..., dict[str, Any]]
BOTH = pytest.mark.parametrize("version", [OLD, MODERN])


@pytest.fixture
def approvals_path(account_id: str) -> str:
    return f"/v2/accounts/{account_id}/approvals"


@pytest.fixture
def decide(client: TestClient, approvals_path: str) -> Callable[..., dict[str, Any]]:
    """Approve an approval, or deny it, and return it."""

    def decide(approval_id: str, verb: str = "approve", status: int = 200) -> dict[str, Any]:
        answer = client.post(f"{approvals_path}/{approval_id}/{verb}")
        assert answer.status_code == status
        data: dict[str, Any] = answer.json()["data"]
        return data

    return decide


@pytest.fixture
def pay(ask: Ask, add: Add) -> Pay:
    """Call a tool that needs approvals, and return the result of the call."""
    add("pay", tool={"approval": True})

    def pay(version: str = OLD, headers: Any = None, **arguments: Any) -> dict[str, Any]:
        params = {"name": "pay", "arguments": arguments}
        result: dict[str, Any] = ask("tools/call", params, version, **(headers or {})).json()[
            "result"
        ]
        return result

    return pay


def id_in(result: dict[str, Any]) -> str:
    """Return the id of the approval that the result of a call names."""
    meta = result["_meta"]
    assert meta["isolambda/error_code"] == "approval_required"
    assert result["isError"] is True
    approval_id: str = meta["isolambda/approval_id"]
    assert approval_id in result["content"][0]["text"]
    return approval_id


@BOTH
def test_a_call_is_executed_once_it_is_approved_and_only_once(
    pay: Pay, decide: Callable[..., Any], executed: list[ExecutionRequest], version: str
) -> None:
    approval_id = id_in(pay(version, to="Ada", cents=5))
    assert id_in(pay(version, cents=5, to="Ada")) == approval_id
    assert executed == []

    decide(approval_id)
    done = pay(version, cents=5, to="Ada")
    again = pay(version, cents=5, to="Ada")

    assert done["isError"] is False
    [request] = executed
    assert json.loads(request.input) == {"to": "Ada", "cents": 5}
    assert done["_meta"]["isolambda/execution_id"] == request.execution_id
    assert id_in(again) != approval_id


def test_an_approval_is_for_the_key_and_the_arguments_that_a_person_saw(
    pay: Pay,
    decide: Callable[..., Any],
    services: Services,
    account_id: str,
    executed: list[ExecutionRequest],
) -> None:
    _, other = services.keys.create(account_id, [Scope.EXECUTE], None)
    of_other = {"authorization": f"Bearer {other}"}

    approval_id = id_in(pay(to="Ada"))
    decide(approval_id)

    assert id_in(pay(to="Bob")) != approval_id
    assert id_in(pay(headers=of_other, to="Ada")) != approval_id
    assert id_in(pay(to="Ada", more=[])) != approval_id
    assert executed == []
    assert pay(to="Ada")["isError"] is False


def test_a_call_that_was_denied_stays_so_until_a_person_decides_anew(
    pay: Pay, decide: Callable[..., Any], executed: list[ExecutionRequest]
) -> None:
    approval_id = id_in(pay(to="Ada"))
    decide(approval_id, "deny")

    for _ in range(2):
        denied = pay(to="Ada")
        assert denied["_meta"]["isolambda/error_code"] == "approval_denied"
        assert "a person has denied this call" in denied["content"][0]["text"]
    assert executed == []

    decide(approval_id)
    assert decide(approval_id, "deny")["status"] == "denied"
    assert pay(to="Ada")["isError"] is True
    decide(approval_id)
    assert pay(to="Ada")["isError"] is False


def test_what_was_decided_holds_for_a_day(
    pay: Pay,
    decide: Callable[..., Any],
    clock: SetClock,
    client: TestClient,
    approvals_path: str,
    executed: list[ExecutionRequest],
) -> None:
    approval_id = id_in(pay(to="Ada"))
    decide(approval_id)

    clock.time_ms += APPROVAL_S * 1_000

    assert id_in(pay(to="Ada")) != approval_id
    assert executed == []
    assert client.get(f"{approvals_path}/{approval_id}").status_code == 404
    decide(approval_id, "approve", 404)
    [listed] = client.get(approvals_path).json()["data"]
    assert listed["id"] != approval_id


def test_a_call_that_could_not_be_executed_asks_no_person(
    ask: Ask, add: Add, client: TestClient, approvals_path: str
) -> None:
    schema = {"type": "object", "properties": {"cents": {"type": "integer"}}}
    add("pay", tool={"approval": True}, input_schema=schema)
    long = {"note": "x" * APPROVAL_ARGUMENTS_BYTES}

    texts = []
    for arguments in ({"cents": "5"}, long):
        result = ask("tools/call", {"name": "pay", "arguments": arguments}).json()["result"]
        assert result["isError"] is True
        texts.append(result["content"][0]["text"])

    assert "the input does not fit its schema: /cents" in texts[0]
    assert f"the limit is {APPROVAL_ARGUMENTS_BYTES}" in texts[1]
    assert client.get(approvals_path).json()["data"] == []


def test_an_approval_is_used_by_a_call_that_no_worker_took(
    pay: Pay, ask: Ask, decide: Callable[..., Any], script: Callable[[Any], None]
) -> None:
    approval_id = id_in(pay(to="Ada"))
    decide(approval_id)
    script(ExecutorBusyError())

    busy = ask("tools/call", {"name": "pay", "arguments": {"to": "Ada"}})

    assert busy.status_code == 503
    assert id_in(pay(to="Ada")) != approval_id


def test_a_tenant_with_all_its_approvals_can_ask_for_no_more(
    pay: Pay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RULES, Quota.APPROVALS, replace(RULES[Quota.APPROVALS], limit=1))
    id_in(pay(to="Ada"))

    full = pay(to="Bob")

    assert full["isError"] is True
    assert "there are 1 approvals of the tenant" in full["content"][0]["text"]


# --- The routes -----------------------------------------------------------------------------


def test_a_person_reads_the_whole_call_before_deciding(
    pay: Pay, client: TestClient, approvals_path: str, services: Services, account_id: str
) -> None:
    caller, secret = services.keys.create(account_id, [Scope.EXECUTE], None)
    of_caller = {"authorization": f"Bearer {secret}"}
    approval_id = id_in(pay(headers=of_caller, to="Ada", deep={"b": 1, "a": [2]}))

    [listed] = client.get(approvals_path).json()["data"]

    assert listed == client.get(f"{approvals_path}/{approval_id}").json()["data"]
    assert listed["arguments"] == {"to": "Ada", "deep": {"b": 1, "a": [2]}}
    assert (listed["status"], listed["tool"], listed["key_id"]) == ("waiting", "pay", caller.id)
    assert listed["expires"] - listed["asked"] == APPROVAL_S
    assert (listed["decided"], listed["decided_by"], listed["execution_id"]) == (None, None, None)


def test_an_approval_tells_who_decided_and_which_execution_used_it(
    pay: Pay,
    decide: Callable[..., Any],
    client: TestClient,
    approvals_path: str,
    services: Services,
    account_id: str,
    clock: SetClock,
) -> None:
    [own] = services.keys.list(account_id)
    approval_id = id_in(pay(to="Ada"))
    clock.time_ms += 5_000

    approved = decide(approval_id)

    assert (approved["status"], approved["decided"]) == ("approved", approved["asked"] + 5)
    assert approved["decided_by"] == own.id
    assert decide(approval_id) == approved
    done = pay(to="Ada")
    used = client.get(f"{approvals_path}/{approval_id}").json()["data"]
    assert used["status"] == "used"
    assert used["execution_id"] == done["_meta"]["isolambda/execution_id"]
    for verb in ("approve", "deny"):
        assert decide(approval_id, verb, 409)["message"] == "the call was executed already"


def test_a_key_that_executes_approves_nothing(
    pay: Pay, bare: TestClient, approvals_path: str, services: Services, account_id: str
) -> None:
    approval_id = id_in(pay(to="Ada"))
    _, executes = services.keys.create(account_id, [Scope.EXECUTE], None)
    _, strange = services.accounts.create_top("stranger")

    for secret in (executes, strange):
        headers = {"x-auth-token": secret}
        path = f"{approvals_path}/{approval_id}"
        assert bare.get(approvals_path, headers=headers).status_code == 403
        assert bare.get(path, headers=headers).status_code == 403
        assert bare.post(f"{path}/approve", headers=headers).status_code == 403
    assert id_in(pay(to="Ada")) == approval_id


def test_an_approval_of_another_account_is_not_there(
    pay: Pay, bare: TestClient, services: Services
) -> None:
    approval_id = id_in(pay(to="Ada"))
    stranger, secret = services.accounts.create_top("stranger")
    path = f"/v2/accounts/{stranger.id}/approvals/{approval_id}/approve"

    assert bare.post(path, headers={"x-auth-token": secret}).status_code == 404


def test_approvals_come_in_pages_the_latest_first(
    pay: Pay, client: TestClient, approvals_path: str, clock: SetClock
) -> None:
    made = []
    for number in range(3):
        made.append(id_in(pay(number=number)))
        clock.time_ms += 1

    first = client.get(approvals_path, params={"page_size": 2}).json()
    second = client.get(approvals_path, params={"start_key": first["next_start_key"]}).json()

    assert [each["id"] for each in (*first["data"], *second["data"])] == made[::-1]


def test_they_go_with_their_account(services: Services, store: Any) -> None:
    account, secret = services.accounts.create_top("gone")
    tool: JsonValue = {"description": "Pays.", "approval": True}
    document: Document = {"name": "p", "function_js": "return 1", "tool": tool}
    services.functions.create(account.id, document)
    calling = Calling(account.id, "e" * 32, ToolGrant(hash_api_key(secret), "d" * 32), 9_000)
    error = complete(services.tool_calls.call(calling, ToolCall("p", {})))["error"]
    assert services.approvals.fetch(account.id, error["approval_id"]).tool == "p"  # type: ignore[index,arg-type,call-overload]

    services.accounts.remove(account)

    assert list(store.approvals.iterate(account.id, 0, at_once=2)) == []


# --- Code -----------------------------------------------------------------------------------


@pytest.fixture
def call(services: Services, account_id: str, key: str, add: Add) -> Callable[..., Any]:
    """Call the tool as code does, and return the fields of the reply."""
    add("pay", tool={"approval": True})

    def call(arguments: Any) -> Any:
        calling = Calling(account_id, "e" * 32, ToolGrant(hash_api_key(key), "d" * 32), 9_000)
        return complete(services.tool_calls.call(calling, ToolCall("pay", arguments)))

    return call


def test_code_learns_the_id_of_the_approval_and_calls_again(
    call: Callable[..., Any], decide: Callable[..., Any], executed: list[ExecutionRequest]
) -> None:
    error = call({"to": "Ada"})["error"]
    assert error["code"] == "approval_required"
    assert error["approval_id"] in error["message"]

    decide(error["approval_id"])

    assert call({"to": "Ada"}) == {"value": {"to": "Ada"}}
    assert call({"to": "Ada"})["error"]["approval_id"] != error["approval_id"]
    assert len(executed) == 1
    decide(call({"to": "Ada"})["error"]["approval_id"], "deny")
    assert call({"to": "Ada"})["error"]["code"] == "approval_denied"


def test_a_call_of_a_message_and_one_of_code_are_the_same_call(
    pay: Pay,
    services: Services,
    account_id: str,
    key: str,
    decide: Callable[..., Any],
    executed: list[ExecutionRequest],
) -> None:
    decide(id_in(pay(to="Ada")))
    calling = Calling(account_id, "e" * 32, ToolGrant(hash_api_key(key), "d" * 32), 9_000)

    called = complete(services.tool_calls.call(calling, ToolCall("pay", {"to": "Ada"})))
    assert called == {"value": {"to": "Ada"}}
    assert pay(to="Ada")["isError"] is True
    assert len(executed) == 1


def test_of_many_calls_at_once_one_uses_the_approval(
    call: Callable[..., Any], decide: Callable[..., Any], executed: list[ExecutionRequest]
) -> None:
    decide(call({"to": "Ada"})["error"]["approval_id"])

    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: call({"to": "Ada"}), range(8)))

    assert len(executed) == 1
    assert replies.count({"value": {"to": "Ada"}}) == 1
    ids = {reply["error"]["approval_id"] for reply in replies if "error" in reply}
    assert len(ids) == 1
