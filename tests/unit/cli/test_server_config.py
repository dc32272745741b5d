"""Where the settings of a server come from, and how one that is wrong is refused."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import typer

from isolambda_cli.serve import app
from isolambda_cli.server_config import FILE_BYTES, FILE_NAME
from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_local.settings import ServerSettings
from isolambda_local.trusted_proxies import TrustedProxies
from tests.unit.cli.installations import isolambda

OPTIONS = [str(option.name) for option in typer.main.get_command(app).params]

SAMPLES = {
    "net_allow": "a.example.com",
    "function_hosts": "b.example.com",
    "trusted_proxies": "10.0.0.0/8",
}


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be where no file and no variable says anything."""
    for name in (*(f"ISOLAMBDA_{name.upper()}" for name in OPTIONS), "OTEL_EXPORTER_OTLP_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def shown(*words: str) -> dict[str, tuple[Any, str]]:
    """Return the value and the source of each setting."""
    result = isolambda("config", "show", "--json", *words)
    assert (result.exit_code, result.stderr) == (0, "")
    return {row["name"]: (row["value"], row["source"]) for row in json.loads(result.stdout)}


def refusal(*words: str) -> str:
    result = isolambda("serve", *words)
    assert (result.exit_code, result.stdout) == (2, ""), result.stdout
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("isolambda: ").rstrip()


def sample_of(name: str) -> tuple[str, str]:
    """Return a value that an option takes, as it is typed and as it stands in a file."""
    option: Any = next(each for each in typer.main.get_command(app).params if each.name == name)
    described = option.type_descriptor
    if described.annotation in (bool, int, float):
        text = "true" if described.annotation is bool else "5"
        return text, text
    choice = next(iter(described.choices or ()), "https://a.example.com")
    text = SAMPLES.get(name, getattr(choice, "value", choice))
    return text, f'["{text}"]' if option.multiple else f'"{text}"'


def served_with(monkeypatch: pytest.MonkeyPatch, *words: str) -> ServerSettings:
    """Return the settings of a server that is started with these words."""
    served: list[ServerSettings] = []
    monkeypatch.setattr("isolambda_local.serve.serve", served.append)
    result = isolambda("serve", *words)
    assert (result.exit_code, result.stderr) == (0, "")
    [settings] = served
    return settings


def test_an_option_goes_before_the_environment_that_before_a_file_and_that_before_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path("a.toml").write_text("port = 1\nworkers = 1\nprocesses = 2\n")
    monkeypatch.setenv("ISOLAMBDA_PORT", "2")
    monkeypatch.setenv("ISOLAMBDA_WORKERS", "2")

    settings = shown("--config", "a.toml", "--port", "3")

    assert settings["port"] == (3, "option --port")
    assert settings["workers"] == (2, "environment ISOLAMBDA_WORKERS")
    assert settings["processes"] == (2, "file a.toml")
    assert settings["host"] == ("127.0.0.1", "default")


def test_each_option_is_shown_with_its_default() -> None:
    assert list(shown()) == [name for name in OPTIONS if name != "config"]
    assert {source for _, source in shown().values()} == {"default"}


@pytest.mark.parametrize("name", [name for name in OPTIONS if name not in ("config", "data_dir")])
def test_each_option_comes_from_the_environment_and_from_a_file(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, in_file = sample_of(name)
    Path("a.toml").write_text(f"{name} = {in_file}\n")

    of_file = shown("--config", "a.toml")[name]
    monkeypatch.setenv(f"ISOLAMBDA_{name.upper()}", text)
    of_environment = shown()[name]

    assert of_file == (of_environment[0], "file a.toml")
    assert of_environment[1] == f"environment ISOLAMBDA_{name.upper()}"


def test_a_server_gets_what_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a.toml").write_text(
        'data_dir = "/var/lib/isolambda"\nbucket_tokens = 7\nnet_allow = ["a.example.com"]\n'
        "private_fetch = true\nunconfined = true\n"
    )
    monkeypatch.setenv("ISOLAMBDA_CONFIG", "a.toml")
    monkeypatch.setenv("ISOLAMBDA_PRIVATE_CALLBACKS", "1")
    monkeypatch.setenv("ISOLAMBDA_HOST", "")  # as where a composition leaves it empty

    settings = served_with(monkeypatch, "--no-unconfined")

    assert settings == ServerSettings(
        Path("/var/lib/isolambda"),
        bucket=RateLimit(7, RateLimit().per_second),
        private_callbacks=True,
        private_fetch=True,
        net_ceiling=("a.example.com",),
    )


def test_a_variable_may_hold_several_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOLAMBDA_NET_ALLOW", "a.example.com b.example.com")

    assert shown()["net_allow"][0] == ["a.example.com", "b.example.com"]


def test_the_file_in_the_data_directory_is_read_unless_another_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path("data").mkdir()
    Path("data", FILE_NAME).write_text("port = 1\n")
    Path("a.toml").write_text("workers = 1\n")
    monkeypatch.setenv("ISOLAMBDA_DATA_DIR", "data")

    assert shown()["port"] == (1, f"file data/{FILE_NAME}")
    assert shown("--data-dir", "elsewhere")["port"] == (8787, "default")
    assert shown("--config", "a.toml")["port"] == (8787, "default")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("prt = 1", "prt: unknown; it has audit_days, bucket_per_second, bucket_tokens, "),
        ("port = 70000", "port: Input should be less than or equal to 65535"),
        ("port = true", "port: must be a whole number"),
        ('port = "1"', "port: must be a whole number"),
        ("unconfined = 1", "unconfined: must be true or false"),
        ("data_dir = 1", "data_dir: must be a path in quotes"),
        ('host = "a\\u0000"', "host: must be a text in quotes"),
        ('net_allow = "a.example.com"', "net_allow: must be a list, each a text in quotes"),
        ("net_allow = [1]", "net_allow: must be a list, each a text in quotes"),
        ('net_allow = ["*"]', "net_allow: Must name hosts"),
        ("net_allow = []", "net_allow: is empty; leave it out for the default"),
        ('public_url = "x"', "public_url: must be http(s)://, a host, and a path at the most"),
        ('public_url = "https://a:65536"', "public_url: must be http(s)://, a host, and a path"),
        ("[server]\nport = 1", "server: unknown; it has"),
        ('config = "b.toml"', "config: unknown; it has"),
        ("port =", "is no TOML: Invalid value (at"),
        ("port = 1\nport = 2", "is no TOML: Cannot overwrite a value (at"),
        ("\xff", "is no TOML: 'utf-8' codec can't decode"),
        (f"a = {'[' * 9000}", "is no TOML: maximum recursion depth exceeded"),
        (" " * (FILE_BYTES + 1), f"is longer than {FILE_BYTES} bytes"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_place(text: str, fault: str) -> None:
    Path("a.toml").write_text(text, "latin-1")

    assert refusal("--config", "a.toml").startswith(f"a.toml: {fault}")


def test_a_file_that_is_named_must_be_there() -> None:
    assert refusal("--config", "a.toml") == "a.toml: cannot be read: No such file or directory"


def test_the_file_in_the_data_directory_names_no_other_directory() -> None:
    Path(".isolambda").mkdir()
    Path(".isolambda", FILE_NAME).write_text('data_dir = "b"')

    assert refusal().startswith(f".isolambda/{FILE_NAME}: data_dir: unknown; it has")


def test_what_is_wrong_in_the_environment_is_told_with_its_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ISOLAMBDA_PORT", "70000")

    assert refusal() == "ISOLAMBDA_PORT: Input should be less than or equal to 65535"
    assert shown("--port", "1")["port"] == (1, "option --port")


def test_a_variable_of_spaces_lifts_no_ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a.toml").write_text('net_allow = ["a.example.com"]')
    monkeypatch.setenv("ISOLAMBDA_NET_ALLOW", " ")

    assert refusal("--config", "a.toml") == (
        "ISOLAMBDA_NET_ALLOW: is empty; leave it out for the default"
    )


def test_a_space_may_stand_behind_the_comma_between_two_proxies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ISOLAMBDA_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8")

    assert TrustedProxies(shown()["trusted_proxies"][0]).trust("10.1.2.3")


@pytest.mark.parametrize("place", ["a.toml", f".isolambda/{FILE_NAME}"])
def test_a_file_that_all_users_may_write_is_refused(place: str) -> None:
    Path(".isolambda").mkdir()
    Path(place).write_text("port = 1")
    Path(place).chmod(0o646)

    assert refusal(*(["--config", place] if place == "a.toml" else [])) == (
        f"{place}: all users may write it; take that from them by `chmod o-w`"
    )


def test_a_file_of_another_user_counts_where_it_is_named_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path(".isolambda").mkdir()
    file = Path(".isolambda", FILE_NAME)
    file.write_text("port = 1")
    owner = 7
    if os.geteuid() == 0:
        os.chown(file, owner, -1)
    else:
        owner = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: owner + 1)

    assert refusal() == f"{file}: is of another user (uid {owner}); name it by --config to use it"
    assert shown("--config", str(file))["port"] == (1, f"file {file}")


def test_help_is_there_whatever_a_file_holds() -> None:
    Path("a.toml").write_text("=")

    result = isolambda("serve", "--config", "a.toml", "--help")

    assert (result.exit_code, result.stderr) == (0, "")
    assert "ISOLAMBDA_PORT" in result.stdout


def test_options_that_no_server_has_are_not_shown() -> None:
    result = isolambda("config", "show", "--prt", "1")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "No such option: --prt" in result.stderr


def test_operators_work_on_the_directory_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ISOLAMBDA_DATA_DIR", "elsewhere")

    result = isolambda("admin", "accounts", "list")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("isolambda: elsewhere: nothing is kept here;")


def test_the_own_variable_goes_before_that_of_other_programs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a.example.com")
    of_others = shown()["otlp_endpoint"]
    monkeypatch.setenv("ISOLAMBDA_OTLP_ENDPOINT", "http://b.example.com")

    assert of_others == ("http://a.example.com", "environment OTEL_EXPORTER_OTLP_ENDPOINT")
    assert shown()["otlp_endpoint"] == (
        "http://b.example.com",
        "environment ISOLAMBDA_OTLP_ENDPOINT",
    )
