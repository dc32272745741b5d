"""A client that runs beside a server: it creates and executes a function, and prints what came.

By the standard library alone, since it runs with the server's own Python.

Usage: client.py URL CREDENTIALS
"""

import json
import sys
from pathlib import Path
from urllib.request import Request, urlopen

_url, _credentials = sys.argv[1:]
_account = json.loads(Path(_credentials).read_text(encoding="utf-8"))
# Busy for a while, which shows from outside, and then not yet done.
_SOURCE = """
const until = Date.now() + 1000;
while (Date.now() < until);
return new Promise((done) => setTimeout(() => done('drained'), 500));
"""


def _ask(method: str, path: str, data: object) -> dict[str, object]:
    headers = {"X-Auth-Token": _account["api_key"], "Content-Type": "application/json"}
    url = f"{_url}/v2/accounts/{_account['account_id']}/functions{path}"
    request = Request(url, json.dumps({"data": data}).encode(), headers, method=method)  # noqa: S310
    with urlopen(request) as answer:  # noqa: S310
        answered: dict[str, object] = json.load(answer)["data"]
    return answered


with urlopen(f"{_url}/healthz") as _answer:  # noqa: S310
    print(_answer.read().decode())  # noqa: T201
_limits = {"wall_time_ms": 25_000}
_function = _ask("PUT", "", {"name": "slow", "function_js": _SOURCE, "limits": _limits})
print(_ask("POST", f"/{_function['id']}/execute", {})["result"])  # noqa: T201
