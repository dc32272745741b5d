"""What a server sets right in its own process before it does anything else."""

import logging
import os
import resource
import sys
from pathlib import Path

from isolambda_core.domain.limits import DESCRIPTORS_MAX, DESCRIPTORS_RESERVED
from isolambda_local.logs.output import LogOutput, log_to
from isolambda_local.settings import LogFormat, LogLevel
from isolambda_local.start_error import StartError

_PRIVATE = 0o077
_DESCRIPTORS = 64
_DESCRIPTORS_OF_WORKER = 6
_WORKERS_KEPT = 3  # for each that executes at a time: twice as many, and spares
_CONNECTIONS_MIN = 16

_log = logging.getLogger(__name__)


def prepare_process(workers: int, form: LogFormat, level: LogLevel) -> tuple[LogOutput, int]:
    """Log to stderr, make files for their owner alone, and raise the limit of descriptors.

    Returns the log, and how many connections there may be at a time.

    Raises:
        StartError: the limit is too low for so many workers.
    """
    _open_streams()
    log = log_to(sys.stderr.fileno(), form, level)
    os.umask(_PRIVATE)
    needed = _DESCRIPTORS + _DESCRIPTORS_OF_WORKER * _WORKERS_KEPT * workers
    limit = _raise_limit()
    if limit < needed:
        raise StartError(
            f"{needed} files must be open at a time, and the limit is {limit}; "
            f"raise it with `ulimit -n {needed}` or more"
        )
    reserved = max(needed, min(DESCRIPTORS_RESERVED, limit // 2))
    return log, max(_CONNECTIONS_MIN, limit - reserved)


def _raise_limit() -> int:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    soft, most = (
        DESCRIPTORS_MAX if limit == resource.RLIM_INFINITY else limit for limit in (soft, hard)
    )
    limit = max(soft, min(most, DESCRIPTORS_MAX))
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    return limit


def print_or_log(text: str) -> None:
    """Print a text; where that fails, log why, and let nothing be printed from then on."""
    try:
        print(text, flush=True)  # noqa: T201 - it is what the user waits for
    except OSError as error:
        _log.warning("the greeting could not be printed: %s", error)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _open_streams() -> None:
    # A file of ours must not get the number of a stream that was closed, and logging needs both.
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - it stays open
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - it stays open
