"""Replay the latest recorded executions of a function on two of its versions."""

from asyncio import create_task, gather
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from secrets import token_hex

from isolambda_core.domain.executions.errors import ExecutionNotFoundError
from isolambda_core.domain.executions.execution import Origin
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.executions.records import ExecutionRecord
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.limits import (
    PAGE_BYTES,
    REPLAY_WALL_TIME_MS,
    REPLAYS_AT_ONCE,
    REPLAYS_S,
)
from isolambda_core.domain.replays.executions import Replayed
from isolambda_core.domain.replays.noise import NO_NOISE, Noise
from isolambda_core.domain.replays.report import Report
from isolambda_core.services.executions.execution import Resolved
from isolambda_core.services.executions.records import RecordFilter, RecordService
from isolambda_core.services.executions.without_records import without_records
from isolambda_core.services.paging import Page
from isolambda_core.services.replays.comparer import Comparer, OutOfTimeError, Recorded

_TOO_SLOW = f"could not be compared within {REPLAYS_S} s"
_GONE = "its record is gone"
_ENDED = RecordFilter(predicate=lambda record: record.has_ended)
_Compared = tuple[Replayed, Noise]


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """Which executions to replay, and on what: ``old`` and ``new`` are qualifiers.

    At most ``sample`` executions, the newest first, from behind ``after``. ``request_id`` and
    ``hops`` are as in ``Origin``.
    """

    account_id: str
    function_id: str
    tenant: str
    old: str
    new: str
    sample: int
    after: str | None = None
    request_id: str = ""
    hops: int = 0


@dataclass(frozen=True, slots=True)
class ReplayService:
    """Replays recorded executions; see :class:`Comparer`."""

    comparer: Comparer
    records: RecordService

    async def replay(self, wanted: ReplayRequest) -> tuple[Report, str | None]:
        """Return the report of the executions that there was time for, and the id to go on behind.

        No execution begins ``limits.REPLAYS_S`` after the first. The first record is always in the
        report; the id is None where no record is left.

        Raises:
            FunctionNotFoundError: the account has no such function.
            QualifierNotFoundError: the function has no such version or alias.
            IsolambdaError: as ``Comparer.compare``.
        """
        invocations = self.comparer.invocations
        old, new, page = await invocations.blocking(self._read, wanted)
        until_ms = invocations.clock.now_ms() + REPLAYS_S * 1000

        def has_time() -> bool:
            return invocations.clock.now_ms() < until_ms

        done = await self._compared(wanted, page.items, old, new, has_time)
        in_order = _from_the_first(page.items, done)
        report = Report.made_of(
            old.version,
            new.version,
            [replayed for replayed, _ in in_order],
            _all_of([noise for _, noise in in_order]),
        )
        if report.takes_more:  # or only the worker that had the new version did
            again = await self._compared(wanted, page.items, old, new, has_time)
            report = report.measured_again([replayed for replayed, _ in again.values()])
        if len(in_order) < len(page.items):
            return report, report.executions[-1].execution_id
        return report, page.next_after

    async def _compared(
        self,
        wanted: ReplayRequest,
        records: Sequence[ExecutionRecord],
        old: Resolved,
        new: Resolved,
        has_time: Callable[[], bool],
    ) -> Mapping[str, _Compared]:
        """Compare two versions for records, by their ids, as far as there is time."""
        compare, blocking = self.comparer.compare, self.comparer.invocations.blocking
        done: dict[str, _Compared] = {}
        waiting = iter(records)
        isolates = f"replay {token_hex(8)}"

        async def compare_in_turn() -> None:
            for record in waiting:
                if not has_time():
                    return
                try:
                    recorded = await blocking(self._recorded, wanted, record)
                    done[record.id] = (
                        (Replayed(record.id, _GONE), NO_NOISE)
                        if recorded is None
                        else await compare(recorded, old, new, isolates, has_time)
                    )
                except OutOfTimeError:
                    return

        tasks = [create_task(compare_in_turn()) for _ in records[:REPLAYS_AT_ONCE]]
        try:
            await gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
        return done

    def _recorded(self, wanted: ReplayRequest, record: ExecutionRecord) -> Recorded | None:
        try:
            whole, payload = self.records.get_whole(
                wanted.account_id, wanted.function_id, record.id
            )
        except ExecutionNotFoundError:
            return None
        return Recorded(whole, payload, wanted.tenant, wanted.request_id, wanted.hops)

    def _read(self, wanted: ReplayRequest) -> tuple[Resolved, Resolved, Page[ExecutionRecord]]:
        of = (wanted.account_id, wanted.function_id)
        old, new = (self._resolved(wanted, qualifier) for qualifier in (wanted.old, wanted.new))
        page = self.records.list(*of, wanted.sample, wanted.after, record_filter=_ENDED)
        return old, new, page

    def _resolved(self, wanted: ReplayRequest, qualifier: str) -> Resolved:
        # An alias with two versions stands for the one that it stands for without a weight.
        executions = replace(self.comparer.invocations.executions, share=lambda: 1.0)
        invocation = Invocation(
            wanted.account_id,
            wanted.function_id,
            b"",
            qualifier,
            origin=Origin(request_id=wanted.request_id),
            tenant=wanted.tenant,
        )
        return without_records(executions.resolve(invocation), REPLAY_WALL_TIME_MS)


def _from_the_first(
    records: Sequence[ExecutionRecord], done: Mapping[str, _Compared]
) -> Sequence[_Compared]:
    """Return what was done of the records up to the first one that was not, or has no room.

    The first of all counts as done, so that a client that goes on behind it gets to an end.
    """
    found: list[_Compared] = []
    room = PAGE_BYTES
    for record in records:
        replayed, noise = done.get(record.id, (Replayed(record.id, _TOO_SLOW), NO_NOISE))
        room -= len(dump(replayed.document))
        if found and (record.id not in done or room < 0):
            break
        found.append((replayed, noise))
    return found


def _all_of(noises: Sequence[Noise]) -> Noise:
    found = NO_NOISE
    for noise in noises:
        found |= noise
    return found
