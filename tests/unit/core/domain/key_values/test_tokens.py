"""The tokens of executions."""

from dataclasses import replace

import pytest

from isolambda_core.domain.accounts.errors import UnauthorizedError
from isolambda_core.domain.executions.reach import KvGrant
from isolambda_core.domain.key_values.tokens import KvClaims, derive_kv_key
from isolambda_core.services.key_values.grants import KvGrants
from tests.support.clocks import SetClock
from tests.support.samples import ACCOUNT, FUNCTION, SECRET

KEY = derive_kv_key(SECRET.read())
CLAIMS = KvClaims(ACCOUNT, FUNCTION, "e" * 32, ("orders", "carts"), 1_800_000_000)
EARLIER = CLAIMS.expires_at - 1


def test_a_token_says_what_was_signed() -> None:
    assert KvClaims.read(KEY, CLAIMS.signed(KEY), EARLIER) == CLAIMS


def test_a_token_is_of_one_execution_of_one_account() -> None:
    others = [
        replace(CLAIMS, account_id="b" * 32),
        replace(CLAIMS, function_id="b" * 32),
        replace(CLAIMS, execution_id="b" * 32),
        replace(CLAIMS, namespaces=("orders",)),
        replace(CLAIMS, expires_at=CLAIMS.expires_at + 1),
    ]
    assert len({claims.signed(KEY) for claims in (CLAIMS, *others)}) == 6


def test_a_token_is_valid_until_it_expires() -> None:
    with pytest.raises(UnauthorizedError, match="expired"):
        KvClaims.read(KEY, CLAIMS.signed(KEY), CLAIMS.expires_at)


def test_what_another_key_signed_is_refused() -> None:
    for key in (b"", SECRET.read(), derive_kv_key(b"another secret")):
        with pytest.raises(UnauthorizedError):
            KvClaims.read(KEY, CLAIMS.signed(key), EARLIER)


def test_every_changed_character_is_refused() -> None:
    token = CLAIMS.signed(KEY)
    for at, character in enumerate(token):
        other = "A" if character != "A" else "B"
        with pytest.raises(UnauthorizedError):
            KvClaims.read(KEY, token[:at] + other + token[at + 1 :], EARLIER)


def test_a_token_is_made_where_there_is_a_url_and_lives_as_long_as_the_execution() -> None:
    clock = SetClock(1_800_000_000_001)
    grant = KvGrant(("orders",))
    beside = KvGrants(SECRET, clock)
    remote = replace(beside, url="https://api.example.com")

    assert beside.granted(grant, ACCOUNT, FUNCTION, "e" * 32, 1_000) == grant
    made = remote.granted(grant, ACCOUNT, FUNCTION, "e" * 32, 1_000)
    assert (made.namespaces, made.url) == (("orders",), "https://api.example.com")
    assert remote.read(made.token) == KvClaims(
        ACCOUNT, FUNCTION, "e" * 32, ("orders",), 1_800_000_007
    )
    assert made.token not in repr(made)

    clock.time_ms += 7_000
    with pytest.raises(UnauthorizedError):
        remote.read(made.token)
