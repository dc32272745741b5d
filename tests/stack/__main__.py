"""`make stack`: the stack on a local AWS, until Ctrl-C."""

import signal
import sys
from contextlib import suppress

from infra.build import python313
from tests.stack.local_aws import PROGRAM
from tests.stack.stack import Stack, deployed

_GREETING = """\
Isolambda is deployed on a local AWS, which ends, and forgets everything, with Ctrl-C.

  URL={url}
  ACCOUNT={account_id}
  KEY={api_key}

  curl -s -X PUT {url}/v2/accounts/{account_id}/functions \\
    -H 'X-Auth-Token: {api_key}' -H 'Content-Type: application/json' \\
    -d '{{"data": {{"name": "hi", "function_js": "return {{hi: call.name}};"}}}}'

  curl -s -X POST {url}/v2/serverless/functions/ID/execute \\
    -H 'Authorization: Bearer {api_key}' -H 'Content-Type: application/json' \\
    -d '{{"Template": "{{\\"name\\": \\"Ada\\"}}"}}'

AWS's own tools lead there with these; ministack's log is {log}

  export {environment}
"""


def _greet(stack: Stack) -> None:
    environment = " ".join(f"{name}={value}" for name, value in stack.aws.environment.items())
    log = stack.aws.folder / "log"
    text = _GREETING.format(**stack.credentials, environment=environment, log=log)
    sys.stdout.write(text)
    sys.stdout.flush()


def main() -> None:
    """Deploy, tell how to use it, and wait for the end."""
    if not PROGRAM.exists():
        sys.exit(f"{python313.NONE_HERE}: the local AWS needs one, and `make stack` installs it")
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    with suppress(KeyboardInterrupt), deployed() as stack:
        _greet(stack)
        signal.pause()


if __name__ == "__main__":
    main()
