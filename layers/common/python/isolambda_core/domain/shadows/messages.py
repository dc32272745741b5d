"""The message of an execution that a shadow is to repeat."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QueuedShadow:
    """An execution to repeat, by the shadow of an alias at a revision; its record has all else.

    ``sent_at_ms`` is in Unix milliseconds.
    """

    account_id: str
    function_id: str
    execution_id: str
    alias: str
    alias_revision: int
    sent_at_ms: int
