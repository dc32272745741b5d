from collections.abc import Iterator

import pytest

from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.json_text import dump
from isolambda_core.services.paging import fill_page

ITEM = 512
"""What an item takes beside its document."""


def some(*sizes: int) -> Iterator[Function]:
    """Make functions that take so many bytes of a page, numbered from 0."""
    for number, size in enumerate(sizes):
        source = "x" * (size - ITEM - len(dump({"function_js": ""})))
        yield Function("a" * 32, str(number), {"function_js": source}, 1, 1, 1)


def is_even(function: Function) -> bool:
    return int(function.id) % 2 == 0


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("isolambda_core.services.paging.PAGE_BYTES", 2_000)
    monkeypatch.setattr("isolambda_core.services.paging.EXAMINED_BYTES", 5_000)


@pytest.mark.parametrize(
    ("sizes", "limit", "taken", "next_after"),
    [
        ([], 1, 0, None),
        ([600], 1, 1, None),
        ([600, 600], 1, 1, "0"),
        ([600, 600], 2, 2, None),
        ([1_000, 1_000], 5, 2, None),
        ([1_000, 1_000, 600], 5, 2, "1"),
        ([1_000, 1_001], 5, 1, "0"),
        ([9_000], 5, 1, None),
        ([9_000, 600], 5, 1, "0"),
        ([600, 9_000], 5, 1, "0"),
        ([600] * 4, None, 3, "2"),
        ([600] * 3, None, 3, None),
    ],
)
def test_a_page_ends_by_count_or_by_bytes(
    sizes: list[int], limit: int | None, taken: int, next_after: str | None
) -> None:
    page = fill_page(some(*sizes), limit)

    assert [function.id for function in page.items] == [str(number) for number in range(taken)]
    assert page.next_after == next_after


def test_text_is_measured_as_json_and_custom_keys_count() -> None:
    functions = [
        Function("a" * 32, "0", {"function_js": "\u4e2d" * 100, "custom": ["\0"] * 10}, 1, 1, 1),
        *some(*[600] * 5),
    ]
    room = 2_000 - ITEM - len(dump(functions[0].document))

    page = fill_page(functions, None)

    assert len(page.items) == 1 + room // 600 < 4


def test_a_page_takes_one_item_more_than_it_holds_and_no_other() -> None:
    functions = some(600, 600, 600, 600)

    fill_page(functions, 2)

    assert [function.id for function in functions] == ["3"]


@pytest.mark.parametrize(
    ("count", "limit", "ids", "next_after"),
    [
        (0, 1, [], None),
        (1, 1, ["0"], None),
        (2, 1, ["0"], None),
        (3, 1, ["0"], "1"),
        (4, 2, ["0", "2"], None),
        (5, 2, ["0", "2"], "3"),
    ],
)
def test_a_filtered_page_reads_on_until_it_is_full(
    count: int, limit: int, ids: list[str], next_after: str | None
) -> None:
    page = fill_page(some(*[600] * count), limit, is_even)

    assert [function.id for function in page.items] == ids
    assert page.next_after == next_after


@pytest.mark.parametrize(("count", "next_after"), [(4, None), (5, None), (6, "4"), (9, "4")])
def test_a_filtered_page_ends_early_when_it_has_examined_enough(
    count: int, next_after: str | None
) -> None:
    page = fill_page(some(*[1_000] * count), 3, lambda _: False)

    assert page.items == []
    assert page.next_after == next_after


def test_a_filtered_page_that_ends_early_keeps_what_it_found() -> None:
    page = fill_page(some(*[1_000] * 9), 3, lambda function: function.id in {"1", "7"})

    assert [function.id for function in page.items] == ["1"]
    assert page.next_after == "4"


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_what_a_filter_keeps_is_met_once_however_the_pages_fall(limit: int) -> None:
    functions = list(some(*[600, 1_400, 900] * 20))
    met: list[str] = []
    start = 0
    while True:
        page = fill_page(functions[start:], limit, is_even)
        met += [function.id for function in page.items]
        if page.next_after is None:
            break
        start = int(page.next_after) + 1

    assert met == [str(number) for number in range(0, 60, 2)]
