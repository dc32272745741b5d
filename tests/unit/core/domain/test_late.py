"""Objects that are made when they are first used."""

from collections import Counter

from isolambda_core.domain.late import late


def test_it_is_made_once_with_the_first_use() -> None:
    made: list[Counter[str]] = []

    def make() -> Counter[str]:
        made.append(Counter())
        return made[0]

    counts = late(make)
    made_at_first = len(made)

    counts.update("aab")
    counts.update("a")

    assert made_at_first == 0
    assert made == [Counter(a=3, b=1)]
