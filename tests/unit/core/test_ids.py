import pytest

from isolambda_core.domain.ids import dashed, is_id, new_id, parse_guid

ID = "0123456789abcdef0123456789abcdef"
GUID = "01234567-89ab-cdef-0123-456789abcdef"


def test_a_new_id_is_an_id_and_never_the_same() -> None:
    ids = {new_id() for _ in range(1000)}

    assert len(ids) == 1000
    assert all(is_id(identifier) for identifier in ids)


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
