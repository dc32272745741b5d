"""Become another program, which the kernel kills when the process that started this one ends.

Usage: tied.py PID PROGRAM [ARGUMENT...]; PID is of the process that it is tied to.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(sys.argv[1]):
        sys.exit("who started this ended before it could be tied to that")
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606
