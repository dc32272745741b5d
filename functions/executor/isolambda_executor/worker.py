"""Serve requests in a worker process, which holds V8 and can be killed at any moment.

It runs one execution at a time, with an empty environment and one socket. It does not trust user
code, and the supervisor does not trust the worker.
"""

import select
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Never

from isolambda_core.domain.executions.confinement import Confinement
from isolambda_core.domain.executions.execution import (
    Outcome,
    exceeded,
)
from isolambda_core.domain.limits import MIB, Limits
from isolambda_executor import console as lines
from isolambda_executor.answers import EngineError, OutOfMemoryError
from isolambda_executor.connection import Connection
from isolambda_executor.engine import Engine, Isolate
from isolambda_executor.exchange import Exchange
from isolambda_executor.execution import REUSABLE, Report, execute
from isolambda_executor.frames import BrokenPeerError, encode_frame
from isolambda_executor.isolates import KEPT_MAX, SPARES, IsolatePool, Version
from isolambda_executor.messages import (
    READY,
    REQUEST_ID_BYTES,
    STATE,
    WorkerRequest,
    write_reply,
)
from isolambda_executor.metering import Meter
from isolambda_executor.worker_channel import WorkerChannel

_TOOLS: Final = "tools"
"""The feature of code that calls tools; the next code of an account is of its kind."""
_IDLE_MS: Final = 10
"""How long the worker waits for a request before it measures its memory for the next one."""
_KEPT_GROWTH: Final = 32 * MIB
"""The worker closes an isolate that grew the process by more than this."""
_WARM_MAX: Final = 192 * MIB
"""The most memory of all warm isolates; the same."""


