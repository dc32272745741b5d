"""Whatever an isolate asks and gets, the same asked again gets the same from its record."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from isolambda_core.domain.executions.operations import dump_operations, load_operations
from isolambda_core.domain.json_text import dump, parse
from tests.unit.executor.recording.recorded import KINDS, PLACEHOLDERS, executing

_TEXTS = st.text(max_size=4) | st.sampled_from([f"a {PLACEHOLDERS[0]}", "{secret OTHER}", "\ud800"])
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=5,
)
_BYTES = st.lists(
    st.binary(max_size=3) | st.sampled_from([b"{secret", PLACEHOLDERS[0].encode()]), max_size=3
).map(b"".join)


@dataclass(frozen=True)
class Told:
    """What an operation asks, by one of three targets, and what it is answered before its end."""

    kind: str
    key: str
    sent: Any
    replies: Sequence[tuple[Any, bytes]]


_STORIES = st.lists(
    st.builds(
        Told,
        st.sampled_from(KINDS),
        st.sampled_from("abc"),
        _VALUES,
        st.lists(st.tuples(_VALUES, _BYTES), max_size=3),
    ),
    max_size=6,
)


def asked_by(told: Told) -> dict[str, Any]:
    key = told.key
    return {"method": key, "url": key, "key": key, "hash": key, "tool": key, "value": told.sent}


@settings(deadline=None, max_examples=60)
@given(_STORIES)
def test_what_is_asked_again_is_answered_as_before(story: list[Told]) -> None:
    with executing() as isolate:
        for number, told in enumerate(story, 1):
            isolate.take(number, told.kind, **asked_by(told))
            isolate.answer(number, *(({"told": value}, data) for value, data in told.replies))
            isolate.answer(number, ({"end": True}, b""))
        before = _by_operation(isolate.replies(isolate.got.qsize()))
        recorded = isolate.recorded()
    crossed = load_operations(parse(dump(dump_operations(recorded))))

    with executing(crossed.operations, placeholder=PLACEHOLDERS[1]) as isolate:
        for number, told in enumerate(story, 1):
            asked = json.loads(json.dumps(asked_by(told)).replace(*PLACEHOLDERS))
            isolate.take(number, told.kind, **asked)
        after: dict[int, list[tuple[str, bytes]]] = {}
        while sum(replies[-1][0] == '{"end": true}' for replies in after.values()) < len(story):
            _by_operation(isolate.replies(1), after)
        again = isolate.recorded()

    assert crossed == recorded
    assert recorded.complete
    assert PLACEHOLDERS[0] not in repr(recorded)
    assert after == _with_the_other_placeholder(before)
    assert [each.asked for each in again.operations] == [each.asked for each in recorded.operations]
    assert again.unrecorded == 0


def _by_operation(
    replies: Sequence[tuple[Any, bytes]], into: dict[int, list[tuple[str, bytes]]] | None = None
) -> dict[int, list[tuple[str, bytes]]]:
    """Return the replies to each operation, in order; bytes that follow one another as one."""
    found = {} if into is None else into
    for fields, content in replies:
        rest = json.dumps({key: value for key, value in fields.items() if key != "id"})
        of_one = found.setdefault(fields["id"], [])
        if of_one and of_one[-1][1] and content and of_one[-1][0] == rest:
            of_one[-1] = (rest, of_one[-1][1] + content)
        else:
            of_one.append((rest, content))
    return found


def _with_the_other_placeholder(
    replies: dict[int, list[tuple[str, bytes]]],
) -> dict[int, list[tuple[str, bytes]]]:
    one, other = PLACEHOLDERS
    return {
        number: [
            (told.replace(one, other), content.replace(one.encode(), other.encode()))
            for told, content in of_one
        ]
        for number, of_one in replies.items()
    }
