"""An installation in this process, with one worker and a database of its own."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from isolambda_api.composition import compose
from isolambda_api.http.services import Services
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_core.domain.executions.confinement import Confinement
from isolambda_core.domain.executions.execution import ExecutionRequest, ExecutionResult
from isolambda_core.ports.executions import Executor
from isolambda_core.ports.shadows import ShadowQueue
from isolambda_executor.supervisor import Supervisor
from isolambda_local.operations import LocalOperations, performing
from isolambda_local.rate_limits import MemoryRateLimitRepository
from isolambda_local.sqlite import SqliteStore, open_store
from isolambda_local.sqlite.changes import SqliteChanges
from tests.support.samples import SECRET
from tests.support.sources import FakeEventSources


@dataclass(frozen=True, slots=True)
class Installation:
    """What a benchmark asks: use cases."""

    services: Services
    store: SqliteStore
    supervisor: Supervisor
    operations: LocalOperations


@dataclass(frozen=True, slots=True)
class OnThisThread:
    """An executor for callers that wait on threads of their own."""

    executor: Executor

    @property
    def confinement(self) -> Confinement | None:
        """See ``Executor.confinement``."""
        return self.executor.confinement

    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        """See ``Executor.execute``."""
        return self.executor.execute(request)

    async def execute_async(self, request: ExecutionRequest) -> ExecutionResult:
        """Execute as :meth:`execute`, which waits."""
        return self.executor.execute(request)


@contextmanager
def installed(
    *,
    private_fetch: bool = False,
    shadow_queue: ShadowQueue | None = None,
    on_loop: bool = False,
) -> Iterator[Installation]:
    """Open an installation, and remove it after the block.

    With ``private_fetch`` its functions may reach servers of this machine. With ``on_loop`` they
    are executed on the event loop that asks, as a server does it, and not on the thread.
    """
    with ExitStack() as stack:
        database = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "isolambda.db"
        store = stack.enter_context(closing(open_store(database)))
        operations = stack.enter_context(performing(1, None, private_fetch=private_fetch))
        supervisor = stack.enter_context(Supervisor(1, operations=operations.broker))
        executor = supervisor if on_loop else OnThisThread(supervisor)
        services = compose(
            store,
            SECRET,
            SystemClock(),
            executor=executor,
            call_executor=executor,
            queue=store.queue,
            sources=FakeEventSources(),
            rate_limits=None,
            size=RateLimit(),
            budget=MemoryRateLimitRepository(),
            changes=stack.enter_context(closing(SqliteChanges(database))),
            shadow_queue=shadow_queue,
        )
        operations.add_store(services.key_values)
        operations.add_tools(services.tool_calls)
        yield Installation(services, store, supervisor, operations)
