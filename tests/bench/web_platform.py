"""What it costs to touch the web platform for the first time, beside making a ``MiniRacer()``."""

from collections.abc import Iterator
from functools import partial
from time import perf_counter
from typing import Final

from isolambda_core.domain.ids import new_id
from isolambda_executor.supervisor import Supervisor
from tests.bench.executions import execute, request_for, worker_of
from tests.bench.figures import Row, Samples, alternate, compared, p50
from tests.bench.machine import await_idle
from tests.bench.plain import PlainLibrary

_UNTOUCHED: Final = "return 1;"
_TOUCHES: Final = {
    "URL": ("return new URL('https://example.org/a?b').href;", 1.0),
    "Response": ("return new Response('a').status;", 2.0),
    "streams": ("return new ReadableStream().locked;", 3.0),
    "digest": (
        "return (await crypto.subtle.digest('SHA-256', new Uint8Array(3))).byteLength;",
        5.0,
    ),
}
"""Sources, and the highest ratios to making a ``MiniRacer()``."""


def rows(plain: PlainLibrary) -> Iterator[Row]:
    """Measure first executions that touch nothing, and each of these; return how much more."""
    with Supervisor(workers=1) as supervisor:
        worker = worker_of(supervisor)
        rests: list[float] = []

        def first(source: str) -> Samples:
            samples = []
            for _ in range(4):
                request = request_for(f"// {new_id()}\n{source}")
                rests.append(await_idle(worker))  # its spare isolates are ready
                began = perf_counter()
                execute(supervisor, request)
                samples.append(perf_counter() - began)
            return samples

        sources = [_UNTOUCHED, *(source for source, _ in _TOUCHES.values())]
        for source in sources:
            first(source)
        untouched, *touched, library = alternate(
            20,
            *(partial(first, source) for source in sources),
            lambda: plain.make(4, rest_s=p50(rests)),
        )
    for (name, (_, bound)), samples in zip(_TOUCHES.items(), touched, strict=True):
        more = [sample - p50(untouched) for sample in samples]
        yield compared(f"first touch of {name}", more, "MiniRacer()", library, bound=bound)
