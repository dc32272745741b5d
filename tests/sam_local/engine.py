"""The container engine: Docker, or whatever answers as Docker does (podman system service)."""

import http.client
import json
import socket
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from typing_extensions import override

_SCHEME = "unix://"
_DEFAULT = "unix:///var/run/docker.sock"
_ANSWERS_WITHIN_S = 120


class NoEngineError(Exception):
    """No container engine answers; says where it was looked for, and what to do."""

    def __init__(self, where: str) -> None:
        super().__init__(
            f"NO CONTAINER ENGINE: nothing answers as Docker does at {where}.\n"
            "sam local runs each Lambda in a container. Start Docker, or podman with\n"
            "  podman system service --time=0 unix:///tmp/engine.sock\n"
            "and name its socket: DOCKER_HOST=unix:///tmp/engine.sock"
        )


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine of this machine, by its socket."""

    socket: Path

    @classmethod
    def find(cls, docker_host: str | None) -> Self:
        """Return the engine that ``DOCKER_HOST`` names, or the one at Docker's own place.

        Raises:
            NoEngineError: it does not answer, or is not on this machine.
        """
        where = docker_host or _DEFAULT
        if not where.startswith(_SCHEME):
            raise NoEngineError(where)
        engine = cls(Path(where.removeprefix(_SCHEME)))
        try:
            engine.ask("/version")
        except (OSError, http.client.HTTPException) as error:
            raise NoEngineError(where) from error
        return engine

    @property
    def gateway(self) -> str:
        """The address that this machine has for its containers alone."""
        configuration = self.ask("/networks/bridge")["IPAM"]["Config"]
        [address] = [one["Gateway"] for one in configuration if ":" not in one["Subnet"]]
        return str(address)

    def containers(self) -> set[str]:
        """Return the ids of all containers."""
        return {one["Id"] for one in self.ask("/containers/json?all=true")}

    def ask(self, path: str) -> Any:
        """Return what the engine answers to a GET."""
        with closing(_Connection(self.socket)) as connection:
            connection.request("GET", path)
            return json.load(connection.getresponse())


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_ANSWERS_WITHIN_S)
        self._path = path

    @override
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(_ANSWERS_WITHIN_S)
        self.sock.connect(str(self._path))
