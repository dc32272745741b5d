"""``isolambda functions``, ``secret``, ``open`` and ``types``."""

import json
import webbrowser
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.fake_api import URL, FakeApi, data
from tests.unit.cli.installations import isolambda

ID = "1" * 32
VALUE = "correct horse battery staple"
SECRET = {
    "name": "STRIPE_KEY",
    "hosts": ["api.stripe.com"],
    "sign": False,
    "created": 63_931_687_200,
    "modified": 63_931_687_200,
}


def ask(*words: str, stdin: str | None = None) -> Any:
    result = isolambda(*words, "--json", stdin=stdin)
    assert (result.exit_code, result.stderr) == (0, "")
    return json.loads(result.stdout)


def test_functions_are_listed_by_name_from_all_pages(fake: FakeApi) -> None:
    written = {"_read_only": {"modified": 63_931_687_200}}
    first = data([{"id": "2", "name": "b", "enabled": False, **written}], next_start_key="k")
    second = data([{"id": "1", "name": "a\x1b", "enabled": True, **written}])
    fake.handlers["GET functions"] = lambda request: (
        second if "start_key" in request.url.params else first
    )

    assert [row["name"] for row in ask("functions")] == ["a\x1b", "b"]
    assert isolambda("functions").stdout == (
        "'a\\x1b'\t1\tyes\t2025-11-30T02:00:00Z\nb\t2\tno\t2025-11-30T02:00:00Z\n"
    )
    assert "function_js" not in fake.requests[0].url.params["fields"]


def test_a_secret_is_put_from_stdin_and_its_value_is_never_shown(fake: FakeApi) -> None:
    fake.handlers["PUT secrets/STRIPE_KEY"] = data(SECRET)

    result = isolambda(
        *("secret", "put", "STRIPE_KEY", "--hosts", "api.stripe.com"), stdin=f"{VALUE}\n"
    )

    assert (result.exit_code, result.stderr) == (0, "")
    assert VALUE not in result.stdout
    assert fake.sent() == {
        "value": VALUE,
        "hosts": ["api.stripe.com"],
        "sign": False,
        "overlap_s": 86_400,
    }


def test_secrets_of_the_account_or_of_a_function_are_listed_and_deleted(fake: FakeApi) -> None:
    fake.handlers |= {
        f"GET functions/{ID}": data({"id": ID, "name": "greet"}),
        "GET secrets": data([SECRET]),
        f"GET functions/{ID}/secrets": data([]),
        f"DELETE functions/{ID}/secrets/a%2Fb": data({}),
        f"DELETE functions/{ID}/secrets/a/b": data({}),
    }

    [listed] = ask("secret", "list")
    assert (listed["name"], listed["created"]) == ("STRIPE_KEY", "2025-11-30T02:00:00Z")
    assert ask("secret", "list", "--function", ID) == []
    assert ask("secret", "delete", "a/b", "--function", ID) == {"name": "a/b", "deleted": True}
    assert fake.requests[-1].url.raw_path.endswith(b"/secrets/a%2Fb")


def test_a_value_that_is_not_utf_8_is_refused(fake: FakeApi) -> None:
    result = isolambda("secret", "put", "KEY", stdin=b"\xff")

    assert (result.exit_code, fake.requests) == (1, [])
    assert result.stderr == "isolambda: the value is not UTF-8\n"


def test_the_console_opens_without_a_key_in_its_url(
    fake: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    fake.handlers[f"GET functions/{ID}"] = data({"id": ID, "name": "greet"})

    assert ask("open") == {"url": f"{URL}/console", "opened": False}
    assert ask("open", ID) == {"url": f"{URL}/console#/functions/{ID}", "opened": False}
    assert opened == []  # a script reads the output


def test_types_are_written_once_and_over_nothing_else(home: Path) -> None:
    assert ask("types") == {"file": "isolambda.d.ts", "changed": True}
    assert ask("types")["changed"] is False
    assert isolambda("types", "-").stdout == (home / "isolambda.d.ts").read_text()

    (home / "mine.d.ts").write_text("declare const mine: 1;")
    result = isolambda("types", "mine.d.ts")

    assert result.exit_code == 1
    assert result.stderr.startswith("isolambda: mine.d.ts holds something else")
    assert (home / "mine.d.ts").read_text() == "declare const mine: 1;"


def test_a_place_that_cannot_be_written_is_one_line() -> None:
    result = isolambda("types", "missing/isolambda.d.ts")

    assert result.stderr == "isolambda: missing/isolambda.d.ts: No such file or directory\n"
