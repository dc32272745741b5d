from collections.abc import Iterator

import pytest

from isolambda_core.adapters.pages import fill_page
from isolambda_core.domain.functions import Function


def some(*sources: str) -> Iterator[Function]:
    for number, source in enumerate(sources):
        yield Function("a" * 32, f"{number:032x}", {"function_js": source}, 1, 1, 1)


@pytest.fixture(autouse=True)
def _ten_bytes_fill_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("isolambda_core.adapters.pages.PAGE_BYTES", 10)


@pytest.mark.parametrize(
    ("sources", "limit", "taken", "last"),
    [
        ([], 1, 0, True),
        (["1"], 1, 1, True),
        (["1", "2"], 1, 1, False),
        (["12345", "67890"], 5, 2, True),
        (["12345", "67890", ""], 5, 3, True),
        (["12345", "67890", "1"], 5, 2, False),
        (["123456", "78901"], 5, 1, False),
        (["\U0001f600", "\u4e2d", "\u00e9", "x"], 5, 4, True),
        (["\U0001f600", "\u4e2d", "\u4e2d", "x"], 5, 3, False),
        (["\ud800" * 3, "x", "y"], 5, 2, False),
        (["longer than a page"], 5, 1, True),
        (["longer than a page", ""], 5, 1, False),
        (["1", "longer than a page"], 5, 1, False),
    ],
    ids=str,
)
def test_a_page_ends_by_count_or_by_bytes(
    sources: list[str], limit: int, taken: int, *, last: bool
) -> None:
    page = fill_page(some(*sources), limit)

    assert len(page.functions) == taken
    assert (page.next_after is None) is last
    assert last or page.next_after == page.functions[-1].id


def test_a_page_takes_one_function_more_than_it_holds_and_no_other() -> None:
    functions = some("1", "2", "3", "4")

    fill_page(functions, 2)

    assert [function.source for function in functions] == ["4"]
