"""Say whether X-Ray traces this invocation of a Lambda."""

import os


def trace_header() -> str | None:
    """Return the trace of this invocation, as the header ``X-Amzn-Trace-Id`` has it."""
    return os.environ.get("_X_AMZN_TRACE_ID")  # noqa: TID251 - differs for each invocation


def is_traced() -> bool:
    """Return whether this invocation is in X-Ray's sample."""
    return "Sampled=1" in (trace_header() or "")
