"""``py_mini_racer`` as its own documentation uses it, in a process of its own.

``python -m tests.bench.plain`` answers each order, a line of JSON, with the seconds that each
repetition took, measured there: the way between the processes counts for nothing.
"""

import json
import subprocess
import sys
import time
from functools import partial
from types import TracebackType
from typing import Any, Self

from py_mini_racer import MiniRacer

from tests.bench.figures import Samples, timed

SOURCE = "function f(call) { return {hi: call.name}; } function echo(call) { return call; }"


class PlainLibrary:
    """The library's process; ended when the context ends."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.plain"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.v8_version: str = self._receive()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _tb: TracebackType | None,
    ) -> None:
        self._process.communicate(timeout=20)  # closes its input, which ends it

    def call(self, function: str, argument: object, times: int, warm_up: int = 0) -> Samples:
        """Time ``MiniRacer.call``: Python values in and out."""
        return self._order("call", function, argument, times, warm_up)

    def echo_text(self, text: str, times: int) -> Samples:
        """Time the library with JSON text in and out, which is what ``MiniRacer.eval`` can do."""
        return self._order("echo_text", "", text, times, 0)

    def make(self, times: int, rest_s: float) -> Samples:
        """Time ``MiniRacer()``, each after a rest; the process has made one before."""
        return self._order("make", "", rest_s, times, 0)

    def _order(self, *order: object) -> Samples:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        samples: Samples = self._receive()
        return samples

    def _receive(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


def main() -> None:
    """Serve until the input ends; close everything, or V8's threads keep the process."""
    with MiniRacer() as racer:
        racer.eval(SOURCE)
        _send(racer.v8_version)
        for line in sys.stdin:
            kind, function, argument, times, warm_up = json.loads(line)
            if kind == "call":
                _send(timed(partial(racer.call, function, argument), times, warm_up))
            elif kind == "echo_text":
                _send(timed(partial(_echo_text, racer, argument), times))
            else:
                _send(_make(times, rest_s=argument))


def _echo_text(racer: MiniRacer, text: str) -> None:
    racer.eval(f"JSON.stringify(echo(JSON.parse({json.dumps(text)})))")


def _make(times: int, rest_s: float) -> list[float]:
    samples = []
    for _ in range(times):
        time.sleep(rest_s)
        began = time.perf_counter()
        racer = MiniRacer()
        samples.append(time.perf_counter() - began)
        racer.close()
    return samples


def _send(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
