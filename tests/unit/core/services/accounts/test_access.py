from dataclasses import dataclass, replace

import pytest
from typing_extensions import override

from isolambda_core.adapters.jwt_tokens import JwtSigner
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import (
    ALL_SCOPES,
    ApiKey,
    Caller,
    Scope,
    Token,
    hash_api_key,
)
from isolambda_core.domain.accounts.errors import (
    AccountDisabledError,
    AccountNotFoundError,
    ApiKeyNotFoundError,
    ForbiddenError,
    UnauthorizedError,
)
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.limits import TOKEN_S
from isolambda_core.services.accounts.access import AccessService
from isolambda_core.services.accounts.api_keys import KeyService
from isolambda_local.secrets.installation_secret import FileSecret
from isolambda_local.sqlite import SqliteStore
from isolambda_local.sqlite.api_keys import SqliteApiKeyRepository
from tests.support.clocks import SetClock

SECRET = FileSecret(b"the secret of an installation...")
OTHER_SECRET = FileSecret(b"the secret of another one.......")
TOP, MIDDLE, BOTTOM, SIBLING, STRANGER = (f"{number:032x}" for number in range(1, 6))
PARENTS = {TOP: (), MIDDLE: (TOP,), BOTTOM: (TOP, MIDDLE), SIBLING: (TOP,), STRANGER: ()}
NAMES = {TOP: "top", MIDDLE: "middle", BOTTOM: "bottom", SIBLING: "sibling", STRANGER: "stranger"}
FUNCTION, OTHER_FUNCTION = "f" * 32, "e" * 32

every_scope = pytest.mark.parametrize("scope", ALL_SCOPES)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def keys(store: SqliteStore, clock: SetClock) -> KeyService:
    return KeyService(store.api_keys, SECRET, clock)


@pytest.fixture
def access(store: SqliteStore, clock: SetClock) -> AccessService:
    for account_id, ancestor_ids in PARENTS.items():
        document: Document = {"name": NAMES[account_id], "enabled": True}
        store.accounts.add(Account(account_id, document, 1, 1, ancestor_ids=ancestor_ids))
    return AccessService(
        store.accounts, store.api_keys, store.revoked_tokens, JwtSigner(SECRET), clock
    )


@pytest.fixture
def key(keys: KeyService) -> str:
    """A key for everything, of the account in the middle."""
    return keys.create_own(MIDDLE)


@pytest.fixture
def caller(access: AccessService, key: str) -> Caller:
    """Who shows that key."""
    return access.authenticate(key)


def disable(access: AccessService, account_id: str) -> None:
    account = access.accounts.get(account_id)
    access.accounts.replace(account.changed({**account.document, "enabled": False}, 2), account)


def expire(access: AccessService, key: str, at: int) -> None:
    access.api_keys.replace(
        replace(access.api_keys.get(hash_api_key(key)), expires_at=at),
        access.api_keys.get(hash_api_key(key)),
    )


def token_of(access: AccessService, text: str) -> Token:
    token = access.authenticate(text).token
    assert token is not None
    return token


def refuse(access: AccessService, credential: str) -> None:
    with pytest.raises(UnauthorizedError):
        access.authenticate(credential)


def test_a_key_tells_its_account(access: AccessService, keys: KeyService, key: str) -> None:
    keys.create_own(TOP)

    caller = access.authenticate(key)

    assert caller.account_id == MIDDLE
    assert caller.api_key.sha256 == hash_api_key(key)
    assert caller.token is None


def test_a_token_tells_its_account_and_the_key_that_it_was_given_for(
    access: AccessService, key: str, clock: SetClock
) -> None:
    account, text = access.issue(key)

    caller = access.authenticate(text)

    assert account == access.accounts.get(MIDDLE)
    assert caller.api_key == access.authenticate(key).api_key
    assert caller.token == Token(
        id=token_of(access, text).id,
        account_id=MIDDLE,
        api_key_sha256=hash_api_key(key),
        issued_at=clock.now(),
        expires_at=clock.now() + TOKEN_S,
    )


@pytest.mark.parametrize(
    "credential", ["", "x", "0" * 64, "0" * 63, "\ud800" * 64, "a.b.c", "ü"], ids=ascii
)
def test_anything_else_tells_nothing(access: AccessService, credential: str) -> None:
    refuse(access, credential)


def test_a_key_is_taken_as_it_was_given_and_not_otherwise(access: AccessService, key: str) -> None:
    for credential in (f"{key}\n", f" {key}", key[:-1], f"{key}0", key.upper(), hash_api_key(key)):
        refuse(access, credential)


def test_a_key_opens_nothing_from_the_second_in_which_it_expires(
    access: AccessService, key: str, clock: SetClock
) -> None:
    _, text = access.issue(key)
    expire(access, key, clock.now() + 60)

    clock.time_ms += 59_000
    assert access.authenticate(key).account_id == access.authenticate(text).account_id == MIDDLE
    clock.time_ms += 1_000
    refuse(access, key)
    refuse(access, text)


