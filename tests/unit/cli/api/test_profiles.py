"""Profiles: which one is used, and a file that is its owner's alone."""

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from isolambda_cli.api.chosen_profile import choose
from isolambda_cli.api.errors import NotLoggedInError, ProfileError
from isolambda_cli.api.profiles import (
    Profile,
    Profiles,
    change_profiles,
    checked_key,
    checked_url,
    profiles_path,
    read_profiles,
)
from tests.unit.cli.fake_api import ACCOUNT, KEY, URL

MINE = Profile(URL, KEY, ACCOUNT, "profile mine")
OTHER = Profile("http://127.0.0.1:8787", KEY[::-1], "b" * 32, "profile other")


def save(**named: Profile) -> Path:
    def change(profiles: Profiles) -> Profiles:
        return replace(profiles, default="mine", named={**profiles.named, **named})

    return change_profiles(profiles_path(), change).path


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_saved_is_read_again_from_a_file_for_its_owner_alone(home: Path) -> None:
    path = save(mine=MINE, other=OTHER)

    assert path == home / ".config/isolambda/profiles.toml"
    assert read_profiles(path) == Profiles(path, "mine", {"mine": MINE, "other": OTHER})
    assert (mode_of(path), mode_of(path.parent)) == (0o600, 0o700)


def test_many_who_save_at_once_lose_nothing_of_each_other() -> None:
    names = [f"p{number}" for number in range(16)]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: save(**{name: replace(MINE, origin=f"profile {name}")}), names))

    assert sorted(read_profiles(profiles_path()).named) == sorted(names)


def test_the_folder_is_where_the_desktop_says(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "else"))
    assert profiles_path() == home / "else/isolambda/profiles.toml"

    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    assert profiles_path() == home / ".config/isolambda/profiles.toml"


def test_a_file_that_others_may_read_is_mended_and_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = save(mine=MINE)
    path.chmod(0o644)

    assert choose(None) == MINE

    assert mode_of(path) == 0o600
    assert capsys.readouterr().err == (
        f"isolambda: others could read {path}; its mode is 600 now. If they did, change the key\n"
    )


def test_a_folder_that_others_may_write_is_mended_when_a_profile_is_saved(
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = save(mine=MINE)
    path.parent.chmod(0o777)

    save(other=OTHER)

    assert mode_of(path.parent) == 0o700
    assert f"others could read {path.parent}" in capsys.readouterr().err


def test_a_file_of_another_user_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(mine=MINE)
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)

    with pytest.raises(ProfileError, match=f"{path} belongs to another user"):
        choose(None)


@pytest.mark.parametrize(
    "text",
    [
        "not toml",
        "a = 1",
        f"a = {'9' * 5000}",
        "default = []\n[profiles]",
        "profiles = 1",
        "[profiles]\nmine = 1",
        f'[profiles.mine]\nurl = "{URL}"\naccount_id = "x"\napi_key = "{KEY}"',
        f'[profiles.mine]\nurl = "{URL}"\naccount_id = "{ACCOUNT}"\napi_key = "x"',
        f'[profiles.mine]\nurl = "x"\naccount_id = "{ACCOUNT}"\napi_key = "{KEY}"',
        f'[profiles."a b"]\nurl = "{URL}"\naccount_id = "{ACCOUNT}"\napi_key = "{KEY}"',
        "\x00",
        "é".encode("latin-1").decode("latin-1") + "\udcff",
    ],
)
def test_a_damaged_file_is_named_with_what_to_do(text: str) -> None:
    path = save(mine=MINE)
    path.write_bytes(text.encode(errors="surrogateescape"))

    with pytest.raises(ProfileError) as caught:
        choose(None)

    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_named_profile_comes_before_the_environment_and_that_before_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    save(mine=MINE, other=OTHER)
    assert choose(None) == MINE

    monkeypatch.setenv("ISOLAMBDA_URL", "https://ci.example.com/api/")
    monkeypatch.setenv("ISOLAMBDA_KEY", KEY)
    assert choose(None) == Profile(
        "https://ci.example.com/api", KEY, None, "ISOLAMBDA_URL and ISOLAMBDA_KEY"
    )

    assert choose("other") == OTHER


def test_a_profile_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    save(mine=MINE, other=OTHER)

    with pytest.raises(ProfileError, match="there is no profile 'prod', but mine, other"):
        choose("prod")


