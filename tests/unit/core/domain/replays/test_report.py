"""What a replay says of all executions together."""

import pytest

from isolambda_core.domain.json_text import dump, parse
from isolambda_core.domain.replays.comparison import Difference, Kind
from isolambda_core.domain.replays.executions import Replayed, Taken, Verdict
from isolambda_core.domain.replays.noise import Noise
from isolambda_core.domain.replays.report import Report
from isolambda_core.domain.replays.usage import Comparison, Pair


def different(id: str, path: str, more: int = 0) -> Replayed:  # noqa: A002
    return Replayed(id, found=(Difference(path, Kind.CHANGED, 1, 2),), more=more)


def took(old: float, new: float, *, cold: bool = False, memory_mb: float = 1.0) -> Replayed:
    olds = (Taken(old, 1.0, cold), Taken(old, 1.0, cold))
    return Replayed("e", old=olds, new=(Taken(new, memory_mb, cold),))


def test_the_summary_counts_verdicts_and_other_requests() -> None:
    executions = [
        Replayed("e1"),
        different("e2", "/result/a"),
        different("e3", "/requests/GET x/0/body"),
        Replayed("e4", "it is incomplete"),
    ]
    summary = Report.made_of("1", "2", executions, Noise()).summary

    assert summary["compared"] == 3
    assert summary["equal"] == 1
    assert summary["different"] == 2
    assert summary["skipped"] == 1
    assert summary["other_requests"] == 1
    assert summary["different_percent"] == 66.67


def test_a_replay_of_nothing_has_a_summary() -> None:
    assert Report("1", "2").summary["different_percent"] == 0.0


def test_noise_in_one_execution_takes_its_path_from_all() -> None:
    report = Report.made_of(
        "1", "2", [different("e1", "/result/0/at")], Noise(frozenset({"/result/*/at"}))
    )

    assert [each.verdict for each in report.executions] == [Verdict.EQUAL]


def test_differences_that_a_report_had_no_room_for_stay() -> None:
    noise = Noise(frozenset({"/result/at"}))
    report = Report.made_of("1", "2", [different("e1", "/result/at", more=1)], noise)

    assert [each.verdict for each in report.executions] == [Verdict.DIFFERENT]


def test_reports_of_pages_become_one_as_if_there_had_been_one_page() -> None:
    first, second = different("e1", "/result/at"), different("e2", "/result/b")
    noise = Noise(frozenset({"/result/at"}))
    whole = Report.made_of("1", "2", [first, second], noise)

    parts = [Report.made_of("1", "2", [first], Noise()), Report.made_of("1", "2", [second], noise)]
    read = [Report.of(parse(dump(each.document))) for each in parts]  # type: ignore[arg-type]

    assert (read[0] | read[1]).document == whole.document


def test_reports_of_other_versions_do_not_become_one() -> None:
    with pytest.raises(ValueError, match=r"1\.\.3 is not 1\.\.2"):
        Report("1", "2") | Report("1", "3")


@pytest.mark.parametrize(
    ("old", "new", "inputs", "more"),
    [
        (10, 20, 16, True),
        (10, 20, 15, False),  # too few
        (10, 12, 30, False),  # not much more
        (0.2, 2.1, 30, False),  # under two milliseconds more
        (20, 10, 30, False),
    ],
)
def test_a_version_is_slower_where_it_is_so_for_most_inputs(
    old: float, new: float, inputs: int, more: bool
) -> None:
    report = Report.made_of("1", "2", [took(old, new)] * inputs, Noise())

    assert report.cpu_ms.more is more
    assert not report.memory_mb.more


def test_a_version_that_is_slower_for_half_of_the_inputs_is_not_slower() -> None:
    pairs = [Pair([10, 30], [20])] * 5 + [Pair([10, 10], [20])] * 5

    assert not Comparison.of(pairs, 1.0).more


def test_the_first_executions_say_nothing_of_time() -> None:
    executions = [took(10, 50)] * 8 + [took(10, 10)] * 9

    assert Report.made_of("1", "2", executions, Noise()).cpu_ms.new == 10


def test_more_memory_is_seen_as_more_time_is() -> None:
    report = Report.made_of("1", "2", [took(1, 1, memory_mb=9.0)] * 16, Noise())

    assert report.memory_mb.more
    assert not report.cpu_ms.more


def test_cold_executions_count_where_there_are_no_others() -> None:
    cold = [took(10, 90, cold=True)] * 16

    assert Report.made_of("1", "2", cold, Noise()).cpu_ms.more
    assert Report.made_of("1", "2", [*cold, took(10, 10)], Noise()).cpu_ms.inputs == 1
