from typing import Any

from isolambda_core.domain.limits import (
    SHADOW_DIFFERENCES,
    SHADOW_EXECUTIONS,
    SHADOW_NOISE,
)
from isolambda_core.domain.replays.comparison import Difference, Kind
from isolambda_core.domain.replays.executions import Replayed
from isolambda_core.domain.replays.noise import NO_NOISE, Noise
from isolambda_core.domain.shadows.report import ShadowReport


def different(execution: str, *paths: str) -> Replayed:
    found = tuple(Difference(path, Kind.CHANGED, 1, 2) for path in paths)
    return Replayed(execution, None, found)


def counts(report: ShadowReport) -> tuple[int, int, int, int]:
    return report.equal, report.different, report.skipped, report.dropped


def executions(report: ShadowReport) -> list[str]:
    return [each.execution_id for each in report.found]


def test_each_execution_counts_as_equal_different_or_skipped() -> None:
    report = ShadowReport()
    for replayed in (
        Replayed("a"),
        different("b", "/result"),
        Replayed("c", "the old version refuses the input"),
        different("d", "/error"),
    ):
        report = report.after(replayed, NO_NOISE)

    assert counts(report) == (1, 2, 1, 0)
    assert executions(report) == ["d", "b"]
    assert report.reason == "the old version refuses the input"
    assert report.revision == 4


def test_what_was_dropped_counts_with_the_next_execution() -> None:
    report = ShadowReport().after(Replayed("a"), NO_NOISE, 3).after(Replayed("b"), NO_NOISE, 2)

    assert counts(report) == (2, 0, 0, 5)


def test_what_is_found_to_differ_by_itself_counts_no_more() -> None:
    noise = Noise(frozenset({"/result/at"}))
    report = ShadowReport()
    report = report.after(different("a", "/result/at"), NO_NOISE)
    report = report.after(different("b", "/result/at", "/result/total"), NO_NOISE)

    report = report.after(Replayed("c"), noise)
    later = report.after(different("d", "/result/at"), NO_NOISE)

    assert counts(report) == (2, 1, 0, 0)
    assert [each.path for each in report.found[0].found] == ["/result/total"]
    assert counts(later) == (3, 1, 0, 0)
    assert executions(later) == ["b"]


def test_it_has_the_latest_executions_and_the_first_differences_of_each() -> None:
    paths = [f"/result/{name}" for name in "abcdefgh"]
    report = ShadowReport()
    for number in range(SHADOW_EXECUTIONS + 2):
        report = report.after(different(str(number), *paths), NO_NOISE)

    assert report.different == SHADOW_EXECUTIONS + 2
    assert executions(report)[::19] == ["21", "2"]
    assert [len(each.found) for each in report.found] == [SHADOW_DIFFERENCES] * SHADOW_EXECUTIONS
    assert {each.more for each in report.found} == {len(paths) - SHADOW_DIFFERENCES}


def test_what_differs_by_itself_is_bounded() -> None:
    patterns = frozenset(f"/result/{number}x" for number in range(SHADOW_NOISE + 9))

    report = ShadowReport().after(Replayed("a"), Noise(patterns, patterns))

    assert [len(report.noise.paths), len(report.noise.members)] == [SHADOW_NOISE] * 2


def test_clients_read_the_counts_and_where_the_latest_executions_differ() -> None:
    report = ShadowReport().after(Replayed("a"), NO_NOISE, 4)
    report = report.after(different("b", "/result/total", "/requests/GET x/0/url"), NO_NOISE)

    document: Any = report.document

    assert {name: document[name] for name in ("compared", "equal", "different", "dropped")} == {
        "compared": 2,
        "equal": 1,
        "different": 1,
        "dropped": 4,
    }
    assert document["executions"] == [
        {
            "execution_id": "b",
            "differences": [
                {"path": "/result/total", "kind": "changed", "old": 1, "new": 2, "times": 1}
            ],
            "requests": [
                {"path": "/requests/GET x/0/url", "kind": "changed", "old": 1, "new": 2, "times": 1}
            ],
            "more": 0,
        }
    ]
