"""What of a change the audit shows: no value of a secret, no key, and hashes of sources."""

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from isolambda_core.domain.accounts.accounts import KEYS as ACCOUNT_KEYS
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import ApiKey
from isolambda_core.domain.contracts.saved_calls import SavedCall
from isolambda_core.domain.documents import Document
from isolambda_core.domain.functions.aliases import Alias
from isolambda_core.domain.functions.functions import FUNCTION_SCHEMA, Function
from isolambda_core.domain.functions.versions import Version
from isolambda_core.domain.json_text import JsonValue, dump
from isolambda_core.domain.redaction import redacted
from isolambda_core.domain.secrets.secrets import Secret
from isolambda_core.domain.tools.approvals import Approval
from isolambda_core.domain.triggers.documents import keys_of
from isolambda_core.domain.triggers.triggers import Trigger

Changed = Account | ApiKey | Function | Version | Alias | Trigger | Secret | SavedCall | Approval
"""What changes."""

_FUNCTION_KEYS = tuple(FUNCTION_SCHEMA["properties"])


@dataclass(frozen=True, slots=True)
class State:
    """What is shown of a thing: what the platform knows of it, and ``custom`` keys beside that."""

    own: Document
    custom: Document = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one thing of an account: ``what`` is a word for it, as ``function.updated``.

    ``target`` has the ``type`` and the ``id`` of the thing, and the function that it belongs to.
    ``before`` is None for what is new, ``after`` for what is gone.
    """

    account_id: str
    what: str
    target: Mapping[str, str]
    before: State | None
    after: State | None


def change_of(before: Changed | None, after: Changed | None) -> Change:
    """Return the change from one state to the next; one of both may be None."""
    if isinstance(after, Function) and after.deleted:
        after = None
    changed = cast("Changed", before if after is None else after)
    target, shown = _target_of(changed), _SHOWN[type(changed)]
    return Change(
        _account_of(changed, is_update=before is not None and after is not None),
        f"{target['type']}.{_verb(before, after)}",
        target,
        None if before is None else shown(before),
        None if after is None else shown(after),
    )


def digest_of(value: JsonValue) -> Document:
    """Return what stands for a value that is not shown: its SHA-256 and bytes, of text in UTF-8.

    Of any other value than text they are of its JSON in ASCII.
    """
    text = value if isinstance(value, str) else dump(value)
    plain = text.encode("utf-8", "surrogatepass")
    return {"sha256": hashlib.sha256(plain).hexdigest(), "bytes": len(plain)}


def _verb(before: Changed | None, after: Changed | None) -> str:
    if isinstance(after, Approval):
        return after.status.value
    if before is None:
        return "created"
    return "removed" if after is None else "updated"


def _account_of(changed: Changed, *, is_update: bool) -> str:
    """Return the account whose audit has a change; above one that is new or gone, if it can be."""
    if isinstance(changed, Account):
        return changed.id if is_update else (changed.parent_id or changed.id)
    return changed.place.account_id if isinstance(changed, Secret) else changed.account_id


def _target_of(changed: Changed) -> Mapping[str, str]:
    kind, name = _KINDS[type(changed)]
    place = changed.place if isinstance(changed, Secret) else changed
    function_id = getattr(place, "function_id", None)
    return {
        "type": kind,
        "id": getattr(changed, name),
        **({"function_id": function_id} if function_id else {}),
    }


def _at_revision(thing: Alias | Secret) -> State:
    return State({**thing.document, "revision": thing.revision})


def _of_account(account: Account) -> State:
    return _state_of(account.document, ACCOUNT_KEYS, {"revision": account.revision})


def _of_api_key(api_key: ApiKey) -> State:
    return State(
        {
            "name": api_key.name,
            "scopes": [scope.value for scope in api_key.scopes],
            "function_id": api_key.function_id,
            "own": api_key.own,
            "expires_at": api_key.expires_at,
        }
    )


def _of_function(function: Function) -> State:
    disabled: Document = {
        version: {"reason": breaker.reason, "open_until": breaker.open_until}
        for version, breaker in function.breakers.items()
    }
    beside: Document = {"revision": function.revision}
    if disabled:
        beside = {**beside, "disabled_versions": disabled}
    return _state_of(_with_digests(function.document), _FUNCTION_KEYS, beside)


def _of_version(version: Version) -> State:
    return State({**_with_digests(version.document), "description": version.description})


def _of_trigger(trigger: Trigger) -> State:
    beside: Document = {
        "has_own_secret": trigger.secret is not None,
        "disable_reason": trigger.disable_reason,
        "revision": trigger.revision,
    }
    return _state_of(trigger.document, keys_of(trigger.type), beside)


def _of_saved_call(call: SavedCall) -> State:
    return _state_of(call.document, ("name",), {"revision": call.revision})


def _of_approval(approval: Approval) -> State:
    # Without the arguments, whose hash is beside them.
    return State({key: value for key, value in approval.document.items() if key != "arguments"})


def _state_of(document: Document, known: Collection[str], beside: Document) -> State:
    """Return a document without what may be a secret in keys that mean nothing to the platform."""
    own = {**{key: value for key, value in document.items() if key in known}, **beside}
    [public] = redacted({key: value for key, value in document.items() if key not in own})
    return State(own, cast("Document", public))


def _with_digests(document: Document) -> Document:
    """Return a document with hashes for its sources."""
    shown = dict(document)
    if "function_js" in shown:
        shown["function_js"] = digest_of(shown["function_js"])
    files = shown.get("files")
    if isinstance(files, Mapping):
        shown["files"] = {name: digest_of(text) for name, text in files.items()}
    return shown


_KINDS: Mapping[type, tuple[str, str]] = {
    Account: ("account", "id"),
    ApiKey: ("api_key", "id"),
    Function: ("function", "id"),
    Version: ("version", "label"),
    Alias: ("alias", "name"),
    Trigger: ("trigger", "id"),
    Secret: ("secret", "name"),
    SavedCall: ("saved_call", "name"),
    Approval: ("approval", "id"),
}
"""What each is called, and the attribute that names one."""
_SHOWN: Mapping[type, Callable[[Any], State]] = {
    Account: _of_account,
    ApiKey: _of_api_key,
    Function: _of_function,
    Version: _of_version,
    Alias: _at_revision,
    Trigger: _of_trigger,
    Secret: _at_revision,
    SavedCall: _of_saved_call,
    Approval: _of_approval,
}
