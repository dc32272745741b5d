"""``isolambda serve`` with an executor that answers at once: what HTTP takes, and V8 not."""

import argparse
import logging
from contextlib import closing
from pathlib import Path

import uvicorn

from isolambda_api.app import create_app
from isolambda_api.composition import compose
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_local.data_directory import DATABASE_NAME
from isolambda_local.secrets.credentials import open_credentials
from isolambda_local.secrets.installation_secret import open_secret
from isolambda_local.sqlite import open_store
from isolambda_local.sqlite.changes import SqliteChanges
from isolambda_local.threads import in_thread
from tests.support.fakes import InstantExecutor
from tests.support.frequent_requests import RESULTS
from tests.support.sources import FakeEventSources


def main() -> None:
    """Serve until a signal ends the process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO)  # a line for each request, as isolambda_local.serve
    executor = InstantExecutor(RESULTS)
    database = asked.data_dir / DATABASE_NAME
    with closing(open_store(database)) as store, closing(SqliteChanges(database)) as changes:
        services = compose(
            store,
            open_secret(asked.data_dir),
            SystemClock(),
            executor=executor,
            call_executor=executor,
            queue=store.queue,
            sources=FakeEventSources(),
            rate_limits=None,
            size=RateLimit(),
            changes=changes,
            blocking=in_thread,
        )
        open_credentials(asked.data_dir, f"http://127.0.0.1:{asked.port}", services)
        uvicorn.run(create_app(services), port=asked.port, access_log=False, server_header=False)


if __name__ == "__main__":
    main()
