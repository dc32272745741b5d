"""Code mode: three tools in the place of all, by which code finds the others and calls them.

A list of many tools would fill a model's context before it does anything, and the results of each
would pass through it. Code reads only the types that it needs, and returns only what it was for.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from isolambda_api.http.json_response import Body
from isolambda_api.mcp.calls import answer_of, failed
from isolambda_api.mcp.protocol import Message, called, invalid_params, listed, unknown_tool
from isolambda_api.mcp.tools import Client
from isolambda_core.domain.documents import Document
from isolambda_core.domain.functions.tools import Tool, arguments_schema, result_schema
from isolambda_core.domain.limits import (
    CODE_CHARACTERS,
    TOOL_CALLS,
    TOOLS_DESCRIBED,
    TOOLS_FOUND,
    WALL_TIME_MS_MAX,
)
from isolambda_core.domain.schemas.typescript import type_of

_SEARCH, _DESCRIBE, _EXECUTE = "search", "describe", "execute"
_WORD: Final = re.compile(r"[^\W_]+")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SUMMARY_CHARACTERS: Final = 120
_APPROVAL: Final = (
    "A person approves each call: until then it throws, with `cause.code` approval_required."
)
_READS: Final = {"readOnlyHint": True, "openWorldHint": False}
CODE_TOOLS: Final[Sequence[Mapping[str, Any]]] = (
    {
        "name": _SEARCH,
        "description": f"Lists up to {TOOLS_FOUND} tools whose names or descriptions have words "
        "of the query, the best first; an empty query lists any. Then describe those you need.",
        "inputSchema": {
            "type": "object",
            "properties": {"query": {"type": "string", "maxLength": 500}},
            "required": ["query"],
        },
        "annotations": _READS,
    },
    {
        "name": _DESCRIBE,
        "description": "Returns the TypeScript signatures of tools, as code can call them.",
        "inputSchema": {
            "type": "object",
            "properties": {
                "names": {
                    "type": "array",
                    "items": {"type": "string"},
                    "minItems": 1,
                    "maxItems": TOOLS_DESCRIBED,
                }
            },
            "required": ["names"],
        },
        "annotations": _READS,
    },
    {
        "name": _EXECUTE,
        "description": "Executes JavaScript, the body of an async function with the parameter "
        "`tools`: `return (await tools.NAME(input)).x`. What it returns, as JSON, is the result. "
        f"At most {TOOL_CALLS} calls and {WALL_TIME_MS_MAX // 1_000} s; no network, no imports. "
        "A call that fails throws an Error whose `cause.code` says why.",
        "inputSchema": {
            "type": "object",
            "properties": {"code": {"type": "string", "maxLength": CODE_CHARACTERS}},
            "required": ["code"],
        },
    },
)
"""What a client lists, whatever the account has."""


def list_code_tools(client: Client, message: Message) -> Mapping[str, Any]:
    """Return the answer to ``tools/list``: always the same three."""
    del client
    if message.params.get("cursor") is not None:
        raise invalid_params(message, "cursor is none that a page had")
    return listed(message, [dict(each) for each in CODE_TOOLS], None)


async def call_code_tool(client: Client, message: Message) -> Body:
    """Return the answer to ``tools/call`` of one of the three.

    Raises:
        MessageError: it is another.
        IsolambdaError: the code cannot be executed now.
    """
    arguments = message.params.get("arguments") or {}
    blocking = client.services.invocations.blocking
    match message.params["name"], arguments:
        case "search", {"query": str(query)}:
            return _told(message, await blocking(_search, client, query))
        case "describe", {"names": [*names]} if _are_names(names):
            return _told(message, await blocking(_describe, client, names))
        case "execute", {"code": str(code)} if len(code) <= CODE_CHARACTERS:
            return await _execute(client, message, code)
        case ("search" | "describe" | "execute") as name, _:
            return failed(message, f"the arguments are not those of inputSchema of {name}")
    raise unknown_tool(message)


def _told(message: Message, text: str) -> Body:
    return cast("Body", called(message, text, {}, failed=False))


async def _execute(client: Client, message: Message, code: str) -> Body:
    result = await client.services.code.execute(
        client.account, client.caller, code, client.request_id, client.hops
    )
    return answer_of(message, result, structured=False)


def _search(client: Client, query: str) -> str:
    words = set(_words(query))
    ranked = [(_rank(tool, words), tool) for tool in _tools_of(client)]
    found = sorted((each for each in ranked if each[0] or not words), key=lambda each: -each[0])
    lines = [f"{tool.name}: {_summary(tool)}" for _, tool in found[:TOOLS_FOUND]]
    if len(found) > TOOLS_FOUND:
        lines.append(f"and {len(found) - TOOLS_FOUND} more: search by other words")
    return "\n".join(lines) or "no tool has any of these words"


def _rank(tool: Tool, words: set[str]) -> int:
    name, description = set(_words(tool.name)), set(_words(tool.description))
    return 3 * len(words & name) + len(words & description)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _summary(tool: Tool) -> str:
    line = " ".join(tool.description.split())
    return line if len(line) <= _SUMMARY_CHARACTERS else f"{line[:_SUMMARY_CHARACTERS]}…"


def _are_names(names: Sequence[Any]) -> bool:
    return 0 < len(names) <= TOOLS_DESCRIBED and all(isinstance(name, str) for name in names)


def _describe(client: Client, names: Sequence[str]) -> str:
    tools = {tool.name: tool for tool in _tools_of(client)}
    known = [tools[name] for name in dict.fromkeys(names) if name in tools]
    documents = client.services.tools.documents(client.account.id, known)
    signatures = {
        tool.name: _signature(tool, document)
        for tool, document in zip(known, documents, strict=True)
    }
    return "\n\n".join(
        signatures.get(name) or f"// there is no tool {name[:128]!r}" for name in names
    )


def _signature(tool: Tool, document: Document) -> str:
    name = tool.name
    returned = result_schema(document)
    returns = "unknown" if returned is None else type_of(returned)
    at = f".{name}" if _NAME.fullmatch(name) else f'["{name}"]'
    said = tool.description.replace("*/", "* /")
    if tool.needs_approval:
        said += "\n" + _APPROVAL
    given = type_of(arguments_schema(document))
    return f"/** {said} */\ntools{at}(input: {given}): Promise<{returns}>"


def _tools_of(client: Client) -> Sequence[Tool]:
    index = client.services.tools.index(client.account.id)
    return [tool for tool in index.values() if client.only in (None, tool.function_id)]
