"""The executor beside the plain library: warm, never seen, and with large JSON."""

import json
from collections.abc import Iterator
from dataclasses import replace
from time import perf_counter
from typing import Final

from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.functions.functions import LATEST
from isolambda_core.domain.ids import new_id
from isolambda_executor.supervisor import Supervisor
from tests.bench.figures import Row, Samples, alternate, compared, p50, timed
from tests.bench.machine import await_idle
from tests.bench.plain import PlainLibrary

WARM_BOUND: Final = 0.6
FIRST_BOUND: Final = 0.5

_ACCOUNT: Final = new_id()
_SMALL: Final = b'{"name":"Ada"}'
_RECORD: Final = {"name": "Ada Lovelace", "born": 1815, "tags": ["a", "ž"], "known": True}


def request_for(source: str, payload: bytes = _SMALL) -> ExecutionRequest:
    """Return the request of a function that no executor has seen."""
    return ExecutionRequest(new_id(), _ACCOUNT, new_id(), LATEST, source, payload)


def again(request: ExecutionRequest) -> ExecutionRequest:
    """Return a request with an id and a context of its own, as each one has in production.

    V8 keeps the scripts that it compiled: the very same request again would be a flattering one.
    """
    execution_id = new_id()
    context = {
        "execution_id": execution_id,
        "function": {"id": request.function_id, "name": "greeting", "version": request.version},
        "account_id": request.account_id,
        "qualifier": LATEST,
        "meta": {},
        "tokens": {},
    }
    return replace(request, execution_id=execution_id, context=_dump(context).decode())


def execute(supervisor: Supervisor, request: ExecutionRequest) -> ExecutionResult:
    """Execute, and make sure that it went well."""
    result = supervisor.execute(request)
    assert result.outcome is Outcome.OK, result.error
    return result


def worker_of(supervisor: Supervisor) -> int:
    """Return the process id of the one worker that an account of a supervisor comes to have."""
    execute(supervisor, request_for("return null;"))
    (worker,) = (one for one in supervisor._workers._idle if one.account_id)
    await_idle(worker.pid)
    return worker.pid


def rows(plain: PlainLibrary) -> Iterator[Row]:
    """Measure and return the rows, one after the other."""
    with Supervisor(workers=1) as supervisor:
        yield _warm(supervisor, plain)
        yield _first(supervisor, plain)
    with Supervisor(workers=1) as supervisor:
        yield from _large(supervisor, plain, "200 KB", 200_000, times=5, blocks=30)
        yield from _large(supervisor, plain, "5 MB", 5_000_000, times=2, blocks=12)


def _warm(supervisor: Supervisor, plain: PlainLibrary) -> Row:
    request = request_for("return {hi: call.name};")
    call = json.loads(_SMALL)

    def ours(warm_up: int = 5) -> Samples:
        requests = iter([again(request) for _ in range(50 + warm_up)])
        return timed(lambda: execute(supervisor, next(requests)), 50, warm_up)

    def theirs(warm_up: int = 5) -> Samples:
        return plain.call("f", call, 50, warm_up)

    ours(500)
    theirs(500)
    execution, library = alternate(80, ours, theirs)
    return compared("warm execution", execution, "MiniRacer.call", library, bound=WARM_BOUND)


def _first(supervisor: Supervisor, plain: PlainLibrary) -> Row:
    worker = worker_of(supervisor)
    rests: list[float] = []

    def ours() -> Samples:
        samples = []
        for _ in range(4):
            request = request_for(f"return {{hi: call.name, source: '{new_id()}'}};")
            rests.append(await_idle(worker))  # its spare isolates are ready
            began = perf_counter()
            result = execute(supervisor, request)
            samples.append(perf_counter() - began)
            assert result.usage.cold
        return samples

    def theirs() -> Samples:
        return plain.make(4, rest_s=p50(rests))

    ours()
    theirs()
    execution, library = alternate(40, ours, theirs)
    what = "first execution of a function"
    return compared(what, execution, "MiniRacer()", library, bound=FIRST_BOUND)


def _large(
    supervisor: Supervisor, plain: PlainLibrary, size: str, characters: int, times: int, blocks: int
) -> Iterator[Row]:
    value = [_RECORD] * (characters // len(_dump(_RECORD)))
    request = request_for("return call;", _dump(value))
    cold: list[bool] = []

    def text() -> None:
        cold.append(execute(supervisor, request).usage.cold)

    def values() -> None:
        result = execute(supervisor, replace(request, input=_dump(value))).result
        json.loads(result or b"")

    assert execute(supervisor, request).result == request.input
    measurements = alternate(
        blocks,
        lambda: timed(text, times),
        lambda: plain.echo_text(request.input.decode(), times),
        lambda: timed(values, times),
        lambda: plain.call("echo", value, times),
    )
    megabytes = len(request.input) / 1e6
    speeds = [f"{megabytes / p50(samples):.0f}" for samples in measurements]
    kept = f"; {sum(cold)} of {len(cold)} in a new isolate" if any(cold) else ""
    for kind, beside, at in (("JSON text", "MiniRacer.eval", 0), ("values", "MiniRacer.call", 2)):
        yield compared(
            f"echo of {size}, {kind} in and out",
            measurements[at],
            beside,
            measurements[at + 1],
            note=f"{speeds[at]} and {speeds[at + 1]} MB/s{kept}",
        )


def _dump(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
