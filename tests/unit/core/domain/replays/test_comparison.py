"""Where two executions differ."""

from typing import Any

import pytest

from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionResult,
    Outcome,
    exceeded,
)
from isolambda_core.domain.executions.operations import RecordedOperation, RecordedOperations
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.limits import (
    REPLAY_COMPARED_BYTES,
    REPLAY_DIFFERENCES_EXAMINED,
    REPLAY_PATH_CHARACTERS,
    REPLAY_VALUE_CHARACTERS,
)
from isolambda_core.domain.replays.comparison import differences, grouped
from isolambda_core.domain.replays.observations import Observed, observed


def returned(value: Any) -> Observed:
    return observed(ExecutionResult("", Outcome.OK, dump(value).encode()))


def asked(*operations: tuple[str, dict[str, Any]]) -> Observed:
    recorded = tuple(RecordedOperation(kind, dump(fields)) for kind, fields in operations)
    return observed(ExecutionResult("", Outcome.OK, recorded=RecordedOperations(recorded)))


def put(key: str, value: int) -> tuple[str, dict[str, Any]]:
    return "kv", {"op": "put", "namespace": "n", "key": key, "value": value}


def found(old: Observed, new: Observed) -> list[tuple[Any, ...]]:
    return [
        (each.path, each.kind.value, each.old, each.new) for each in grouped(differences(old, new))
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"a": 1, "b": [1, {"c": None}]}, {"b": [1.0, {"c": None}], "a": 1.0}),
        ([], []),
        ("é", "é"),
        (0, -0.0),
    ],
)
def test_order_of_keys_and_writing_of_numbers_do_not_matter(old: Any, new: Any) -> None:
    assert found(returned(old), returned(new)) == []


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ({"a": {"b": 1}}, {"a": {"b": 2}}, ("/result/a/b", "changed", 1, 2)),
        (1, True, ("/result", "changed", 1, True)),
        ([True], [1], ("/result/0", "changed", True, 1)),
        (1, -1, ("/result", "changed", 1, -1)),
        ("1", 1, ("/result", "changed", "1", 1)),
        ({}, [], ("/result", "changed", {}, [])),
        ({"a": None}, {}, ("/result/a", "removed", None, None)),
        ({}, {"a/~": {"b": 1}}, ("/result/a~1~0", "added", None, {"b": 1})),
        ([1], [1, 2], ("/result/1", "added", None, 2)),
        ([{"a": 1}, 2], [{"a": 1}], ("/result/1", "removed", 2, None)),
    ],
)
def test_a_value_that_differs_is_told_with_its_path(old: Any, new: Any, place: Any) -> None:
    assert found(returned(old), returned(new)) == [place]


def test_items_in_another_order_are_one_place() -> None:
    [one] = grouped(differences(returned([1, 2, 3]), returned([3, 2, 1])))

    assert (one.path, one.old, one.new, one.times) == ("/result/0", 1, 3, 2)


def test_null_and_nothing_are_two_results() -> None:
    nothing = observed(ExecutionResult("", Outcome.OK))

    assert found(returned(None), nothing) == [("/result", "removed", None, None)]


def test_an_error_differs_by_its_name_and_its_message_alone() -> None:
    def failed(name: str, message: str, line: int) -> Observed:
        error = ExecutionError(name, message, f"at {line}", line, 1)
        return observed(ExecutionResult("", Outcome.EXCEPTION, error=error))

    assert found(failed("Error", "no", 1), failed("Error", "no", 7)) == []
    assert found(failed("Error", "no", 1), failed("TypeError", "No", 1)) == [
        ("/error/name", "changed", "Error", "TypeError"),
        ("/error/message", "changed", "no", "No"),
    ]


def test_an_error_in_the_place_of_a_result_is_another_outcome() -> None:
    error = ExecutionError("Error", "no")
    places = found(returned(1), observed(ExecutionResult("", Outcome.EXCEPTION, error=error)))

    assert [place[:2] for place in places] == [
        ("/outcome", "changed"),
        ("/result", "removed"),
        ("/error", "added"),
    ]


def test_how_far_a_limit_was_exceeded_is_no_difference() -> None:
    def over(used: int) -> Observed:
        error = exceeded("memory_mb", 64, used)
        return observed(ExecutionResult("", Outcome.EXCEEDED_MEMORY, error=error))

    assert found(over(65), over(80)) == []


