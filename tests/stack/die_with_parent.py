"""Become another program, which the kernel kills when the process that started this one ends.

Usage: die_with_parent.py PID PROGRAM [ARGUMENT...]; PID is of the process that started it.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(sys.argv[1]):
        sys.exit("the process that started this ended first")
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606
