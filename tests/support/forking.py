"""The program that :mod:`tests.support.commands` starts: it imports every command, and forks each.

Its stdin is a socket. A message there is one command: its words, environment and directory, with
its three streams. The answer is the id of the process that runs it.
"""

import json
import os
import socket
import sys
from typing import Final

from isolambda_cli import main as isolambda
from isolambda_cli.admin import commands as admin
from isolambda_cli.server_import import import_serve

_MESSAGE_MAX: Final = 1 << 17
_STREAMS: Final = 3


def import_all() -> None:
    """Import what the commands import once one is typed."""
    import_serve()
    for command in (*isolambda.COMMANDS, *admin.COMMANDS):
        command.load()


def become_a_command() -> None:
    """Fork for each message; return in the forked process, set up as its user's would be."""
    control = socket.socket(fileno=0)
    while True:
        message, streams, _, _ = socket.recv_fds(control, _MESSAGE_MAX, _STREAMS)
        if not message:  # the tests have ended
            os._exit(0)
        if _is_fork():
            break
        for stream in streams:
            os.close(stream)
    control.send(str(os.getpid()).encode())
    control.detach()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    # As Python opens them.
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
    command = json.loads(message)
    os.chdir(command["cwd"])
    os.environ.clear()  # noqa: TID251 - of the command
    os.environ.update(command["env"])  # noqa: TID251 - of the command
    sys.argv = command["words"]


def _is_fork() -> bool:
    """Fork twice, so that the tests adopt the process; return whether this is that one."""
    if between := os.fork():
        os.waitpid(between, 0)
        return False
    parent = os.getpid()
    if os.fork():
        os._exit(0)
    while os.getppid() == parent:  # it is about to end
        os.sched_yield()
    return True


if __name__ == "__main__":
    import_all()
    become_a_command()
    sys.exit(isolambda.app())
