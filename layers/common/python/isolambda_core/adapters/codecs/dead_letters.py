"""Read the text of a dead letter, of SQS or of SQLite."""

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
        event, condition = _event(body)
        return DeadLetter(handle, died_at_ms, event=event, reason=reason or condition)


def _event(body: str) -> tuple[Document | None, str | None]:
    """Return the event of a dead letter, and why Lambda could not invoke the dispatcher with it.

    Either is None where the text does not have it.
    """
    try:
        content = parse(body)
    except InvalidJsonError:
        return None, None
    match content:
        case {"requestContext": {"condition": str(condition)}, "requestPayload": {**event}}:
            # Lambda's form for an event that it could not invoke the dispatcher with.
            return cast("Document", event), condition
        case {"requestContext": {"condition": str(condition)}}:
            # Of a batch of a stream Lambda keeps the position, and not the records.
            return None, condition
        case {"isolambda": str()}:
            return cast("Document", content), None
    return None, None
