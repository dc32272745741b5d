"""Every answer is held to the API's own OpenAPI document; schemathesis thinks of the requests.

Two files beside this one are its command's: what it is to ask, and what it cannot know.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.servers import Server, starting

HERE = Path(__file__).parent
COMMAND = Path(sys.executable).with_name("schemathesis")
REQUESTS = 2_000

pytestmark = pytest.mark.timeout(1_800)


def test_every_answer_is_as_the_document_says(tmp_path: Path) -> None:
    with starting(tmp_path / "data") as start:
        server = start()
        operations = operations_of(server)
        done = ask(server, tmp_path)

    assert done.returncode == 0, done.stdout
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["test_cases"]["generated"] >= REQUESTS
    answered = {
        operation
        for operation, phases in report["valid_rates"].items()
        if any(phase["accepted"] for phase in phases.values())
    }
    assert operations - answered == {"PUT /v2/user_auth"}  # there are no users


def operations_of(server: Server) -> set[str]:
    with server.client() as client:
        paths = client.get("/openapi.json").json()["paths"]
    # What functions answer is none of the API's own.
    own = {path: verbs for path, verbs in paths.items() if not path.startswith("/http/")}
    return {f"{verb.upper()} {path}" for path, verbs in own.items() for verb in verbs}


def ask(server: Server, directory: Path) -> subprocess.CompletedProcess[str]:
    """Run schemathesis over what the server says of itself; its files come into ``directory``."""
    url, account = server.credentials["url"], server.credentials["account_id"]
    with server.client() as client:  # the account's own key will not do: the run changes it
        made = client.put(f"/v2/accounts/{account}/api_keys", json={"data": {}})
    return subprocess.run(
        [
            COMMAND,
            *("--config-file", HERE / "schemathesis.toml"),
            *("run", f"{url}/openapi.json"),
            *("--report-json-path", directory / "report.json"),
            "--no-color",
        ],
        cwd=directory,
        env={
            "SCHEMATHESIS_HOOKS": str(HERE / "hooks.py"),
            "ISOLAMBDA_URL": url,
            "ISOLAMBDA_ACCOUNT": account,
            "ISOLAMBDA_API_KEY": made.json()["data"]["api_key"],
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
