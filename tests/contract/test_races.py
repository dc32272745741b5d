"""The contract, with many threads at once: one wins, the others learn it, nothing is lost."""

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import Barrier, Event

import pytest

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import ApiKey
from isolambda_core.domain.accounts.errors import (
    AccountExistsError,
    AccountHasChildrenError,
    AccountNotFoundError,
    ApiKeyExistsError,
    ApiKeyNotFoundError,
)
from isolambda_core.domain.errors import (
    ConflictError,
    NotFoundError,
    RevisionConflictError,
)
from isolambda_core.domain.executions.errors import (
    ExecutionNotFoundError,
    ExecutorUnavailableError,
)
from isolambda_core.domain.executions.execution import (
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.executions.idempotency import IdempotencyRecord
from isolambda_core.domain.executions.records import (
    ExecutionPayload,
    ExecutionRecord,
)
from isolambda_core.domain.functions.aliases import (
    Alias,
    Target,
)
from isolambda_core.domain.functions.errors import (
    AliasExistsError,
    FunctionExistsError,
    QualifierNotFoundError,
    VersionExistsError,
    VersionInUseError,
)
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.functions.versions import Version
from isolambda_core.domain.triggers.errors import (
    SourceInUseError,
    TriggerNotFoundError,
)
from isolambda_core.domain.triggers.triggers import Trigger
from isolambda_core.ports.accounts import (
    AccountRepository,
    ApiKeyRepository,
)
from isolambda_core.ports.executions import (
    IdempotencyRepository,
    RecordRepository,
)
from isolambda_core.ports.functions import (
    AliasRepository,
    FunctionRepository,
    VersionRepository,
)
from isolambda_core.ports.triggers import TriggerRepository
from isolambda_core.services.functions.source_checks import SourceCheckService
from isolambda_core.services.functions.versions import VersionService
from tests.support.clocks import SetClock
from tests.support.fakes import ScriptedExecutor

Make = Callable[..., Function]
MakeAccount = Callable[..., Account]
MakeVersion = Callable[..., Version]
MakeAlias = Callable[..., Alias]
MakeRecord = Callable[..., ExecutionRecord]
MakeClaim = Callable[..., IdempotencyRecord]
MakeTrigger = Callable[..., Trigger]

ACCOUNT = "a" * 32
FUNCTION = "f" * 32
TOPIC = "arn:aws:sns:eu-central-1:000000000000:news"
THREADS = 8


@pytest.fixture(autouse=True)
def _threads_take_turns_often() -> Iterator[None]:
    """Switch threads every 10 µs instead of every 5 ms, so that a race that can happen does."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


Loss = type[ConflictError] | type[NotFoundError]


def race(*runners: Callable[[], object]) -> list[Loss | None]:
    """Start all at the same moment; return for each what it lost by, or None if it won."""
    start = Barrier(len(runners))

    def run(runner: Callable[[], object]) -> Loss | None:
        start.wait()
        try:
            runner()
        except (ConflictError, NotFoundError) as loss:
            return type(loss)
        return None

    with ThreadPoolExecutor(len(runners)) as pool:
        return list(pool.map(run, runners))


def only_winner(results: Sequence[Loss | None], conflict: type[ConflictError]) -> int:
    """Return which one won, having checked that all others met ``conflict``."""
    winners = [index for index, result in enumerate(results) if result is None]
    assert len(winners) == 1
    assert [result for result in results if result is not None] == [conflict] * (len(results) - 1)
    return winners[0]


def test_of_many_adds_of_one_id_one_wins(functions: FunctionRepository, a_function: Make) -> None:
    for round_ in range(5):
        rivals = [a_function(round_, function_js=f"return {i}") for i in range(THREADS)]

        results = race(*[partial(functions.add, rival) for rival in rivals])

        winner = rivals[only_winner(results, FunctionExistsError)]
        assert functions.get(ACCOUNT, winner.id) == winner


def test_of_many_equal_adds_one_wins(functions: FunctionRepository, a_function: Make) -> None:
    results = race(*[partial(functions.add, a_function())] * THREADS)

    only_winner(results, FunctionExistsError)


def test_of_many_writers_over_one_revision_one_wins(
    functions: FunctionRepository, a_function: Make
) -> None:
    current = a_function()
    functions.add(current)
    for _ in range(5):
        rivals = [
            current.changed({**current.document, "function_js": f"return {i}"}, 5)
            for i in range(THREADS)
        ]

        results = race(*[partial(functions.replace, rival, current) for rival in rivals])

        current = rivals[only_winner(results, RevisionConflictError)]
        assert functions.get(ACCOUNT, current.id) == current


def test_of_many_removals_one_wins(functions: FunctionRepository, a_function: Make) -> None:
    for _ in range(3):
        functions.add(a_function())

        results = race(*[partial(functions.remove, a_function())] * THREADS)

        only_winner(results, RevisionConflictError)


def test_a_change_a_deletion_and_a_removal_do_not_mix(
    functions: FunctionRepository, a_function: Make
) -> None:
    for number in range(5):
        function = a_function(number)
        functions.add(function)

        results = race(
            partial(functions.replace, function.changed(function.document, 5), function),
            partial(functions.replace, function.removed(5), function),
            partial(functions.remove, function),
        )

        only_winner(results, RevisionConflictError)


def test_a_counter_counts_every_step(functions: FunctionRepository, a_function: Make) -> None:
    steps = 12
    functions.add(a_function(count=0))

    def step() -> None:
        current = functions.get(ACCOUNT, a_function().id)
        count = current.document["count"]
        assert isinstance(count, int)
        document = {**current.document, "count": count + 1}
        functions.replace(current.changed(document, 5), current)

    def count_up() -> None:
        done = 0
        while done < steps:
            try:
                step()
            except RevisionConflictError:
                continue
            done += 1

    race(*[count_up] * THREADS)

    last = functions.get(ACCOUNT, a_function().id)
    assert last.document["count"] == steps * THREADS
    assert last.revision == steps * THREADS + 1


def test_a_list_loses_nothing_while_many_create(
    functions: FunctionRepository, a_function: Make
) -> None:
    each = 25
    created: list[str] = []
    finished = Event()

    def create(first: int) -> None:
        for number in range(first, first + each * THREADS, THREADS):
            functions.add(a_function(number))
            created.append(a_function(number).id)

    def iterate() -> None:
        last_walk = False
        while not last_walk:
            last_walk = finished.is_set()
            acknowledged = set(created)
            listed = ids_of(functions)
            assert listed == sorted(set(listed), reverse=True)
            assert acknowledged <= set(listed)

    with ThreadPoolExecutor(1) as reader:
        walking = reader.submit(iterate)
        try:
            with ThreadPoolExecutor(THREADS) as writers:
                list(writers.map(create, range(THREADS)))
        finally:
            finished.set()
        walking.result()

    assert ids_of(functions) == [
        a_function(number).id for number in reversed(range(each * THREADS))
    ]


def ids_of(functions: FunctionRepository) -> list[str]:
    return [function.id for function in functions.iterate(ACCOUNT, at_once=7)]


def test_of_many_adds_of_one_account_one_wins(
    accounts: AccountRepository, an_account: MakeAccount
) -> None:
    parents = [an_account(number) for number in range(THREADS)]
    for parent in parents:
        accounts.add(parent)
    rivals = [an_account(99, parent=parent) for parent in parents]

    results = race(*[partial(accounts.add, rival) for rival in rivals])

    winner = rivals[only_winner(results, AccountExistsError)]
    assert accounts.get(winner.id) == winner
    assert [child for parent in parents for child in accounts.children(parent.id, at_once=50)] == [
        winner
    ]


def test_of_many_writers_over_one_revision_of_an_account_one_wins(
    accounts: AccountRepository, an_account: MakeAccount
) -> None:
    current = an_account()
    accounts.add(current)
    for _ in range(5):
        rivals = [
            current.changed({**current.document, "name": f"name {i}"}, 5) for i in range(THREADS)
        ]

        results = race(*[partial(accounts.replace, rival, current) for rival in rivals])

        current = rivals[only_winner(results, RevisionConflictError)]
        assert accounts.get(current.id) == current


def test_of_many_removals_of_an_account_one_wins_and_one_is_counted(
    accounts: AccountRepository, an_account: MakeAccount
) -> None:
    parent = an_account(1)
    stays, goes = an_account(2, parent=parent), an_account(3, parent=parent)
    for account in (parent, stays, goes):
        accounts.add(account)

    results = race(*[partial(accounts.remove, goes)] * THREADS)

    only_winner(results, RevisionConflictError)
    with pytest.raises(AccountHasChildrenError):
        accounts.remove(parent)
    accounts.remove(stays)
    accounts.remove(parent)


def test_a_change_and_a_removal_of_an_account_do_not_mix(
    accounts: AccountRepository, an_account: MakeAccount
) -> None:
    for number in range(5):
        account = an_account(number)
        accounts.add(account)

        results = race(
            partial(accounts.replace, account.changed(account.document, 5), account),
            partial(accounts.remove, account),
        )

        only_winner(results, RevisionConflictError)


def test_an_account_is_not_removed_from_above_another(
    accounts: AccountRepository, an_account: MakeAccount
) -> None:
    for number in range(10):
        parent = an_account(number)
        child = an_account(99, parent=parent)
        accounts.add(parent)

        added, removed = race(partial(accounts.add, child), partial(accounts.remove, parent))

        if added is None:
            assert removed is AccountHasChildrenError
            assert accounts.get(child.id) == child
            accounts.remove(child)
            accounts.remove(parent)
        else:
            assert (added, removed) == (AccountNotFoundError, None)
            with pytest.raises(AccountNotFoundError):
                accounts.get(child.id)


def test_accounts_made_at_once_are_all_listed_and_counted(
    accounts: AccountRepository, an_account: MakeAccount
) -> None:
    parent = an_account(0)
    accounts.add(parent)
    children = [an_account(number, parent=parent) for number in range(1, THREADS)]
    changed = parent.changed({**parent.document, "name": "changed meanwhile"}, 5)

    results = race(
        partial(accounts.replace, changed, parent),
        *[partial(accounts.add, child) for child in children],
    )

    assert results == [None] * THREADS
    assert accounts.get(parent.id) == changed
    assert list(accounts.children(parent.id, descending=False, at_once=3)) == children
    results = race(*[partial(accounts.remove, child) for child in children])
    assert results == [None] * len(children)
    accounts.remove(changed)


def a_key(number: int, account_id: str = ACCOUNT) -> ApiKey:
    return ApiKey(f"{number:064x}", f"{number:032x}", account_id, 1)


def test_of_many_adds_of_one_key_one_wins(api_keys: ApiKeyRepository) -> None:
    rivals = [a_key(0, f"{i:032x}") for i in range(THREADS)]

    results = race(*[partial(api_keys.add, rival) for rival in rivals])

    winner = rivals[only_winner(results, ApiKeyExistsError)]
    assert api_keys.get(winner.sha256) == winner
    listed = [key for rival in rivals for key in api_keys.of_account(rival.account_id)]
    assert listed == [winner]


def test_keys_made_at_once_are_all_kept(api_keys: ApiKeyRepository) -> None:
    keys = [a_key(number) for number in range(THREADS)]

    results = race(*[partial(api_keys.add, key) for key in keys])

    assert results == [None] * THREADS
    assert api_keys.of_account(ACCOUNT) == keys


def test_a_removed_key_is_not_brought_back_by_a_change(
    api_keys: ApiKeyRepository,
) -> None:
    for number in range(5):
        api_key = a_key(number)
        api_keys.add(api_key)

        changed, removed = race(
            partial(api_keys.replace, replace(api_key, expires_at=5), api_key),
            partial(api_keys.remove, api_key),
        )

        assert removed is None
        assert changed in (None, ApiKeyNotFoundError)
        with pytest.raises(ApiKeyNotFoundError):
            api_keys.get(api_key.sha256)
        assert api_keys.of_account(ACCOUNT) == []


def test_many_that_publish_are_given_each_number_once_and_leave_none_out(
    versions: VersionRepository, a_version: MakeVersion
) -> None:
    each = 5

    def publish() -> None:
        done = 0
        while done < each:
            number = versions.last_number(ACCOUNT, FUNCTION) + 1
            try:
                versions.add(a_version(number))
            except VersionExistsError:
                continue
            done += 1

    race(*[publish] * THREADS)

    found = versions.iterate(ACCOUNT, FUNCTION, descending=False, at_once=50)
    assert [version.number for version in found] == list(range(1, each * THREADS + 1))


def test_of_many_that_publish_one_draft_one_makes_the_version(
    versions: VersionRepository, functions: FunctionRepository, a_function: Make
) -> None:
    functions.add(a_function())
    executor = ScriptedExecutor([ExecutorUnavailableError()])
    checks = SourceCheckService(executor, executor, str)
    service = VersionService(functions, versions, checks, SetClock())
    made: list[tuple[Version, bool]] = []

    race(*[lambda: made.append(service.publish(ACCOUNT, a_function().id, ""))] * THREADS)

    assert [version.number for version, _ in made] == [1] * THREADS
    assert [is_new for _, is_new in made].count(True) == 1


def test_of_many_removals_of_a_version_one_wins(
    versions: VersionRepository, a_version: MakeVersion
) -> None:
    versions.add(a_version())

    results = race(*[partial(versions.remove, a_version())] * THREADS)

    assert results.count(None) == 1
    assert results.count(QualifierNotFoundError) == THREADS - 1


def test_of_many_adds_of_one_alias_one_wins_and_its_version_is_in_use(
    versions: VersionRepository,
    aliases: AliasRepository,
    a_version: MakeVersion,
    an_alias: MakeAlias,
) -> None:
    numbers = range(1, THREADS + 1)
    for number in numbers:
        versions.add(a_version(number))

    results = race(*[partial(aliases.add, an_alias(number)) for number in numbers])

    winner = only_winner(results, AliasExistsError) + 1
    assert aliases.get(ACCOUNT, FUNCTION, "live") == an_alias(winner)
    assert in_use(versions) == [winner]


def test_of_many_moves_of_an_alias_one_wins_and_its_versions_are_in_use(
    versions: VersionRepository,
    aliases: AliasRepository,
    a_version: MakeVersion,
    an_alias: MakeAlias,
) -> None:
    numbers = range(1, THREADS + 1)
    for number in (*numbers, 99):
        versions.add(a_version(number))
    current = an_alias(99)
    aliases.add(current)
    for _ in range(5):
        rivals = [current.moved(Target(number, 99, 0.5), "", "", 5) for number in numbers]

        results = race(*[partial(aliases.replace, rival, current) for rival in rivals])

        current = rivals[only_winner(results, RevisionConflictError)]
        assert aliases.get(ACCOUNT, FUNCTION, "live") == current

    assert in_use(versions) == sorted(current.target.versions)


def test_no_alias_comes_to_point_to_a_version_that_goes(
    versions: VersionRepository,
    aliases: AliasRepository,
    a_version: MakeVersion,
    an_alias: MakeAlias,
) -> None:
    versions.add(a_version(1))
    moving = an_alias(1, name="moving")
    aliases.add(moving)
    for number in range(2, 12):
        version = a_version(number)
        versions.add(version)
        there = moving.moved(Target(1, number, 0.5), "", "", 5)

        added, moved, removed = race(
            partial(aliases.add, an_alias(number)),
            partial(aliases.replace, there, moving),
            partial(versions.remove, version),
        )

        if removed is None:
            assert (added, moved) == (QualifierNotFoundError, QualifierNotFoundError)
        else:
            assert removed is VersionInUseError
            assert None in (added, moved)
        assert (version in versions_of(versions)) == (removed is not None)
        if added is None:
            aliases.remove(an_alias(number))
        if moved is None:
            moving = there.moved(Target(1), "", "", 5)
            aliases.replace(moving, there)
        assert in_use(versions) == [1]


def test_a_version_goes_as_soon_as_its_last_alias_leaves(
    versions: VersionRepository,
    aliases: AliasRepository,
    a_version: MakeVersion,
    an_alias: MakeAlias,
) -> None:
    for number in range(1, 6):
        versions.add(a_version(number))
        aliases.add(an_alias(number))

        left, removed = race(
            partial(aliases.remove, an_alias(number)),
            partial(versions.remove, a_version(number)),
        )

        assert left is None
        assert removed in (None, VersionInUseError)
        assert in_use(versions) == []


def versions_of(versions: VersionRepository) -> list[Version]:
    return list(versions.iterate(ACCOUNT, FUNCTION, descending=False, at_once=50))


def in_use(versions: VersionRepository) -> list[int]:
    """Remove every version that can be, and return the numbers of those that cannot."""
    left = []
    for version in versions_of(versions):
        try:
            versions.remove(version)
        except VersionInUseError:
            left.append(version.number)
    return left


def test_of_many_that_write_over_one_revision_of_a_record_one_wins_with_its_result(
    records: RecordRepository, a_record: MakeRecord
) -> None:
    current = a_record()
    contents = ExecutionPayload(b"1")
    records.add(current, contents)
    for _ in range(5):
        # Alike in all but their results, of which every other one is long.
        texts = [ascii("".join(map(chr, range(i, 6_000 * (i % 2 + 1))))) for i in range(THREADS)]
        rivals = [ExecutionResult("1" * 32, Outcome.OK, result=text.encode()) for text in texts]
        current = current.to_be_retried(rivals[0])

        results = race(
            *[partial(records.replace, current, current.revision - 1, rival) for rival in rivals]
        )

        winner = rivals[only_winner(results, RevisionConflictError)]
        assert records.get_whole(ACCOUNT, FUNCTION, current.id) == (
            current,
            replace(contents, result=winner),
        )


def test_records_that_go_while_they_are_written_are_whole_or_gone(
    records: RecordRepository, a_record: MakeRecord
) -> None:
    contents = ExecutionPayload(ascii("".join(map(chr, range(9_000)))).encode())

    def find_whole() -> None:
        _, found = records.get_whole(ACCOUNT, FUNCTION, a_record().id)
        assert found == contents

    for _ in range(5):
        records.add(a_record(), contents)

        changed, removed, found = race(
            partial(records.replace, a_record().begun(1), 1),
            partial(records.remove_all, ACCOUNT, FUNCTION),
            find_whole,
        )

        assert removed is None
        assert changed in (None, RevisionConflictError)
        assert found in (None, ExecutionNotFoundError)
        with pytest.raises(ExecutionNotFoundError):
            records.get(ACCOUNT, FUNCTION, a_record().id)


def test_of_many_that_claim_one_key_one_has_it_and_all_learn_which(
    idempotency_records: IdempotencyRepository, a_claim: MakeClaim
) -> None:
    holders: list[IdempotencyRecord] = []

    def add(rival: IdempotencyRecord, now: int) -> None:
        holders.append(idempotency_records.add(rival, now))

    for now in range(100, 150, 10):  # each time the one of before has just expired
        rivals = [a_claim(now + number, expires_at=now + 10) for number in range(THREADS)]
        holders.clear()

        race(*[partial(add, rival, now) for rival in rivals])

        assert holders == [holders[0]] * THREADS
        assert holders[0] in rivals


def test_of_many_that_take_a_key_over_one_wins(
    idempotency_records: IdempotencyRepository, a_claim: MakeClaim
) -> None:
    current = a_claim(0)
    idempotency_records.add(current, 0)
    for round_ in range(5):
        rivals = [a_claim(100 * round_ + number) for number in range(1, THREADS + 1)]

        results = race(*[partial(idempotency_records.replace, rival, current) for rival in rivals])

        current = rivals[only_winner(results, RevisionConflictError)]
        assert idempotency_records.add(a_claim(0), 0) == current


def test_a_key_that_is_claimed_and_freed_again_and_again_is_held_by_one_at_a_time(
    idempotency_records: IdempotencyRepository, a_claim: MakeClaim
) -> None:
    rivals = [a_claim(number) for number in range(THREADS)]
    holding: list[IdempotencyRecord] = []

    def claim_and_free(mine: IdempotencyRecord) -> None:
        for _ in range(40):
            held = idempotency_records.add(mine, 0)
            assert held in rivals
            if held == mine:
                holding.append(mine)
                assert holding == [mine]
                holding.remove(mine)
                idempotency_records.remove(mine)

    race(*[partial(claim_and_free, rival) for rival in rivals])

    assert idempotency_records.add(rivals[0], 0) == rivals[0]


def test_a_key_that_is_taken_over_is_not_freed_by_who_had_it(
    idempotency_records: IdempotencyRepository, a_claim: MakeClaim
) -> None:
    for round_ in range(5):
        key = f"{round_:064x}"
        first, second = (a_claim(number, key_sha256=key) for number in (1, 2))
        idempotency_records.add(first, 0)

        taken, freed = race(
            partial(idempotency_records.replace, second, first),
            partial(idempotency_records.remove, first),
        )

        assert freed is None
        third = a_claim(3, key_sha256=key)
        assert idempotency_records.add(third, 0) == (second if taken is None else third)


def test_of_many_that_want_one_source_one_has_it(
    triggers: TriggerRepository, a_trigger: MakeTrigger
) -> None:
    for round_ in range(5):
        arn = f"{TOPIC}-{round_}"
        rivals = [
            a_trigger("topic", number, account_id=f"{round_:031x}{number}", topic_arn=arn)
            for number in range(THREADS)
        ]

        results = race(*[partial(triggers.add, rival) for rival in rivals])

        winner = rivals[only_winner(results, SourceInUseError)]
        assert triggers.of_source(arn) == winner
        for rival in rivals:
            kept = [winner] if rival is winner else []
            assert triggers.of_function(rival.account_id, FUNCTION) == kept


def test_of_many_that_change_a_trigger_one_wins(
    triggers: TriggerRepository, a_trigger: MakeTrigger
) -> None:
    current = a_trigger("topic", topic_arn=TOPIC)
    triggers.add(current)
    for _ in range(5):
        rivals = [
            current.changed({**current.document, "name": str(number)}, None, 5)
            for number in range(THREADS)
        ]

        results = race(*[partial(triggers.replace, rival, current) for rival in rivals])

        current = rivals[only_winner(results, RevisionConflictError)]
        assert triggers.of_source(TOPIC) == current


def test_a_trigger_that_is_changed_disabled_and_removed_at_once_takes_one_of_it(
    triggers: TriggerRepository, a_trigger: MakeTrigger
) -> None:
    for number in range(5):
        arn = f"{TOPIC}-{number}"
        trigger = a_trigger("topic", number, topic_arn=arn)
        triggers.add(trigger)

        results = race(
            partial(triggers.replace, trigger.changed(trigger.document, None, 5), trigger),
            partial(triggers.replace, trigger.disabled("why", 5), trigger),
            *[partial(triggers.remove, trigger)] * 3,
        )

        removed = only_winner(results, RevisionConflictError) > 1
        if removed:
            triggers.add(a_trigger("topic", number, topic_arn=arn))
        assert triggers.of_source(arn).id == trigger.id


def test_a_source_that_goes_from_one_trigger_to_the_next_has_one_at_a_time(
    triggers: TriggerRepository, a_trigger: MakeTrigger
) -> None:
    rivals = [a_trigger("topic", number, topic_arn=TOPIC) for number in range(THREADS)]
    having: list[Trigger] = []

    def take_and_leave(mine: Trigger) -> None:
        for _ in range(20):
            try:
                triggers.add(mine)
            except SourceInUseError:
                continue
            having.append(mine)
            assert having == [mine]
            assert triggers.of_source(TOPIC) == mine
            having.remove(mine)
            triggers.remove(mine)

    race(*[partial(take_and_leave, rival) for rival in rivals])

    assert triggers.of_function(ACCOUNT, FUNCTION) == []
    with pytest.raises(TriggerNotFoundError):
        triggers.of_source(TOPIC)


def test_of_failures_that_end_at_once_each_counts_once(
    triggers: TriggerRepository, a_trigger: MakeTrigger
) -> None:
    each = 10
    trigger = a_trigger()
    triggers.add(trigger)
    counts: list[int] = []

    def fail() -> None:
        counts.extend(triggers.count_failure(trigger) for _ in range(each))

    race(*[fail] * THREADS)

    assert sorted(counts) == list(range(1, each * THREADS + 1))
    found = triggers.get(ACCOUNT, FUNCTION, trigger.id)
    assert found == replace(trigger, failures=each * THREADS)


def test_failures_never_count_for_a_revision_that_came_while_they_ended(
    triggers: TriggerRepository, a_trigger: MakeTrigger
) -> None:
    current = a_trigger()
    triggers.add(current)
    for _ in range(10):
        changed = current.changed(current.document, None, 5)

        race(
            partial(triggers.replace, changed, current),
            *[partial(triggers.count_failure, current)] * 3,
        )

        assert triggers.get(ACCOUNT, FUNCTION, current.id) == changed
        current = changed
