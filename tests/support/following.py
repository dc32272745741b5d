"""What follows the executions of an account."""

from dataclasses import dataclass, field

from isolambda_core.domain.coroutines import complete
from isolambda_core.ports.blocking import directly
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.executions import RecordRepository
from isolambda_core.services.executions.account_records import (
    AccountRecordService,
    LogPage,
    LogQuery,
)


@dataclass
class Follower:
    """Follows an account from before its first execution, and remembers what it heard of.

    ``heard`` has the ids of executions, and the number of the attempt that ended.
    """

    records: RecordRepository
    clock: Clock
    account_id: str = "a" * 32
    cursor: str | None = "0" * 13 + "~"
    limit: int = 100
    heard: list[tuple[str, int]] = field(default_factory=list)

    def look(self) -> LogPage:
        """Ask once for what is behind the cursor."""
        service = AccountRecordService(self.records, directly, self.clock)

        async def never() -> bool:
            raise AssertionError

        query = LogQuery(self.account_id, self.account_id, self.limit, lambda _: True, self.cursor)
        page = complete(service.follow(query, 0, never))
        self.cursor = page.cursor
        self.heard += [(entry.record.id, entry.record.attempts) for entry in page.entries]
        return page
