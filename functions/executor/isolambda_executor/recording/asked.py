"""What an operation asks for, as it is recorded: with the names of secrets, and hashes of bytes."""

from collections.abc import Sequence
from typing import cast

from isolambda_core.domain.executions.operations import JsonObject, dump_asked, of_bytes
from isolambda_core.domain.executions.reach import GrantedSecret
from isolambda_core.domain.json_text import parse
from isolambda_executor.handlers import payload_of
from isolambda_executor.operations import Fields
from isolambda_executor.replacements import Replacements

_NOT_ASKED = frozenset(("id", "kind", "bytes"))


def names_for(secrets: Sequence[GrantedSecret]) -> Replacements:
    """Return what puts ``{secret NAME}`` in the places of placeholders."""
    return Replacements({secret.placeholder.encode(): _name_of(secret) for secret in secrets})


def placeholders_for(secrets: Sequence[GrantedSecret]) -> Replacements:
    """Return what puts placeholders in the places of ``{secret NAME}``."""
    return Replacements({_name_of(secret): secret.placeholder.encode() for secret in secrets})


def asked_by(message: Fields, names: Replacements) -> JsonObject:
    """Return what a message asks for; see ``RecordedOperation.asked``.

    ``names`` are those of :func:`names_for`. The bytes of a streamed body are not there.

    Raises:
        BrokenPeerError: it has bytes that are not base64.
    """
    asked = {name: value for name, value in message.items() if name not in _NOT_ASKED}
    text = dump_asked(asked).encode()
    named = names.applied(text)
    if named is not text:
        asked = cast("JsonObject", parse(named))
    if "bytes" in message:
        asked["bytes"] = of_bytes(names.applied(payload_of(message)))
    return asked


def _name_of(secret: GrantedSecret) -> bytes:
    return f"{{secret {secret.name}}}".encode()
