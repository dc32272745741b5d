"""What was compiled last is kept, within a number and within bytes."""

from isolambda_core.adapters.json_schemas.checker import compiled
from isolambda_core.adapters.json_schemas.kept import Kept
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.limits import SCHEMAS_KEPT, SCHEMAS_KEPT_BYTES


class Compiler:
    """Takes a byte for each character, and counts what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def compile(self, text: str) -> tuple[str, int]:
        self.asked.append(text)
        return text.upper(), len(text)


def test_what_is_used_again_is_compiled_once() -> None:
    compiler = Compiler()
    kept = Kept(compiler.compile, 2, 100)

    assert [kept.get(text) for text in ("a", "b", "a", "c", "a", "b")] == [*"ABACAB"]
    assert compiler.asked == ["a", "b", "c", "b"]


def test_no_more_is_kept_than_there_are_bytes_for() -> None:
    compiler = Compiler()
    kept = Kept(compiler.compile, 100, 10)

    for text in ("aaaa", "bbbb", "cccc", "bbbb", "aaaa"):
        kept.get(text)
    assert compiler.asked == ["aaaa", "bbbb", "cccc", "aaaa"]


def test_what_takes_more_than_there_is_for_all_is_kept_alone() -> None:
    compiler = Compiler()
    kept = Kept(compiler.compile, 100, 10)

    for text in ("a", "b" * 11, "b" * 11, "a"):
        kept.get(text)
    assert compiler.asked == ["a", "b" * 11, "a"]


def test_the_patterns_of_a_schema_count_by_what_they_are_compiled_to() -> None:
    patterns = [{"pattern": f"^[a-z]{{1,500}}{number}"} for number in range(200)]

    _, large = compiled(dump({"allOf": patterns}))
    _, small = compiled(dump({"allOf": [{"minLength": number} for number in range(200)]}))

    assert large > SCHEMAS_KEPT_BYTES / 4
    assert small < SCHEMAS_KEPT_BYTES / SCHEMAS_KEPT
