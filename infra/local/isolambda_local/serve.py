"""Isolambda on one machine: the same API and the same executor, over one SQLite file."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from isolambda_api.app import create_app
from isolambda_api.composition import compose
from isolambda_core.adapters.callbacks import HttpsCallbacks
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.domain.buckets import BucketSize
from isolambda_core.domain.limits import CALL_PATIENCE_S
from isolambda_executor.supervisor import Supervisor
from isolambda_local.buckets import MemoryBucketRepository
from isolambda_local.credentials import FILE_NAME, Credentials, open_credentials
from isolambda_local.defaults import WORKERS
from isolambda_local.machine import open_machine
from isolambda_local.secret import open_secret
from isolambda_local.sqlite import open_store

DATABASE_NAME = "isolambda.sqlite3"
_WAIT_S = 30.0


@dataclass(frozen=True, slots=True)
class Local:
    """A machine that is set up: its app, and how to get in."""

    app: FastAPI
    credentials: Credentials
    first_start: bool


@contextmanager
def open_local(
    data_dir: Path,
    url: str,
    workers: int = WORKERS,
    bucket: BucketSize | None = None,
    *,
    private_callbacks: bool = False,
) -> Iterator[Local]:
    """Open what is kept in ``data_dir``, made when it is not there, and start the workers.

    Without a ``bucket`` size, nobody's requests are counted; ``private_callbacks`` may go to
    addresses of this machine and its network.

    Raises:
        NewerSchemaError: the database was written by a newer Isolambda.
        StoreUnavailableError: the database cannot be opened.
        DamagedSecretError: the file of the secret holds none.
        OSError: the directory cannot be made or written to.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    clock = SystemClock()
    with ExitStack() as stack:
        store = stack.enter_context(closing(open_store(data_dir / DATABASE_NAME)))
        secret = open_secret(data_dir)
        supervisor = stack.enter_context(Supervisor(workers, wait_s=_WAIT_S))
        callbacks = HttpsCallbacks(private=private_callbacks)
        machine = open_machine(data_dir, store, secret, clock, supervisor, callbacks)
        services = compose(
            store,
            secret,
            clock,
            executor=supervisor,
            hurried=supervisor.hurried(CALL_PATIENCE_S),
            queue=store.queue,
            sources=machine.sources,
            buckets=None if bucket is None else MemoryBucketRepository(),
            size=bucket or BucketSize(),
            private_callbacks=private_callbacks,
        )
        # One worker is left to those who wait for an answer.
        stack.enter_context(machine.dispatching(max(1, workers - 1)))
        credentials, made = open_credentials(data_dir, url, services)
        yield Local(create_app(services), credentials, made)


def serve(
    host: str,
    port: int,
    data_dir: Path,
    workers: int,
    bucket: BucketSize | None = None,
    *,
    private_callbacks: bool = False,
) -> None:
    """Serve until the process is told to end; see :func:`open_local`."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s: %(message)s")
    url = f"http://{host}:{port}"
    with open_local(data_dir, url, workers, bucket, private_callbacks=private_callbacks) as local:
        print(_greeting(local, data_dir), flush=True)  # noqa: T201 - it is what the user waits for
        # No access log: a query string may hold a key, or a function's input.
        # No proxy stands in front: whoever sends X-Forwarded-For has made it up.
        uvicorn.run(
            local.app,
            host=host,
            port=port,
            access_log=False,
            server_header=False,
            proxy_headers=False,
        )


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

More accounts, and keys for less: isolambda accounts --help, isolambda keys --help.
"""
