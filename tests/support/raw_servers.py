"""Servers on loopback that do with a connection whatever a test wants."""

import select
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
_SLOWLY_S = 0.01

Behaviour = Callable[[socket.socket], object]


@contextmanager
def serving(behaviour: Behaviour, *, at_once: bool = False) -> Iterator[int]:
    """Serve connections, one after the other, on the port that is given; a client may end one.

    With ``at_once`` each has a thread of its own, and all are ended with the server.
    """
    connections: list[socket.socket] = []
    threads: list[Thread] = []

    def behave(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            behaviour(connection)

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                if not at_once:
                    behave(connection)
                    continue
                connections.append(connection)
                threads.append(Thread(target=behave, args=(connection,)))
                threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            for each in threads:
                each.join()


@dataclass
class Answering:
    """Reads a request, keeps it, and answers it always in the same way."""

    answer: bytes = OK
    body_bytes: int = 0
    requests: list[bytes] = field(default_factory=list)

    def __call__(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as stream:
            head = list(takewhile(b"\r\n".__ne__, stream))
            body = stream.read(self.body_bytes)
        self.requests.append(b"".join(head) + b"\r\n" + body)
        connection.sendall(self.answer)


@dataclass
class AnsweringInTurn:
    """Reads requests without a body, keeps them, and gives each the next of its answers.

    With ``persists`` a connection may have several.
    """

    answers: list[bytes]
    persists: bool = False
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    def __call__(self, connection: socket.socket) -> None:
        self.connections += 1
        with connection.makefile("rb") as stream:
            while head := b"".join(takewhile(b"\r\n".__ne__, stream)):
                answer = self.answers[min(len(self.requests), len(self.answers) - 1)]
                self.requests.append(head)
                connection.sendall(answer)
                if not self.persists:
                    return


def say_nothing(connection: socket.socket) -> None:
    """Read until the client goes."""
    while connection.recv(4096):
        pass


def trickle(text: Iterable[int]) -> Behaviour:
    """Send byte after byte, each in time, until the client goes."""

    def send(connection: socket.socket) -> None:
        for byte in text:
            if select.select([connection], [], [], _SLOWLY_S)[0] and not connection.recv(4096):
                return
            connection.sendall(bytes([byte]))

    return send


def over_tls(certificate: Path, behaviour: Behaviour) -> Behaviour:
    """Behave so over TLS, with a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def behave(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            behaviour(secured)

    return behave


def certificate_of(name: str, path: Path) -> Path:
    """Write a certificate that its own key has signed, with that key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path
