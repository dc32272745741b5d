"""An entry of the audit: who changed what, when, and from what to what."""

from collections.abc import Mapping
from dataclasses import dataclass

from isolambda_core.domain.acting import Actor
from isolambda_core.domain.audit.changes import Change, State, digest_of
from isolambda_core.domain.documents import Document
from isolambda_core.domain.ids import asked_at_ms, new_execution_id
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.limits import AUDIT_DOCUMENT_BYTES

_DAY_S = 86_400
_NAME_CHARACTERS = 128
"""As long as the longest id of a request; no address and no name of a user needs more."""
_REST, _REST_BYTES = "*", 128
"""The key of the hash that stands for many values, and as long as both are at most."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change of an account. Entries of an account sort by their ids, in the order of changes.

    ``when_ms`` is Unix milliseconds by the clock of that moment, ``who`` has ``key_id`` and
    ``account_id`` of a caller's key, or ``operator``, or ``platform``, and ``address`` if there is
    one. ``before`` and ``after`` are as long as there is room, and any other field is as of
    :class:`Change`. ``expires_at`` is Unix seconds.
    """

    id: str
    when_ms: int
    who: Document
    account_id: str
    what: str
    target: Mapping[str, str]
    before: Document | None
    after: Document | None
    correlation_id: str | None
    expires_at: int

    @property
    def document(self) -> Document:
        """The entry as clients read it, without its id."""
        return {
            "when_ms": self.when_ms,
            "who": self.who,
            "account_id": self.account_id,
            "what": self.what,
            "target": dict(self.target),
            "before": self.before,
            "after": self.after,
            "correlation_id": self.correlation_id,
        }


def entry_of(
    change: Change, actor: Actor, entry_id: str, now_ms: int, correlation_id: str | None, days: int
) -> AuditEntry:
    """Return the entry of a change, which is kept for ``days`` whole days, up to a midnight."""
    return AuditEntry(
        entry_id,
        now_ms,
        _who(actor),
        change.account_id,
        change.what,
        change.target,
        _bounded(change.before),
        _bounded(change.after),
        correlation_id and correlation_id[:_NAME_CHARACTERS],
        (now_ms // 1_000 // _DAY_S + days + 1) * _DAY_S,
    )


def id_after(last: str | None, now_ms: int) -> str:
    """Return an id that sorts by the time, and behind the last one also if a clock was set back."""
    return new_execution_id(now_ms if last is None else max(now_ms, asked_at_ms(last) + 1))


def _who(actor: Actor) -> Document:
    who: dict[str, str | bool | None] = {}
    if actor.key_id is not None:
        who = {"key_id": actor.key_id, "account_id": actor.account_id}
    elif actor.operator is not None:
        who = {"operator": actor.operator[:_NAME_CHARACTERS]}
    else:
        who = {"platform": True}
    if actor.address is not None:
        who["address"] = actor.address[:_NAME_CHARACTERS]
    return {**who}


def _bounded(state: State | None) -> Document | None:
    """Return what is shown of a state, where custom keys leave room for what means something."""
    if state is None:
        return None
    own = _fitting(state.own, AUDIT_DOCUMENT_BYTES - _REST_BYTES)
    return {**own, **_fitting(state.custom, AUDIT_DOCUMENT_BYTES - sum(_sizes_of(own).values()))}


def _fitting(document: Document, bytes_max: int) -> Document:
    """Return a document with hashes for its longest values, as many as are needed.

    Where that is not enough, one hash stands for all of it.
    """
    sizes = _sizes_of(document)
    left = sum(sizes.values())
    bounded = dict(document)
    for key in sorted(sizes, key=sizes.__getitem__, reverse=True):
        if left <= bytes_max:
            break
        bounded[key] = digest_of(document[key])
        left += len(dump({key: bounded[key]})) - sizes[key]
    return bounded if left <= bytes_max else {_REST: digest_of(document)}


def _sizes_of(document: Document) -> Mapping[str, int]:
    return {key: len(dump({key: value})) for key, value in document.items()}
