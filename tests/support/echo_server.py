"""An HTTP server that answers what it was asked, and keeps it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from typing_extensions import override


@dataclass
class Echo:
    """The server, and its requests: method, path, headers and body."""

    address: str
    port: int
    asked: list[dict[str, Any]] = field(default_factory=list)

    @property
    def host(self) -> str:
        return f"{self.address}:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"


@contextmanager
def echoing(address: str = "127.0.0.1") -> Iterator[Echo]:
    """Serve on an address of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            asked = {
                "method": self.command,
                "path": self.path,
                "headers": {name.lower(): value for name, value in self.headers.items()},
                "body": body.decode(),
            }
            kept.asked.append(asked)
            answer = json.dumps(asked).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = _answer  # noqa: N815 - the names of the standard library

        @override
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer((address, 0), Handler) as listening:
        kept = Echo(address, listening.server_port)
        thread = Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield kept
        listening.shutdown()
        thread.join()
