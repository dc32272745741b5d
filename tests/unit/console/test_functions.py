"""What the editor of the console makes of a function's document, without a browser."""

from pathlib import Path
from typing import Any

import pytest

from isolambda_api.http import plain_files
from isolambda_core.domain.functions.files import check_files
from isolambda_core.domain.functions.functions import FEATURES, FUNCTION_SCHEMA
from isolambda_core.domain.limits import ATTEMPTS, DEFAULT_LIMITS
from tests.unit.console.models import NODE, Evaluate

pytestmark = pytest.mark.skipif(not NODE, reason="NO node HERE: NO MODEL OF THE CONSOLE WAS RUN")

DOCUMENT: dict[str, Any] = {
    "id": "f" * 32,
    "name": "greet",
    "function_js": "return 1;",
    "enabled": True,
    "files": {"lib/a.js": "A", "lib/b.ts": "B"},
    "limits": {"memory_mb": 64},
    "team": "support",
    "_read_only": {"modified": 1},
}
STORAGE = """
const kept = new Map();
globalThis.localStorage = {
  getItem: (key) => kept.get(key) ?? null,
  setItem: (key, value) => void kept.set(key, value),
  removeItem: (key) => void kept.delete(key),
};
"""
DECLARATIONS = (Path(plain_files.__file__).parent / "isolambda.d.ts").read_text()


def edited(**keys: Any) -> dict[str, Any]:
    """Return the document with other ``keys``; None takes one away."""
    return {key: value for key, value in {**DOCUMENT, **keys}.items() if value is not None}


@pytest.mark.parametrize(
    ("after", "patch"),
    [
        (edited(), {}),
        (edited(_read_only={"modified": 2}), {}),
        (edited(function_js="return 2;"), {"function_js": "return 2;"}),
        (edited(team=None), {"team": None}),
        (edited(limits={"memory_mb": 128}), {"limits": {"memory_mb": 128}}),
        (edited(files={"lib/a.js": "A"}), {"files": {"lib/b.ts": None}}),
        (
            edited(files={"lib/a.js": "2", "lib/b.ts": "B", "c.js": "C"}),
            {"files": {"c.js": "C", "lib/a.js": "2"}},
        ),
        (edited(net={"allow": ["a.example"]}), {"net": {"allow": ["a.example"]}}),
        (edited(files=None), {"files": None}),
    ],
)
def test_a_save_sends_what_was_changed_and_nothing_else(
    evaluate: Evaluate, after: dict[str, Any], patch: dict[str, Any]
) -> None:
    assert evaluate("models.patchOf(before, after)", before=DOCUMENT, after=after) == patch


def test_changes_of_two_in_different_places_are_both_kept(evaluate: Evaluate) -> None:
    theirs = edited(record="all", files={"lib/a.js": "theirs", "lib/b.ts": "B"})
    mine = edited(name="welcome", files={"lib/a.js": "A"})

    both = evaluate("models.merged(theirs, saved, mine)", theirs=theirs, saved=DOCUMENT, mine=mine)

    assert both == edited(record="all", name="welcome", files={"lib/a.js": "theirs"})


def test_of_what_both_changed_the_later_author_keeps_their_own(evaluate: Evaluate) -> None:
    theirs, mine = edited(function_js="theirs"), edited(function_js="mine")

    both = evaluate("models.merged(theirs, saved, mine)", theirs=theirs, saved=DOCUMENT, mine=mine)

    assert both["function_js"] == "mine"


def test_a_key_that_is_called_like_a_prototype_is_a_key(evaluate: Evaluate) -> None:
    patch = evaluate(
        "models.patchOf(before, JSON.parse(after))",
        before=DOCUMENT,
        after='{"__proto__": {"enabled": false}, "name": "greet"}',
    )

    assert patch["__proto__"] == {"enabled": False}
    assert patch["enabled"] is None


