"""What an execution may reach says nothing of its secrets in any text, and compares as a value."""

from dataclasses import asdict, replace

import pytest

from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.executions.reach import GrantedSecret, KvGrant, ToolGrant

VALUE = "sk_live_51Hqs"
TOKEN = "tok.en.of.a.grant"  # noqa: S105 - the secret of this test
SECRET = GrantedSecret("STRIPE_KEY", "iso_secret_" + "0" * 32, VALUE, ("api.stripe.com",))
GRANT = KvGrant(("orders", "carts"), "https://api.test/kv", TOKEN)
TOOLS = ToolGrant("0" * 64, "e" * 32, 1, 1_800_000_000, 0, "https://api.test", TOKEN)
REQUEST = ExecutionRequest(
    "e" * 32, "a" * 32, "f" * 32, "1", "", b"{}", secrets=(SECRET,), kv=GRANT, tools=TOOLS
)


@pytest.mark.parametrize(
    "thing", [SECRET, GRANT, TOOLS, REQUEST, [SECRET], {"kv": GRANT}], ids=type
)
def test_no_text_of_what_may_be_reached_has_a_secret(thing: object) -> None:
    texts = (repr(thing), str(thing), f"{thing}", f"{thing!a}")

    assert all(VALUE not in text and TOKEN not in text for text in texts)


def test_a_text_still_says_which_secret_and_which_namespaces() -> None:
    assert "STRIPE_KEY" in repr(SECRET)
    assert "orders" in repr(GRANT)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "OTHER"},
        {"placeholder": "iso_secret_" + "1" * 32},
        {"value": "sk_live_51Hqt"},
        {"value": "\ud800"},
        {"hosts": ()},
        {"sign": True},
    ],
    ids=str,
)
def test_secrets_are_the_same_where_all_is_the_same(changes: dict[str, object]) -> None:
    assert replace(SECRET) == SECRET
    assert replace(SECRET, **changes) != SECRET  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes", [{"namespaces": ("orders",)}, {"url": ""}, {"token": "tok.en"}], ids=str
)
def test_grants_are_the_same_where_all_is_the_same(changes: dict[str, object]) -> None:
    assert replace(GRANT) == GRANT
    assert replace(GRANT, **changes) != GRANT  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"key_sha256": "1" * 64},
        {"root_id": "d" * 32},
        {"depth": 2},
        {"expires_at": None},
        {"url": ""},
        {"token": "tok.en"},
    ],
    ids=str,
)
def test_grants_of_tools_are_the_same_where_all_is_the_same(changes: dict[str, object]) -> None:
    assert replace(TOOLS) == TOOLS
    assert replace(TOOLS, **changes) != TOOLS  # type: ignore[arg-type]


def test_a_hash_says_nothing_of_a_secret() -> None:
    assert hash(replace(SECRET, value="another")) == hash(SECRET)
    assert hash(replace(GRANT, token="another")) == hash(GRANT)  # noqa: S106
    assert hash(replace(TOOLS, token="another")) == hash(TOOLS)  # noqa: S106


def test_nothing_else_is_the_same() -> None:
    assert asdict(SECRET) != SECRET
    assert asdict(GRANT) != GRANT
    assert asdict(TOOLS) != TOOLS
