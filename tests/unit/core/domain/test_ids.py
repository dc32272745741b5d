from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isolambda_core.domain.ids import (
    MS_MAX,
    NewIds,
    asked_at_ms,
    dashed,
    first_execution_id,
    is_id,
    new_execution_id,
    new_id,
    parse_guid,
)

ID = "0123456789abcdef0123456789abcdef"
NOW_MS = 1_800_000_000_999
GUID = "01234567-89ab-cdef-0123-456789abcdef"


def test_a_new_id_is_an_id_and_never_the_same() -> None:
    ids = {new_id() for _ in range(1000)}

    assert len(ids) == 1000
    assert all(is_id(identifier) for identifier in ids)


def test_ids_from_random_bytes_for_many_are_never_the_same_in_any_thread() -> None:
    new = NewIds()
    with ThreadPoolExecutor(8) as threads:
        ids = list(threads.map(lambda _: new(), range(4000)))

    assert len(set(ids)) == 4000
    assert all(is_id(identifier) for identifier in ids)


def test_an_execution_id_has_the_random_bits_of_the_id_that_is_given() -> None:
    assert new_execution_id(0, lambda: ID) == "0" * 12 + ID[:20]


@pytest.mark.parametrize(
    "text", ["", ID[:-1], ID + "0", ID.upper(), GUID, ID + "\n", "g" * 32, "\u0661" * 32]
)
def test_anything_else_is_no_id(text: str) -> None:
    assert not is_id(text)


@pytest.mark.parametrize("text", [ID, ID.upper(), GUID, GUID.upper()])
def test_a_guid_is_read_dashed_or_not_in_any_case(text: str) -> None:
    assert parse_guid(text) == ID


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        GUID[:-1],
        f"{{{GUID}}}",
        f"urn:uuid:{GUID}",
        "0123456-789ab-cdef-0123-456789abcdef",  # the dashes one to the left
        "01234567-89ab-cdef-0123-456789abcd_f",
        "01234567-89ab-cdef-0123-456789abcde\u0661",
        "-" * 36,
        ID + "\n",
    ],
)
def test_anything_else_is_no_guid(text: str) -> None:
    assert parse_guid(text) is None


def test_an_id_and_its_dashed_form_are_the_same_guid() -> None:
    assert dashed(ID) == GUID
    assert parse_guid(dashed(ID)) == ID


def test_an_execution_id_is_an_id_and_never_the_same() -> None:
    ids = {new_execution_id(NOW_MS) for _ in range(1000)}

    assert len(ids) == 1000
    assert all(is_id(identifier) for identifier in ids)


@pytest.mark.parametrize("now_ms", [0, 1, NOW_MS, MS_MAX])
def test_an_execution_id_tells_when_the_execution_was_asked_for(now_ms: int) -> None:
    assert asked_at_ms(new_execution_id(now_ms)) == now_ms
    assert asked_at_ms(first_execution_id(now_ms)) == now_ms


def test_execution_ids_are_in_the_order_of_their_time_for_centuries() -> None:
    times = [0, 15, 16, NOW_MS, NOW_MS + 1, 9_999_999_999_999, MS_MAX]

    ids = [new_execution_id(now_ms) for now_ms in times]

    assert ids == sorted(ids)


@given(st.integers(0, MS_MAX - 1))
def test_no_execution_of_a_time_comes_before_its_first_id_or_after_the_next(now_ms: int) -> None:
    assert first_execution_id(now_ms) <= new_execution_id(now_ms)
    assert new_execution_id(now_ms) < first_execution_id(now_ms + 1)


@pytest.mark.parametrize(("at_ms", "nearest"), [(-1, 0), (MS_MAX + 1, MS_MAX), (10**30, MS_MAX)])
def test_a_time_that_no_id_can_begin_with_is_taken_for_the_nearest(
    at_ms: int, nearest: int
) -> None:
    assert first_execution_id(at_ms) == first_execution_id(nearest)
    assert is_id(new_execution_id(at_ms))
