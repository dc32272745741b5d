"""Reports say everything about what failed, and nothing of an author's text breaks their form."""

import json
import xml.etree.ElementTree as ET

import pytest

from isolambda_cli.testing.reports.json_lines import json_lines
from isolambda_cli.testing.reports.junit import junit
from isolambda_cli.testing.reports.pretty import pretty
from isolambda_cli.testing.reports.tap import tap
from isolambda_cli.testing.results import CaseResult, Failure, FileResult, Place, Verdict
from isolambda_core.domain.executions.execution import LogLine

NASTY = 'a <b> & "c" ]]> # \\ \x1b[31m\x00\ud800\ufeff'
FAILURE = Failure("Error", f"{NASTY}\nsecond", Place("src/a.js", 3, 5), "  x.y;")
RESULTS = [
    FileResult(
        "src/a.test.js",
        [
            CaseResult("passes", Verdict.PASSED, 1.0),
            CaseResult(NASTY, Verdict.FAILED, 2.0, FAILURE, [LogLine("log", NASTY, 0)]),
            CaseResult("left out", Verdict.SKIPPED),
            CaseResult("later", Verdict.TODO),
        ],
        ms=5.0,
        written=1,
        obsolete=2,
    ),
    FileResult("src/b.test.js", failures=[Failure("SyntaxError", "Unexpected token")]),
]


def test_tap_has_a_point_for_each_case_and_each_broken_file() -> None:
    lines = list(tap(RESULTS))

    assert lines[0] == "TAP version 14"
    assert [line for line in lines if line.startswith(("ok", "not ok", "1.."))] == [
        "ok 1 - src/a.test.js > passes",
        'not ok 2 - src/a.test.js > a <b> & "c" ]]> \\# \\\\ \\\\x1b[31m\\\\x00\\\\ud800\\\\ufeff',
        "ok 3 - src/a.test.js > left out # SKIP",
        "ok 4 - src/a.test.js > later # TODO",
        "not ok 5 - src/b.test.js",
        "1..5",
    ]
    assert "    line: 3" in lines


def test_junit_is_xml_whatever_an_author_writes() -> None:
    text = "\n".join(junit(RESULTS))

    root = ET.fromstring(text)  # noqa: S314 - it is our own
    first, second = root
    assert (first.attrib["tests"], first.attrib["failures"]) == ("4", "1")
    assert first.attrib["skipped"] == "2"
    failed = first[1]
    assert failed.attrib["name"] == 'a <b> & "c" ]]> # \\ �[31m��\ufeff'
    failure = failed.find("failure")
    assert failure is not None
    assert failure.text is not None
    assert failure.text.endswith("second\nsrc/a.js:3:5\n  x.y;")
    assert failed.findtext("system-out") == 'log: a <b> & "c" ]]> # \\ �[31m��\ufeff'
    assert second.attrib["failures"] == "1"


def test_the_report_for_people_shows_the_line_and_counts() -> None:
    text = "\n".join(pretty(RESULTS))

    assert "at \x1b[36msrc/a.js:3:5" in text
    assert "    3 |   x.y;" in text
    assert "      |     ^" in text
    assert "1 snapshot written" in text
    assert text.endswith("1 passed, 1 failed, 1 skipped, 1 todo, 1 file failed (5 ms)")


@pytest.mark.parametrize("letter", ["\x1b", "\x07", "\r", "\u202e"])
def test_no_control_of_an_author_reaches_the_terminal(letter: str) -> None:
    case = CaseResult(f"a{letter}b", Verdict.FAILED, 0.0, Failure("E", f"c{letter}d"))
    lines = [LogLine("log", f"e{letter}f", 0)]

    shown = "\n".join(pretty([FileResult("f", [case], lines=lines)]))

    assert f"a{letter}b" not in shown
    assert f"c{letter}d" not in shown
    assert f"e{letter}f" not in shown


def test_json_has_a_line_of_ascii_for_each_file() -> None:
    lines = list(json_lines(RESULTS))

    assert all(line.isascii() for line in lines)
    first, second = map(json.loads, lines)
    assert (first["file"], first["passed"], second["passed"]) == ("src/a.test.js", False, False)
    verdicts = [case["verdict"] for case in first["cases"]]
    assert verdicts == ["passed", "failed", "skipped", "todo"]
    failed = first["cases"][1]
    assert failed["name"] == failed["logs"][0]["text"] == NASTY
    assert failed["failure"]["message"] == f"{NASTY}\nsecond"
    assert (failed["failure"]["file"], failed["failure"]["line"]) == ("src/a.js", 3)
    assert second["failures"][0]["file"] is None
