"""Each command of authors: what is typed wrong, and a server that does not answer, is one line."""

import httpx2
import pytest

from tests.unit.cli.fake_api import KEY, URL, FakeApi
from tests.unit.cli.installations import isolambda

ID = "1" * 32
COMMANDS = {
    "run": (ID,),
    "logs": (),
    "audit": (),
    "functions": (),
    "secret put": ("KEY",),
    "secret list": (),
    "secret delete": ("KEY",),
    "schema infer": (ID,),
    "open": (ID,),
}
"""Those that ask a server, each with words that it takes."""
OTHERS = {"login": (URL,), "logout": (), "profiles": (), "types": (), "completion": ("bash",)}


@pytest.mark.parametrize("name", [*COMMANDS, *OTHERS])
@pytest.mark.parametrize("word", ["--nonsense", "-x"])
def test_an_option_that_there_is_not_is_refused(name: str, word: str) -> None:
    result = isolambda(*name.split(), *{**COMMANDS, **OTHERS}[name], word)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith(f"; see isolambda {name} --help\n")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("name", COMMANDS)
def test_a_profile_that_there_is_not_is_refused(name: str, fake: FakeApi) -> None:
    result = isolambda(*name.split(), *COMMANDS[name], "--profile", "missing")

    assert (result.exit_code, result.stdout, fake.requests) == (1, "", [])
    assert result.stderr.startswith("isolambda: there is no profile 'missing', but default")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_server_that_does_not_answer_is_one_line(
    name: str, fake: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError(f"refused\n{request.method}")

    monkeypatch.setattr(fake, "handle", refuse)

    result = isolambda(*name.split(), *COMMANDS[name], stdin="a value of a secret")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"isolambda: {URL} is not reached: refused ")
    assert result.stderr.count("\n") == 1


def test_a_key_that_was_typed_as_an_argument_is_not_repeated() -> None:
    for words in (("login", URL, KEY), ("login", KEY), ("profiles", KEY), (KEY,)):
        result = isolambda(*words)

        assert result.exit_code in (1, 2)
        assert KEY not in result.output
        assert "(a key)" in result.stderr or words == ("login", KEY)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script(shell: str) -> None:
    result = isolambda("completion", shell)

    assert (result.exit_code, result.stderr) == (0, "")
    assert f"_ISOLAMBDA_COMPLETE=complete_{shell}" in result.stdout


def test_a_shell_is_told_commands_and_options_and_no_old_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def completed(words: str) -> list[str]:
        monkeypatch.setenv("_ISOLAMBDA_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", f"isolambda {words}")
        monkeypatch.setenv("COMP_CWORD", str(len(words.split(" "))))
        return isolambda().stdout.split()

    assert completed("lo") == ["login", "logout", "logs"]
    assert completed("key") == []
    assert completed("admin ke") == ["keys"]
    assert completed("logs --fo") == ["--follow"]
    assert completed("secret ") == ["put", "list", "delete"]
