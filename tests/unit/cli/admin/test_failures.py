"""What goes wrong has a name, and is one line on stderr that says what and where."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from moto.core import set_initial_no_auth_action_count

from isolambda_local.data_directory import DATABASE_NAME
from isolambda_local.sqlite.migrations import SCHEMA_VERSION
from tests.unit.cli.installations import REGION, STACK, TABLE, Operated, isolambda

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

ON_STACK = ("accounts", "list", "--stack", STACK, "--region", REGION)


def failure_of(*words: str, where: str) -> str:
    """Return what a command that fails says of a place."""
    result = isolambda("admin", *words)
    assert (result.exit_code, result.stdout) == (1, "")
    start = f"isolambda: {where}: "
    assert result.stderr.startswith(start)
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix(start).rstrip("\n")


@pytest.mark.parametrize("folder", ["", "no/such/folder"])
def test_a_directory_without_a_database_is_left_as_it_is(tmp_path: Path, folder: str) -> None:
    where = str(tmp_path / folder)

    assert failure_of("accounts", "create", "Acme", "--data-dir", where, where=where) == (
        "nothing is kept here; `isolambda serve` makes it, --data-dir names another"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_database_of_a_newer_isolambda_is_not_touched(machine: Operated) -> None:
    where = machine.options[1]
    with closing(sqlite3.connect(Path(where) / DATABASE_NAME)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")

    message = failure_of("accounts", "list", *machine.options, where=where)

    assert message.startswith(f"the database has schema version {SCHEMA_VERSION + 1};")


def test_a_file_that_is_no_database_is_refused_as_such(tmp_path: Path) -> None:
    (tmp_path / DATABASE_NAME).write_text("x" * 4096)

    message = failure_of("accounts", "list", "--data-dir", str(tmp_path), where=str(tmp_path))

    assert message == "the store is not available: file is not a database"


def test_a_damaged_secret_makes_no_key(machine: Operated) -> None:
    where = machine.options[1]
    (Path(where) / "secret").write_text("damaged")

    message = failure_of("accounts", "create", "Acme", *machine.options, where=where)

    assert message == "the file secret is damaged; restore it from a backup"


@pytest.mark.usefixtures("aws")
def test_a_stack_that_is_not_there_is_missed_in_its_region() -> None:
    assert failure_of(*ON_STACK, where=STACK) == f"no such stack in {REGION}"


def test_a_stack_of_something_else_is_none_of_ours(formation: "CloudFormationClient") -> None:
    formation.create_stack(
        StackName=STACK, TemplateBody=json.dumps({"Resources": {"Table": TABLE}})
    )

    assert failure_of(*ON_STACK, where=STACK) == (
        "the stack has no output 'FunctionsTableName'; is it Isolambda's, and wholly deployed?"
    )


@pytest.mark.usefixtures("stack")
def test_without_credentials_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as environment:
        environment.delenv("AWS_ACCESS_KEY_ID")
        environment.delenv("AWS_SECRET_ACCESS_KEY")

        assert failure_of(*ON_STACK, where=STACK) == "Unable to locate credentials"


@pytest.mark.usefixtures("stack")
def test_without_a_region_nothing_is_asked() -> None:
    message = failure_of("accounts", "list", "--stack", STACK, where=STACK)

    assert message == "You must specify a region."


@pytest.mark.usefixtures("stack")
def test_a_profile_that_is_not_there_is_named() -> None:
    message = failure_of(*ON_STACK, "--profile", "nobody", where=STACK)

    assert message == "The config profile (nobody) could not be found"


@pytest.mark.parametrize(
    ("words", "allowed", "missing"),
    [
        (("accounts", "list"), [], "cloudformation:DescribeStacks"),
        (("accounts", "list"), ["cloudformation:DescribeStacks"], "dynamodb:Query"),
        (
            ("accounts", "create", "Acme"),
            ["cloudformation:DescribeStacks", "dynamodb:*"],
            "secretsmanager:GetSecretValue",
        ),
    ],
    ids=["stack", "table", "secret"],
)
def test_a_right_that_is_missing_is_named(
    stack: Operated,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    allowed: list[str],
    missing: str,
) -> None:
    act_as_user_with(allowed, monkeypatch)

    message = set_initial_no_auth_action_count(0)(failure_of)(*words, *stack.options, where=STACK)

    assert f"is not authorized to perform: {missing}" in message


@pytest.mark.parametrize("option", ["--region", "--profile"])
def test_what_goes_with_a_stack_alone_is_not_left_unused(machine: Operated, option: str) -> None:
    result = machine.type("accounts", "list", option, "x")

    assert result.exit_code == 2
    assert "go with --stack" in result.stderr


def act_as_user_with(actions: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    iam = boto3.client("iam", region_name=REGION)
    iam.create_user(UserName="operator")
    statement = {"Effect": "Allow", "Action": actions or ["sts:*"], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="operator", PolicyName="rights", PolicyDocument=document)
    key = iam.create_access_key(UserName="operator")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
