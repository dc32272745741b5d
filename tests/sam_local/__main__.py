"""`make sam-local`: the API and the executor in containers, until Ctrl-C."""

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.build import python313
from tests.sam_local.engine import Engine, NoEngineError
from tests.sam_local.sam import sam_local
from tests.stack.local_aws import PROGRAM
from tests.stack.stack import deployed

_GREETING = """\
Isolambda runs in containers, on the table, the queue and the secret of a local AWS. All of it ends,
and forgets everything, with Ctrl-C. Nothing takes from the queue: `sam local` knows no queues.

  URL={url}
  ACCOUNT={account_id}
  KEY={api_key}

What SAM and the Lambdas say is in {folder}
"""


def main() -> None:
    """Serve, tell how to use it, and wait for the end."""
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    try:
        engine = Engine.find(os.environ.get("DOCKER_HOST"))  # noqa: TID251 - Docker's own setting
    except NoEngineError as error:
        sys.exit(str(error))
    if not PROGRAM.exists():
        sys.exit(f"{python313.NONE_HERE}: the local AWS runs on it; install python3.13")
    with suppress(KeyboardInterrupt), TemporaryDirectory(prefix="isolambda-sam-") as folder:
        here = Path(folder)
        with deployed() as stack, sam_local(stack, engine, here) as host:
            sys.stdout.write(_GREETING.format(**host.credentials, folder=folder))
            sys.stdout.flush()
            signal.pause()


if __name__ == "__main__":
    main()
