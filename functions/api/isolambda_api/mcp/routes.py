"""The endpoint of the Model Context Protocol: one message in, one answer out, and no session.

Streamable HTTP with JSON answers alone. A client is let in as everywhere, by a key or a token in a
header. What its message says of who it is means nothing.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import Request, Response

from isolambda_api.http.authentication import (
    NoCredentialsError,
    authenticate,
    charge_rate_limit,
)
from isolambda_api.http.body import aside, media_type, read_bytes
from isolambda_api.http.context import context_of
from isolambda_api.http.errors import (
    BodyTooLargeError,
    MethodNotAllowedError,
    NotAcceptableError,
)
from isolambda_api.http.headers import elements_of
from isolambda_api.http.invocation_options import hops_of
from isolambda_api.http.json_response import Body, encode
from isolambda_api.http.services import Services, services_of
from isolambda_api.mcp.calls import call_tool
from isolambda_api.mcp.code import call_code_tool, list_code_tools
from isolambda_api.mcp.errors import (
    JSON,
    JsonRequiredError,
    OriginNotAllowedError,
    QueryNotAllowedError,
)
from isolambda_api.mcp.protocol import (
    Message,
    discovered,
    identity_of,
    initialized,
    message_of,
    require_valid,
    unknown_method,
)
from isolambda_api.mcp.tasks import answer_task, begin_task, is_about_task, is_task
from isolambda_api.mcp.tools import Client, list_tools
from isolambda_core.domain.accounts.api_keys import Scope
from isolambda_core.domain.accounts.errors import AccountNotFoundError
from isolambda_core.domain.ids import is_id
from isolambda_core.domain.limits import MCP_MESSAGE_BYTES

_TOO_LARGE: Final = BodyTooLargeError(MCP_MESSAGE_BYTES)
_ACCEPTED: Final = frozenset(("*/*", "application/*", JSON))
_LOOPBACK: Final = frozenset(("localhost", "127.0.0.1", "::1"))
_NOTHING_SHOWN: Final = (QueryNotAllowedError, OriginNotAllowedError, MethodNotAllowedError)
"""Errors of requests before their key is looked at: their address is charged."""
_METHODS: Final = frozenset(("tools/call", "tools/list", "initialize", "ping", "server/discover"))
_CODE_PATH: Final = "/mcp/code"


@dataclass(frozen=True, slots=True)
class _Mode:
    """How an account serves its tools."""

    list: Callable[[Client, Message], Mapping[str, Any]]
    call: Callable[[Client, Message], Awaitable[Body]]
    instructions: str
    has_tasks: bool = False


_EACH: Final = _Mode(
    list_tools,
    call_tool,
    "Each tool is a JavaScript function of one Isolambda account.",
    has_tasks=True,
)
_CODE: Final = _Mode(
    list_code_tools,
    call_code_tool,
    "Tools are JavaScript functions of one Isolambda account: find them by `search`, read their "
    "types by `describe`, and call as many as a task needs from the code of one `execute`.",
)


async def answer_message(request: Request) -> Response:
    """Answer a message: a request with its result, a notification with nothing."""
    services = services_of(request)
    try:
        _require_own(request, services)
    except _NOTHING_SHOWN:
        charge_rate_limit(request, services, None)
        raise
    client = await services.invocations.blocking(_let_in, request, services)
    _require_json(request)
    read, identifier = await aside(identity_of, await read_bytes(request, _TOO_LARGE))
    request.state.message_id = identifier
    message = message_of(read, identifier, request.headers)
    if identifier is None:
        return Response(status_code=202)
    mode = _CODE if request.url.path.endswith(_CODE_PATH) else _EACH
    body = {"jsonrpc": "2.0", "id": identifier, "result": await _result(client, message, mode)}
    return Response(encode(body), headers={"cache-control": "no-store"}, media_type=JSON)


async def _result(client: Client, message: Message, mode: _Mode) -> Body:
    if mode.has_tasks and is_about_task(message):
        return await answer_task(client, message)
    if message.method not in _METHODS:
        raise unknown_method(message)
    require_valid(message)
    match message.method:
        case "tools/call":
            call = begin_task if mode.has_tasks and is_task(message) else mode.call
            return await call(client, message)
        case "tools/list":
            return await client.services.invocations.blocking(mode.list, client, message)
        case "initialize":
            return initialized(message, mode.instructions, has_tasks=mode.has_tasks)
        case "server/discover":
            return discovered(message, mode.instructions)
        case _:
            return {}


def _require_own(request: Request, services: Services) -> None:
    """Let a request pass that no page of another origin sent, and that has no key in its URL.

    A page could have a browser ask a server of its own network by a name that changes its address:
    so the name that the request came by says nothing.
    """
    if request.url.query:
        raise QueryNotAllowedError
    origin = request.headers.get("origin")
    if origin is not None and not _is_own(origin, services.public_url):
        raise OriginNotAllowedError
    if request.method != "POST":
        raise MethodNotAllowedError(["POST"])


def _is_own(origin: str, public_url: str | None) -> bool:
    try:
        parts = urlsplit(origin)
        is_local = parts.scheme in ("http", "https") and parts.hostname in _LOOPBACK
    except ValueError:
        return False
    if public_url is None:
        return is_local
    own = urlsplit(public_url)
    return (parts.scheme, parts.netloc) == (own.scheme, own.netloc)


def _let_in(request: Request, services: Services) -> Client:
    caller = authenticate(request, services)
    if caller is None:
        raise NoCredentialsError
    account_id = request.path_params["account_id"]
    if not is_id(account_id):
        raise AccountNotFoundError(account_id)
    only = caller.api_key.function_id
    account = services.access.authorize(caller, account_id, Scope.EXECUTE, only)
    context = context_of(request)
    context.account = account
    return Client(services, account, caller, context.request_id, hops_of(request))


def _require_json(request: Request) -> None:
    if media_type(request) != JSON:
        raise JsonRequiredError
    accepted = elements_of(request.headers.get("accept", ""))
    ranges = {each.partition(";")[0].strip().lower() for each in accepted}
    if ranges and _ACCEPTED.isdisjoint(ranges):
        raise NotAcceptableError
