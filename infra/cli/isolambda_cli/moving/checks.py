"""What is checked of an export beside the rules of documents."""

import re
from collections.abc import Collection, Sequence, Sized

from isolambda_cli.moving.errors import FieldError
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.contracts.saved_calls import SavedCall
from isolambda_core.domain.documents import require_none
from isolambda_core.domain.functions.alias_documents import check_alias, check_shadow
from isolambda_core.domain.functions.aliases import Alias
from isolambda_core.domain.functions.functions import LATEST, Function
from isolambda_core.domain.functions.versions import NUMBER_MAX, Version, number_of
from isolambda_core.domain.ids import is_id
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import ACCOUNT_DEPTH, ALIAS_MOVES, BREAKERS_MAX
from isolambda_core.domain.triggers.triggers import Trigger

_KEY_ID = re.compile(r"[!-~]{1,64}")


def require_few(found: Sized, most: int) -> None:
    """Let pass up to ``most`` items.

    Raises:
        FieldError: they are more.
    """
    if len(found) > most:
        raise FieldError(f"has {len(found)} items; at most {most} can be there")


def require_account(account: Account) -> None:
    """Let pass an account whose place in the tree can be one.

    Raises:
        FieldError: it cannot.
    """
    above = account.ancestor_ids
    if not all(map(is_id, above)) or len({*above, account.id}) <= len(above):
        raise FieldError("ancestor_ids: must be ids of other accounts, each once")
    if len(above) >= ACCOUNT_DEPTH:
        raise FieldError(f"ancestor_ids: at most {ACCOUNT_DEPTH} accounts can be below each other")


def require_function(found: Function | Version | SavedCall) -> None:
    """Let pass what was written by keys that can be some, with breakers of what there can be.

    Raises:
        FieldError: it was not.
    """
    for name in ("created_by", "modified_by"):
        key_id = getattr(found, name, None)
        if key_id is not None and _KEY_ID.fullmatch(key_id) is None:
            raise FieldError(f"{name}: must be the id of a key")
    if isinstance(found, Function):
        require_few(found.breakers, BREAKERS_MAX)
        for label in found.breakers:
            if label != LATEST and number_of(label) is None:
                raise FieldError(f"breakers: {label[:100]!r} is no version")


def require_alias(alias: Alias, numbers: Collection[int]) -> None:
    """Let pass an alias that follows the rules, and points to some of these versions.

    Raises:
        InvalidDocumentError: it breaks a rule.
        FieldError: its history is too long, or a version is not there.
    """
    require_none(check_alias(alias.name, alias.target, alias.description))
    require_none(check_shadow(alias.shadow))
    require_few(alias.moves, ALIAS_MOVES)
    missing = alias.versions.difference(numbers)
    if missing:
        raise FieldError(f"alias {alias.name}: there is no version {min(missing)}")


def require_trigger(trigger: Trigger) -> None:
    """Let pass a trigger whose document has no secret.

    Raises:
        FieldError: it has one.
    """
    if any(key.lower() == "secret" for key in trigger.document):
        raise FieldError(f"trigger {trigger.id}: a document has no secret")


def require_id(text: str) -> str:
    """Return an id.

    Raises:
        FieldError: it is none.
    """
    if not is_id(text):
        raise FieldError(f"{text[:100]!r} is no id")
    return text


def numbers_in(names: Sequence[str]) -> Sequence[int]:
    """Return the numbers of versions whose files have such names, in order."""
    labels = (name.removesuffix(".json") for name in names if name.endswith(".json"))
    return sorted(number for label in labels if (number := number_of(label)) is not None)


def last_number_in(last: JsonValue, numbers: Sequence[int]) -> int:
    """Return the highest number that a version had, as an export says it, or as there is.

    Raises:
        FieldError: it is lower than that of a version, or no number of one.
    """
    highest = max(numbers, default=0)
    if last is None:
        return highest
    if type(last) is not int or not highest <= last <= NUMBER_MAX:
        raise FieldError(f"last_version: must be a number from {highest} to {NUMBER_MAX}")
    return last
