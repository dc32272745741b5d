"""Isolambda on one machine: the same API and the same executor, over one SQLite file."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from isolambda_api.app import Services, create_app
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.services.accounts import AccountService
from isolambda_core.services.execution import ExecutionService
from isolambda_core.services.functions import FunctionService
from isolambda_executor.supervisor import Supervisor
from isolambda_local.credentials import FILE_NAME, Credentials, open_credentials
from isolambda_local.sqlite import open_store

DATABASE_NAME = "isolambda.sqlite3"
WORKERS = 4
"""Worker processes, each for one execution at a time."""
_WAIT_S = 30.0


@dataclass(frozen=True, slots=True)
class Local:
    """A machine that is set up: its app, and how to get in."""

    app: FastAPI
    credentials: Credentials
    first_start: bool


@contextmanager
def open_local(data_dir: Path, url: str, workers: int = WORKERS) -> Iterator[Local]:
    """Open what is kept in ``data_dir``, made when it is not there, and start the workers.

    Raises:
        NewerSchemaError: the database was written by a newer Isolambda.
        StoreUnavailableError: the database cannot be opened.
        OSError: the directory cannot be made or written to.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    store = open_store(data_dir / DATABASE_NAME)
    try:
        accounts = AccountService(store.accounts, store.api_keys, SystemClock())
        credentials, made = open_credentials(data_dir, url, accounts)
        with Supervisor(workers, wait_s=_WAIT_S) as supervisor:
            services = Services(
                functions=FunctionService(store.functions, SystemClock()),
                accounts=accounts,
                executions=ExecutionService(store.functions, supervisor),
            )
            yield Local(create_app(services), credentials, made)
    finally:
        store.close()


def serve(host: str, port: int, data_dir: Path, workers: int) -> None:
    """Serve until the process is told to end."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s: %(message)s")
    with open_local(data_dir, f"http://{host}:{port}", workers) as local:
        print(_greeting(local, data_dir), flush=True)  # noqa: T201 - it is what the user waits for
        # No access log: a query string may hold a key, or a function's input.
        uvicorn.run(local.app, host=host, port=port, access_log=False, server_header=False)


def _greeting(local: Local, data_dir: Path) -> str:
    url, account = local.credentials.url, local.credentials.account_id
    place = f"\nIsolambda serves on {url}; its data and {FILE_NAME} are in {data_dir}.\n"
    if not local.first_start:
        return place
    # The one time that the key is shown; afterwards it is in the file alone.
    return f"""{place}
An account and its key were made for you. Create a function:

  curl -s -X PUT {url}/v2/accounts/{account}/functions \\
    -H 'X-Auth-Token: {local.credentials.api_key}' -H 'Content-Type: application/json' \\
    -d '{{"data": {{"name": "say hi", "function_js": "return {{hi: call.name}};"}}}}'

Execute it, with the id that the answer gave:

  curl -s -X POST {url}/v2/serverless/functions/ID/execute \\
    -H 'Authorization: Bearer {local.credentials.api_key}' -H 'Content-Type: application/json' \\
    -d '{{"template": "{{\\"name\\": \\"Ada\\"}}"}}'
"""
