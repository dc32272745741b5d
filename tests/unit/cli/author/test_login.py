"""``isolambda login``, ``logout`` and ``profiles``: a key is kept, and never shown."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from isolambda_cli.api.profiles import profiles_path, read_profiles
from tests.unit.cli.fake_api import ACCOUNT, KEY, FakeApi, data, refusal
from tests.unit.cli.installations import isolambda

OTHER_KEY = KEY[::-1]
OTHER = "https://other.example.com"


@pytest.fixture(autouse=True)
def _known(fake: FakeApi) -> None:
    found = {"account_id": ACCOUNT, "account_name": "Acme"}
    fake.handlers["PUT /v2/api_auth"] = data(found)


def rows(*words: str, stdin: str | None = None) -> Any:
    result = isolambda(*words, "--json", stdin=stdin)
    assert (result.exit_code, result.stderr) == (0, "")
    return json.loads(result.stdout)


def test_a_key_from_stdin_is_kept_under_a_name_after_the_server_knew_it(fake: FakeApi) -> None:
    result = isolambda("login", f"{OTHER}/", "--profile", "other", stdin=f"{OTHER_KEY}\n")

    assert (result.exit_code, result.stderr) == (0, "")
    assert OTHER_KEY not in result.stdout
    assert fake.sent() == {"api_key": OTHER_KEY}
    kept = read_profiles(profiles_path())
    assert kept.default == "default"
    assert (kept.get("other").url, kept.get("other").api_key) == (OTHER, OTHER_KEY)
    assert kept.get("other").account_id == ACCOUNT


def test_the_first_profile_is_the_default_one(home: Path) -> None:
    profiles_path().unlink()

    made = rows("login", OTHER, "--profile", "other", stdin=OTHER_KEY)

    assert made["default"] is True
    assert rows("profiles") == [
        {"profile": "other", "url": OTHER, "account_id": ACCOUNT, "default": True}
    ]
    assert (home / ".config/isolambda/profiles.toml").exists()


def test_another_profile_is_chosen_by_its_name() -> None:
    rows("login", OTHER, "--profile", "other", stdin=OTHER_KEY)

    chosen = rows("profiles", "other")

    assert {row["profile"]: row["default"] for row in chosen} == {"default": False, "other": True}
    assert isolambda("profiles", "missing").stderr == (
        "isolambda: there is no profile 'missing', but default, other; isolambda login makes one\n"
    )


def test_logout_forgets_the_default_profile_or_the_named_one() -> None:
    rows("login", OTHER, "--profile", "other", stdin=OTHER_KEY)

    assert rows("logout") == {"profile": "default", "removed": True}
    assert rows("logout", "--profile", "other") == {"profile": "other", "removed": True}

    assert KEY not in profiles_path().read_text()
    assert rows("profiles") == []
    assert isolambda("logout").stderr.startswith("isolambda: there is no profile to forget")


@pytest.mark.parametrize("key", ["", "short", f"{KEY}{KEY}", f"{KEY[:-1]}\udcff"])
def test_what_is_no_key_is_refused_and_not_repeated(fake: FakeApi, key: str) -> None:
    result = isolambda("login", OTHER, stdin=key.encode(errors="surrogateescape"))

    assert (result.exit_code, result.stdout, fake.requests) == (1, "", [])
    assert result.stderr.startswith("isolambda: that is no API key")
    assert not key or key[:20] not in result.stderr


def test_a_key_that_the_server_does_not_know_is_not_kept(fake: FakeApi) -> None:
    fake.handlers["PUT /v2/api_auth"] = refusal(404, ["api_key"], "bad identifier")

    result = isolambda("login", OTHER, "--profile", "other", stdin=OTHER_KEY)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"isolambda: {OTHER} does not know this key\n"
    assert "other" not in read_profiles(profiles_path()).named


def test_a_server_that_is_none_gets_no_profile(fake: FakeApi) -> None:
    fake.handlers["PUT /v2/api_auth"] = httpx2.Response(404, text="<html>")

    result = isolambda("login", OTHER, "--profile", "other", stdin=OTHER_KEY)

    assert "not as Isolambda does; is this the URL of the API?" in result.stderr
    assert "other" not in read_profiles(profiles_path()).named


@pytest.mark.parametrize(
    ("url", "is_said"),
    [("http://api.example.com", True), ("http://127.0.0.1:1", False), (OTHER, False)],
)
def test_a_key_that_would_go_unencrypted_to_another_machine_is_said(
    url: str, is_said: bool
) -> None:
    result = isolambda("login", url, stdin=KEY)

    assert ("is not encrypted" in result.stderr) is is_said


def test_a_name_that_no_profile_can_have_is_a_usage_error(fake: FakeApi) -> None:
    result = isolambda("login", OTHER, "--profile", "a.b", stdin=KEY)

    assert (result.exit_code, fake.requests) == (2, [])
    assert "up to 64 letters" in result.stderr


def test_the_environment_of_a_machine_is_asked_whose_its_key_is(
    fake: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISOLAMBDA_URL", OTHER)
    monkeypatch.setenv("ISOLAMBDA_KEY", OTHER_KEY)
    fake.handlers["GET functions"] = data([])

    assert rows("functions") == []
    assert [request.headers["x-auth-token"] for request in fake.requests] == [OTHER_KEY] * 2

    fake.handlers["PUT /v2/api_auth"] = refusal(404, ["api_key"], "bad identifier")
    assert isolambda("functions").stderr == f"isolambda: {OTHER} does not know this key\n"
