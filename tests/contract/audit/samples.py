"""What the tests of the audit change, and the entries that this leaves."""

from collections.abc import Sequence
from dataclasses import replace

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import ApiKey
from isolambda_core.domain.audit.entries import AuditEntry
from isolambda_core.domain.contracts.saved_calls import SavedCall
from isolambda_core.domain.functions.aliases import Alias, Target
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.functions.versions import Version
from isolambda_core.domain.secrets.secrets import Place, Secret
from isolambda_core.domain.tools.approvals import Approval, ApprovalStatus
from isolambda_core.domain.triggers.triggers import Trigger
from tests.support.stores import Store

ACCOUNT, OTHER_ACCOUNT, CHILD = "a" * 32, "b" * 32, "c" * 32
FUNCTION = "f" * 32
NOW_MS = 1_800_000_000_123
NOW = NOW_MS // 1_000
SOURCE = "return 'the source that no entry has'"
SEALED = "c2VhbGVkIHZhbHVl"
SIGNING = "whsec_that_no_entry_has"
KEY_SHA256 = "d" * 64

TOP = Account(ACCOUNT, {"name": "top", "enabled": True}, 1, 1)
BELOW = Account(CHILD, {"name": "below", "enabled": True}, 1, 1, ancestor_ids=(ACCOUNT,))
A_FUNCTION = Function(
    ACCOUNT,
    FUNCTION,
    {
        "name": "hello",
        "function_js": SOURCE,
        "files": {"lib.js": SOURCE},
        "enabled": True,
        "language_pack": "javascript",
        "password": "hunter2",
    },
    1,
    1,
    1,
)
VERSIONS = [Version(ACCOUNT, FUNCTION, each, "", {"function_js": SOURCE}, 1) for each in (1, 2)]
AN_ALIAS = Alias(ACCOUNT, FUNCTION, "live", Target(1), "", 1, 1)
A_KEY = ApiKey(KEY_SHA256, "1" * 32, ACCOUNT, 1, name="deploys")
A_TRIGGER = Trigger(
    ACCOUNT,
    FUNCTION,
    "2" * 32,
    {"name": "paid", "enabled": True, "qualifier": "$LATEST", "type": "webhook"},
    1,
    1,
    secret=SIGNING,
)
A_SECRET = Secret(Place(ACCOUNT, FUNCTION), "STRIPE", ("api.stripe.com",), False, SEALED, 1, 1)
A_CALL = SavedCall(ACCOUNT, FUNCTION, "greets", {"name": "Ada"}, {"equal": "Hi"}, 1, 1)
AN_APPROVAL = Approval(ACCOUNT, "3" * 32, A_KEY.id, FUNCTION, "pay", '{"to":"Ada"}', NOW, NOW + 60)
APPROVED = AN_APPROVAL.decided(ApprovalStatus.APPROVED, NOW, "4" * 32)


def renamed(function: Function, name: str = "renamed") -> Function:
    """Return the next revision of a function."""
    return function.changed({**function.document, "name": name}, 5)


def rotated(secret: Secret) -> Secret:
    """Return the next revision of a secret, with another value."""
    return secret.rotated(secret.binding, f"{SEALED}bmV3", SEALED, NOW + 9, NOW)


def last_of(key: ApiKey) -> ApiKey:
    """Return a key as it is to expire."""
    return replace(key, expires_at=NOW + 900)


def entries(store: Store, account_id: str = ACCOUNT, now: int = NOW) -> Sequence[AuditEntry]:
    """Return all entries of an account, the oldest first."""
    return list(store.audit.iterate(account_id, now, descending=False, at_once=100))
