"""What a thread does for a request is logged with the id of that request."""

import asyncio

from isolambda_core.domain.correlation import correlate, correlation_id
from isolambda_local.threads import ThreadsInContext


async def _called_by(request_id: str) -> str | None:
    correlate(request_id)
    return await asyncio.get_running_loop().run_in_executor(None, correlation_id)


def test_a_thread_of_the_event_loop_has_the_context_of_who_asks() -> None:
    async def ask() -> list[str | None]:
        asyncio.get_running_loop().set_default_executor(ThreadsInContext(max_workers=1))
        return await asyncio.gather(*map(_called_by, ("r-1", "r-2", "r-3")))

    assert asyncio.run(ask()) == ["r-1", "r-2", "r-3"]
