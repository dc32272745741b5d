"""``isolambda admin audit``, on a machine and on a stack."""

import os
import pwd

import pytest

from tests.unit.cli.installations import Operated

USER = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture
def account_id(operated: Operated) -> str:
    made: str = operated.ask("accounts", "create", "Acme")["account_id"]
    operated.ask("accounts", "disable", made)
    return made


def test_what_an_operator_changes_says_the_user_of_the_system(
    operated: Operated, account_id: str
) -> None:
    found = operated.ask("audit", account_id)

    assert [entry["what"] for entry in found] == [
        "account.updated",
        "api_key.created",
        "account.created",
    ]
    assert [entry["who"] for entry in found] == [{"operator": USER}] * 3
    assert (found[0]["before"]["enabled"], found[0]["after"]["enabled"]) == (True, False)


def test_what_the_environment_says_of_a_user_counts_for_nothing(
    operated: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME", "SUDO_USER"):
        monkeypatch.setenv(name, "someone-else")
    account_id = operated.ask("accounts", "create", "Acme")["account_id"]

    assert operated.ask("audit", account_id)[0]["who"] == {"operator": USER}


def test_a_person_reads_a_line_of_each_change(operated: Operated, account_id: str) -> None:
    lines = operated.type("audit", account_id, "--number", "2").stdout.splitlines()

    fields = [line.split("\t")[1:] for line in lines]
    assert fields[0] == [USER, "-", "account.updated", account_id, "-"]
    assert len(fields) == 2


def test_entries_are_found_by_target_key_and_time(operated: Operated, account_id: str) -> None:
    found = operated.ask("audit", account_id, "--target", account_id)
    assert [entry["what"] for entry in found] == ["account.updated", "account.created"]
    assert operated.ask("audit", account_id, "--key", "0" * 32) == []
    assert operated.ask("audit", account_id, "--from", "2999-01-01") == []
    assert operated.ask("audit", account_id, "--to", "2001-01-01T00:00:00") == []
    assert len(operated.ask("audit", account_id, "--from", "2001-01-01")) == 3


def test_an_account_that_never_was_has_no_entries(operated: Operated) -> None:
    assert operated.ask("audit", "0" * 32) == []
