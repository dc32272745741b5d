"""The tools of an account, as a client lists them."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from isolambda_api.http.services import Services
from isolambda_api.mcp.protocol import TASKS_VERSION, Message, invalid_params, listed
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import Caller
from isolambda_core.domain.documents import Document
from isolambda_core.domain.functions.tools import Tool, arguments_schema, result_schema
from isolambda_core.domain.ids import is_id
from isolambda_core.domain.limits import TOOLS_PAGE


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks: a caller that may execute functions of the account."""

    services: Services
    account: Account
    caller: Caller
    request_id: str
    hops: int
    """How many fetches of functions led to the request."""

    @property
    def only(self) -> str | None:
        """The id of the one function that its key is for, if it is for one."""
        return self.caller.api_key.function_id


def list_tools(client: Client, message: Message) -> Mapping[str, Any]:
    """Return the answer to ``tools/list``: a page of the tools that the caller may call."""
    service, account_id = client.services.tools, client.account.id
    after = _after(message)
    found = service.page(account_id, after, TOOLS_PAGE + 1, client.only)
    page = found[:TOOLS_PAGE]
    documents = service.documents(account_id, page)
    tools = [_described(*each, message) for each in zip(page, documents, strict=True)]
    more = len(found) > len(page)
    return listed(message, tools, _cursor(page[-1].function_id) if more else None)


def _described(tool: Tool, document: Document, message: Message) -> Mapping[str, Any]:
    """Return a tool as clients get it; ``document`` is of what it is now."""
    described: dict[str, Any] = {
        "name": tool.name,
        "description": tool.description,
        "inputSchema": arguments_schema(document),
    }
    if tool.annotations:
        described["annotations"] = dict(tool.annotations)
        if "title" in tool.annotations:
            described["title"] = tool.annotations["title"]
    if message.version == TASKS_VERSION and not tool.needs_approval:
        described["execution"] = {"taskSupport": "optional"}
    output = result_schema(document)
    if output is not None and is_structured(output, message):
        described["outputSchema"] = output
    return described


def is_structured(output: Mapping[str, Any], message: Message) -> bool:
    """Return whether results of a schema are structured content: until 2025-11-25 objects alone."""
    return message.is_modern or output.get("type") == "object"


def _cursor(function_id: str) -> str:
    return base64.urlsafe_b64encode(bytes.fromhex(function_id)).decode().rstrip("=")


def _after(message: Message) -> str:
    cursor = message.params.get("cursor")
    if cursor is None:
        return ""
    try:
        function_id = base64.b64decode(f"{cursor}==", b"-_", validate=True).hex()
    except (binascii.Error, ValueError):
        function_id = ""
    if not is_id(function_id):
        raise invalid_params(message, "cursor is none that a page had")
    return function_id
