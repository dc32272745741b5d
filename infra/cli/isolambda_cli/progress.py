"""Show on a terminal that a command works."""

import sys
from contextlib import AbstractContextManager, nullcontext


def working(text: str = "working") -> AbstractContextManager[object]:
    """Return a spinner on a terminal, and a context that shows nothing elsewhere."""
    if sys.stderr is None or not sys.stderr.isatty():
        return nullcontext()
    # The import takes 50 ms, which a script need not wait for.
    from rich.console import Console  # noqa: PLC0415 - see above

    return Console(stderr=True).status(text)
