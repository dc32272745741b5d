"""One machine whose clock stands still until it is set."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isolambda_core.domain.queue.messages import Retry
from isolambda_core.domain.triggers.triggers import Trigger
from isolambda_local.dispatcher import MessageHandlers
from isolambda_local.runtime import LocalRuntime, open_machine
from isolambda_local.sqlite import SqliteStore
from tests.support.clocks import SetClock
from tests.support.fakes import RecordingCallbacks, ScriptedExecutor
from tests.support.samples import ACCOUNT, FUNCTION, SECRET

START_MS = 1_800_000_000_000  # 2027-01-15T08:00:00Z, a full hour


@dataclass
class SteppedRuntime:
    """A machine, and what performs there, one message after the other."""

    local: LocalRuntime
    clock: SetClock
    executor: ScriptedExecutor
    handlers: MessageHandlers

    @property
    def calls(self) -> list[Any]:
        """What was executed with, in this order."""
        return self.executor.inputs

    @property
    def store(self) -> SqliteStore:
        return self.local.store

    def restarted(self) -> "SteppedRuntime":
        """Return the machine as it is after a start; what was executed is still known."""
        again = runtime_on(self.store, self.local.data_dir, self.clock)
        again.executor.requests = self.executor.requests
        return again

    def create(self, account_id: str = ACCOUNT, /, **document: Any) -> Trigger:
        return self.local.triggers.create(account_id, FUNCTION, {"name": "n", **document})

    def perform(self) -> None:
        """Do all that is due, and what is due after that, until now."""
        while True:
            taken = self.store.queue.next()
            if taken is None or taken.due_at_ms > self.clock.now_ms():
                return
            disposition = self.handlers.perform(taken)
            if isinstance(disposition, Retry):
                due_at_ms = self.clock.now_ms() + round(disposition.after_s * 1000)
                self.store.queue.retry_later(taken, due_at_ms)
            else:
                self.store.queue.forget(taken)

    def perform_until(self, at_ms: int, step_ms: int = 1_000) -> None:
        """Do what comes due while the time passes."""
        while self.clock.time_ms < at_ms:
            self.clock.time_ms = min(self.clock.time_ms + step_ms, at_ms)
            self.perform()


def runtime_on(store: SqliteStore, data_dir: Path, clock: SetClock) -> SteppedRuntime:
    """Return a machine as it is after a start."""
    executor = ScriptedExecutor()
    local = open_machine(data_dir, store, SECRET, clock, executor, RecordingCallbacks())
    return SteppedRuntime(local, clock, executor, local.handlers)
