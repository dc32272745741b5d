"""``isolambda.toml``: what it says of functions, and how its mistakes are named."""

from hashlib import sha256
from pathlib import Path

import pytest

from isolambda_cli.project.errors import ManifestError, NoProjectError
from isolambda_cli.project.functions import FunctionSpec
from isolambda_cli.project.manifest import MANIFEST, parse_manifest, read_project

WHOLE = """\
[project]
name = "shop"

[functions.greet]
main = "src/greet.ts"
record = "all"
net = { allow = ["api.example.com"] }
limits.wall_time_ms = 1000

[[functions.greet.triggers]]
type = "schedule"
schedule = "rate(5 minutes)"

[[functions.greet.triggers]]
name = "orders"
type = "event"
pattern = { source = ["shop"] }
qualifier = "live"

[functions.greet.aliases]
live = "deploy"

[functions."say bye"]
id = "AAAAAAAA-AAAA-AAAA-AAAA-AAAAAAAAAAAA"
main = "./src/bye.js"
"""


def manifest(folder: Path, text: str) -> Path:
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    return folder


def greet(folder: Path, lines: str) -> FunctionSpec:
    text = f'[project]\nname = "shop"\n[functions.greet]\nmain = "greet.js"\n{lines}'
    return read_project(manifest(folder, text)).functions["greet"]


def refused(folder: Path, text: str) -> str:
    with pytest.raises(ManifestError) as refusal:
        read_project(manifest(folder, text))
    return str(refusal.value)


def test_a_manifest_describes_its_functions(tmp_path: Path) -> None:
    project = read_project(manifest(tmp_path, WHOLE))

    assert (project.folder, project.name) == (tmp_path, "shop")
    assert project.functions["greet"] == FunctionSpec(
        folder=tmp_path,
        name="greet",
        id=sha256(b"shop/greet").hexdigest()[:32],
        main="src/greet.ts",
        settings={
            "record": "all",
            "net": {"allow": ["api.example.com"]},
            "limits": {"wall_time_ms": 1000},
        },
        triggers=[
            {
                "name": "schedule",
                "type": "schedule",
                "schedule": "rate(5 minutes)",
                "qualifier": "$LATEST",
            },
            {
                "name": "orders",
                "type": "event",
                "pattern": {"source": ["shop"]},
                "qualifier": "live",
            },
        ],
        aliases=("live",),
    )
    assert project.functions["say bye"].id == "a" * 32
    assert project.functions["say bye"].main == "src/bye.js"


def test_a_manifest_is_found_above(tmp_path: Path) -> None:
    (tmp_path / "src/deep").mkdir(parents=True)
    manifest(tmp_path, WHOLE)

    assert read_project(tmp_path / "src/deep").folder == tmp_path


def test_without_a_manifest_the_error_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NoProjectError, match=r"no isolambda\.toml in .*; `isolambda init NAME`"):
        read_project(tmp_path)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[project\n", "isolambda.toml:1:9: Expected ']' at the end of a table declaration"),
        ("a = 1\nb = \n", "isolambda.toml:2:5: Invalid value"),
        ("a = [", "isolambda.toml:1:6: Invalid value"),
        ("x = " + "[" * 5000, "isolambda.toml: is nested too deeply"),
    ],
)
def test_what_is_no_toml_is_named_with_line_and_column(
    tmp_path: Path, text: str, error: str
) -> None:
    assert refused(tmp_path, text) == error


@pytest.mark.parametrize("part", ["a", '""', "'' "])
@pytest.mark.parametrize("text", ["{} = 1", "[{}]", "[[{}]]", "x = {{ {} = 1 }}"])
def test_a_key_of_very_many_parts_is_refused_before_it_is_parsed(
    tmp_path: Path, text: str, part: str
) -> None:
    key = ".".join([part] * 60_000)

    message = refused(tmp_path, f"\n{text.format(key)}")

    assert message == "isolambda.toml:2: a key has at most 50 parts"


def test_a_key_of_many_parts_is_a_key_as_any_other(tmp_path: Path) -> None:
    key = ".".join(["a"] * 50)

    message = refused(tmp_path, f"{WHOLE}limits.{key[:-2]} = 1\n")

    assert message.endswith(": functions.say bye: must nest 32 levels or less")


