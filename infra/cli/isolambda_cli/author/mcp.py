"""The command ``isolambda mcp``."""

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Lock
from typing import Any, BinaryIO, Final

import typer

from isolambda_cli.api.client import Api
from isolambda_cli.api.options import AuthorCommand, api_of
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.json_text import InvalidJsonError, JsonValue, dump, parse
from isolambda_core.domain.limits import MCP_MESSAGE_BYTES

app = typer.Typer(add_completion=False)

_AT_ONCE: Final = 8
"""Messages that wait for the server at a time."""
_PARSE_ERROR, _UNREACHABLE = -32700, -32000
_VERSION_KEY: Final = "io.modelcontextprotocol/protocolVersion"


@app.command(cls=AuthorCommand)
def mcp(context: typer.Context) -> None:
    """Serve the tools of the account to a program that starts this one.

    Each line of stdin is a message of the Model Context Protocol, which goes to the server with the
    key of the profile; each line of stdout is an answer.
    """
    out = typer.get_binary_stream("stdout")
    bridge = _Bridge(api_of(context), out)
    room = BoundedSemaphore(_AT_ONCE)
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for line in _lines(typer.get_binary_stream("stdin")):
            room.acquire()
            threads.submit(bridge.pass_on, line).add_done_callback(lambda _: room.release())


@dataclass
class _Bridge:
    """Passes messages on to the server, and its answers back.

    ``_version`` is what ``initialize`` agreed on: a client then names it with each request.
    """

    api: Api
    out: BinaryIO
    _version: str | None = None
    _writing: Lock = field(default_factory=Lock)

    def pass_on(self, line: bytes | None) -> None:
        """Pass a message on, and write what the server answers; None is one that is too long."""
        if line is None:
            self._refuse(None, _PARSE_ERROR, f"a message has more than {MCP_MESSAGE_BYTES} bytes")
            return
        try:
            message = parse(line)
        except InvalidJsonError as error:
            self._refuse(None, _PARSE_ERROR, f"the line is not JSON: {error}")
            return
        found = message if isinstance(message, dict) else {}
        identifier = found.get("id")
        try:
            answer = self.api.relay("mcp", line, self._headers(found))
        except IsolambdaError as error:
            if not isinstance(message, dict) or "id" in message:
                self._refuse(identifier, _UNREACHABLE, str(error))
            return
        if answer:
            self._answer(found, identifier, answer)

    def _answer(self, message: dict[str, Any], identifier: Any, answer: bytes) -> None:
        try:
            found = parse(answer)
        except InvalidJsonError:
            found = None
        if not isinstance(found, dict) or found.get("jsonrpc") != "2.0":
            where = f"{self.api.url} does not answer as Isolambda does"
            self._refuse(identifier, _UNREACHABLE, f"{where}; is this the URL of the API?")
            return
        result = found.get("result")
        if message.get("method") == "initialize" and isinstance(result, dict):
            self._version = result.get("protocolVersion")
        if found.get("id") is None and identifier is not None:  # refused before it was read
            answer = dump({**found, "id": identifier}).encode()
        self._write(answer)

    def _headers(self, message: dict[str, Any]) -> dict[str, str]:
        """Return what the protocol has in headers besides: its version, the method and the name."""
        headers = {"Accept": "application/json, text/event-stream"}
        params = message.get("params")
        params = params if isinstance(params, dict) else {}
        meta = params.get("_meta")
        version = meta.get(_VERSION_KEY) if isinstance(meta, dict) else None
        if version is None:
            return {**headers, **({"MCP-Protocol-Version": self._version} if self._version else {})}
        headers["MCP-Protocol-Version"] = _fit(version)
        headers["Mcp-Method"] = _fit(message.get("method"))
        if "name" in params:
            headers["Mcp-Name"] = _fit(params["name"])
        return headers

    def _refuse(self, identifier: Any, code: int, text: str) -> None:
        error: JsonValue = {"code": code, "message": text}
        self._write(dump({"jsonrpc": "2.0", "id": identifier, "error": error}).encode())

    def _write(self, line: bytes) -> None:
        with self._writing:
            self.out.write(line + b"\n")
            self.out.flush()


def _lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """Yield lines that are not empty; None for one that is too long for a message."""
    too_long = False
    while line := stream.readline(MCP_MESSAGE_BYTES + 1):
        is_whole = line.endswith(b"\n") or len(line) <= MCP_MESSAGE_BYTES
        if is_whole and not too_long and line.strip():
            yield line.strip()
        elif is_whole and too_long:
            yield None
        too_long = not is_whole


def _fit(value: Any) -> str:
    """Return a value as a header has it: encoded, where it could not stand there as it is."""
    text = str(value)
    if text.isascii() and text.isprintable() and text == text.strip() and text[:2] != "=?":
        return text
    return f"=?base64?{base64.b64encode(text.encode()).decode()}?="
