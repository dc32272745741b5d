"""``isolambda replay``: what is asked page by page, what is shown, and when it fails."""

import json
from typing import Any

import httpx2
import pytest

from isolambda_core.domain.json_text import dump
from isolambda_core.domain.replays.comparison import Difference, Kind
from isolambda_core.domain.replays.executions import Replayed, Taken
from isolambda_core.domain.replays.noise import NO_NOISE, Noise
from isolambda_core.domain.replays.report import Report
from tests.unit.cli.fake_api import FakeApi, data
from tests.unit.cli.installations import isolambda

ID = "1" * 32
PATH = f"POST functions/{ID}/replays"
EQUAL = [Replayed(f"{number:032x}") for number in range(3)]
DIFFERENT = Replayed("e" * 32, found=(Difference("/result/a/0", Kind.CHANGED, 1, "\x1b[2J"),))


@pytest.fixture(autouse=True)
def _function(fake: FakeApi) -> None:
    fake.handlers |= {f"GET functions/{ID}": data({"id": ID, "name": "greet"})}


def answers(fake: FakeApi, *reports: Report) -> None:
    """Answer with these reports, each with the key of the next."""
    left = [json.loads(dump(report.document)) for report in reports]
    for number, report in enumerate(left[:-1]):
        report["next_start_key"] = f"key{number}"
    fake.handlers[PATH] = lambda _: data(left.pop(0))


def report_of(*executions: Replayed, noise: Noise = NO_NOISE) -> Report:
    return Report.made_of("6", "7", executions, noise)


def bodies(fake: FakeApi) -> list[Any]:
    return [json.loads(each.content)["data"] for each in fake.requests if each.method == "POST"]


def test_equal_executions_exit_with_0(fake: FakeApi) -> None:
    answers(fake, report_of(*EQUAL))

    result = isolambda("replay", ID, "live..7")

    assert result.exit_code == 0
    assert result.stdout == "6..7: 3 compared, 3 equal, 0 different (0 %), 0 skipped\n"
    assert bodies(fake) == [{"from": "live", "to": "7", "sample": 200}]


def test_without_a_new_version_it_is_the_draft(fake: FakeApi) -> None:
    answers(fake, report_of(*EQUAL))

    isolambda("replay", ID, "live")

    assert bodies(fake)[0]["to"] == "$LATEST"


def test_a_difference_is_shown_once_with_an_example_and_exits_with_1(fake: FakeApi) -> None:
    other = Replayed(
        "d" * 32,
        found=(
            Difference("/result/a/1", Kind.CHANGED, 1, 2),
            Difference("/requests/GET https:~1~1a.test~1b/0/headers/c", Kind.REMOVED, "1"),
            Difference("/result/b", Kind.ADDED, new=None),
        ),
        more=2,
    )
    answers(fake, report_of(DIFFERENT, other, noise=Noise(frozenset({"/result/at"}))))

    result = isolambda("replay", ID, "live..7")

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f'~ /result/a/0: 1 → "\\u001b[2J" (in 2, as {"e" * 32})',
        f"+ /result/b: null (in 1, as {'d' * 32})",
        f'- GET https://a.test/b 0/headers/c: "1" (in 1, as {"d" * 32})',
        "… and 2 differences that reports have no room for",
        "differs by itself: /result/at",
        "6..7: 2 compared, 0 equal, 2 different (100 %), 0 skipped",
    ]


def test_a_value_that_the_report_cut_is_shown_as_it_is(fake: FakeApi) -> None:
    long = Difference("/result", Kind.CHANGED, {"a": "x" * 1_000}, "y")
    answers(fake, report_of(Replayed("e" * 32, found=(long,))))

    result = isolambda("replay", ID, "live..7")

    assert result.stdout.startswith('~ /result: {"a":"xxx')
    assert '… → "y" (in 1' in result.stdout


@pytest.mark.parametrize(("threshold", "code"), [("24.9", 1), ("25", 0), ("100", 0)])
def test_so_many_percent_may_be_different(fake: FakeApi, threshold: str, code: int) -> None:
    answers(fake, report_of(*EQUAL, DIFFERENT))

    assert isolambda("replay", ID, "1..2", "--threshold", threshold).exit_code == code


def test_more_time_exits_with_1_whatever_the_threshold(fake: FakeApi) -> None:
    one, ten = Taken(1, 1, cold=False), Taken(10, 1, cold=False)
    answers(fake, report_of(*[Replayed("e" * 32, old=(one, one), new=(ten,))] * 16))

    result = isolambda("replay", ID, "live..7", "--threshold", "100")

    assert result.exit_code == 1
    assert "! more processor time: 1 ms → 10 ms, the medians of 8 inputs" in result.stdout


def test_a_long_sample_is_asked_in_pages_of_what_the_first_one_was_about(fake: FakeApi) -> None:
    noise = Noise(frozenset({"/result/a/*"}))
    answers(fake, report_of(DIFFERENT), report_of(*EQUAL, noise=noise))

    result = isolambda("replay", ID, "live..7", "--sample", "201", "--json")

    assert result.exit_code == 0
    assert bodies(fake) == [
        {"from": "live", "to": "7", "sample": 200},
        {"from": "6", "to": "7", "sample": 200, "start_key": "key0"},
    ]
    assert json.loads(result.stdout)["summary"]["equal"] == 4


def test_no_more_is_asked_than_the_sample(fake: FakeApi) -> None:
    answers(fake, report_of(*EQUAL), report_of(*EQUAL))

    isolambda("replay", ID, "live..7", "--sample", "3")

    assert len(bodies(fake)) == 1


def test_a_server_that_does_not_get_on_is_not_asked_for_ever(fake: FakeApi) -> None:
    page = {**json.loads(dump(report_of().document)), "next_start_key": "same"}
    fake.handlers[PATH] = data(page)

    assert isolambda("replay", ID, "live..7").exit_code == 0
    assert len(bodies(fake)) == 2


def test_a_report_of_other_versions_is_not_merged(fake: FakeApi) -> None:
    answers(fake, report_of(*EQUAL), Report("6", "8"))

    result = isolambda("replay", ID, "live..7")

    assert result.exit_code == 1
    assert "a version changed in between: 6..8 is not 6..7" in result.stderr


def test_what_was_skipped_is_counted_and_nothing_compared_is_a_warning(fake: FakeApi) -> None:
    answers(fake, report_of(Replayed("e" * 32, "its record is gone")))

    result = isolambda("replay", ID, "live..7")

    assert (result.exit_code, result.stdout.splitlines()[0]) == (
        0,
        "? 1 skipped: its record is gone",
    )
    assert "nothing was compared" in result.stderr


@pytest.mark.parametrize("versions", ["..7", ""])
def test_versions_that_name_no_old_one_are_refused(fake: FakeApi, versions: str) -> None:
    result = isolambda("replay", ID, versions)

    assert result.exit_code == 1
    assert "is not like live..7" in result.stderr
    assert bodies(fake) == []


def test_a_refusal_is_shown(fake: FakeApi) -> None:
    fake.handlers[PATH] = httpx2.Response(404, json={"data": {}, "message": "no such version"})

    assert isolambda("replay", ID, "live..7").exit_code == 1
