"""End the process by SIGTERM or SIGINT, wherever in a program the signal comes."""

import logging
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_AGAIN_S: Final = 0.01

_log = logging.getLogger(__name__)


def end_by_signals() -> None:
    """Have SIGTERM end the process by ``SystemExit``, and neither it nor SIGINT be lost.

    Uvicorn hands a signal on once it has ended by itself; what is below it is closed then.
    """
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGALRM, _end)
    sys.unraisablehook = _raise_again


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def _raise_again(dropped: "UnraisableHookArgs") -> None:
    """Raise in a moment what Python dropped because it came up in a finalizer or the like."""
    if issubclass(dropped.exc_type, SystemExit | KeyboardInterrupt):
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_S)
    else:
        _log.error("an error was dropped", exc_info=dropped.exc_value)
