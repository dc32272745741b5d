"""What an isolate of this process answers to a source."""

from isolambda_executor.engine import Isolate

WAIT_S = 60.0
_LEFT_MS = 60_000
_BYTES = 1 << 20


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
    answer = isolate.run(b"{}", context.encode(), _LEFT_MS, _BYTES, log_bytes, timeout_s=WAIT_S)
    while not isinstance(answer, bytes):
        answer = isolate.answer_at_rest(WAIT_S)
    isolate.await_rest(WAIT_S, WAIT_S)
    return answer
