"""Drives PyKazoo 0.0a8 as its users do; steps.py runs it."""

from typing import TYPE_CHECKING

from pykazoo.client import PyKazooClient  # type: ignore[import-not-found]
from pykazoo.restrequest import RestRequest  # type: ignore[import-not-found]

if TYPE_CHECKING:
    from tests.clients.steps import Steps

SOURCE = "return {module: 'tts', data: {text: 'hi ' + call['Caller-ID-Name']}};"
UNKNOWN = "0" * 32


def functions(steps: "Steps", request: RestRequest, account: str) -> None:
    """Use the client's own request, as it knows no functions."""
    path = f"accounts/{account}/functions"
    steps.did("list nothing", request.get(path))
    created = steps.did(
        "create", request.put(path, {"data": {"name": "hi", "function_js": SOURCE}})
    )["data"]
    one = f"{path}/{created['id']}"
    steps.did("fetch", request.get(one))
    steps.did("list", request.get(path, {"page_size": 1, "filter_name": "hi"}))
    steps.did("change", request.post(one, {"data": {**created, "name": "new"}}))
    steps.did("execute", request.post(f"{one}/execute", {"data": {"Caller-ID-Name": "Ada"}}))
    steps.did("delete", request.delete(one))
    steps.refused("fetch deleted", ValueError, lambda: request.get(one))
    steps.refused(
        "create without source", ValueError, lambda: request.put(path, {"data": {"name": 1}})
    )
    steps.refused("create nothing", ValueError, lambda: request.put(path))
    steps.refused("post to the list", ValueError, lambda: request.post(path, {"data": {}}))
    steps.refused(
        "media type", ValueError, lambda: request.put(path, {"data": {}}, content_type="text/csv")
    )


def accounts(steps: "Steps", client: PyKazooClient, account: str) -> None:
    child = steps.did(
        "create account", client.accounts.create_sub_account(account, {"data": {"name": "acme"}})
    )["data"]["id"]
    steps.did("fetch account", client.accounts.get_account(child))
    steps.did("list children", client.accounts.get_account_children(account, {"page_size": 10}))
    steps.did("change account", client.accounts.update_account(child, {"data": {"name": "new"}}))
    steps.did("delete account", client.accounts.delete_account(child))
    steps.refused("fetch deleted account", ValueError, lambda: client.accounts.get_account(child))
    steps.refused(
        "delete own account", RuntimeError, lambda: client.accounts.delete_account(account)
    )
    steps.refused("unknown account", ValueError, lambda: client.accounts.get_account(UNKNOWN))


def credentials(steps: "Steps", client: PyKazooClient, request: RestRequest, account: str) -> None:
    steps.refused("wrong key", ValueError, lambda: client.authentication.api_auth("0" * 64))
    steps.refused("short key", ValueError, lambda: client.authentication.api_auth("0"))
    steps.refused(
        "password", PermissionError, lambda: client.authentication.user_auth("a", "b", "c")
    )
    request.auth_token = UNKNOWN
    steps.refused("forged token", PermissionError, lambda: client.accounts.get_account(account))
    request.auth_token = None
    steps.refused("no token", PermissionError, lambda: client.accounts.get_account(account))


def drive(steps: "Steps", url: str, account: str, api_key: str) -> None:
    request = RestRequest(url)
    client = PyKazooClient(url, request)
    steps.did("authenticate", client.authentication.api_auth(api_key)["data"])
    steps.did("whose account", client.authentication.account_id)
    functions(steps, request, account)
    accounts(steps, client, account)
    credentials(steps, client, request, account)
