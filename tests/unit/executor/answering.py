"""What an isolate of this process answers to a source."""

from collections.abc import Coroutine
from typing import Any, TypeVar

from isolambda_executor.engine import Isolate

_T = TypeVar("_T")

WAIT_S = 60.0
_LEFT_MS = 60_000
_BYTES = 1 << 20


def completed(isolate: Isolate, coroutine: Coroutine[Any, Any, _T]) -> _T:
    """Return what a coroutine of an isolate returns."""
    return isolate._context._driver.run(coroutine)


def load(isolate: Isolate, source: str, features: str = "") -> None:
    isolate.call("load", source, features, timeout_s=WAIT_S)


def answer_of(
    isolate: Isolate,
    source: str | None = None,
    features: str = "",
    *,
    context: str = "{}",
    log_bytes: int = 0,
) -> bytes:
    """Return the answer to a source, or to what is loaded, when no promise runs any more."""
    if source is not None:
        load(isolate, source, features)
    return completed(isolate, _answer(isolate, context.encode(), log_bytes))


async def _answer(isolate: Isolate, context: bytes, log_bytes: int) -> bytes:
    answer = await isolate.run(b"{}", context, _LEFT_MS, _BYTES, log_bytes, timeout_s=WAIT_S)
    while not isinstance(answer, bytes):
        answer = await isolate.answer_at_rest(WAIT_S)
    await isolate.await_rest(WAIT_S, WAIT_S)
    return answer
