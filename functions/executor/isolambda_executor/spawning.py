"""Spawn the fork server's process. A cold start begins here: this imports next to nothing.

It takes ``_socket`` and not ``socket``, and has no types from ``typing``: those take most of the
time up to here, and the process starts while this one imports them.
"""

import _socket
import os
import sys

INHERITED = 3
"""The fork server's one descriptor after the standard three; a worker has one more."""

# Garbage collection would traverse all that is imported; the worker enables it when it is ready.
# The standard library stays in front: most imports are of it, and look in each folder before it.
_BOOT = (
    "import gc, sys; gc.disable(); sys.path += sys.argv[1:]; "
    "from isolambda_executor.loading import begin; loading = begin(); "
    "from isolambda_executor.forked import main; main(loading)"
)


def spawn() -> tuple[int, int, int]:
    """Start the process, without waiting for it.

    Return the descriptor of this end of its socket, its process id, and the descriptor of the file
    that is its stderr.

    Raises:
        OSError: the system cannot start a process.
    """
    ours, theirs = _socket.socketpair()
    try:
        words = os.memfd_create("fork server")
        try:
            pid = os.posix_spawn(
                sys.executable,
                [sys.executable, "-I", "-S", "-c", _BOOT, *sys.path],
                _environment(),
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDWR, 0),
                    (os.POSIX_SPAWN_DUP2, 0, 1),
                    (os.POSIX_SPAWN_DUP2, words, 2),
                    (os.POSIX_SPAWN_DUP2, theirs.fileno(), INHERITED),
                ],
                setsid=True,
            )
        except BaseException:
            os.close(words)
            raise
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    return ours.detach(), pid, words


def _environment() -> dict[str, str]:
    # Empty except for the path of the interpreter's shared library, which some runtimes set.
    name = "LD_LIBRARY_PATH"
    value = os.environ.get(name)  # noqa: TID251 - not a setting
    return {} if value is None else {name: value}
