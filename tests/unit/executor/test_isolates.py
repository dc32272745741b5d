"""The warm pool keeps one isolate for each version, and spares for the next."""

import pytest

from isolambda_executor.isolates import SPARES, IsolatePool


class FakeIsolate:
    """An isolate that only knows whether it was closed, and prepared for tools."""

    def __init__(self) -> None:
        self.closed = self.has_tools = False

    def prepare_tools(self) -> None:
        self.has_tools = True

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def made() -> list[FakeIsolate]:
    return []


@pytest.fixture
def pool(made: list[FakeIsolate]) -> IsolatePool:
    def make() -> FakeIsolate:
        made.append(FakeIsolate())
        return made[-1]

    return IsolatePool(make)  # type: ignore[arg-type]


ONE, OTHER = (b"a f 1", b"return 1"), (b"a f 1", b"return 2")


def test_a_version_gets_its_own_isolate_back(pool: IsolatePool) -> None:
    isolate, cold = pool.take(ONE)
    pool.put_back(ONE, isolate)

    assert cold
    assert pool.take(ONE) == (isolate, False)


def test_another_source_is_another_version(pool: IsolatePool) -> None:
    isolate, _ = pool.take(ONE)
    pool.put_back(ONE, isolate)

    other, cold = pool.take(OTHER)

    assert cold
    assert other is not isolate


def test_a_spare_is_ready_for_a_version_never_seen(
    pool: IsolatePool, made: list[FakeIsolate]
) -> None:
    while pool.prepare_spare():
        pass
    assert len(made) == SPARES

    isolate, cold = pool.take(ONE)

    assert cold
    assert any(isolate is spare for spare in made)  # type: ignore[comparison-overlap]
    assert len(made) == SPARES


def test_spares_are_prepared_for_tools_where_code_calls_some_and_the_prepared_go_first(
    pool: IsolatePool, made: list[FakeIsolate]
) -> None:
    while pool.prepare_spare():
        pass
    assert not any(spare.has_tools for spare in made)

    pool.calls_tools = True
    pool.prepare_spare()
    assert pool.take_spare().has_tools
    while pool.prepare_spare():
        pass

    assert (pool.spares, all(spare.has_tools for spare in made)) == (SPARES, True)


def test_the_least_recently_used_is_closed_first(
    pool: IsolatePool, made: list[FakeIsolate]
) -> None:
    for name in (b"1", b"2"):
        pool.put_back((name, b""), pool.take((name, b""))[0])
    pool.put_back((b"1", b""), pool.take((b"1", b""))[0])

    pool.put_back((b"3", b""), pool.take((b"3", b""))[0])
    assert pool.warm == 3
    pool.evict()

    assert pool.warm == 2
    assert [isolate.closed for isolate in made] == [False, True, False]


def test_closing_closes_all(pool: IsolatePool, made: list[FakeIsolate]) -> None:
    pool.put_back(ONE, pool.take(ONE)[0])
    pool.prepare_spare()

    pool.close()

    assert all(isolate.closed for isolate in made)
