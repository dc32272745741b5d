"""Spellings that try to reach a host which the document, an account or the installation forbids."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from isolambda_api.http.services import Services
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.errors import ForbiddenError
from isolambda_core.domain.errors import InvalidDocumentError
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.functions.functions import Function, validated_function
from isolambda_core.domain.functions.versions import Version, frozen_keys
from isolambda_core.domain.host_patterns import canonical_host, is_allowed
from isolambda_core.services.accounts.accounts import AccountService
from isolambda_core.services.executions.execution import ExecutionService
from isolambda_local.sqlite import SqliteStore, open_store
from tests.support.clocks import SetClock
from tests.support.fakes import ScriptedExecutor
from tests.support.samples import FUNCTION
from tests.support.services import services_on
from tests.support.sources import FakeEventSources

LEAST = {"name": "n", "function_js": "return 1"}
CEILING = ["*.example.com"]


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("*", "two labels"),  # every host
        ("*:443", "two labels"),
        ("*.", "labels"),
        ("*.com", "two labels"),  # every host of a registry
        ("*.com.", "two labels"),
        ("*.COM:443", "two labels"),
        ("**", "at the front"),
        ("*.*", "at the front"),
        ("*.*.com", "at the front"),
        ("*example.com", "at the front"),  # notexample.com
        ("example.*", "at the front"),
        ("*.169.254.169.254", "two labels"),
        ("*.254", "IPv4"),
        ("*.[::1]", "two labels"),
        ("example.com@evil.test", "host alone"),
        ("evil.test/@example.com", "host alone"),
        ("evil.test#.example.com", "host alone"),
        ("evil.test?.example.com", "host alone"),
        ("evil.test\\.example.com", "host alone"),
        ("http://169.254.169.254/latest", "host alone"),
        ("example.com:443:80", "brackets"),
        ("example.com:0", "port"),
        ("example.com:65979", "port"),  # 443, to who counts in 16 bits
        ("example.com:-1", "port"),
        ("example.com: 443", "port"),
        ("example.com\r\nevil.test", "labels"),
        ("example.com\x00.evil.test", "labels"),
        ("example.com,evil.test", "labels"),
        ("example.com evil.test", "labels"),
        ("127.1", "IPv4"),
        ("0177.0.0.1", "IPv4"),
        ("0x7f.0.0.1", "IPv4"),
        ("2852039166", "IPv4"),
        ("127.0.0.1.1", "IPv4"),
        ("::ffff:169.254.169.254", "brackets"),
        ("[::1%lo]", "brackets"),
        ("[::1]evil.test", "brackets"),
        ("exam\u00adple.com", "labels"),
        ("example\uff0ecom", "labels"),
        ("\u2466.example.com", "labels"),  # 7, to who normalizes it
        ("\u212aelvin.example.com", "labels"),  # kelvin, in lower case
    ],
    ids=ascii,
)
def test_a_pattern_that_is_wider_than_it_looks_is_refused(pattern: str, reason: str) -> None:
    with pytest.raises(InvalidDocumentError) as refused:
        validated_function({**LEAST, "net": {"allow": ["example.com", pattern]}})

    [violation] = refused.value.violations
    assert violation.path == ("net", "allow", "1")
    assert reason in str(violation.message)


@pytest.mark.parametrize(
    ("allow", "host", "port", "why"),
    [
        ([], "example.com", 443, "nothing is allowed"),
        (["example.com"], "api.example.com", 443, "below it"),
        (["*.example.com"], "example.com", 443, "not below it"),
        (["*.example.com"], "notexample.com", 443, "another name"),
        (["example.com"], "example.com.evil.test", 443, "below another name"),
        (["*.example.com"], "api.example.com.evil.test", 443, "below another name"),
        (["example.com"], "example.co", 443, "the start of it"),
        (["example.com"], "example-com.evil.test", 443, "another name"),
        (["example.com:443"], "example.com", 80, "another port"),
        (["example.com:443"], "example.com", 4430, "a port that begins so"),
        (["example.com:44"], "example.com", 443, "a port that begins so"),
        (["example.com"], "example.com@evil.test", 443, "a user"),
        (["example.com"], "evil.test@example.com", 443, "a user"),
        (["example.com"], "example.com:443", 443, "a port in the name"),
        (["example.com"], "example.com..", 443, "an empty label"),
        (["example.com"], "example.com%2eevil.test", 443, "an escape"),
        (["example.com"], "example.com\x00", 443, "a control character"),
        (["example.com"], "example.com ", 443, "a space"),
        (["münchen.example"], "munchen.example", 443, "another letter"),
        (["straße.example"], "strasse.example", 443, "a mapping of an older IDNA"),
        (["xn--mnchen-3ya.example"], "münchen.example", 443, "no host of a URL"),
        (["apple.example"], "\u0430pple.example", 443, "a Cyrillic letter"),
        (["kelvin.example"], "\u212aelvin.example", 443, "a letter that is k in lower case"),
        (["example.com"], "ex\uff41mple.com", 443, "a wide letter"),
        (["127.0.0.1"], "127.1", 80, "a short form"),
        (["127.0.0.1"], "2130706433", 80, "one number"),
        (["127.0.0.1"], "0x7f.0.0.1", 80, "hexadecimal"),
        (["127.0.0.1"], "[::ffff:127.0.0.1]", 80, "an address in an address"),
        (["[::ffff:127.0.0.1]"], "127.0.0.1", 80, "an address in an address"),
        (["10.0.0.1"], "10.0.0.10", 80, "an address that begins so"),
        (["10.0.0.1"], "110.0.0.1", 80, "an address that ends so"),
        (["*.example.com"], "127.0.0.1", 80, "an address"),
        (["[2001:db8::1]"], "[2001:db8::10]", 80, "an address that begins so"),
        (["[fe80::1]"], "[fe80::1%eth0]", 80, "a zone"),
    ],
    ids=ascii,
)
def test_another_host_that_looks_like_an_allowed_one_is_not(
    allow: list[str], host: str, port: int, why: str
) -> None:
    canonical = canonical_host(host)

    assert canonical is None or not is_allowed([allow], canonical, port), why


@pytest.mark.parametrize(
    "spelling", ["API.EXAMPLE.COM", "api.example.com.", "aPi.ExAmPlE.cOm."], ids=str
)
def test_a_spelling_of_an_allowed_host_is_that_host_and_below_its_ceiling(spelling: str) -> None:
    host = canonical_host(spelling)

    assert host == "api.example.com"
    assert is_allowed([[spelling], CEILING], host, 443)
    assert not is_allowed([[spelling], ["*.example.org"]], host, 443)


@pytest.mark.parametrize(
    ("allow", "ceilings", "host"),
    [
        (["evil.test", "api.example.com"], [CEILING], "evil.test"),
        (["*.evil.test"], [CEILING], "api.example.com"),
        (["example.com"], [CEILING], "example.com"),
        (["api.example.com"], [["api.example.com:443"]], "api.example.com"),
        (["*.example.com"], [["a.example.com"], ["b.example.com"]], "a.example.com"),
        (["*.example.com"], [["a.example.com"], ["b.example.com"]], "b.example.com"),
        (["api.example.com"], [CEILING, []], "api.example.com"),
        (["api.example.com"], [[]], "api.example.com"),
        (["192.0.2.7"], [CEILING], "192.0.2.7"),
        ([], [CEILING], "api.example.com"),
    ],
)
def test_lists_that_overlap_allow_what_is_in_all_of_them_alone(
    allow: list[str], ceilings: Sequence[list[str]], host: str
) -> None:
    assert not is_allowed([allow, *ceilings], host, 80)


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    with closing(open_store(None)) as opened:
        yield opened


@pytest.fixture
def services(store: SqliteStore) -> Services:
    unused = ScriptedExecutor()
    return services_on(store, SetClock(), unused, unused, FakeEventSources())


@pytest.fixture
def accounts(services: Services) -> AccountService:
    return services.accounts


@pytest.fixture
def executions(services: Services) -> ExecutionService:
    return services.invocations.executions


@pytest.fixture
def mallory(accounts: AccountService) -> Account:
    """An account that another one keeps to ``CEILING``."""
    top, _ = accounts.create_top("operator's")
    return accounts.create(top, {"name": "mallory", "net": {"allow": CEILING}})


def net_of(
    store: SqliteStore, executions: ExecutionService, account: Account, **document: Any
) -> Sequence[Sequence[str]]:
    """Return the lists that hold for a function of an account, with some document."""
    function = Function(account.id, FUNCTION, {**validated_function(LEAST), **document}, 1, 1, 1)
    store.functions.add(function)
    invocation = Invocation(account.id, FUNCTION, b"null")
    return executions.prepare(invocation, executions.resolve(invocation), "e" * 32).net


@pytest.mark.parametrize(
    "net",
    [{"allow": ["*.evil.test"]}, {"allow": ["*.example.com", "evil.test"]}, {"allow": []}, 1],
    ids=str,
)
def test_an_account_does_not_lift_its_own_ceiling(
    accounts: AccountService, mallory: Account, net: Any
) -> None:
    with pytest.raises((ForbiddenError, InvalidDocumentError)):
        accounts.patch(mallory.id, {"net": net}, by=mallory.id)
    with pytest.raises((ForbiddenError, InvalidDocumentError)):
        accounts.change(mallory.id, {"name": "n", "net": net}, by=mallory.id)
    accounts.patch(mallory.id, {"net": None}, by=mallory.id)
    accounts.change(mallory.id, {"name": "n"}, by=mallory.id)

    assert accounts.fetch(mallory.id).net == tuple(CEILING)


def test_an_account_below_with_a_wider_list_stays_below_the_ceiling(
    store: SqliteStore, accounts: AccountService, executions: ExecutionService, mallory: Account
) -> None:
    puppet = accounts.create(mallory, {"name": "puppet", "net": {"allow": ["evil.test"]}})

    net = net_of(store, executions, puppet, net={"allow": ["evil.test"]})

    assert not is_allowed(net, "evil.test", 443)


def test_a_ceiling_that_comes_later_holds_for_a_version_of_before(
    store: SqliteStore, accounts: AccountService, executions: ExecutionService, mallory: Account
) -> None:
    accounts.patch(mallory.id, {"net": None})
    before = net_of(store, executions, mallory, net={"allow": ["evil.test"]})
    draft = store.functions.get(mallory.id, FUNCTION)
    store.versions.add(Version(mallory.id, FUNCTION, 1, "", frozen_keys(draft.document), 1))
    assert is_allowed(before, "evil.test", 443)

    accounts.patch(mallory.id, {"net": {"allow": CEILING}})
    invocation = Invocation(mallory.id, FUNCTION, b"null", qualifier="1")
    after = executions.prepare(invocation, executions.resolve(invocation), "e" * 32).net

    assert not is_allowed(after, "evil.test", 443)


@pytest.mark.parametrize(
    "held",
    ["x", ["*"], {"allow": "evil.test"}, {"allow": ["*"]}, {"allow": [["evil.test"]]},
     {"allow": ["evil.test"], "deny": []}, {"allow": ["evil.test"] * 51}],
    ids=str,
)  # fmt: skip
def test_what_a_document_held_before_there_were_rules_reaches_nothing(
    store: SqliteStore, executions: ExecutionService, mallory: Account, held: Any
) -> None:
    assert not is_allowed(net_of(store, executions, mallory, net=held), "evil.test", 443)


def test_a_version_gets_no_host_that_its_draft_got_later(
    store: SqliteStore, executions: ExecutionService, mallory: Account
) -> None:
    net_of(store, executions, mallory)
    draft = store.functions.get(mallory.id, FUNCTION)
    store.versions.add(Version(mallory.id, FUNCTION, 1, "", frozen_keys(draft.document), 1))
    wider = {**draft.document, "net": {"allow": ["api.example.com"]}}
    store.functions.replace(replace(draft, document=wider, revision=2), draft)

    invocation = Invocation(mallory.id, FUNCTION, b"null", qualifier="1")

    assert executions.prepare(invocation, executions.resolve(invocation), "e" * 32).net == ()
