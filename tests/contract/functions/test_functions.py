"""The contract of ``FunctionRepository``, but for its pages and its races."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.functions.breakers import Breaker
from isolambda_core.domain.functions.errors import (
    FunctionExistsError,
    FunctionNotFoundError,
)
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.json_text import JsonValue, dump
from isolambda_core.domain.limits import DOCUMENT_BYTES, SOURCE_BYTES
from isolambda_core.ports.accounts import AccountRepository
from isolambda_core.ports.functions import FunctionRepository

Make = Callable[..., Function]

OTHER_ACCOUNT = "b" * 32
HARD_TEXTS = {
    "empty": "",
    "non-bmp": "return '\U0001f600\U0010ffff'",
    "lone surrogates": "return '\ud800 \udfff \udc00\ud800'",
    "nul": "return '\x00'",
    "line ends": "a\r\nb\rc\u2028d\u2029e\x85f",
    "byte order mark": "\ufeffreturn 1",
    "not normalised": "e\u0301 \u00e9 \u212b",
    "long and non-bmp": "\U0001f600" * 10_000,
    "long lone surrogates": "\udfff" * 10_000,
}
HARD_VALUES: dict[str, JsonValue] = {
    "null": None,
    "empty string": "",
    "empty list": [],
    "empty object": {},
    "true is not one": [True, 1, 1.0, False, 0, 0.0, -0.0],
    "floats": [0.1, 1e308, 5e-324, 2.2250738585072014e-308, 1 / 3, 1e16, 123456789.123456789],
    "big integers": [2**53 + 1, 2**63, -(2**63) - 1, 10**38 + 1, 2**1000],
    "nested": {"a": [{"b": [[[{"": {"c": None}}]]]}], "function_js": "not the source"},
    "empty and odd keys": {"": "", "\x00": 1, "\ud800": 2, "\U0001f600": 3, "a.b": 4, "$": 5},
    "words of the store": {"pk": "x", "sk": "y", "S": "z", "N": "1", "deleted": True},
    "text of every kind": list(HARD_TEXTS.values())[:7],
}


def test_what_was_added_comes_back_whole(functions: FunctionRepository, a_function: Make) -> None:
    function = replace(a_function(), revision=7, modified_at=1_800_000_000)

    functions.add(function)

    assert functions.get(function.account_id, function.id) == function


def test_the_keys_that_wrote_it_are_kept(functions: FunctionRepository, a_function: Make) -> None:
    created = replace(a_function(), created_by="1" * 32, modified_by="1" * 32)
    changed = created.changed(created.document, 5, by="2" * 32)
    by_platform = changed.with_breakers({}, 6)

    functions.add(created)
    assert functions.get(created.account_id, created.id) == created

    functions.replace(changed, replace(changed, revision=1))
    assert functions.get(created.account_id, created.id).modified_by == "2" * 32

    functions.replace(by_platform, replace(by_platform, revision=2))
    [found] = functions.iterate(created.account_id, at_once=10)
    assert (found.created_by, found.modified_by) == ("1" * 32, None)


def test_an_id_is_taken_once(functions: FunctionRepository, a_function: Make) -> None:
    functions.add(a_function())

    with pytest.raises(FunctionExistsError):
        functions.add(a_function(function_js="return 2"))

    assert functions.get(a_function().account_id, a_function().id) == a_function()


def test_adding_the_very_same_function_twice_is_refused_too(
    functions: FunctionRepository, a_function: Make
) -> None:
    functions.add(a_function())

    with pytest.raises(FunctionExistsError):
        functions.add(a_function())


def test_accounts_may_use_the_same_id(functions: FunctionRepository, a_function: Make) -> None:
    mine, theirs = a_function(), a_function(account_id=OTHER_ACCOUNT, function_js="return 2")

    functions.add(mine)
    functions.add(theirs)

    assert functions.get(mine.account_id, mine.id) == mine
    assert functions.get(theirs.account_id, theirs.id) == theirs


def test_an_id_that_was_never_used_is_not_found(functions: FunctionRepository) -> None:
    with pytest.raises(FunctionNotFoundError) as caught:
        functions.get("a" * 32, "f" * 32)

    assert caught.value.identifier == "f" * 32


def test_a_function_of_another_account_is_not_found(
    functions: FunctionRepository, a_function: Make
) -> None:
    functions.add(a_function())

    with pytest.raises(FunctionNotFoundError):
        functions.get(OTHER_ACCOUNT, a_function().id)


def test_the_next_revision_takes_the_place_of_the_last(
    functions: FunctionRepository, a_function: Make
) -> None:
    first = a_function()
    functions.add(first)
    second = first.changed({**first.document, "function_js": "return 2", "enabled": False}, 5)

    functions.replace(second, first)

    assert functions.get(first.account_id, first.id) == second


def test_a_key_that_left_the_document_leaves_the_store(
    functions: FunctionRepository, a_function: Make
) -> None:
    first = a_function(note="x")
    functions.add(first)

    functions.replace(first.changed(a_function().document, 5), first)

    assert "note" not in functions.get(first.account_id, first.id).document


@pytest.mark.parametrize("expected", [1, 3, 0, -2])
def test_a_lost_race_changes_nothing(
    functions: FunctionRepository, a_function: Make, expected: int
) -> None:
    first = a_function()
    functions.add(first)
    second = first.changed({**first.document, "function_js": "return 2"}, 5)
    functions.replace(second, first)

    with pytest.raises(RevisionConflictError):
        functions.replace(second.changed(first.document, 6), replace(second, revision=expected))

    assert functions.get(first.account_id, first.id) == second


def test_replacing_what_is_not_there_makes_nothing(
    functions: FunctionRepository, a_function: Make
) -> None:
    with pytest.raises(RevisionConflictError):
        functions.replace(a_function(), a_function())

    with pytest.raises(FunctionNotFoundError):
        functions.get(a_function().account_id, a_function().id)


def test_a_write_in_one_account_leaves_the_same_id_in_another_alone(
    functions: FunctionRepository, a_function: Make
) -> None:
    mine, theirs = a_function(), a_function(account_id=OTHER_ACCOUNT)
    functions.add(mine)
    functions.add(theirs)

    functions.replace(mine.changed({**mine.document, "function_js": "return 2"}, 5), mine)
    functions.remove(replace(mine, revision=2))

    assert functions.get(theirs.account_id, theirs.id) == theirs


def test_a_deleted_function_is_not_found(functions: FunctionRepository, a_function: Make) -> None:
    function = a_function()
    functions.add(function)

    functions.replace(function.removed(5), function)

    with pytest.raises(FunctionNotFoundError):
        functions.get(function.account_id, function.id)


def test_the_id_of_a_deleted_function_stays_taken(
    functions: FunctionRepository, a_function: Make
) -> None:
    function = a_function()
    functions.add(function)
    functions.replace(function.removed(5), function)

    with pytest.raises(FunctionExistsError):
        functions.add(function)


def test_a_deleted_function_cannot_be_written(
    functions: FunctionRepository, a_function: Make
) -> None:
    function = a_function()
    functions.add(function)
    deleted = function.removed(5)
    functions.replace(deleted, function)

    with pytest.raises(RevisionConflictError):
        functions.replace(replace(deleted, deleted=False, revision=3), deleted)
    with pytest.raises(RevisionConflictError):
        functions.remove(replace(function, revision=deleted.revision))
    with pytest.raises(FunctionNotFoundError):
        functions.get(function.account_id, function.id)


def test_what_is_removed_is_gone_and_its_id_free(
    functions: FunctionRepository, a_function: Make
) -> None:
    function = a_function()
    functions.add(function)

    functions.remove(function)

    with pytest.raises(FunctionNotFoundError):
        functions.get(function.account_id, function.id)
    functions.add(function)
    assert functions.get(function.account_id, function.id) == function


def test_removing_one_function_leaves_the_others(
    functions: FunctionRepository, a_function: Make
) -> None:
    for number in (1, 2, 3):
        functions.add(a_function(number))

    functions.remove(a_function(2))

    rest = functions.iterate(a_function().account_id, descending=False, at_once=10)
    assert list(rest) == [a_function(1), a_function(3)]


@pytest.mark.parametrize("count", [0, 1, 25, 26, 101])
def test_removing_all_leaves_nothing_of_an_account(
    functions: FunctionRepository, a_function: Make, count: int
) -> None:
    added = [a_function(number) for number in range(count)]
    for function in added:
        functions.add(function)
    for function in added[::3]:
        functions.replace(function.removed(5), function)

    functions.remove_all(a_function().account_id)

    assert list(functions.iterate(a_function().account_id, at_once=10)) == []
    for function in added:  # not even the deleted ones keep their ids
        functions.add(function)


def test_the_ids_of_an_account_are_those_of_all_its_functions_deleted_ones_included(
    functions: FunctionRepository, a_function: Make
) -> None:
    for number in (3, 1, 2):
        functions.add(a_function(number))
    functions.add(a_function(4, account_id=OTHER_ACCOUNT))
    functions.replace(a_function(2).removed(5), a_function(2))

    ids = functions.ids(a_function().account_id)

    assert ids == [a_function(number).id for number in (1, 2, 3)]


def test_removing_all_leaves_what_is_not_a_function_of_the_account(
    functions: FunctionRepository, accounts: AccountRepository, a_function: Make
) -> None:
    account = Account(a_function().account_id, {"name": "mine", "enabled": True}, 1, 1)
    others = a_function(account_id=OTHER_ACCOUNT)
    accounts.add(account)
    functions.add(a_function())
    functions.add(others)

    functions.remove_all(account.id)

    assert accounts.get(account.id) == account
    assert functions.get(OTHER_ACCOUNT, others.id) == others


@pytest.mark.parametrize("reason", ["6 failures within 60 s", "", "\ud800"])
@pytest.mark.parametrize("version", ["$LATEST", "1", "9999999999"])
def test_what_the_platform_disabled_is_kept_until_it_is_enabled(
    functions: FunctionRepository, a_function: Make, reason: str, version: str
) -> None:
    functions.add(a_function())
    breakers = {version: Breaker.opened(reason, 2**40), "7": Breaker(reason, 0, 2**31)}
    disabled = a_function().with_breakers(breakers, 5)
    enabled = disabled.with_breakers({}, 6)

    functions.replace(disabled, replace(disabled, revision=1))
    assert functions.get(disabled.account_id, disabled.id) == disabled

    functions.replace(enabled, replace(enabled, revision=2))
    assert functions.get(enabled.account_id, enabled.id) == enabled


@pytest.mark.parametrize("expected", [1, 3])
def test_removing_at_another_revision_removes_nothing(
    functions: FunctionRepository, a_function: Make, expected: int
) -> None:
    function = replace(a_function(), revision=2)
    functions.add(function)

    with pytest.raises(RevisionConflictError):
        functions.remove(replace(function, revision=expected))

    assert functions.get(function.account_id, function.id) == function


def test_removing_what_is_not_there_is_a_lost_race(
    functions: FunctionRepository, a_function: Make
) -> None:
    functions.add(a_function())

    with pytest.raises(RevisionConflictError):
        functions.remove(replace(a_function(), account_id=OTHER_ACCOUNT))
    with pytest.raises(RevisionConflictError):
        functions.remove(a_function(2))


@pytest.mark.parametrize("text", HARD_TEXTS.values(), ids=HARD_TEXTS.keys())
def test_any_text_survives_as_source(
    functions: FunctionRepository, a_function: Make, text: str
) -> None:
    functions.add(a_function(function_js=text))

    assert functions.get(a_function().account_id, a_function().id).source == text


@pytest.mark.parametrize("text", HARD_TEXTS.values(), ids=HARD_TEXTS.keys())
def test_any_text_survives_as_a_custom_key(
    functions: FunctionRepository, a_function: Make, text: str
) -> None:
    functions.add(a_function(**{text: "x"}))

    assert functions.get(a_function().account_id, a_function().id).document[text] == "x"


@pytest.mark.parametrize("value", HARD_VALUES.values(), ids=HARD_VALUES.keys())
def test_custom_values_come_back_exactly(
    functions: FunctionRepository, a_function: Make, value: JsonValue
) -> None:
    functions.add(a_function(custom=value))

    stored = functions.get(a_function().account_id, a_function().id).document["custom"]
    assert dump(stored) == dump(value)  # as text, since True == 1 == 1.0 and 0.0 == -0.0


def test_the_etag_is_the_same_before_and_after_the_store(
    functions: FunctionRepository, a_function: Make
) -> None:
    function = a_function(custom={"b": 1, "a": [0.1, "\ud800"]})
    functions.add(function)

    assert functions.get(function.account_id, function.id).etag == function.etag


def test_the_largest_function_fits(functions: FunctionRepository, a_function: Make) -> None:
    noise = random.Random(7)  # noqa: S311 - the same noise in every test run
    source = "".join(noise.choices([chr(code) for code in range(0x80, 0x800)], k=SOURCE_BYTES // 2))
    custom = "".join(noise.choices("0123456789abcdef", k=DOCUMENT_BYTES - 200))
    largest = a_function(function_js=source, custom=custom)

    functions.add(largest)
    functions.replace(largest.changed(largest.document, 5), largest)

    assert functions.get(largest.account_id, largest.id).document == largest.document


@pytest.mark.parametrize("text", HARD_TEXTS)
def test_modules_come_back_with_their_files_and_what_they_are_compiled_to(
    functions: FunctionRepository, a_function: Make, text: str
) -> None:
    files = {"lib/a.ts": HARD_TEXTS[text], "data.json": "{}"}
    function = replace(a_function(files=files), compiled=dump({"files": [HARD_TEXTS[text]]}))

    functions.add(function)

    assert functions.get(function.account_id, function.id) == function
    assert list(functions.iterate(function.account_id, at_once=10)) == [function]


def test_modules_become_a_body_and_a_body_modules(
    functions: FunctionRepository, a_function: Make
) -> None:
    body = a_function()
    modules = replace(a_function(files={"a.js": "export {}"}), compiled="{}", revision=2)
    functions.add(body)

    functions.replace(modules, replace(modules, revision=1))
    assert functions.get(body.account_id, body.id) == modules

    functions.replace(replace(body, revision=3), replace(body, revision=2))
    assert functions.get(body.account_id, body.id) == replace(body, revision=3)


def test_files_that_mean_nothing_yet_are_a_custom_key(
    functions: FunctionRepository, a_function: Make
) -> None:
    function = a_function(files=[1, {"a": None}])

    functions.add(function)

    assert functions.get(function.account_id, function.id) == function


@pytest.mark.parametrize("gone", ["changed", "removed"])
def test_a_source_of_any_length_follows_a_shorter_and_a_longer_one(
    functions: FunctionRepository, a_function: Make, gone: str
) -> None:
    noise = random.Random(0)  # noqa: S311 - no secret
    longest = [noise.randbytes(SOURCE_BYTES // 2).hex() for _ in range(2)]
    sources = ["return 1", longest[0], longest[1], "return 2", longest[0]]
    written = a_function()
    functions.add(written)

    for revision, source in enumerate(sources, 2):
        written = replace(a_function(function_js=source), compiled=source, revision=revision)
        functions.replace(written, replace(written, revision=revision - 1))
        assert functions.get(written.account_id, written.id) == written
        assert list(functions.iterate(written.account_id, at_once=10)) == [written]
        with pytest.raises(RevisionConflictError):
            functions.replace(written, replace(written, revision=revision - 1))
        assert functions.get(written.account_id, written.id) == written

    if gone == "changed":
        deleted = replace(written, revision=written.revision + 1, deleted=True)
        functions.replace(deleted, written)
    else:
        functions.remove(written)
    with pytest.raises(FunctionNotFoundError):
        functions.get(written.account_id, written.id)


@pytest.mark.parametrize("net", [{"allow": ["api.example.com", "*.münchen.example:443"]}, "x"])
def test_what_a_document_names_to_be_reached_comes_back_and_what_it_held_before(
    functions: FunctionRepository, a_function: Make, net: JsonValue
) -> None:
    reaching = a_function(net=net, secrets=["STRIPE_KEY"], kv=["orders"])

    functions.add(reaching)

    found = functions.get(reaching.account_id, reaching.id)
    assert found == reaching
    assert found.net == (() if net == "x" else ("api.example.com", "*.münchen.example:443"))
    assert (found.secret_names, found.namespaces) == (("STRIPE_KEY",), ("orders",))


def test_the_tools_of_an_account_come_in_the_order_of_their_ids_and_without_a_source(
    functions: FunctionRepository, a_function: Make
) -> None:
    tool = {"description": "Says “tool”."}
    breakers = {"$LATEST": Breaker("kept failing", 30)}
    first, second, removed = (a_function(number, tool=tool) for number in (3, 1, 4))
    first = replace(first, breakers=breakers)
    for function in (
        first,
        second,
        removed,
        a_function(2, text='{"tool": 1}', nested={"tool": tool}),
        a_function(5, account_id=OTHER_ACCOUNT, tool=tool),
    ):
        functions.add(function)
    functions.replace(removed.removed(5), removed)

    found = functions.tools(first.account_id)

    assert [(each.id, each.breakers) for each in found] == [(second.id, {}), (first.id, breakers)]
    whole = {key: value for key, value in second.document.items() if key != "function_js"}
    assert found[0].document == whole