@pytest.mark.parametrize(
    ("before", "after", "error"),
    [
        ("[project]", "[projects]", "1: projects: unknown; a manifest has"),
        ('name = "shop"', 'name = "a/b"', "2: project.name: 'a/b' is no name of a project"),
        ('name = "shop"', 'name = "shop"\nowner = 1', "3: project.owner: unknown"),
        ('record = "all"', 'recrod = "all"', "6: functions.greet.recrod: unknown; a function has"),
        ('record = "all"', "record = 2026-01-01", "6: functions.greet.record: is a date or a time"),
        (
            'record = "all"',
            'record = "some"',
            "6: functions.greet.record: must be one of all, failures, replayable, none",
        ),
        ('record = "all"', "attempts = inf", "6: functions.greet.attempts: is no number"),
        ('["api.example.com"]', "[2020-01-01]", "7: functions.greet.net.allow.0: is a date"),
        ('["api.example.com"]', '["*"]', "7: functions.greet.net.allow.0: "),
        (
            "wall_time_ms = 1000",
            "wall_time_ms = 1",
            "8: functions.greet.limits.wall_time_ms: must be 10 or",
        ),
        ("wall_time_ms = 1000", "wall_ms = 1000", "8: functions.greet.limits.wall_ms: unknown"),
        ('main = "src/greet.ts"\n', "", "4: functions.greet.main: must be the path of the file"),
        ('"src/greet.ts"', '"/etc/greet.ts"', "5: functions.greet.main: must be below"),
        ('"src/greet.ts"', '"../greet.ts"', "5: functions.greet.main: must be below"),
        ('"src/greet.ts"', '"src/../../greet.ts"', "5: functions.greet.main: must be below"),
        ('"src/greet.ts"', '"src/greet.py"', "5: functions.greet.main: must end in .js"),
        ('"rate(5 minutes)"', '"rate(5)"', "12: functions.greet.triggers.0.schedule: "),
        (
            'type = "event"',
            'type = "events"',
            "16: functions.greet.triggers.1.type: must be one of",
        ),
        ('name = "orders"', 'name = "schedule"', "14: functions.greet.triggers.1: another trigger"),
        (
            'qualifier = "live"',
            "qualifeir = 1",
            "18: functions.greet.triggers.1.qualifeir: unknown",
        ),
        ('qualifier = "live"', 'secret = "s"', "18: functions.greet.triggers.1.secret: does not"),
        ('live = "deploy"', "live = 3", '21: functions.greet.aliases.live: must be "deploy"'),
        ('live = "deploy"', '3 = "deploy"', "21: functions.greet.aliases.3: must be a name"),
        ("AAAAAAAA-", "AAAA-", "24: functions.say bye.id: must be 32 hexadecimal characters"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_its_key(
    tmp_path: Path, before: str, after: str, error: str
) -> None:
    assert before in WHOLE

    message = refused(tmp_path, WHOLE.replace(before, after, 1))

    assert message.startswith(f"isolambda.toml:{error}")


def test_two_functions_with_one_id_are_refused(tmp_path: Path) -> None:
    both = f'{WHOLE}[functions.third]\nid = "{"a" * 32}"\nmain = "third.js"\n'

    assert refused(tmp_path, both) == (
        "isolambda.toml:27: functions.third.id: is that of `say bye`, too"
    )


def test_a_manifest_without_a_function_is_refused(tmp_path: Path) -> None:
    message = refused(tmp_path, '[project]\nname = "shop"\n')

    assert message.endswith("a project has at least one [functions.NAME]")


def test_a_manifest_that_is_too_long_is_not_read_to_its_end(tmp_path: Path) -> None:
    assert refused(tmp_path, "#" * 300_000) == (
        "isolambda.toml: is longer than the 262144 bytes that are left for it"
    )


def test_a_manifest_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_bytes(b"[project]\nname = '\xff'\n")

    with pytest.raises(ManifestError, match=r"isolambda\.toml:2: is not UTF-8"):
        read_project(tmp_path)


def test_the_tests_of_a_function_stand_beside_its_main_file(tmp_path: Path) -> None:
    spec = greet(tmp_path, "")
    for name in ("greet.js", "greet.test.js", "greet.big.test.ts", "greet.test.txt", "bye.test.js"):
        (tmp_path / name).touch()

    assert [path.name for path in spec.tests] == ["greet.big.test.ts", "greet.test.js"]


def test_a_number_of_more_digits_than_are_read_is_an_error(tmp_path: Path) -> None:
    text = f'[project]\nname = "a"\n[functions.f]\nmain = "f.js"\nattempts = {"9" * 5000}\n'

    with pytest.raises(ManifestError, match="a number of too many digits"):
        parse_manifest(tmp_path, text)