@pytest.mark.parametrize(("language", "entry"), [("javascript", "js"), ("typescript", "ts")])
def test_a_field_that_the_api_complains_of_is_found_as_a_file(
    evaluate: Evaluate, language: str, entry: str
) -> None:
    document = edited(language_pack=language)
    fields = ["function_js", "files.lib/a%2Ejs", "limits.memory_mb"]

    found = evaluate(
        "fields.map((each) => models.fileOfField(it, each))", it=document, fields=fields
    )

    assert found == [f"function.{entry}", "lib/a.js", None]


@pytest.mark.parametrize(
    "name",
    [
        *("total.js", "lib/total.ts", "a/b/c.mjs", "data.json", "x.mts", "@a/b+c$.js"),
        *("lib/total.py", "", "/a.js", "a b.js", "../a.js", "a\\b.js", "a/../b.js", ".a.js"),
        *("a//b.js", "\u00e9.js", "x" * 126 + ".js", "x" * 125 + ".js", "function.js"),
    ],
)
def test_a_name_for_a_file_is_refused_where_the_api_refuses_it(
    evaluate: Evaluate, name: str
) -> None:
    fault = evaluate("models.faultOfFileName(it, name)", it=edited(files=None), name=name)

    refused = list(check_files({name: "{}"}))
    assert bool(fault) == bool(refused)


def test_defaults_are_those_of_the_platform(evaluate: Evaluate) -> None:
    properties = FUNCTION_SCHEMA["properties"]

    assert evaluate("models.DEFAULTS") == {
        "wall_time_ms": DEFAULT_LIMITS.wall_time_ms,
        "memory_mb": DEFAULT_LIMITS.memory_mb,
        "record": properties["record"]["default"],
        "attempts": ATTEMPTS,
        "isolation": properties["isolation"]["default"],
    }


def test_features_are_those_of_the_platform(evaluate: Evaluate) -> None:
    assert evaluate("models.FEATURES") == list(FEATURES)


def test_an_input_is_kept_by_its_name_and_forgotten_by_it(evaluate: Evaluate) -> None:
    kept = evaluate(
        f"""{{ {STORAGE}
        models.saveInput('f', {{ name: 'one', text: '1' }});
        models.saveInput('f', {{ name: 'two', text: '2' }});
        models.saveInput('f', {{ name: 'one', text: '3' }});
        models.saveInput('g', {{ name: 'other', text: '' }});
        const before = models.savedInputs('f');
        models.forgetInput('f', 'two');
        return [before, models.savedInputs('f')];
        }}"""
    )

    one, two = {"name": "one", "text": "3"}, {"name": "two", "text": "2"}
    assert kept == [[one, two], [one]]


def test_what_another_page_left_in_the_place_of_inputs_is_no_input(evaluate: Evaluate) -> None:
    left = ["{", "5", '{"a": 1}', '[1, null, {"name": 1, "text": ""}]']

    found = evaluate(
        f"""{{ {STORAGE}
        return left.map((text) => {{
          localStorage.setItem('isolambda.inputs.f', text);
          return models.savedInputs('f');
        }});
        }}""",
        left=left,
    )

    assert found == [[]] * len(left)


@pytest.mark.parametrize(
    ("path", "members"),
    [
        (["context"], {"execution_id", "kv", "secrets", "deadline_ms"}),
        (["context", "kv"], {"get", "put", "increment", "compareAndSet"}),
        (["context", "function"], set[str]()),
        (["console"], {"log", "warn", "table"}),
        (["Response"], {"json", "error", "redirect"}),
        (["AbortSignal"], {"any", "timeout"}),
        (["crypto", "subtle"], {"digest", "sign", "verify"}),
        (["URL"], {"createObjectURL", "canParse"}),
        (["nowhere"], set[str]()),
    ],
)
def test_the_editor_knows_the_members_that_a_function_has(
    evaluate: Evaluate, path: list[str], members: set[str]
) -> None:
    found = evaluate(
        "(models.membersAt(models.declarationsOf(text), path) ?? []).map(({ name }) => name)",
        text=DECLARATIONS,
        path=path,
    )

    assert members <= set(found)
    assert bool(found) == bool(members)
