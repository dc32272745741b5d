"""Python programs in the place of workers, which lie, hang and die as a hostile one might."""

import os
import socket
import sys
from dataclasses import dataclass, field

from isolambda_executor.console import open_console
from isolambda_executor.fork_server import StartedWorker
from isolambda_executor.messages import PROCESS_ID, READY, REQUEST_ID_BYTES, STATE


def frame(*parts: bytes) -> bytes:
    return b"".join([*(len(part).to_bytes(4, "big") for part in parts), *parts])


ID = b"\xfe" * REQUEST_ID_BYTES
RESIDENT = 1 << 40
"""What a program says that it takes: it inherits the peak of the process that starts it."""
_STARTED = STATE.pack(bytes(REQUEST_ID_BYTES), RESIDENT, 0, True)
READY_FRAME = frame(_STARTED + READY.pack(True, True), b"", b"")
UNCONFINED_FRAME = frame(_STARTED + READY.pack(False, True), b"", b"")
TIDIED_FRAME = frame(STATE.pack(ID, RESIDENT, 0, True) + READY.pack(True, True), b"", b"")
_BEGINNING = f"""
import os, socket, struct, sys
s = socket.socket(fileno=int(sys.argv[1]))
pid = struct.pack({PROCESS_ID.format!r}, os.getpid())
s.sendall(struct.pack("!III", len(pid), 0, 0) + pid)
"""
SAYS_READY = f"s.sendall({READY_FRAME!r})"
SAYS_UNCONFINED = f"s.sendall({UNCONFINED_FRAME!r})"
# The id of a request begins its head, behind three lengths of four bytes.
READ, HANG = f"id = s.recv(1 << 20)[12:][:{REQUEST_ID_BYTES}]", "import signal; signal.pause()"
END, ABORT = "os._exit(0)", "os.abort()"


def says(answer: bytes) -> str:
    """Return the step that sends something, with the request's id in the place of ``ID``."""
    return f"s.sendall({answer!r}.replace({ID!r}, id))"


@dataclass
class Programs:
    """Starts programs as the fork server starts workers, all with the same steps."""

    steps: tuple[str, ...]
    begins: str = _BEGINNING
    started: list[int] = field(default_factory=list)

    def start(self) -> StartedWorker:
        ours, theirs = socket.socketpair()
        words = os.memfd_create("worker")
        program = "\n".join([self.begins, *self.steps])
        with theirs:
            command = [sys.executable, "-I", "-S", "-c", program, str(theirs.fileno())]
            pid = os.posix_spawn(
                sys.executable,
                command,
                {},
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, words, 2),
                    (os.POSIX_SPAWN_DUP2, theirs.fileno(), theirs.fileno()),
                ],
            )
        self.started.append(pid)
        return StartedWorker(ours, words, open_console())

    def last_words(self) -> str:
        return ""

    def close(self) -> None:
        return


def ready_and(*steps: str) -> Programs:
    """Start programs that say that they are ready, and then take these steps."""
    return Programs((SAYS_READY, *steps))
