"""Answers events with the handler of a built Lambda, with the path order of Lambda's own runtime.

Run as ``python3.13 -I -S -B lambda_runtime.py TASK OPT HANDLER``: TASK is the folder that Lambda
has at /var/task, OPT what its layers make of /opt. Events come in as lines of JSON; the answers go
to the descriptor that standard output was, and whatever the handler prints goes to standard error.
"""

import importlib
import json
import os
import sys
from types import SimpleNamespace

CONTEXT = SimpleNamespace(
    function_name="artifact",
    function_version="$LATEST",
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:artifact",
    memory_limit_in_mb=1024,
    aws_request_id="00000000-0000-0000-0000-000000000000",
    log_group_name="artifact",
    log_stream_name="artifact",
    tenant_id=None,
    get_remaining_time_in_millis=lambda: 30_000,
)


def main() -> None:
    """Answer every event of standard input, then end as Lambda ends an environment: at once."""
    task, opt, handler = sys.argv[1:]
    sys.path[:0] = [task, f"{opt}/python"]
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    module, _, name = handler.rpartition(".")
    handle = getattr(importlib.import_module(module), name)
    for event in sys.stdin:
        answers.write(json.dumps(handle(json.loads(event), CONTEXT)) + "\n")
    answers.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