@pytest.mark.parametrize(
    ("given", "missing"), [("ISOLAMBDA_URL", "ISOLAMBDA_KEY"), ("ISOLAMBDA_KEY", "ISOLAMBDA_URL")]
)
def test_half_of_an_environment_is_refused(
    given: str, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(given, "x")

    with pytest.raises(ProfileError, match=f"{given} is set, and {missing} is not"):
        choose(None)


def test_without_a_profile_the_server_of_this_folder_is_used_and_said(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep_credentials(home, "http://127.0.0.1:8787")

    assert choose(None) == Profile(
        "http://127.0.0.1:8787", KEY, ACCOUNT, ".isolambda/credentials.json"
    )
    assert capsys.readouterr().err == (
        "isolambda: no profile: using .isolambda/credentials.json, of http://127.0.0.1:8787\n"
    )


@pytest.mark.parametrize(
    "url", ["https://evil.example", "http://10.0.0.1", "http://localhost.evil"]
)
def test_a_folder_sends_no_author_to_a_server_elsewhere(home: Path, url: str) -> None:
    keep_credentials(home, url)

    with pytest.raises(ProfileError, match="not logged in: isolambda login"):
        choose(None)


def test_the_profile_dev_is_the_server_of_this_folder(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep_credentials(home, "http://127.0.0.1:8788", "dev")

    of_dev = Profile("http://127.0.0.1:8788", KEY, ACCOUNT, ".isolambda/dev/credentials.json")
    assert choose("dev") == of_dev
    assert capsys.readouterr().err == ""
    assert choose(None) == of_dev


def test_a_kept_profile_of_that_name_comes_before_it(home: Path) -> None:
    keep_credentials(home, "http://127.0.0.1:8788", "dev")
    added = Profile("https://dev.example.com", KEY, ACCOUNT, "profile dev")
    change_profiles(
        profiles_path(), lambda kept: Profiles(kept.path, None, {**kept.named, "dev": added})
    )

    assert choose("dev") == added


def test_the_profile_dev_needs_a_server_that_ran_here() -> None:
    with pytest.raises(ProfileError, match="isolambda dev did not run in this folder"):
        choose("dev")


def test_without_anything_the_author_is_told_what_to_do() -> None:
    with pytest.raises(ProfileError) as caught:
        choose(None)

    assert str(caught.value) == (
        "not logged in: isolambda login, or set ISOLAMBDA_URL and ISOLAMBDA_KEY"
    )


@pytest.mark.parametrize(
    ("url", "checked"),
    [
        (f"{URL}/", URL),
        ("http://127.0.0.1:8787", "http://127.0.0.1:8787"),
        ("http://[::1]:8787/", "http://[::1]:8787"),
        (f"{URL}/prod/", f"{URL}/prod"),
    ],
)
def test_a_url_has_no_slash_at_its_end(url: str, checked: str) -> None:
    assert checked_url(url) == checked


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("api.example.com", "needs https://"),
        ("api.example.com:443", "needs https://"),
        ("ftp://api.example.com", "needs https://"),
        ("https://", "needs https://"),
        ("", "needs https://"),
        ("https://ada@api.example.com", "a user or a password"),
        ("https://ada:secret@api.example.com", "a user or a password"),
        (f"{URL}?key=1", "more than https://, a host and a path"),
        (f"{URL}#a", "more than https://, a host and a path"),
        ("https://a b", "more than https://, a host and a path"),
        ("https://a\x1b", "more than https://, a host and a path"),
        ("https://a:port", "the URL is none"),
        ("https://a:99999", "the URL is none"),
        ("https://[::1", "the URL is none"),
    ],
)
def test_a_url_that_is_none_is_refused_with_a_reason(url: str, reason: str) -> None:
    with pytest.raises(ProfileError, match=reason) as caught:
        checked_url(url)

    assert "secret" not in str(caught.value)


def test_a_key_is_checked_and_never_repeated() -> None:
    assert checked_key(f" {KEY}\n") == KEY
    for wrong in (KEY[:-1], KEY.upper(), f"{KEY}0", ""):
        with pytest.raises(ProfileError, match="that is no API key") as caught:
            checked_key(wrong)
        assert wrong[:20] not in str(caught.value) or not wrong


def keep_credentials(home: Path, url: str, below: str = "") -> None:
    folder = home / ".isolambda" / below
    folder.mkdir(mode=0o700, parents=True)
    file = folder / "credentials.json"
    file.write_text(json.dumps({"url": url, "account_id": ACCOUNT, "api_key": KEY}))
    file.chmod(0o600)


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_what_is_no_file_in_a_project_is_neither_read_nor_changed(home: Path, kind: str) -> None:
    keep_credentials(home, "http://127.0.0.1:8787")
    file, own = home / ".isolambda/credentials.json", home / "own.json"
    file.replace(own)
    own.chmod(0o644)
    if kind == "link":
        file.symlink_to(own)
    else:
        os.mkfifo(file)

    with pytest.raises(NotLoggedInError):
        choose(None, {"HOME": str(home)})

    assert own.stat().st_mode & 0o777 == 0o644
