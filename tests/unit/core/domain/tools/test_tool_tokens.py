"""The tokens by which executions on AWS call tools."""

from dataclasses import replace

import pytest

from isolambda_core.domain.accounts.errors import UnauthorizedError
from isolambda_core.domain.accounts.execution_tokens import sign
from isolambda_core.domain.executions.reach import ToolGrant
from isolambda_core.domain.key_values.tokens import KvClaims, derive_kv_key
from isolambda_core.domain.tools.tokens import ToolClaims, derive_tool_key
from isolambda_core.services.tools.grants import ToolGrants
from tests.support.clocks import SetClock
from tests.support.samples import ACCOUNT, FUNCTION, SECRET

KEY = derive_tool_key(SECRET.read())
CLAIMS = ToolClaims(
    ACCOUNT, "e" * 32, "0" * 64, "f" * 32, 2, None, 3, 1_799_999_990_000, 1_800_000_000
)
EARLIER = CLAIMS.valid_until - 1


def test_a_token_says_what_was_signed() -> None:
    for claims in (CLAIMS, replace(CLAIMS, key_expires_at=1_900_000_000)):
        assert ToolClaims.read(KEY, claims.signed(KEY), EARLIER) == claims


@pytest.mark.parametrize(
    "changes",
    [
        {"account_id": "b" * 32},
        {"execution_id": "b" * 32},
        {"key_sha256": "1" * 64},
        {"root_id": "b" * 32},
        {"depth": 1},
        {"key_expires_at": 1},
        {"ends_at_ms": 0},
        {"valid_until": 1_900_000_000},
    ],
    ids=str,
)
def test_a_token_with_another_claim_has_another_signature(changes: dict[str, object]) -> None:
    other = replace(CLAIMS, **changes)  # type: ignore[arg-type]
    said = other.signed(KEY).partition(".")[0]
    signature = CLAIMS.signed(KEY).partition(".")[2]

    with pytest.raises(UnauthorizedError):
        ToolClaims.read(KEY, f"{said}.{signature}", EARLIER)


def test_a_token_is_valid_until_it_expires() -> None:
    with pytest.raises(UnauthorizedError, match="expired"):
        ToolClaims.read(KEY, CLAIMS.signed(KEY), CLAIMS.valid_until)


def test_a_token_of_the_store_calls_no_tool_and_the_other_way_around() -> None:
    kv_key = derive_kv_key(SECRET.read())
    kv = KvClaims(ACCOUNT, FUNCTION, "e" * 32, ("orders",), CLAIMS.valid_until)
    for token in (kv.signed(kv_key), kv.signed(KEY), CLAIMS.signed(kv_key)):
        with pytest.raises(UnauthorizedError):
            ToolClaims.read(KEY, token, EARLIER)
    for token in (CLAIMS.signed(KEY), CLAIMS.signed(kv_key)):
        with pytest.raises(UnauthorizedError):
            KvClaims.read(kv_key, token, EARLIER)


@pytest.mark.parametrize("said", [None, [], [1] * 8, ["a"] * 8, {"depth": 0}], ids=repr)
def test_what_says_something_else_is_no_token(said: object) -> None:
    with pytest.raises(UnauthorizedError):
        ToolClaims.read(KEY, sign(KEY, said), EARLIER)  # type: ignore[arg-type]


@pytest.mark.parametrize("token", ["", ".", "a.b", "=", "é.é", "x" * 5_000], ids=ascii)
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(UnauthorizedError):
        ToolClaims.read(KEY, token, EARLIER)


def test_a_token_is_made_where_there_is_a_url_and_lives_as_long_as_the_execution() -> None:
    clock = SetClock(1_800_000_000_001)
    grant = ToolGrant("0" * 64, "f" * 32, 1, 1_900_000_000)
    beside = ToolGrants(SECRET, clock)
    remote = replace(beside, url="https://api.example.com")

    assert beside.granted(grant, ACCOUNT, "e" * 32, 1_000) == grant
    made = remote.granted(grant, ACCOUNT, "e" * 32, 1_000)
    assert replace(made, url="", token="") == grant
    claims = remote.read(made.token)
    assert (claims.account_id, claims.execution_id) == (ACCOUNT, "e" * 32)
    assert (claims.ends_at_ms, claims.valid_until) == (1_800_000_001_001, 1_800_000_007)
    assert claims.grant == grant

    clock.time_ms += 7_000
    with pytest.raises(UnauthorizedError):
        remote.read(made.token)
