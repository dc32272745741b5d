"""Encode messages of the queue of shadows as JSON text."""

from dataclasses import asdict

from isolambda_core.domain.executions.wire import MalformedMessageError
from isolambda_core.domain.functions.aliases import is_name
from isolambda_core.domain.ids import is_id
from isolambda_core.domain.json_text import InvalidJsonError, dump, parse
from isolambda_core.domain.shadows.messages import QueuedShadow

_BODY_CHARACTERS = 2_048
"""Far longer than any message that Isolambda writes."""


def dump_shadow_message(message: QueuedShadow) -> str:
    """Return a message as ASCII JSON."""
    return dump(asdict(message))


def read_shadow_message(body: str) -> QueuedShadow:
    """Return the message that :func:`dump_shadow_message` wrote.

    Raises:
        MalformedMessageError: the body is not ours.
    """
    try:
        fields = parse(body) if len(body) <= _BODY_CHARACTERS else None
    except InvalidJsonError as error:
        raise MalformedMessageError("not JSON") from error
    match fields:
        case {
            "account_id": str(account_id),
            "function_id": str(function_id),
            "execution_id": str(execution_id),
            "alias": str(alias),
            "alias_revision": int(revision),
            "sent_at_ms": int(sent_at_ms),
        } if all(map(is_id, (account_id, function_id, execution_id))) and is_name(alias):
            return QueuedShadow(account_id, function_id, execution_id, alias, revision, sent_at_ms)
    raise MalformedMessageError("no message of ours")
