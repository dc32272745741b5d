"""Messages of the Model Context Protocol: what is asked, in which version, and what is answered.

Until 2025-11-25 a client begins with ``initialize``, and names the version in a header from then
on. Since 2026-07-28 each request says all of it, in ``_meta`` and in headers that repeat it.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from mcp_types import CLIENT_CAPABILITIES_META_KEY, PROTOCOL_VERSION_META_KEY
from mcp_types.methods import serialize_server_result, validate_client_request
from pydantic import ValidationError

from isolambda_api.mcp.errors import (
    HEADER_MISMATCH,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    PARSE_ERROR,
    UNSUPPORTED_VERSION,
    MessageError,
)
from isolambda_core import __version__
from isolambda_core.domain.json_text import InvalidJsonError, JsonValue, parse

HANDSHAKE_VERSIONS: Final = ("2025-06-18", "2025-11-25")
"""The versions that ``initialize`` agrees on, the newest last."""
MODERN_VERSIONS: Final = ("2026-07-28",)
"""The versions that each request names."""
LATEST_HANDSHAKE: Final = HANDSHAKE_VERSIONS[-1]
TASKS_VERSION: Final = "2025-11-25"
"""The one version that has tasks; in the next one they are an extension, which we do not have."""
_INITIALIZE: Final = "initialize"
_VERSION_HEADER, _METHOD_HEADER, _NAME_HEADER = "mcp-protocol-version", "mcp-method", "mcp-name"
_NAMED: Final = {"tools/call": "name"}
"""The parameter that the header ``Mcp-Name`` repeats."""
_BASE64: Final = ("=?base64?", "?=")
_SHOWN_CHARACTERS: Final = 128
"""Of a name that a client made up, in an error; no tool and no method has a longer one."""
_LIST_MS: Final = 0
"""How long a client may take an answer for current: a tool may change at any time."""
_INFO: Final = {"name": "isolambda", "title": "Isolambda", "version": __version__}


@dataclass(frozen=True, slots=True)
class Message:
    """A request of a client; a notification has no ``id``, and is answered with nothing.

    ``headers`` are those that came with it, by their names in lower case.
    """

    id: str | int | None
    method: str
    params: Mapping[str, Any]
    version: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_modern(self) -> bool:
        """Whether the request says everything itself."""
        return self.version in MODERN_VERSIONS


def identity_of(body: bytes) -> tuple[Mapping[str, Any], str | int | None]:
    """Return the one message in a body, and its id, None for a notification.

    Raises:
        MessageError: it is not JSON, or no such message.
    """
    try:
        message = parse(body)
    except InvalidJsonError as error:
        raise MessageError(PARSE_ERROR, f"the body is not JSON: {error}") from error
    if not isinstance(message, dict):
        raise MessageError(INVALID_REQUEST, "the body must be one message, an object; no batch")
    if message.get("jsonrpc") != "2.0" or not isinstance(message.get("method"), str):
        raise MessageError(INVALID_REQUEST, "the body must be a JSON-RPC 2.0 request")
    if not isinstance(message.get("params", {}), dict):
        raise MessageError(INVALID_REQUEST, "params must be an object")
    identifier = message.get("id")
    is_id = isinstance(identifier, str | int) and not isinstance(identifier, bool)
    if "id" in message and not is_id:
        raise MessageError(INVALID_REQUEST, "id must be a string or an integer")
    return message, cast("str | int | None", identifier)


def message_of(
    message: Mapping[str, Any], identifier: str | int | None, headers: Mapping[str, str]
) -> Message:
    """Return a message that was read, in the version that it is of.

    Raises:
        MessageError: headers contradict it, or the version is none that is spoken here.
    """
    method, params = message["method"], message.get("params", {})
    meta = params.get("_meta")
    meta = meta if isinstance(meta, dict) else {}
    header = headers.get(_VERSION_HEADER)
    if identifier is None:
        version = header or LATEST_HANDSHAKE
        _require_spoken(version)
        return Message(None, method, params, version)
    if method == _INITIALIZE and PROTOCOL_VERSION_META_KEY not in meta:
        return Message(identifier, method, params, LATEST_HANDSHAKE)
    if header in MODERN_VERSIONS or PROTOCOL_VERSION_META_KEY in meta:
        version = _modern_version(method, params, meta, headers)
        return Message(identifier, method, params, version, headers)
    version = header or LATEST_HANDSHAKE
    _require_spoken(version)
    return Message(identifier, method, params, version)


def require_valid(message: Message) -> None:
    """Let a request pass whose method the version has, with parameters as it has them.

    Raises:
        MessageError: it has none of that name, or its parameters are others.
    """
    try:
        validate_client_request(message.method, message.version, message.params)
    except KeyError as error:
        raise unknown_method(message) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "params"
        raise MessageError(
            INVALID_PARAMS, f"{where}: {first['msg']}", _status(message, 400)
        ) from error


def unknown_method(message: Message) -> MessageError:
    """Return the error for a method that there is not."""
    shown = message.method[:_SHOWN_CHARACTERS]
    return MessageError(METHOD_NOT_FOUND, f"there is no method {shown!r}", _status(message, 404))


def unknown_tool(message: Message) -> MessageError:
    """Return the error for a tool that there is not, for the caller."""
    shown = message.params["name"][:_SHOWN_CHARACTERS]
    return invalid_params(message, f"there is no tool {shown!r}")


def invalid_params(message: Message, what: str) -> MessageError:
    """Return the error for parameters that mean nothing here."""
    return MessageError(INVALID_PARAMS, what, _status(message, 400))


def initialized(message: Message, instructions: str, *, has_tasks: bool) -> Mapping[str, Any]:
    """Return the result of ``initialize``: the version of the client, or else our newest."""
    asked = message.params["protocolVersion"]
    version = asked if asked in HANDSHAKE_VERSIONS else LATEST_HANDSHAKE
    capabilities: dict[str, Any] = {"tools": {"listChanged": False}}
    if has_tasks and version == TASKS_VERSION:
        capabilities["tasks"] = {"list": {}, "cancel": {}, "requests": {"tools": {"call": {}}}}
    result = {
        "protocolVersion": version,
        "capabilities": capabilities,
        "serverInfo": _INFO,
        "instructions": instructions,
    }
    return serialize_server_result(_INITIALIZE, version, result)


def discovered(message: Message, instructions: str) -> Mapping[str, Any]:
    """Return the result of ``server/discover``."""
    return _serialized(
        message,
        {
            "supportedVersions": [*MODERN_VERSIONS],
            "capabilities": {"tools": {}},
            "instructions": instructions,
            "_meta": {"io.modelcontextprotocol/serverInfo": _INFO},
            **_CACHED,
        },
    )


def listed(
    message: Message, tools: list[Mapping[str, Any]], next_cursor: str | None
) -> Mapping[str, Any]:
    """Return the result of ``tools/list``."""
    result: dict[str, Any] = {"tools": tools, **_CACHED}
    if next_cursor is not None:
        result["nextCursor"] = next_cursor
    return _serialized(message, result)


def called(
    message: Message, text: str, execution: Mapping[str, str], *, failed: bool
) -> Mapping[str, Any]:
    """Return the result of ``tools/call``, without structured content.

    ``execution`` says which execution it was, for logs and records.
    """
    meta = {f"isolambda/{name}": value for name, value in execution.items()}
    content = [{"type": "text", "text": text}]
    result: dict[str, Any] = {"content": content, "isError": failed}
    return _serialized(message, {**result, "_meta": meta} if meta else result)


_CACHED: Final = {"ttlMs": _LIST_MS, "cacheScope": "private"}


def _serialized(message: Message, result: Mapping[str, Any]) -> Mapping[str, Any]:
    complete = {"resultType": "complete", **result}
    return serialize_server_result(message.method, message.version, complete)


def _status(message: Message, status: int) -> int:
    """Return the status of an error, which until 2025-11-25 is an answer like any other."""
    return status if message.is_modern else 200


def _require_spoken(version: str) -> None:
    spoken = [*HANDSHAKE_VERSIONS, *MODERN_VERSIONS]
    if version not in spoken:
        raise _unsupported(version, spoken)


def _unsupported(version: str, spoken: list[str]) -> MessageError:
    data: JsonValue = {"supported": spoken, "requested": version}
    return MessageError(UNSUPPORTED_VERSION, "Unsupported protocol version", data=data)


def _modern_version(
    method: str, params: Mapping[str, Any], meta: Mapping[str, Any], headers: Mapping[str, str]
) -> str:
    required = (PROTOCOL_VERSION_META_KEY, CLIENT_CAPABILITIES_META_KEY)
    if missing := [key for key in required if key not in meta]:
        raise MessageError(INVALID_PARAMS, f"params._meta lacks {', '.join(missing)}")
    version = meta[PROTOCOL_VERSION_META_KEY]
    for header, value in (
        (_VERSION_HEADER, version),
        (_METHOD_HEADER, method),
        (_NAME_HEADER, params.get(_NAMED.get(method, ""))),
    ):
        if (value is not None or header == _VERSION_HEADER) and decoded(
            headers.get(header)
        ) != value:
            raise MessageError(HEADER_MISMATCH, f"the header {header} does not match the message")
    if version not in MODERN_VERSIONS:
        raise _unsupported(version, [*MODERN_VERSIONS])
    return cast("str", version)


def decoded(header: str | None) -> str | None:
    """Return the text of a header, which is encoded where it could not stand in one."""
    before, after = _BASE64
    if header is None or not (header.startswith(before) and header.endswith(after)):
        return header
    try:
        return base64.b64decode(header[len(before) : -len(after)], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
