"""An account behind the real API, in this process, and a project that is deployed to it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from starlette.testclient import TestClient
from typer.testing import Result

from tests.unit.cli.installations import isolambda

URL = "https://api.example.com"
READS = ("GET", "HEAD")

Hook = Callable[[httpx2.Request], httpx2.Response | None]


@dataclass
class Cloud:
    """What the command asked of the API, in order; ``before`` may answer in its place, or raise."""

    client: TestClient
    account_id: str
    key: str
    folder: Path
    requests: list[str] = field(default_factory=list)
    before: Hook = lambda _: None

    def handle(self, request: httpx2.Request) -> httpx2.Response:
        """Answer what the command sends."""
        assert str(request.url).startswith(URL)
        path = request.url.raw_path.decode()
        self.requests.append(f"{request.method} {path.removeprefix(self.path)}")
        answer = self.before(request)
        if answer is not None:
            return answer
        return self.client.request(
            request.method, path, headers=request.headers, content=request.read()
        )

    @property
    def path(self) -> str:
        return f"/v2/accounts/{self.account_id}/"

    @property
    def writes(self) -> list[str]:
        """The requests that were no reads; those before are forgotten."""
        made = [each for each in self.requests if each.split()[0] not in READS]
        self.requests.clear()
        return made

    def ask(self, method: str, path: str, data: object = None, **headers: str) -> Any:
        """Ask as another client with a key of the account does."""
        answer = self.client.request(
            method,
            self.path + path,
            headers={"x-auth-token": self.key, **headers},
            content=None if data is None else json.dumps({"data": data}),
        )
        assert answer.status_code < 300, answer.text
        return answer.json()["data"]

    def write(self, name: str, text: str) -> None:
        """Write a file of the project."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def edit(self, name: str, before: str, after: str) -> None:
        """Change a file of the project."""
        text = (self.folder / name).read_text(encoding="utf-8")
        assert before in text
        self.write(name, text.replace(before, after))

    def run(self, *words: str) -> str:
        """Run a command, and return what it printed; it must end well."""
        result = isolambda(*words)
        assert result.exit_code == 0, result.output
        return result.stdout

    def fail(self, *words: str) -> Result:
        """Run a command that fails."""
        result = isolambda(*words)
        assert result.exit_code == 1, result.output
        return result
