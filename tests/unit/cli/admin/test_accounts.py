"""``isolambda admin accounts``, on a machine and on a stack."""

from typing import Any

import pytest

from isolambda_core.domain.accounts.accounts import Account
from tests.unit.cli.installations import Operated


def test_a_new_account_is_opened_by_the_key_that_is_printed(operated: Operated) -> None:
    made = operated.ask("accounts", "create", "Acme")

    assert made.keys() == {"account_id", "api_key"}
    assert operated.opens(made["api_key"]) == made["account_id"]
    account = operated.accounts.fetch(made["account_id"])
    assert (account.name, account.enabled, account.ancestor_ids) == ("Acme", True, ())


def test_the_id_and_the_key_are_printed_once_and_nowhere_else(
    operated: Operated, caplog: pytest.LogCaptureFixture
) -> None:
    result = operated.type("accounts", "create", "Acme")

    [(_, account_id), (_, api_key)] = [line.split() for line in result.stdout.splitlines()]
    assert operated.opens(api_key) == account_id
    assert (result.exit_code, result.stderr) == (0, "")
    assert api_key not in caplog.text
    assert api_key not in operated.type("accounts", "list", "--json").stdout


def test_the_accounts_at_the_top_are_listed_and_those_below_when_asked(operated: Operated) -> None:
    assert operated.ask("accounts", "list") == []
    top = operated.ask("accounts", "create", "top")["account_id"]
    below = operated.accounts.create(operated.accounts.fetch(top), {"name": "below"}).id
    other = operated.ask("accounts", "create", "other")["account_id"]

    assert {row["account_id"] for row in operated.ask("accounts", "list")} == {top, other}
    assert [row["name"] for row in operated.ask("accounts", "list", "--below", top)] == ["below"]
    assert operated.ask("accounts", "list", "--below", below) == []


def test_accounts_are_listed_with_the_oldest_first_however_many_pages_they_take(
    machine: Operated,
) -> None:
    made = [
        Account(f"{index * 7919 % 1009:032x}", {"name": str(index), "enabled": True}, index, index)
        for index in range(1002)
    ]
    for account in made:
        machine.store.accounts.add(account)

    listed = machine.ask("accounts", "list")

    assert [row["account_id"] for row in listed] == [account.id for account in made]
    assert listed[1]["created"] == "1970-01-01T00:00:01Z"


def test_a_list_that_is_not_read_by_a_person_is_one_line_of_fields_for_each(
    operated: Operated,
) -> None:
    made = operated.ask("accounts", "create", "Ülo & Sons")["account_id"]

    [line] = operated.type("accounts", "list").stdout.splitlines()

    assert line.split("\t")[:3] == [made, "Ülo & Sons", "yes"]


def test_a_name_can_neither_end_a_line_nor_command_a_terminal(operated: Operated) -> None:
    operated.accounts.create_top("a\n\x1b]0;b\x07\t\u202e\ud800")

    [line] = operated.type("accounts", "list").stdout.splitlines()

    assert line.split("\t")[1] == r"'a\n\x1b]0;b\x07\t\u202e\ud800'"


def test_an_account_is_disabled_and_enabled_again_and_keeps_the_rest(operated: Operated) -> None:
    account, _ = operated.accounts.create_top("Acme")
    operated.accounts.patch(account.id, {"custom": 1})

    disabled = operated.ask("accounts", "disable", account.id)

    assert (disabled["account_id"], disabled["enabled"]) == (account.id, False)
    document = operated.accounts.fetch(account.id).document
    assert document == {"name": "Acme", "enabled": False, "custom": 1}
    assert operated.ask("accounts", "enable", account.id)["enabled"] is True
    assert operated.accounts.fetch(account.id).enabled


@pytest.mark.parametrize(
    "words",
    [("accounts", "disable"), ("accounts", "enable"), ("accounts", "list", "--below")],
    ids=" ".join,
)
def test_an_unknown_account_is_one_line_on_stderr(
    operated: Operated, words: tuple[str, ...]
) -> None:
    result = operated.type(*words, "f" * 32)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith(f": no account {'f' * 32!r}\n")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(("name", "why"), [("", "minLength 1"), ("x" * 129, "maxLength 128")])
def test_a_name_that_breaks_a_rule_makes_no_account(
    operated: Operated, name: str, why: str
) -> None:
    result = operated.type("accounts", "create", name)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith(f": name: {why}\n")
    assert operated.ask("accounts", "list") == []


