"""What each execution has for itself: its chance, its console lines, the end of its timers."""

from concurrent.futures import ThreadPoolExecutor

from isolambda_executor.supervisor import Supervisor
from tests.unit.executor.supervised import request, run

RANDOM = "return [Math.random(), Math.random()]"


def test_isolates_and_functions_have_each_a_chance_of_their_own(supervisor: Supervisor) -> None:
    fresh = [supervisor.execute(request(RANDOM, isolation="fresh")).result for _ in range(200)]
    functions = [
        supervisor.execute(request(RANDOM, function=f"{number:032x}")).result
        for number in range(40)
    ]

    assert None not in fresh + functions
    assert len({*fresh, *functions}) == len(fresh) + len(functions)


def test_executions_that_go_on_at_a_time_keep_their_lines_apart() -> None:
    source = """
    for (let i = 0; i < 20; i++) {
        console.log(call, i);
        await new Promise((resolve) => setTimeout(resolve, 1));
    }
    """

    def lines_of(number: int) -> list[str]:
        asked = request(source.replace("call", str(number)), function=f"{number:032x}")
        return [line.text for line in supervisor.execute(asked, wait_s=240).logs]

    with Supervisor(workers=4) as supervisor, ThreadPoolExecutor(24) as pool:
        lines = list(pool.map(lines_of, range(24)))

    assert lines == [[f"{number} {i}" for i in range(20)] for number in range(24)]


def test_a_chain_of_timers_ends_with_its_execution(supervisor: Supervisor) -> None:
    source = """
    globalThis.turns ??= 0;
    const chain = () => { globalThis.turns++; console.log('late'); setTimeout(chain, 1); };
    setTimeout(chain, 1);
    return globalThis.turns;
    """

    ends = [run(supervisor, source) for _ in range(5)]
    waited = run(supervisor, "await new Promise((resolve) => setTimeout(resolve, 50)); return 1")
    last = run(supervisor, source)

    assert [end.result for end in [*ends, last]] == [b"0"] * 6
    assert [end.logs for end in [*ends, waited, last]] == [()] * 7