def test_a_removed_key_takes_its_tokens_with_it_and_no_others(
    access: AccessService, keys: KeyService, key: str
) -> None:
    api_key, further = keys.create(MIDDLE, ALL_SCOPES, None)
    (_, text), (_, of_further) = access.issue(key), access.issue(further)

    keys.remove(MIDDLE, api_key.id)

    refuse(access, further)
    refuse(access, of_further)
    assert access.authenticate(text).account_id == MIDDLE


def test_a_key_that_was_changed_takes_its_tokens_with_it_after_the_next_change(
    access: AccessService, keys: KeyService, key: str
) -> None:
    _, text = access.issue(key)

    keys.change_own(MIDDLE)
    assert access.authenticate(text).account_id == MIDDLE
    keys.change_own(MIDDLE)
    refuse(access, text)


def test_a_key_that_others_know_is_shut_out_by_a_change_and_its_removal(
    access: AccessService, keys: KeyService, key: str
) -> None:
    _, text = access.issue(key)

    changed = keys.change_own(MIDDLE)
    keys.remove(MIDDLE, access.authenticate(key).api_key.id)

    refuse(access, key)
    refuse(access, text)
    assert keys.own(MIDDLE) == changed


def test_a_token_is_good_for_an_hour(access: AccessService, key: str, clock: SetClock) -> None:
    _, text = access.issue(key)

    clock.time_ms += (TOKEN_S - 1) * 1_000
    assert access.authenticate(text).account_id == MIDDLE
    clock.time_ms += 1_000
    refuse(access, text)
    assert access.authenticate(key).account_id == MIDDLE


def test_a_revoked_token_is_worth_nothing_while_its_key_and_other_tokens_are(
    access: AccessService, key: str
) -> None:
    (_, text), (_, other) = access.issue(key), access.issue(key)
    assert text != other

    access.revoke(token_of(access, text))

    refuse(access, text)
    assert access.authenticate(other).account_id == access.authenticate(key).account_id == MIDDLE


def test_a_token_that_was_signed_elsewhere_is_forged(access: AccessService, key: str) -> None:
    elsewhere = replace(access, signer=JwtSigner(OTHER_SECRET))
    _, text = elsewhere.issue(key)

    assert elsewhere.authenticate(text).account_id == MIDDLE
    refuse(access, text)


def test_a_token_for_a_key_that_never_was_tells_nothing(
    access: AccessService, clock: SetClock
) -> None:
    now = clock.now()

    refuse(access, access.signer.sign(Token("d" * 32, MIDDLE, "0" * 64, now, now + 60)))


@dataclass(frozen=True, slots=True)
class ConfusedKeys(SqliteApiKeyRepository):
    """Answers with the key of another account."""

    @override
    def get(self, sha256: str) -> ApiKey:
        [api_key] = self.of_account(STRANGER)
        return api_key


def test_a_key_is_compared_with_what_the_store_found(
    store: SqliteStore, access: AccessService, keys: KeyService, key: str
) -> None:
    keys.create_own(STRANGER)

    refuse(replace(access, api_keys=ConfusedKeys(store.database, store.audit)), key)


class NoSecret:
    def read(self) -> bytes:
        raise StoreUnavailableError


def test_without_the_secret_keys_are_good_and_tokens_are_not_called_forged(
    access: AccessService, key: str
) -> None:
    _, text = access.issue(key)
    cut_off = replace(access, signer=JwtSigner(NoSecret()))

    assert cut_off.authenticate(key).account_id == MIDDLE
    with pytest.raises(StoreUnavailableError):
        cut_off.authenticate(text)


@every_scope
@pytest.mark.parametrize("account_id", [MIDDLE, BOTTOM], ids=NAMES.get)
def test_an_account_may_use_itself_and_what_is_below(
    access: AccessService, caller: Caller, account_id: str, scope: Scope
) -> None:
    assert access.authorize(caller, account_id, scope) == access.accounts.get(account_id)


@every_scope
def test_an_account_may_use_what_is_further_below(
    access: AccessService, keys: KeyService, scope: Scope
) -> None:
    top = access.authenticate(keys.create_own(TOP))

    assert access.authorize(top, BOTTOM, scope).id == BOTTOM


@every_scope
@pytest.mark.parametrize("account_id", [TOP, SIBLING, STRANGER], ids=NAMES.get)
def test_an_account_may_not_use_what_is_above_beside_or_elsewhere(
    access: AccessService, caller: Caller, account_id: str, scope: Scope
) -> None:
    with pytest.raises(ForbiddenError) as caught:
        access.authorize(caller, account_id, scope)

    assert caught.value.cause is None


@every_scope
def test_an_account_that_is_not_there_is_not_found(
    access: AccessService, caller: Caller, scope: Scope
) -> None:
    with pytest.raises(AccountNotFoundError):
        access.authorize(caller, "9" * 32, scope)


