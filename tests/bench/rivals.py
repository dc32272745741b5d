"""Other servers of JavaScript functions, with the function of the benchmark in them.

They come from npm, into a folder that git ignores, and stay there for the next time. Both run the
function in the server's own process, with no process to kill and nothing between tenants.
"""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.bench.servers import Server, free_port, serving

PINS: Final = {"@google-cloud/functions-framework": "5.0.5", "workerd": "1.20261117.1"}

_FOLDER: Final = Path(".aws-sam/bench").resolve()
_SOURCES: Final = Path(__file__).with_name("javascript")
_INSTALL_S: Final = 60


class LeftOutError(Exception):
    """The servers cannot be had here; the message says why."""


def install() -> None:
    """Install the pinned servers, unless they are there already.

    Raises:
        LeftOutError: there is no npm, or it cannot install them.
    """
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise LeftOutError("no node or no npm")
    marker = _FOLDER / "-".join(["installed", *PINS.values()])
    if marker.exists():
        return
    _FOLDER.mkdir(parents=True, exist_ok=True)
    packages = [f"{name}@{version}" for name, version in PINS.items()]
    options = ["--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        subprocess.run(
            ["npm", "install", "--prefix", str(_FOLDER), *options, *packages],  # noqa: S607 - the user's
            check=True,
            capture_output=True,
            timeout=_INSTALL_S,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise LeftOutError("npm cannot install it") from error
    marker.touch()


@contextmanager
def functions_framework() -> Iterator[Server]:
    """Have Google's functions-framework for Node serve."""
    port = free_port()
    script = _SOURCES / "functions_framework.js"
    with serving(["node", str(script), str(_FOLDER), str(port)], port) as server:
        yield server


@contextmanager
def workerd() -> Iterator[Server]:
    """Have Cloudflare's workerd serve.

    Raises:
        LeftOutError: npm brought no binary for this machine.
    """
    binary = next(_FOLDER.glob("node_modules/@cloudflare/workerd-*/bin/workerd"), None)
    if binary is None:
        raise LeftOutError("no workerd for this machine")
    port = free_port()
    socket = f"--socket-addr=http=127.0.0.1:{port}"
    command = [str(binary), "serve", str(_SOURCES / "workerd.capnp"), socket]
    with serving(command, port) as server:
        yield server