def test_a_person_gets_a_table_with_whole_ids_and_with_names_as_they_are(
    operated: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, _ = operated.accounts.create_top("[red]Acme[/red] :smile:")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("COLUMNS", "120")

    header, line = operated.type("accounts", "list").stdout.splitlines()

    assert [word for word in ("account_id", "name", "enabled", "created") if word in header]
    assert line.split()[:4] == [account.id, "[red]Acme[/red]", ":smile:", "yes"]


def test_the_hosts_of_an_account_are_limited_and_let_go_again(operated: Operated) -> None:
    account, _ = operated.accounts.create_top("Acme")
    hosts = ("--allow", "api.example.com", "--allow", "*.example.org:443")

    def limit(*hosts: str) -> Any:
        return operated.ask("accounts", "net", account.id, *hosts)["allow"]

    assert limit(*hosts) == ["api.example.com", "*.example.org:443"]
    assert operated.accounts.fetch(account.id).net == ("api.example.com", "*.example.org:443")
    assert limit("--allow", "none") == ["none"]
    assert operated.accounts.fetch(account.id).net == ()
    assert limit("--allow", "any") == ["any"]
    assert operated.accounts.fetch(account.id).net is None


def test_hosts_of_an_account_are_shown_and_stay(operated: Operated) -> None:
    account, _ = operated.accounts.create_top("Acme")
    operated.accounts.patch(account.id, {"net": {"allow": ["api.example.com"]}})

    shown = operated.type("accounts", "net", account.id).stdout.splitlines()

    assert shown == [f"account_id  {account.id}", "allow       api.example.com"]
    assert operated.accounts.fetch(account.id).net == ("api.example.com",)


@pytest.mark.parametrize("word", ["none", "any"])
def test_a_word_for_all_hosts_is_none_beside_one(operated: Operated, word: str) -> None:
    account, _ = operated.accounts.create_top("Acme")

    result = operated.type("accounts", "net", account.id, "--allow", word, "--allow", "a.example")

    assert result.exit_code == 2
    assert f"`{word}` stands alone, without other hosts" in result.stderr
    assert operated.accounts.fetch(account.id).net is None


def test_the_usage_of_an_account_is_a_line_for_each_quota(operated: Operated) -> None:
    account, _ = operated.accounts.create_top("Acme")
    operated.accounts.create(account, {"name": "below"})

    rows = operated.ask("accounts", "usage", account.id)
    lines = operated.type("accounts", "usage", account.id).stdout.splitlines()

    assert {"quota": "accounts", "used": 1, "limit": 100} in rows
    assert "accounts\t1\t100" in lines
    assert len(rows) == len(lines) == 11


def test_an_operator_gives_an_account_less_and_takes_that_back(operated: Operated) -> None:
    account, _ = operated.accounts.create_top("Acme")

    rows = operated.ask("accounts", "limit", account.id, "functions", "5")
    refused = operated.type("accounts", "limit", account.id, "functions", "1001")

    assert {"quota": "functions", "used": 0, "limit": 5} in rows
    assert refused.exit_code == 1
    rows = operated.ask("accounts", "limit", account.id, "functions")
    assert {"quota": "functions", "used": 0, "limit": 1_000} in rows


def test_a_budget_is_set_by_parts_and_shown_with_what_is_used(operated: Operated) -> None:
    account, _ = operated.accounts.create_top("Acme")

    def change(*words: str) -> Any:
        options = [option for word in words for option in ("--set", word)]
        return operated.ask("accounts", "budget", account.id, *options)

    change("executions.day=1000", "cpu_ms.month=5000")
    shown = change("executions.day=none", "stored_bytes.most=9")

    assert [(row["budget"], row["value"], row["used"]) for row in shown] == [
        ("cpu_ms.month", 5_000, 0),
        ("stored_bytes.most", 9, 0),
    ]
    operated.ask("accounts", "budget", account.id, "--callback", "https://example.com/budget")
    assert operated.accounts.fetch(account.id).document["budget_callback"] == (
        "https://example.com/budget"
    )
    operated.ask("accounts", "budget", account.id, "--callback", "none")
    assert "budget_callback" not in operated.accounts.fetch(account.id).document


def test_a_budget_that_there_is_not_is_refused_with_those_that_there_are(
    operated: Operated,
) -> None:
    account, _ = operated.accounts.create_top("Acme")

    refused = operated.type("accounts", "budget", account.id, "--set", "executions.week=1")

    assert "there is no `executions.week`, but executions.day, executions.month" in refused.stderr


@pytest.mark.parametrize("word", ["executions=1", "executions.day=-1", "executions.week=1", "x"])
def test_what_is_no_part_of_a_budget_changes_nothing(operated: Operated, word: str) -> None:
    account, _ = operated.accounts.create_top("Acme")

    assert operated.type("accounts", "budget", account.id, "--set", word).exit_code != 0
    assert operated.accounts.fetch(account.id).budget is None


def test_an_operator_gives_an_account_hosts_shows_them_and_takes_them_away(
    operated: Operated,
) -> None:
    account = operated.ask("accounts", "create", "Acme")["account_id"]

    def allowed(*words: str) -> Any:
        return operated.ask("accounts", "hosts", account, *words)["allow"]

    both = ["*.acme.example.com", "shop.example.com"]
    assert allowed() == ["none"]
    assert allowed("--allow", both[0], "--allow", both[1]) == both
    assert operated.accounts.fetch(account).http_hosts == tuple(both)
    assert allowed() == both
    assert allowed("--allow", "none") == ["none"]
    assert "http_hosts" not in operated.accounts.fetch(account).document