def test_requests_are_compared_in_order_for_each_target() -> None:
    old = asked(put("a", 1), put("b", 0), put("a", 2))

    assert found(old, asked(put("a", 1), put("a", 2), put("b", 0))) == []
    assert found(old, asked(put("a", 2), put("a", 2), put("b", 0), put("b", 1), put("c", 1))) == [
        ("/requests/kv put n a/0/value", "changed", 1, 2),
        ("/requests/kv put n b/1", "added", None, put("b", 1)[1]),
        ("/requests/kv put n c", "added", None, [put("c", 1)[1]]),
    ]


def test_the_target_of_a_fetch_is_its_method_and_its_url() -> None:
    def fetched(method: str, *headers: tuple[str, str]) -> Observed:
        fields = {"method": method, "url": "https://a.test/", "headers": headers}
        return asked(("fetch", fields))

    assert found(
        fetched("PUT", ("b", "1"), ("a", "1"), ("a", "2")),
        fetched("PUT", ("a", "1"), ("a", "2"), ("b", "2")),
    ) == [("/requests/PUT https:~1~1a.test~1/0/headers/b", "changed", "1", "2")]
    assert [each[:2] for each in found(fetched("PUT"), fetched("POST"))] == [
        ("/requests/PUT https:~1~1a.test~1", "removed"),
        ("/requests/POST https:~1~1a.test~1", "added"),
    ]


def test_what_nests_deeper_than_python_reads_is_compared_as_a_whole_where_it_was_asked() -> None:
    def called(levels: int) -> Observed:
        text = '{"arguments":' + "[" * levels + "]" * levels + ',"tool":"t"}'
        recorded = RecordedOperations((RecordedOperation("tool", text),))
        return observed(ExecutionResult("", Outcome.OK, recorded=recorded))

    assert found(called(5_000), called(5_000)) == []
    assert [each[0] for each in found(called(5_000), called(5_001))] == ["/requests/tool/0"]
    assert len(found(called(500), called(499))) == 1


@pytest.mark.parametrize("headers", [5, [5], [["a"]], {"a": 1}, [[[], {}]]], ids=str)
def test_headers_that_no_intact_worker_sends_are_compared_as_they_are(headers: Any) -> None:
    old = asked(("fetch", {"method": "GET", "url": "u", "headers": headers}))
    new = asked(("fetch", {"method": "GET", "url": "u", "headers": headers, "more": 1}))

    assert [each[0] for each in found(old, new)] == ["/requests/GET u/0/more"]


def test_a_long_result_is_compared_as_a_whole() -> None:
    long = "x" * REPLAY_COMPARED_BYTES
    [(path, kind, *values)] = found(returned({"a": long}), returned({"a": f"{long}y"}))

    assert (path, kind) == ("/result", "changed")
    assert all(str(value).startswith(f"{REPLAY_COMPARED_BYTES}"[:4]) for value in values)


def test_a_result_that_nests_deeper_than_python_reads_is_compared_as_a_whole() -> None:
    def deep(levels: int) -> Observed:
        return Observed("ok", b"[" * levels + b"]" * levels)

    assert found(deep(100_000), deep(100_000)) == []
    assert [place[0] for place in found(deep(100_000), deep(100_001))] == ["/result"]


def test_no_more_places_are_looked_at_than_the_limit_says() -> None:
    count = REPLAY_DIFFERENCES_EXAMINED + 1
    [one] = grouped(differences(returned([0] * count), returned([1] * count)))

    assert one.times == REPLAY_DIFFERENCES_EXAMINED


def test_a_report_cuts_what_is_long() -> None:
    old, new = {"k" * 1_000: "x" * 1_000}, {"k" * 1_000: 1}
    [one] = grouped(differences(returned(old), returned(new)))

    shown = one.document
    assert len(str(shown["path"])) == REPLAY_PATH_CHARACTERS + 1
    assert len(str(shown["old"])) == REPLAY_VALUE_CHARACTERS
    assert shown["new"] == 1


def test_what_is_not_there_has_no_key_in_a_report() -> None:
    [added, removed] = grouped(differences(returned({"a": 1}), returned({"b": None})))[::-1]

    assert added.document == {"path": "/result/b", "kind": "added", "new": None, "times": 1}
    assert removed.document == {"path": "/result/a", "kind": "removed", "old": 1, "times": 1}