@every_scope
def test_a_disabled_account_does_nothing_for_itself(
    access: AccessService, caller: Caller, scope: Scope
) -> None:
    disable(access, MIDDLE)

    with pytest.raises(AccountDisabledError, match=MIDDLE):
        access.authorize(caller, MIDDLE, scope)


@every_scope
def test_a_disabled_account_does_nothing_for_those_below(
    access: AccessService, caller: Caller, scope: Scope
) -> None:
    disable(access, MIDDLE)

    with pytest.raises(AccountDisabledError, match=MIDDLE):
        access.authorize(caller, BOTTOM, scope)


def test_those_above_manage_a_disabled_account_but_execute_nothing_for_it(
    access: AccessService, caller: Caller
) -> None:
    disable(access, BOTTOM)

    assert not access.authorize(caller, BOTTOM, Scope.MANAGE).enabled
    with pytest.raises(AccountDisabledError, match=BOTTOM):
        access.authorize(caller, BOTTOM, Scope.EXECUTE)


@every_scope
def test_an_account_goes_on_when_one_above_it_is_disabled(
    access: AccessService, caller: Caller, scope: Scope
) -> None:
    disable(access, TOP)

    assert access.authorize(caller, MIDDLE, scope).id == MIDDLE


@every_scope
def test_a_stranger_does_not_learn_that_an_account_is_disabled(
    access: AccessService, caller: Caller, scope: Scope
) -> None:
    disable(access, STRANGER)

    with pytest.raises(ForbiddenError):
        access.authorize(caller, STRANGER, scope)


@every_scope
def test_an_account_that_is_being_deleted_uses_nothing_below(
    store: SqliteStore, access: AccessService, caller: Caller, scope: Scope
) -> None:
    with store.database.connection() as connection:
        connection.execute("DELETE FROM accounts WHERE id = ?", (MIDDLE,))

    with pytest.raises(ForbiddenError):
        access.authorize(caller, BOTTOM, scope)


@pytest.mark.parametrize("account_id", [MIDDLE, BOTTOM], ids=NAMES.get)
@pytest.mark.parametrize("with_token", [False, True], ids=["key", "token"])
@pytest.mark.parametrize(
    ("scopes", "limited_to", "allowed"),
    [
        (ALL_SCOPES, None, {"manage", "execute one", "execute another", "execute"}),
        ((Scope.MANAGE,), None, {"manage"}),
        ((Scope.EXECUTE,), None, {"execute one", "execute another", "execute"}),
        ((Scope.EXECUTE,), FUNCTION, {"execute one"}),
    ],
    ids=["everything", "manage", "execute", "one function"],
)
def test_a_key_and_its_tokens_are_for_what_the_key_is_for(
    access: AccessService,
    keys: KeyService,
    scopes: tuple[Scope, ...],
    limited_to: str | None,
    allowed: set[str],
    account_id: str,
    *,
    with_token: bool,
) -> None:
    _, key = keys.create(MIDDLE, scopes, limited_to)
    caller = access.authenticate(access.issue(key)[1] if with_token else key)

    for name, scope, function_id in (
        ("manage", Scope.MANAGE, None),
        ("execute one", Scope.EXECUTE, FUNCTION),
        ("execute another", Scope.EXECUTE, OTHER_FUNCTION),
        ("execute", Scope.EXECUTE, None),
    ):
        if name in allowed:
            assert access.authorize(caller, account_id, scope, function_id).id == account_id
        else:
            with pytest.raises(ForbiddenError) as caught:
                access.authorize(caller, account_id, scope, function_id)
            assert caught.value.cause == "access denied by token restrictions"


def test_what_opens_nothing_gives_no_token(access: AccessService, key: str) -> None:
    _, text = access.issue(key)

    for nothing in ("", "0" * 64, "\ud800" * 64, text, hash_api_key(key)):
        with pytest.raises(ApiKeyNotFoundError) as caught:
            access.issue(nothing)
        assert caught.value.identifier == hash_api_key(nothing)


def test_an_expired_key_gives_no_token(access: AccessService, key: str, clock: SetClock) -> None:
    expire(access, key, clock.now() + 1)
    access.issue(key)
    clock.time_ms += 1_000

    with pytest.raises(ApiKeyNotFoundError):
        access.issue(key)


def test_a_key_of_an_account_that_is_gone_gives_no_token(
    access: AccessService, keys: KeyService
) -> None:
    key = keys.create_own(STRANGER)
    access.accounts.remove(access.accounts.get(STRANGER))

    with pytest.raises(ApiKeyNotFoundError):
        access.issue(key)


def test_a_disabled_account_gets_no_token(access: AccessService, key: str) -> None:
    disable(access, MIDDLE)

    with pytest.raises(AccountDisabledError, match=MIDDLE):
        access.issue(key)
