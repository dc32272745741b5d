"""What counts of two versions for one input, and what differs by itself."""

from typing import Any

import pytest

from isolambda_core.domain.executions.execution import ExecutionError, ExecutionResult, Outcome
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.replays.executions import Replayed, Verdict, compared
from isolambda_core.domain.replays.noise import Noise
from isolambda_core.domain.replays.observations import Observed, observed, refused


def returned(value: Any) -> Observed:
    return observed(ExecutionResult("", Outcome.OK, dump(value).encode()))


def failed(outcome: Outcome) -> Observed:
    return observed(ExecutionResult("", outcome, error=ExecutionError("Error", "no")))


def of(old: list[Any], new: list[Any], recorded: Observed | None = None) -> tuple[Replayed, Noise]:
    return compared("e1", recorded, list(map(returned, old)), list(map(returned, new)))


def paths(replayed: Replayed) -> list[str]:
    return [each.path for each in replayed.found]


def test_what_all_executions_return_is_equal() -> None:
    replayed, noise = of([{"a": 1}] * 2, [{"a": 1}])

    assert replayed.verdict is Verdict.EQUAL
    assert noise == Noise()


def test_what_stays_different_counts() -> None:
    replayed, _ = of([{"a": 1, "b": 2}] * 3, [{"a": 1, "b": 3}] * 2)

    assert replayed.verdict is Verdict.DIFFERENT
    assert paths(replayed) == ["/result/b"]


def test_what_a_second_execution_does_not_show_again_does_not_count() -> None:
    yesterday, today = {"day": "2026-11-29"}, {"day": "2026-11-30"}
    replayed, _ = of([yesterday, yesterday, today], [today, today])

    assert replayed.verdict is Verdict.EQUAL


def test_what_differs_between_two_executions_of_the_old_version_does_not_count() -> None:
    replayed, noise = of([{"at": 1, "b": 1}, {"at": 2, "b": 1}], [{"at": 3, "b": 2}])

    assert paths(replayed) == ["/result/b"]
    assert noise.paths == {"/result/at"}


def test_what_the_record_has_otherwise_than_the_same_version_now_does_not_count() -> None:
    replayed, _ = of([{"day": "30"}] * 2, [{"day": "31"}], returned({"day": "29"}))

    assert replayed.verdict is Verdict.EQUAL


def test_a_record_that_ended_otherwise_says_nothing() -> None:
    replayed, noise = of([1] * 3, [2] * 2, failed(Outcome.EXCEEDED_WALL_TIME))

    assert paths(replayed) == ["/result"]
    assert noise == Noise()


def test_what_is_below_noise_is_noise() -> None:
    replayed, _ = of([{"a": None}, {"a": {"b": 1}}], [{"a": {"b": 2}}])

    assert replayed.verdict is Verdict.EQUAL


def test_noise_in_one_item_is_noise_in_all() -> None:
    replayed, _ = of([[{"id": 1}, {"id": 5}], [{"id": 2}, {"id": 5}]], [[{"id": 2}, {"id": 6}]])

    assert replayed.verdict is Verdict.EQUAL


def test_names_that_are_new_each_time_are_noise_and_other_keys_beside_them_are_not() -> None:
    old = [{"u1": 0, "kept": 1}, {"u2": 0, "kept": 1}]

    assert of(old, [{"u3": 0, "kept": 1}])[0].verdict is Verdict.EQUAL
    assert paths(of(old, [{"u3": 0, "kept": 2}])[0]) == ["/result/kept"]
    assert paths(of(old, [{"u3": 0}])[0]) == ["/result/kept"]


def test_names_that_only_the_new_version_makes_up_count() -> None:
    replayed, _ = of([{}] * 3, [{"u1": 0}, {"u2": 0}])

    assert paths(replayed) == ["/result/u2"]


def test_an_array_whose_length_changes_by_itself_still_has_its_items_compared() -> None:
    old = [[1, 1], [1, 1, 1]]

    assert of(old, [[1]])[0].verdict is Verdict.EQUAL
    assert of(old, [[1, 1, 1, 1]])[0].verdict is Verdict.EQUAL
    assert of(old, [[2, 1]])[0].verdict is Verdict.DIFFERENT


