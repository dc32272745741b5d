"""The worker process: holds V8, runs one execution at a time, and can be killed at any moment.

It has an empty environment and one socket. It trusts nothing that user code does, and
the supervisor trusts nothing that comes from here.
"""

import select
from collections.abc import Callable
from typing import Final

from isolambda_core.domain.executions.execution import (
    Outcome,
    exceeded,
)
from isolambda_core.domain.limits import MIB, Limits
from isolambda_executor import console as lines
from isolambda_executor.engine import Engine, EngineError, Isolate, OutOfMemoryError
from isolambda_executor.execution import REUSABLE, Report, execute
from isolambda_executor.frames import BrokenPeerError, Connection
from isolambda_executor.isolates import IsolatePool, Version
from isolambda_executor.messages import (
    ORDER,
    READY,
    REQUEST_ID_BYTES,
    STATE,
    WorkerRequest,
    read_request,
    write_reply,
)
from isolambda_executor.metering import Meter

_KEPT_GROWTH: Final = 32 * MIB
"""An isolate that leaves more resident memory behind than this is not kept."""
_WARM_MAX: Final = 192 * MIB
"""What warm isolates may hold together; the least recently used are closed until they do."""


class Worker:
    """Answers requests from a connection until it closes."""

    def __init__(self, connection: Connection, confine: Callable[[], bool], console: int) -> None:
        """Start V8, and then let ``confine`` take away whatever is not needed any more.

        Console lines are written to the file ``console``.
        """
        self._connection = connection
        self._console = console
        self._engine = Engine(console)
        self._pool = IsolatePool(self._engine.isolate)
        self._pool.prepare_spare()
        self._meter = Meter()
        self._confined = confine()
        self._resident = self._bare = self._meter.resident_bytes()
        self._unverified: tuple[Version, Isolate, int] | None = None
        self._request_id = bytes(REQUEST_ID_BYTES)

    def serve(self) -> None:
        """Serve until the supervisor closes the connection."""
        try:
            self._take_requests()
            while True:
                self._prepare_spares()
                # A request that has come meanwhile is not read by a worker that ends here, and so
                # goes to another.
                self._verify()
                head, source, payload = self._connection.receive(None)
                self._request_id, data_max = ORDER.unpack_from(head)
                self._answer(read_request((head[ORDER.size :], source, payload), data_max))
        except BrokenPeerError:
            return

    def close(self) -> None:
        """Close every isolate, so that the process can end in the ordinary way."""
        self._verify()
        self._pool.close()

    def _take_requests(self) -> None:
        self._send(READY.pack(self._confined, self._engine.tells_rejections))

    def _prepare_spares(self) -> None:
        nobody_waits = True
        while nobody_waits and self._pool.prepare_spare():
            nobody_waits = not select.select([self._connection], [], [], 0)[0]

    def _answer(self, asked: WorkerRequest) -> None:
        version: Version = (asked.version, asked.source)
        if asked.fresh:
            isolate, cold = self._pool.take_spare(), True
        else:
            isolate, cold = self._pool.take(version)
        before = self._meter.start()
        report = execute(isolate, asked, self._meter, cold=cold)
        if report.outcome is Outcome.EXCEEDED_MEMORY and not cold and _answers(isolate):
            isolate.close()
            isolate, cold = self._pool.take_spare(), True
            report = self._execute_again(isolate, asked, report)
        reusable = report.outcome in REUSABLE and report.compiled and report.rests
        reusable = reusable and not asked.fresh
        self._resident = self._reply(report, asked.limits, cold=cold, ready=reusable)
        if not reusable:
            # It may take long, which is not the next execution's time.
            isolate.close()
            self._take_requests()
        else:
            # Asked now and answered while nobody waits: whether it still answers.
            isolate.post("rest")
            self._unverified = (version, isolate, before)

    def _execute_again(self, isolate: Isolate, asked: WorkerRequest, first: Report) -> Report:
        """Execute what found its isolate full of what earlier executions had left, in a new one.

        Nothing but the isolate has seen the first attempt. Where there is no time left for a second
        one, the first is what there is to report.
        """
        lines.clear(self._console)
        self._meter.restart_memory()
        report = execute(isolate, asked, self._meter, cold=True)
        return first if report.outcome is Outcome.EXCEEDED_WALL_TIME else report

    def _reply(self, report: Report, limits: Limits, *, cold: bool, ready: bool) -> int:
        """Reply, and return the resident bytes of this process."""
        usage = self._meter.stop(cold=cold)
        if report.outcome is Outcome.EXCEEDED_MEMORY:
            report.error = exceeded("memory_mb", limits.memory_mb, round(usage.memory_mb))
        reply = write_reply(report.outcome, report.result, report.error, usage)
        return self._send(*reply, ready=ready)

    def _send(
        self, head: bytes, result: bytes = b"", told: bytes = b"", *, ready: bool = True
    ) -> int:
        resident = self._meter.resident_bytes()
        state = STATE.pack(self._request_id, resident, ready)
        self._connection.send(state + head, result, told)
        return resident

    def _verify(self) -> None:
        """Keep the last isolate if it answers, which microtasks without end would keep it from.

        And if it has not left too much behind, garbage not counted.
        """
        if self._unverified is None:
            return
        version, isolate, before = self._unverified
        self._unverified = None
        try:
            isolate.await_rest()
            if self._resident - before > _KEPT_GROWTH:
                isolate.collect_garbage()
                self._resident = self._meter.resident_bytes()
                isolate.post("rest")  # behind what the collection set off
                isolate.await_rest()
        except EngineError:
            isolate.close()
            return
        if self._resident - before > _KEPT_GROWTH:
            isolate.close()
        else:
            self._pool.put_back(version, isolate)
        while self._resident - self._bare > _WARM_MAX and self._pool.evict():
            self._resident = self._meter.resident_bytes()


def _answers(isolate: Isolate) -> bool:
    """Return whether an isolate does nothing any more, and so is closed in no time."""
    try:
        isolate.post("rest")
        isolate.await_rest()
    except OutOfMemoryError:
        return True  # an answer, too
    except EngineError:
        return False
    return True
