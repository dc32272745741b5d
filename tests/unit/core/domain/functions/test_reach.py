"""What a document says of hosts, secrets and namespaces; what it held before they had a meaning."""

import pytest

from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.functions.functions import Function, validated_function
from isolambda_core.domain.functions.versions import Version, frozen_keys
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import FUNCTION_NAMESPACES, FUNCTION_SECRETS, NET_PATTERNS

LEAST: Document = {"name": "hello", "function_js": "return 1"}
REACHING: Document = {
    **LEAST,
    "net": {"allow": ["api.example.com", "*.example.org:443"]},
    "secrets": ["STRIPE_KEY", "KEY_2"],
    "kv": ["orders", "carts-2"],
}


def violations(**document: JsonValue) -> list[Violation]:
    try:
        validated_function({**LEAST, **document})
    except InvalidDocumentError as error:
        return list(error.violations)
    return []


def spelled(key: str, names: JsonValue) -> JsonValue:
    """Return names in capitals where they are of secrets, which have no small letters."""
    if key != "secrets" or not isinstance(names, list):
        return names
    return [name.upper() if isinstance(name, str) else name for name in names]


def stored(**document: JsonValue) -> Function:
    """Return a function as a store has it, which may be of any age."""
    whole = {**LEAST, "enabled": True, "language_pack": "javascript", **document}
    return Function("a" * 32, "f" * 32, whole, 1, 10, 10)


def test_a_document_names_hosts_secrets_and_namespaces() -> None:
    function = stored(**validated_function(REACHING))

    assert function.net == ("api.example.com", "*.example.org:443")
    assert function.secret_names == ("STRIPE_KEY", "KEY_2")
    assert function.namespaces == ("orders", "carts-2")


def test_a_document_that_names_nothing_reaches_nothing() -> None:
    function = stored()

    assert (function.net, function.secret_names, function.namespaces) == ((), (), ())


@pytest.mark.parametrize(
    ("net", "path", "rule"),
    [
        ("x", ("net",), "type"),
        (True, ("net",), "type"),
        (None, ("net",), "type"),
        (["api.example.com"], ("net",), "type"),
        ({}, ("net", "allow"), "required"),
        ({"allow": "api.example.com"}, ("net", "allow"), "type"),
        ({"allow": [1]}, ("net", "allow", "0"), "type"),
        ({"allow": ["a.test"] * (NET_PATTERNS + 1)}, ("net", "allow"), "maxItems"),
        ({"allow": ["a" * 262]}, ("net", "allow", "0"), "maxLength"),
        ({"allow": ["a.test", "*"]}, ("net", "allow", "1"), "error"),
        ({"allow": ["https://a.test/"]}, ("net", "allow", "0"), "error"),
        ({"allow": [], "deny": []}, ("net", "deny"), "additionalProperties"),
    ],
)
def test_what_names_no_hosts_is_refused_where_it_stands(
    net: JsonValue, path: tuple[str, ...], rule: str
) -> None:
    assert [(found.path, found.rule) for found in violations(net=net)] == [(path, rule)]


def test_an_empty_list_is_no_network() -> None:
    assert violations(net={"allow": []}) == []
    assert stored(net={"allow": []}).net == ()


def test_as_many_patterns_as_may_be_are_allowed() -> None:
    assert violations(net={"allow": [f"a{number}.test" for number in range(NET_PATTERNS)]}) == []


@pytest.mark.parametrize("key", ["secrets", "kv"])
@pytest.mark.parametrize(
    ("names", "path", "rule"),
    [
        ("name", (), "type"),
        (None, (), "type"),
        ({}, (), "type"),
        ([1], ("0",), "type"),
        ([""], ("0",), "pattern"),
        (["a", "a b"], ("1",), "pattern"),
        (["a.b"], ("0",), "pattern"),
        (["0a"], ("0",), "pattern"),
        (["a\n"], ("0",), "pattern"),
        (["é"], ("0",), "pattern"),
        (["a" * 65], ("0",), "pattern"),
        (["a", "b", "a"], ("2",), "error"),
    ],
)
def test_what_is_no_list_of_names_is_refused_where_it_stands(
    key: str, names: JsonValue, path: tuple[str, ...], rule: str
) -> None:
    found = violations(**{key: spelled(key, names)})

    assert [(each.path, each.rule) for each in found] == [((key, *path), rule)]


@pytest.mark.parametrize(
    ("key", "most"), [("secrets", FUNCTION_SECRETS), ("kv", FUNCTION_NAMESPACES)]
)
def test_a_list_of_names_has_a_length(key: str, most: int) -> None:
    names: list[JsonValue] = [f"a{number}" for number in range(most + 1)]

    assert violations(**{key: spelled(key, names[:most])}) == []
    assert [found.rule for found in violations(**{key: spelled(key, names)})] == ["maxItems"]


@pytest.mark.parametrize(
    "held",
    ["x", 1, None, [], ["*"], {"allow": "*"}, {"allow": ["*"]}, {"allow": ["a.test"], "more": 1}],
    ids=str,
)
def test_what_a_custom_key_held_before_reaches_no_host(held: JsonValue) -> None:
    assert stored(net=held).net == ()


@pytest.mark.parametrize("held", ["x", 1, None, {}, [1], ["a b"], ["a", "a"], ["a"] * 99], ids=str)
def test_what_a_custom_key_held_before_names_nothing(held: JsonValue) -> None:
    function = stored(secrets=held, kv=held)

    assert (function.secret_names, function.namespaces) == ((), ())


def test_a_version_has_what_its_draft_named_and_no_more() -> None:
    draft = stored(**REACHING)
    version = Version(draft.account_id, draft.id, 1, "", frozen_keys(draft.document), 10)
    of_before = Version(draft.account_id, draft.id, 2, "", {"function_js": "return 2"}, 10)
    wider = stored(net={"allow": ["*.example.com"]}, secrets=["OTHER"], kv=["other"])

    assert version.of(wider).net == draft.net
    assert version.of(wider).secret_names == draft.secret_names
    assert version.of(wider).namespaces == draft.namespaces
    assert of_before.of(wider).net == ()
    assert of_before.of(wider).secret_names == of_before.of(wider).namespaces == ()
