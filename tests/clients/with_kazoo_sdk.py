"""Drives kazoo-sdk 0.2.4 as its users do; steps.py runs it."""

from typing import TYPE_CHECKING

from kazoo import client as sdk  # type: ignore[import-not-found]
from kazoo.exceptions import (  # type: ignore[import-not-found]
    KazooApiAuthenticationError,
    KazooApiBadDataError,
    KazooApiError,
)
from kazoo.rest_resources import RestResource  # type: ignore[import-not-found]

if TYPE_CHECKING:
    from tests.clients.steps import Steps

SOURCE = "return {module: 'tts', data: {text: 'hi ' + call['Caller-ID-Name']}};"
UNKNOWN = "0" * 32


class Client(sdk.Client):  # type: ignore[misc]
    """The client with a resource that it does not know of itself, defined in its own words."""

    _functions_resource = RestResource("function", "/accounts/{account_id}/functions/{function_id}")


def functions(steps: "Steps", client: Client, account: str) -> None:
    steps.did("list nothing", client.get_functions(account))
    created = steps.did(
        "create", client.create_function(account, {"name": "hi", "function_js": SOURCE})
    )["data"]
    function = created["id"]
    uri = f"/accounts/{account}/functions/{function}"
    steps.did("fetch", client.get_function(account, function))
    steps.did("list", client.get_functions(account))
    steps.did("change", client.update_function(account, function, {**created, "name": "new"}))
    steps.did(
        "patch by hand", client.manual_request(uri, "patch", data={"data": {"custom": "value"}})
    )
    steps.did(
        "execute by hand",
        client.manual_request(f"{uri}/execute", "post", data={"data": {"Caller-ID-Name": "Ada"}}),
    )
    steps.did("execute nothing by hand", client.manual_request(f"{uri}/nothing", "post")[0])
    steps.did("delete", client.delete_function(account, function))
    steps.refused("fetch deleted", KazooApiError, lambda: client.get_function(account, function))
    steps.refused(
        "create without source",
        KazooApiBadDataError,
        lambda: client.create_function(account, {"name": 1}),
    )


def accounts(steps: "Steps", client: Client, account: str) -> None:
    child = steps.did("create account", client.create_account({"name": "acme"}))["data"]["id"]
    steps.did("fetch account", client.get_account(child))
    steps.did("list children", client.get_account_children(account))
    steps.did("change account", client.update_account(child, {"name": "new", "language": "lt-lt"}))
    steps.did("functions of a child", client.get_functions(child))
    steps.refused(
        "name it nothing", KazooApiBadDataError, lambda: client.update_account(child, {"a": 1})
    )
    steps.did("delete account", client.delete_account(child))
    steps.refused("fetch deleted account", KazooApiError, lambda: client.get_account(child))
    steps.refused("delete own account", KazooApiError, lambda: client.delete_account(account))


def credentials(steps: "Steps", client: Client, url: str, account: str) -> None:
    before = client.auth_token
    steps.did("log out by hand", client.manual_request("/token_auth", "delete"))
    steps.did("list after logging out", client.get_functions(account))
    steps.did("another token", client.auth_token != before)
    client.auth_token = UNKNOWN
    steps.did("list with a forged token", client.get_functions(account))
    for step, error, stranger in (
        ("wrong key", KazooApiError, Client(api_key="0" * 64, base_url=url)),
        ("short key", KazooApiBadDataError, Client(api_key="0", base_url=url)),
        (
            "password",
            KazooApiAuthenticationError,
            Client(username="ada", password=UNKNOWN, account_name="acme", base_url=url),
        ),
    ):
        steps.refused(step, error, stranger.authenticate)
    steps.refused("unknown account", KazooApiError, lambda: client.get_account(UNKNOWN))
    steps.refused("unknown path", KazooApiError, lambda: client.get_callflows(account))


def drive(steps: "Steps", url: str, account: str, api_key: str) -> None:
    client = Client(api_key=api_key, base_url=url)
    client.authenticate()
    steps.did("authenticate", client.auth_data["data"])
    functions(steps, client, account)
    accounts(steps, client, account)
    credentials(steps, client, url, account)