class Worker:
    """Executes requests from a connection until it closes."""

    def __init__(
        self,
        connection: Connection,
        exchange: Exchange,
        meter: Meter,
        confine: Callable[[], Confinement],
        console: int,
    ) -> None:
        """Start V8, then call ``confine`` to drop the rights that only the start needs.

        ``confine`` returns what the kernel keeps this process from. Isolates write their
        console lines to the file ``console``, whose ``exchange`` takes large results.
        """
        self._connection = connection
        self._channel = WorkerChannel(connection)
        self._exchange = exchange
        self._console = console
        self._engine = Engine(console)
        self._pool = IsolatePool(self._engine.isolate)
        self._pool.prepare_spare()
        self._meter = meter
        self._confinement = confine()
        self._meter.look()
        self._bare = self._meter.resident_bytes
        self._unverified: tuple[Version, Isolate, int] | None = None
        self._request_id = bytes(REQUEST_ID_BYTES)

    def serve(self) -> None:
        """Serve until the supervisor closes the connection."""
        with suppress(BrokenPeerError):
            self._engine.driver.run(self._serve())

    def close(self) -> None:
        """Close every isolate, so that the process can exit normally."""
        self._engine.driver.run(self._verify())
        self._pool.close()

    async def _serve(self) -> Never:
        self._take_requests()
        while True:
            # If the worker ends here it has not read the next request, so the supervisor gives it
            # to another.
            await self._verify()
            await self._prepare()
            await self._answer(self._channel.next_request())

    def _take_requests(self) -> None:
        self._meter.look()
        self._send(READY.pack(self._confinement, self._engine.reports_rejections))

    async def _prepare(self) -> None:
        """Make spares, and then what a first execution would wait for."""
        if self._pool.is_prepared:
            return
        await self._engine.driver.on_main()
        if 0 < self._pool.spares < SPARES and self._is_asked():
            return  # there is one for the request that waits
        while self._pool.prepare_spare() and not self._is_asked():
            pass
        if not self._connection.await_readable(_IDLE_MS):
            self._meter.prepare()

    def _is_asked(self) -> bool:
        return bool(select.select([self._connection], [], [], 0)[0])

    async def _answer(self, request: WorkerRequest) -> None:
        self._request_id = request.request_id
        version: Version = (request.version, request.source)
        if not self._pool.spares:
            await self._engine.driver.on_main()  # to make an isolate
        if request.fresh:
            isolate, cold = self._pool.take_spare(), True
            self._pool.calls_tools |= _TOOLS in request.features
        else:
            isolate, cold = self._pool.take(version)
        self._meter.start()
        before = self._meter.resident_bytes
        report = await execute(isolate, request, self._meter, self._channel, cold=cold)
        out_of_memory = report.outcome is Outcome.EXCEEDED_MEMORY
        if out_of_memory and not cold and await self._may_repeat(isolate):
            await isolate.on_main()
            isolate.close()
            isolate, cold = self._pool.take_spare(), True
            report = await self._execute_again(isolate, request, report)
        reusable = report.outcome in REUSABLE and report.compiled and report.rests
        reusable = reusable and not request.fresh
        self._reply(report, request.limits, cold=cold, ready=reusable)
        if not reusable:
            # Closing may take long: reply first, and take requests again after it.
            await isolate.on_main()
            isolate.close()
            self._take_requests()
        else:
            # The isolate proves that it still answers while no request waits.
            isolate.ask_to_rest()
            self._unverified = (version, isolate, before)

    async def _may_repeat(self, isolate: Isolate) -> bool:
        """Return whether an execution had no effect outside of its isolate, which is idle."""
        return not self._channel.is_used and await _answers(isolate)

    async def _execute_again(
        self, isolate: Isolate, request: WorkerRequest, first: Report
    ) -> Report:
        """Execute a request again in a new isolate, after earlier ones had filled the first.

        Only the isolate has seen the first attempt. If the second has too little time, report the
        first.
        """
        lines.clear(self._console)
        self._meter.restart_memory()
        report = await execute(isolate, request, self._meter, self._channel, cold=True)
        return first if report.outcome is Outcome.EXCEEDED_WALL_TIME else report

    def _reply(self, report: Report, limits: Limits, *, cold: bool, ready: bool) -> None:
        usage = self._meter.stop(cold=cold)
        if report.outcome is Outcome.EXCEEDED_MEMORY:
            report.error = exceeded("memory_mb", limits.memory_mb, round(usage.memory_mb))
        reply = write_reply(report.outcome, report.result, report.error, usage)
        self._send(*reply, ready=ready)

    def _send(
        self, head: bytes, result: bytes = b"", error: bytes = b"", *, ready: bool = True
    ) -> None:
        meter = self._meter
        state = STATE.pack(self._request_id, meter.resident_bytes, meter.held_bytes, ready)
        self._connection.send(encode_frame(state + head, result, error, self._exchange))

    async def _verify(self) -> None:
        """Keep the last isolate if it answers, and grew little apart from garbage.

        Endless microtasks would keep it from answering.
        """
        if self._unverified is None:
            return
        version, isolate, before = self._unverified
        self._unverified = None
        meter = self._meter
        try:
            await isolate.await_rest()
            if meter.resident_bytes - before > _KEPT_GROWTH:
                await isolate.on_main()
                isolate.collect_garbage()
                meter.look()
                await isolate.await_rest()  # after the callbacks that the collection scheduled
        except EngineError:
            await isolate.on_main()
            isolate.close()
            return
        if meter.resident_bytes - before > _KEPT_GROWTH:
            await isolate.on_main()
            isolate.close()
        else:
            self._pool.put_back(version, isolate)
        while self._pool.warm > KEPT_MAX or meter.resident_bytes - self._bare > _WARM_MAX:
            await isolate.on_main()
            if not self._pool.evict():
                break
            meter.look()


async def _answers(isolate: Isolate) -> bool:
    """Return whether an isolate is idle, and so closes at once."""
    try:
        await isolate.await_rest()
    except OutOfMemoryError:
        return True  # an answer, too
    except EngineError:
        return False
    return True
