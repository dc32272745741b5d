"""What the text of a dead letter says, in whichever queue it lies."""

from typing import cast

from isolambda_core.adapters.codecs.messages import read_message
from isolambda_core.domain.documents import Document
from isolambda_core.domain.executions.wire import MalformedMessageError
from isolambda_core.domain.json_text import InvalidJsonError, parse
from isolambda_core.domain.queue.dead_letters import DeadLetter


def read_letter(handle: str, died_at_ms: int, body: str, reason: str | None = None) -> DeadLetter:
    """Return a letter: a message of ours, an event for the dispatcher, or something else."""
    try:
        return DeadLetter(handle, died_at_ms, read_message(body), reason=reason)
    except MalformedMessageError:
        event, told = _event(body)
        return DeadLetter(handle, died_at_ms, event=event, reason=reason or told)


def _event(body: str) -> tuple[Document | None, str | None]:
    """Return what the dispatcher was to be invoked with, and why it was not, if that is said."""
    try:
        said = parse(body)
    except InvalidJsonError:
        return None, None
    match said:
        case {"requestContext": {"condition": str(condition)}, "requestPayload": {**event}}:
            # As Lambda keeps what it could not invoke us with.
            return cast("Document", event), condition
        case {"requestContext": {"condition": str(condition)}}:
            # Of a batch of a stream it keeps where it was, and not what was in it.
            return None, condition
        case {"isolambda": str()}:
            return cast("Document", said), None
    return None, None
