"""What callers pay for the shadow of an alias: an execution with one, beside one without."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any, Final

from isolambda_api.composition import compose
from isolambda_api.http.services import Services
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.executions.execution import Outcome
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.functions.aliases import NO_SHADOW, Shadow, Target
from isolambda_core.services.tools.calls import OnThisThread
from isolambda_executor.supervisor import Supervisor
from isolambda_local.operations import performing
from isolambda_local.shadowing import LateWorker, repeating, shadowing
from isolambda_local.sqlite import open_store
from isolambda_local.waiting_shadows import WaitingShadows
from tests.bench.figures import Row, alternate, compared, timed
from tests.support.samples import SECRET
from tests.support.sources import FakeEventSources

RATIO: Final = 1.25
"""The shadow shares the processors with what it repeats, here on every execution."""
_BLOCKS: Final = 6
_EXECUTIONS: Final = 60


def rows() -> Iterator[Row]:
    """Measure and return the row: two aliases in turn, of which a shadow repeats all of one."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(open_store(Path(folder) / "isolambda.db")) as store,
        ExitStack() as stack,
    ):
        operations = stack.enter_context(performing(1, None, private_fetch=False))
        supervisor = stack.enter_context(Supervisor(1, operations=operations.broker))
        executor = OnThisThread(supervisor)
        waiting = WaitingShadows()
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
            shadow_queue=waiting,
        )
        worker = stack.enter_context(
            closing(LateWorker(lambda: Supervisor(1, operations=operations.broker)))
        )
        repeat = repeating(waiting, store, services.invocations, worker)
        stack.enter_context(shadowing(waiting, repeat))
        account, _ = services.accounts.create_top("acme")
        invocations = [_alias(services, account.id, shadow) for shadow in (NO_SHADOW, Shadow(1.0))]
        without, with_one = alternate(
            _BLOCKS, *(partial(_block, services, each) for each in invocations)
        )
    yield compared(
        "an execution of which a shadow repeats all",
        with_one,
        "one without a shadow",
        without,
        bound=RATIO,
    )


def _block(services: Services, invocation: Invocation) -> list[float]:
    # The first ones go by while what the block before has left is repeated.
    return timed(partial(_execute, services, invocation), _EXECUTIONS, warm_up=_EXECUTIONS)


def _alias(services: Services, account_id: str, shadow: Shadow) -> Invocation:
    document: dict[str, Any] = {"name": "echo", "function_js": "return call;", "record": "none"}
    function = services.functions.create(account_id, document)
    services.versions.publish(account_id, function.id, "")
    services.aliases.create(account_id, function.id, "live", Target(1), "", shadow=shadow)
    return Invocation(account_id, function.id, b'{"a":1}', "live")


def _execute(services: Services, invocation: Invocation) -> None:
    execution = complete(services.invocations.execute(invocation))
    if execution.result.outcome is not Outcome.OK:
        raise RuntimeError(execution.result.error)
