"""What callers pay for the shadow of an alias: an execution with one, beside one without."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from functools import partial
from typing import Any, Final

from isolambda_api.http.services import Services
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.executions.execution import Outcome
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.functions.aliases import NO_SHADOW, Shadow, Target
from isolambda_executor.supervisor import Supervisor
from isolambda_local.shadowing import LateWorker, repeating, shadowing
from isolambda_local.waiting_shadows import WaitingShadows
from tests.bench.figures import Row, alternate, compared, timed
from tests.bench.installation import installed

RATIO: Final = 1.25
"""The shadow shares the processors with what it repeats, here on every execution."""
_BLOCKS: Final = 6
_EXECUTIONS: Final = 60


def rows() -> Iterator[Row]:
    """Measure and return the row: two aliases in turn, of which a shadow repeats all of one."""
    waiting = WaitingShadows()
    with installed(shadow_queue=waiting) as installation, ExitStack() as stack:
        services, broker = installation.services, installation.operations.broker
        worker = stack.enter_context(closing(LateWorker(lambda: Supervisor(1, operations=broker))))
        repeat = repeating(waiting, installation.store, services.invocations, worker)
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
