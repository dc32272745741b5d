"""What is typed wrong is one line on stderr and exit code 2, for every command and option."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from isolambda_cli.lazy import LazyCommand
from isolambda_cli.main import app
from isolambda_core.domain.limits import BODY_BYTES
from tests.unit.cli.installations import Operated, isolambda

ID = "a" * 32
COMMANDS = {
    "serve": (),
    "admin accounts create": ("Acme",),
    "admin accounts list": (),
    "admin accounts disable": (ID,),
    "admin accounts enable": (ID,),
    "admin accounts usage": (ID,),
    "admin accounts limit": (ID, "functions", "5"),
    "admin accounts net": (ID,),
    "admin accounts hosts": (ID,),
    "admin accounts budget": (ID,),
    "admin keys create": (ID,),
    "admin keys list": (ID,),
    "admin keys rotate": (ID,),
    "admin keys revoke": (ID, ID),
    "admin secrets put": (ID, "KEY"),
    "admin secrets list": (ID,),
    "admin secrets remove": (ID, "KEY"),
    "admin kv get": (ID, "orders", "17"),
    "admin kv put": (ID, "orders", "17", "1"),
    "admin kv delete": (ID, "orders", "17"),
    "admin kv list": (ID, "orders"),
    "admin audit": (ID,),
    "admin events send": ("--file", "event.json"),
    "admin dead-letters list": (),
    "admin dead-letters redrive": ("--all",),
    "admin export": ("exported",),
    "admin import": ("exported", "--dry-run"),
}
"""Each command with words that it takes."""
ON_INSTALLATIONS = [name for name in COMMANDS if name != "serve"]
NONSENSE: dict[tuple[str, str], tuple[str, ...]] = {
    ("serve", "--port"): ("abc", "-1", "65536", "99999", "1.5", ""),
    ("serve", "--workers"): ("many", "0", "65", "-1"),
    ("serve", "--tenant-executions"): ("half", "0", "65", "-1"),
    ("serve", "--processes"): ("two", "0", "17", "-1"),
    ("serve", "--bucket-tokens"): ("x", "-1", "1000001"),
    ("serve", "--bucket-per-second"): ("x", "0", "10001"),
    ("serve", "--function-hosts"): ("*", "https://example.com", "*.com", "127.1", "A.b", ""),
    ("serve", "--net-allow"): ("*", "https://example.com", "*.com", "127.1", ""),
    ("serve", "--metrics-port"): ("abc", "-1", "65536", ""),
    ("serve", "--log-format"): ("xml", "JSON", ""),
    ("serve", "--log-level"): ("loud", "20", ""),
    ("serve", "--trusted-proxies"): ("here", "10.0.0.0/33", "127.1", ""),
    ("serve", "--otlp-endpoint"): ("here", "http://", "ftp://a", "http://a/?b"),
    ("serve", "--public-url"): ("here", "https://", "https://a@b", "https://a/?b", "ftp://a", ""),
    ("serve", "--audit-days"): ("long", "0", "3651", "1.5"),
    ("admin audit", "--from"): ("yesterday", "2030-02-30", ""),
    ("admin audit", "--to"): ("tomorrow", "2030-01-31 25:00", ""),
    ("admin audit", "--number"): ("all", "0", "-1"),
    ("admin accounts net", "--allow"): ("*", "https://example.com", "*.com", "127.1", ""),
    ("admin accounts hosts", "--allow"): ("*", "https://a.example.com", "*.com", "a.b:1", ""),
    ("admin accounts budget", "--set"): ("executions=1", "executions.day=-1", "x=1", "", "1.5"),
    ("admin kv put", "--ttl"): ("soon", "1.5", ""),
    ("admin secrets put", "--hosts"): ("*", "https://example.com", "*.com", "127.1", ""),
    ("admin secrets put", "--overlap-s"): ("long", "-1", "86401", "1.5", ""),
    ("admin keys create", "--scope"): ("everything", "", "MANAGE"),
    ("admin keys create", "--expires"): ("tomorrow", "", "2030-02-30", "2030-01-31 12:00"),
}
ANY_TEXT = {
    *("--host", "--data-dir", "--stack", "--region", "--profile", "--below", "--function"),
    *("--execution", "--file", "--trigger", "--account", "--prefix", "--after", "--name"),
    "--metrics-token-file",
    "--with-secrets",
    "--callback",
    "--config",
    *("--target", "--key"),
}
"""What these name is looked for, and missed by name, with exit code 1; what breaks a rule too."""


def complaint(*words: str) -> str:
    """Return the message about words that are typed wrong."""
    result = isolambda(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("isolambda: ")
    assert result.stderr.endswith("\n")
    assert result.stderr.count("\n") == 1
    return result.stderr.rstrip("\n")


def leaves(group: Any, *names: str) -> Iterator[tuple[str, Any]]:
    for name, entry in group.commands.items():
        command = entry.load() if isinstance(entry, LazyCommand) else entry
        if hasattr(command, "commands"):
            yield from leaves(command, *names, name)
        else:
            yield " ".join((*names, name)), command


def test_every_command_and_every_option_is_tried_here() -> None:
    named: Any = typer.main.get_command(app)
    commands = {"serve": named.commands["serve"].load()}
    commands |= leaves(named.commands["admin"].load(), "admin")
    taking_a_value = {
        (name, option)
        for name, command in commands.items()
        for parameter in command.params
        if parameter.param_type_name == "option" and not parameter.is_flag
        for option in parameter.opts
    }

    assert commands.keys() == COMMANDS.keys()
    assert {each for each in taking_a_value if each[1] not in ANY_TEXT} == NONSENSE.keys()


@pytest.mark.parametrize(
    ("name", "option", "value"),
    [(*where, value) for where, values in NONSENSE.items() for value in values],
)
def test_a_value_that_an_option_cannot_have_is_refused(name: str, option: str, value: str) -> None:
    message = complaint(*name.split(), *COMMANDS[name], option, value)

    assert f"'{option}'" in message
    assert message.endswith(f"; see isolambda {name} --help")


@pytest.mark.parametrize("name", COMMANDS)
def test_an_option_that_there_is_not_is_refused(name: str) -> None:
    assert "No such option: --nonsense" in complaint(*name.split(), *COMMANDS[name], "--nonsense")


@pytest.mark.parametrize("name", COMMANDS)
def test_an_option_without_its_value_is_refused(name: str) -> None:
    assert "'--data-dir' requires an argument" in complaint(
        *name.split(), *COMMANDS[name], "--data-dir"
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_a_word_too_many_is_refused(name: str) -> None:
    assert "unexpected extra argument" in complaint(*name.split(), *COMMANDS[name], "nonsense")


@pytest.mark.parametrize("name", [name for name, words in COMMANDS.items() if set(words) == {ID}])
def test_an_id_that_is_missing_is_missed_by_name(name: str) -> None:
    words = COMMANDS[name][:-1]
    missed = "key_id" if words else "account_id"

    assert f"missing argument '{missed}'" in complaint(*name.split(), *words).lower()


def test_a_name_a_quota_and_a_file_that_are_missing_are_missed_as_well() -> None:
    assert "missing argument 'name'" in complaint("admin", "accounts", "create").lower()
    assert "missing argument 'account_id'" in complaint("admin", "accounts", "limit").lower()
    assert "missing argument 'quota'" in complaint("admin", "accounts", "limit", ID).lower()
    assert "Missing option '--file'" in complaint("admin", "events", "send")


@pytest.mark.parametrize(
    ("quota", "limit"), [("nonsense", "5"), ("FUNCTIONS", "5"), ("functions", "five"), ("", "5")]
)
def test_a_quota_or_a_limit_that_is_none_is_refused(quota: str, limit: str) -> None:
    assert "invalid value" in complaint("admin", "accounts", "limit", ID, quota, limit).lower()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_flag_takes_no_value(name: str) -> None:
    flag = "--private-callbacks" if name == "serve" else "--json"

    assert f"'{flag}'" in complaint(*name.split(), *COMMANDS[name], f"{flag}=yes")


@pytest.mark.parametrize("option", ["--region", "--profile"])
@pytest.mark.parametrize("name", ON_INSTALLATIONS)
def test_a_region_and_a_profile_are_those_of_a_stack(name: str, option: str) -> None:
    message = complaint(*name.split(), *COMMANDS[name], option, "nonsense")

    assert "--region and --profile go with --stack" in message


@pytest.mark.parametrize(
    "words", [("admin", "nonsense"), ("admin", "accounts", "nonsense"), ("admin", "keys", "lst")]
)
def test_a_command_that_there_is_not_is_refused(words: tuple[str, ...]) -> None:
    assert f"No such command '{words[-1]}'" in complaint(*words)


@pytest.mark.parametrize("words", [("admin", "--nonsense"), ("admin", "accounts", "--nonsense")])
def test_an_option_before_the_command_is_refused(words: tuple[str, ...]) -> None:
    assert "No such option: --nonsense" in complaint(*words)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_word_that_is_not_utf_8_is_refused(name: str) -> None:
    # As Python hands over the bytes 61 FF 62.
    assert complaint(*name.split(), *COMMANDS[name], "a\udcffb") == (
        "isolambda: 'a\\udcffb' is not UTF-8"
    )


@pytest.mark.parametrize(
    "name", ["", "accounts", "keys", "secrets", "kv", "events", "dead-letters"]
)
def test_a_group_without_a_command_shows_its_help(name: str) -> None:
    result = isolambda("admin", *name.split())

    assert (result.exit_code, result.stderr) == (0, "")
    assert f"Usage: isolambda admin {name}".rstrip() in result.stdout


@pytest.mark.parametrize("name", ON_INSTALLATIONS)
def test_a_directory_that_is_a_file_is_one_line(name: str, tmp_path: Path) -> None:
    (tmp_path / "event.json").write_text("{}")
    file = tmp_path / "file"
    file.write_text("")
    words = [word.replace("event.json", str(tmp_path / "event.json")) for word in COMMANDS[name]]

    result = isolambda(*name.split(), *words, "--data-dir", str(file))

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"isolambda: {file}: nothing is kept here; `isolambda serve` makes it, "
        "--data-dir names another\n"
    )


def test_a_file_that_cannot_be_an_event_is_one_line(machine: Operated, tmp_path: Path) -> None:
    large = tmp_path / "large.json"
    large.write_bytes(b" " * (BODY_BYTES + 1))
    missing = tmp_path / "missing.json"
    for file, reason in {
        missing: f"[Errno 2] No such file or directory: '{missing}'",
        tmp_path: f"[Errno 21] Is a directory: '{tmp_path}'",
        large: f"{large} is larger than {BODY_BYTES} bytes; no event of AWS is",
    }.items():
        result = machine.type("events", "send", "--file", str(file))

        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr == f"isolambda: {machine.options[1]}: {reason}\n"
