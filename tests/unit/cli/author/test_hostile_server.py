"""A server whose answers have other types than Isolambda's: each command ends in plain words."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from isolambda_cli.project.functions import id_of
from tests.unit.cli.fake_api import ACCOUNT, FakeApi, data
from tests.unit.cli.installations import isolambda

ID = id_of("shop", "greet")
WRONG = (None, -(10**30), "x\x1b[2J\u202e", [None])
READ_ONLY = {
    "modified": 63_931_687_200,
    "url": "https://f.example.com",
    "warnings": [{"code": "compile_error", "field": "function_js", "message": "no", "line": 1}],
}
FUNCTION = {
    "id": ID,
    "name": "greet",
    "enabled": True,
    "function_js": "return 1;",
    "files": {"a.js": "1"},
    "language_pack": "javascript",
    "limits": {"memory_mb": 32},
    "_read_only": READ_ONLY,
}
EXECUTION = {
    "execution_id": "e" * 32,
    "function_id": ID,
    "version": 3,
    "outcome": "exception",
    "result": None,
    "error": {"name": "Error", "message": "no", "line": 1, "column": 2, "file": "src/greet.js"},
    "logs": [{"level": "log", "text": "hi", "at_ms": 1}],
    "usage": {"wall_ms": 1.5, "cpu_ms": 1, "memory_mb": 2},
    "created_ms": 1_764_468_000_000,
    "ended_ms": 1_764_468_000_001,
}
SECRET = {"name": "A", "hosts": ["x.com"], "sign": False, "created": 7, "modified": 7}
TRIGGER = {"id": "t" * 32, "name": "event", "type": "event", "pattern": {"kind": ["a"]}}
ALIAS = {"name": "live", "version": 2, "additional_version": None}
KEY = {"scopes": ["manage"], "function_id": None, "expires": 64_000_000_000}
DIFFERENCE = {"path": "/result/a", "kind": "changed", "old": 1, "new": 2, "times": 1}
TAKEN = [{"cpu_ms": 1.5, "memory_mb": 2, "cold": False}]
REPLAYS = {
    "from": "1",
    "to": "7",
    "executions": [
        {
            "execution_id": "e" * 32,
            "verdict": "different",
            "reason": None,
            "differences": [DIFFERENCE],
            "requests": [{**DIFFERENCE, "path": "/requests/GET x/0"}],
            "more": 1,
            "usage": {"old": TAKEN, "new": TAKEN},
        }
    ],
    "noise": {"paths": ["/result/b"], "members": []},
    "summary": {},
}
FUNCTIONS = ("GET functions", [FUNCTION])
FOUND = (f"GET functions/{ID}", FUNCTION)
LOGS = ("GET logs", {"entries": [EXECUTION], "cursor": "c"})
REMOTE = dict((FOUND, (f"GET functions/{ID}/triggers", [TRIGGER])))
ALIASES = f"functions/{ID}/aliases"
ANSWERS: dict[tuple[str, ...], dict[str, Any]] = {
    ("functions",): dict([FUNCTIONS]),
    ("run", "greet"): {**dict([FOUND]), f"POST functions/{ID}/execute": EXECUTION},
    ("logs",): dict((LOGS, FOUND)),
    ("logs", "other"): dict((LOGS, FUNCTIONS)),
    ("secret", "list"): {"GET secrets": [SECRET]},
    ("secret", "put", "A", "--sign"): {"PUT secrets/A": SECRET},
    ("replay", "greet", "live..7"): {**dict([FOUND]), f"POST functions/{ID}/replays": REPLAYS},
    ("open", "greet"): dict([FOUND]),
    ("rollback", "greet"): {
        **dict([FOUND]),
        f"GET {ALIASES}/live": ALIAS,
        f"POST {ALIASES}/live/rollback": ALIAS,
    },
    ("shadow", "greet"): {
        **dict([FOUND]),
        f"GET {ALIASES}/live": ALIAS,
        f"GET {ALIASES}/live/shadow": {
            "shadow": 0.5,
            "shadow_version": 2,
            "compared": 1,
            "equal": 0,
            "different": 1,
            "skipped": 0,
            "dropped": 0,
            "executions": [
                {
                    "execution_id": "e" * 32,
                    "differences": [{"path": "/result", "kind": "changed", "old": 1, "new": 2}],
                    "requests": [],
                    "more": 1,
                }
            ],
        },
    },
    ("diff",): REMOTE,
    ("pull", "greet", "--force"): REMOTE,
    ("deploy", "--alias", "live"): {
        **REMOTE,
        "GET secrets": [SECRET],
        f"PATCH functions/{ID}": FUNCTION,
        f"GET {ALIASES}/live": ALIAS,
        f"GET functions/{ID}/versions/2": {**FUNCTION, "version": 2},
        f"PUT functions/{ID}/versions": {**FUNCTION, "version": 3},
        f"PATCH {ALIASES}/live": {**ALIAS, "version": 3},
        f"GET functions/{ID}/triggers/{'t' * 32}": TRIGGER,
        f"PATCH functions/{ID}/triggers/{'t' * 32}": {**TRIGGER, "_read_only": READ_ONLY},
    },
}


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/greet.js").write_text("return 2;")
    (tmp_path / "isolambda.toml").write_text(
        '[project]\nname = "shop"\n[functions.greet]\nmain = "src/greet.js"\nsecrets = ["A"]\n'
        '[functions.greet.aliases]\nlive = "deploy"\n'
        '[[functions.greet.triggers]]\ntype = "event"\npattern = { kind = ["b"] }\n'
    )
    monkeypatch.chdir(tmp_path)


def variants(value: Any) -> Iterator[Any]:
    """Yield a value of JSON with each part of it wrong, or missing, in turn."""
    yield from WRONG
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in parts:
        changed = copy.copy(value)
        if isinstance(value, dict):
            yield {name: each for name, each in value.items() if name != key}
        for other in variants(inner) if isinstance(inner, dict | list) else WRONG:
            changed[key] = other
            yield copy.copy(changed)


@pytest.mark.parametrize("words", ANSWERS, ids=" ".join)
def test_no_wrong_type_in_an_answer_ends_in_a_traceback_or_steers_the_terminal(
    fake: FakeApi, words: tuple[str, ...]
) -> None:
    answers = ANSWERS[words]
    good = {path: data(value) for path, value in answers.items()}
    for path, value in answers.items():
        for wrong in variants(value):
            fake.handlers = {**good, path: data(wrong)}

            result = isolambda(*words, stdin="v")

            said = f"{path}: {json.dumps(wrong)}"
            assert result.exception is None or isinstance(result.exception, SystemExit), said
            assert not set("\x1b\u202e") & set(result.output), said


def test_an_answer_names_what_it_lacks(fake: FakeApi) -> None:
    fake.handlers = {"GET functions": data([{"id": 7, "name": "a"}])}

    result = isolambda("functions")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "isolambda: https://api.example.com answers GET "
        f"/v2/accounts/{ACCOUNT}/functions without a data[0].id as Isolambda has\n"
    )


@pytest.mark.parametrize(
    "reply",
    [
        httpx2.Response(200, content=b'{"data": [{"id"'),
        httpx2.Response(200, content=b"[" * 100_000),
        httpx2.Response(200, content=b'{"data": ' + b"9" * 5000 + b"}"),
        httpx2.Response(200, content=b"\xff\xfe"),
        httpx2.Response(200, json=[1]),
        httpx2.Response(302, headers={"Location": "https://[\x1b["}),
        httpx2.Response(404, json={"data": {"message": {"a": 1}, "cause": [1]}}),
        httpx2.Response(
            400, json={"data": {"a": {"b": {"message": "m", "line": {}, "value": []}}}}
        ),
        httpx2.Response(429, json={"data": 7, "message": []}, headers={"Retry-After": "-1"}),
        httpx2.DecodingError("bad gzip\x1b[2J"),
    ],
)
def test_what_is_no_answer_at_all_is_one_line_on_stderr(
    fake: FakeApi, reply: httpx2.Response | Exception
) -> None:
    fake.handlers = {"GET functions": reply}

    result = isolambda("functions", "--json")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("isolambda: ")
    assert result.stderr.count("\n") == 1
    assert "\x1b" not in result.stderr
