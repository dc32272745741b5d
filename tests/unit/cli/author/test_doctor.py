"""``isolambda doctor``: what works, what is missing, and what to do."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest

from isolambda_cli.api.profiles import profiles_path
from isolambda_cli.project.errors import BundleError
from isolambda_core import __version__
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.domain.executions.confinement import Confinement
from isolambda_core.domain.executions.errors import ExecutorUnavailableError
from tests.unit.cli.fake_api import URL, FakeApi, data, refusal
from tests.unit.cli.installations import isolambda

WHOLE = Confinement(sum(Confinement))
KEY = {"id": "1" * 32, "scopes": ["manage", "execute"], "function_id": None, "expires": None}
EPOCH = 62_167_219_200
"""The Gregorian second of the first Unix second."""


@pytest.fixture(autouse=True)
def _works(fake: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have everything work, so that each test takes one thing away."""
    confined(monkeypatch, WHOLE)
    monkeypatch.setattr("isolambda_cli.author.checks.find_esbuild", lambda _: "/bin/esbuild")
    Path(".bashrc").write_text('eval "$(isolambda completion bash)"')
    serve(fake)


def serve(fake: FakeApi, version: str = __version__, key: Any = KEY, skew_s: int = 0) -> None:
    date = formatdate(SystemClock().now() + skew_s, usegmt=True)
    health = {"status": "ok", "version": version}
    fake.handlers |= {
        "GET /healthz": httpx2.Response(200, json=health, headers={"Date": date}),
        "GET /v2/token_auth": data({"account_id": "a" * 32, "key": key}),
    }


def confined(patch: pytest.MonkeyPatch, held: Confinement | Exception) -> None:
    @contextmanager
    def supervisor(**_: object) -> Iterator[SimpleNamespace]:
        if isinstance(held, Exception):
            raise held
        yield SimpleNamespace(confinement=held)

    patch.setattr("isolambda_executor.supervisor.Supervisor", supervisor)


def examined(*, exit_code: int = 0) -> dict[str, tuple[str, str, str | None]]:
    """Return state, finding and what to do of each check, by its name."""
    result = isolambda("doctor", "--json")
    assert (result.exit_code, result.stderr) == (exit_code, "")
    checks = map(json.loads, result.stdout.splitlines())
    return {each["check"]: (each["state"], each["found"], each["todo"]) for each in checks}


def test_where_all_works_each_line_is_ok() -> None:
    found = examined()

    assert list(found) == [
        *("isolambda", "python", "v8", "confinement", "data", "esbuild", "completion"),
        *("profile", "server", "clock", "key"),
    ]
    assert {state for state, *_ in found.values()} == {"ok"}
    assert found["profile"][1] == f"profile default: {URL}"
    assert found["key"] == ("ok", "may manage and execute", None)


def test_a_person_reads_a_line_for_each_and_what_to_do_below(fake: FakeApi) -> None:
    serve(fake, version="9.9\x1b")

    result = isolambda("doctor")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[0] == f"ok       isolambda    {__version__}"
    assert f"warning  server       isolambda 9.9\\x1b, and not {__version__}\n" in result.stdout
    assert "                      → install isolambda 9.9\\x1b here, or" in result.stdout


def test_an_engine_that_does_not_start_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    error = ExecutorUnavailableError()
    error.__cause__ = OSError("libmini_racer.so: cannot open")
    confined(monkeypatch, error)

    state, reason, _ = examined(exit_code=1)["v8"]

    assert state == "missing"
    assert reason.endswith("libmini_racer.so: cannot open")


@pytest.mark.parametrize(
    ("held", "state", "code"),
    [(WHOLE & ~Confinement.SYSTEM_CALLS, "missing", 1), (Confinement.SYSTEM_CALLS, "warning", 0)],
)
def test_a_kernel_that_does_not_confine_is_told_from_one_that_does_less(
    held: Confinement, state: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    confined(monkeypatch, held)

    assert examined(exit_code=code)["confinement"][0] == state


def test_a_place_that_cannot_hold_data_is_missing() -> None:
    Path(".isolambda").write_text("a file")

    assert examined(exit_code=1)["data"][0] == "missing"


def test_without_a_bundler_there_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: Path) -> str:
        raise BundleError("npm install it")

    monkeypatch.setattr("isolambda_cli.author.checks.find_esbuild", missing)

    assert examined()["esbuild"] == ("warning", "not found", "npm install it")


def test_a_shell_that_completes_nothing_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".bashrc").unlink()
    monkeypatch.setenv("SHELL", "/bin/fish")

    state, _, todo = examined()["completion"]

    assert state == "warning"
    assert todo == "add to what fish reads when it starts: isolambda completion fish | source"


def test_without_a_profile_there_is_a_warning_and_with_a_damaged_one_an_error() -> None:
    profiles_path().write_text("[profiles]\n")
    found = examined()
    assert found["profile"][0] == "warning"
    assert "server" not in found

    profiles_path().write_text("damaged")
    assert examined(exit_code=1)["profile"][0] == "missing"


def test_a_server_that_is_away_is_missing_and_no_more_is_asked(fake: FakeApi) -> None:
    fake.handlers["GET /healthz"] = httpx2.ConnectError("refused")

    found = examined(exit_code=1)

    assert found["server"][:2] == ("missing", f"{URL} is not reached: refused")
    assert "key" not in found


@pytest.mark.parametrize(
    ("skew_s", "words"), [(120, "s behind the server's"), (-120, "s before the server's")]
)
def test_a_clock_that_is_off_is_warned_of(fake: FakeApi, skew_s: int, words: str) -> None:
    serve(fake, skew_s=skew_s)

    state, found, _ = examined()["clock"]

    assert state == "warning"
    assert found.endswith(words)


def test_a_key_that_the_server_does_not_know_is_missing(fake: FakeApi) -> None:
    fake.handlers["GET /v2/token_auth"] = refusal(401, {})

    assert examined(exit_code=1)["key"][:2] == (
        "missing",
        "the server does not know this key, or it has expired: isolambda login",
    )


@pytest.mark.parametrize(
    ("key", "state", "words"),
    [
        (None, "ok", "valid"),
        ({**KEY, "expires": 4_000_000_000 + EPOCH}, "ok", "until 2096-10-02T07:06:40Z"),
        ({**KEY, "expires": 1_764_468_000 + EPOCH}, "warning", "until 2025-11-30T02:00:00Z"),
        ({**KEY, "scopes": ["execute"]}, "warning", "may execute"),
        ({**KEY, "function_id": "f" * 32}, "ok", f"function {'f' * 32}"),
    ],
)
def test_a_key_has_its_scopes_and_its_end(fake: FakeApi, key: Any, state: str, words: str) -> None:
    serve(fake, key=key)

    found = examined()["key"]

    assert found[0] == state
    assert found[1].endswith(words)