def test_a_key_that_is_there_at_times_is_noise_and_a_new_key_is_not() -> None:
    old: list[Any] = [{}, {"debug": 1}]

    assert of(old, [{"debug": 2}])[0].verdict is Verdict.EQUAL
    assert paths(of(old, [{"debug": 1, "more": 1}])[0]) == ["/result/more"]


@pytest.mark.parametrize(
    ("new", "path"),
    [
        ({}, "/result/at"),
        ({"at": "3"}, "/result/at"),
        ({"at": None}, "/result/at"),
        ({"at": True}, "/result/at"),
        ({"at": {"ms": 3}}, "/result/at"),
        ({"at": [3]}, "/result/at"),
        (None, "/result"),
    ],
)
def test_a_value_that_is_another_each_time_counts_when_it_is_gone_or_of_another_type(
    new: Any, path: str
) -> None:
    old = [{"at": 1}, {"at": 2.5}, {"at": 4}]

    assert paths(of(old, [new] * 2)[0]) == [path]
    assert of(old, [{"at": 5.5}] * 2)[0].verdict is Verdict.EQUAL


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([{"at": 1}, {}, {"at": 2}], {}),
        ([{"at": 1}, {"at": "a"}, {"at": 2}], {"at": None}),
        ([{"at": None}, {"at": 1}, {"at": 2}], {}),
        ([{"at": {"b": 1}}, {}, {"at": {"b": 2}}], {"at": {}}),
        ([[1, 2], [3, 4], [5, 6]], [7]),  # how many items there are says nothing yet
        ([[1, 2], [3, 4], [5, 6]], [None, 2]),
    ],
)
def test_what_comes_and_goes_or_is_of_several_types_by_itself_does_not_count(
    old: list[Any], new: Any
) -> None:
    assert of(old, [new] * 2)[0].verdict is Verdict.EQUAL


def test_what_comes_and_goes_for_one_input_does_not_count_for_another() -> None:
    replayed, noise = of([{"at": 1}, {"at": 2}, {"at": 3}], [{}] * 2)
    _, elsewhere = of([{"at": 1}, {}], [{}])

    assert paths(replayed.without(noise)) == ["/result/at"]
    assert paths(replayed.without(noise | elsewhere)) == []


def test_an_error_in_the_place_of_a_result_counts_however_the_old_version_ended() -> None:
    replayed, _ = compared(
        "e1", None, [returned({"a": 1}), returned({"a": 2})], [failed(Outcome.EXCEPTION)]
    )

    assert "/outcome" in paths(replayed)


def test_a_version_that_refuses_the_input_is_different() -> None:
    replayed, _ = compared("e1", None, [returned(1)] * 2, [refused("a is missing")])

    assert replayed.found[0].new == "refused"


@pytest.mark.parametrize(
    ("old", "reason"),
    [
        (failed(Outcome.INTERNAL_ERROR), "the old version could not be executed"),
        (failed(Outcome.EXCEEDED_WALL_TIME), "the old version takes longer than a replay waits"),
        (refused("no"), "the old version refuses the input"),
        (Observed("ok", b"1", unrecorded=1), "the old version asks what the record does not have"),
    ],
)
def test_nothing_is_compared_with_an_execution_that_says_nothing(
    old: Observed, reason: str
) -> None:
    replayed, _ = compared("e1", None, [returned(1), old], [returned(2)])

    assert replayed.verdict is Verdict.SKIPPED
    assert replayed.reason == reason


def test_a_report_has_room_for_so_many_differences_and_counts_the_others() -> None:
    keys = [f"k{letter}" for letter in "abcdefghijkl"]
    replayed, _ = of([dict.fromkeys(keys, 1)] * 2, [dict.fromkeys(keys, 2)])

    assert len(replayed.found) == 10
    assert replayed.more == 2
