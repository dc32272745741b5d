import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from typing_extensions import override

from isolambda_api.http.services import Services
from isolambda_core.adapters.codecs.aliases import (
    dump_alias,
    load_alias,
)
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    PreconditionFailedError,
    RevisionConflictError,
)
from isolambda_core.domain.functions.aliases import (
    Alias,
    Move,
    Target,
)
from isolambda_core.domain.functions.errors import (
    AliasExistsError,
    FunctionNotFoundError,
    QualifierNotFoundError,
    VersionInUseError,
)
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.functions.versions import NUMBER_MAX
from isolambda_core.domain.limits import ALIAS_MOVES, ALIASES, VERSION_DESCRIPTION_CHARACTERS
from isolambda_core.services.functions.aliases import AliasService
from isolambda_core.services.functions.functions import FunctionService
from isolambda_core.services.functions.versions import VersionService
from isolambda_local.sqlite import SqliteStore
from isolambda_local.sqlite.aliases import SqliteAliasRepository
from tests.support.clocks import SetClock

ACCOUNT, OTHER_ACCOUNT = "a" * 32, "b" * 32
KEY, OTHER_KEY = "c" * 32, "d" * 32


@pytest.fixture
def functions(services: Services) -> FunctionService:
    return services.functions


@pytest.fixture
def versions(services: Services) -> VersionService:
    return services.versions


@pytest.fixture
def service(services: Services) -> AliasService:
    return services.aliases


@pytest.fixture
def function(functions: FunctionService, versions: VersionService) -> Function:
    """Return a function of which versions 1 to 3 were published."""
    made = functions.create(ACCOUNT, {"name": "hello", "function_js": "return 0"})
    for number in (1, 2, 3):
        functions.patch(ACCOUNT, made.id, {"function_js": f"return {number}"})
        versions.publish(ACCOUNT, made.id, "")
    return made


def create(service: AliasService, function: Function, target: Target, name: str = "live") -> Alias:
    return service.create(ACCOUNT, function.id, name, target, "")


def move(service: AliasService, function: Function, target: Target, by: str = KEY) -> Alias:
    return service.change(ACCOUNT, function.id, "live", target, "", by)


def roll_back(service: AliasService, function: Function) -> Alias:
    return service.rollback(ACCOUNT, function.id, "live", OTHER_KEY)


def test_an_alias_begins_at_revision_1_without_a_move(
    service: AliasService, function: Function, clock: SetClock
) -> None:
    alias = service.create(ACCOUNT, function.id, "live", Target(1, 2, 0.25), "What callers get")

    now = clock.now()
    assert alias == Alias(
        ACCOUNT, function.id, "live", Target(1, 2, 0.25), "What callers get", now, now
    )
    assert (alias.revision, alias.moves) == (1, ())
    assert service.fetch(ACCOUNT, function.id, "live") == alias
    assert service.list(ACCOUNT, function.id) == [alias]


@pytest.mark.parametrize("name", ["a", "_", "Live", "blue-green_2", "a" * 128])
def test_a_name_is_letters_digits_dashes_and_underscores(
    service: AliasService, function: Function, name: str
) -> None:
    create(service, function, Target(1), name)

    assert service.fetch(ACCOUNT, function.id, name).name == name


@pytest.mark.parametrize(
    "name",
    ["", "1", "1a", "-a", "$LATEST", "a b", "a/b", "live\n", "\u00fc", "\ud800", "a" * 129],
    ids=ascii,
)
def test_another_name_is_neither_kept_nor_found(
    service: AliasService, function: Function, name: str
) -> None:
    with pytest.raises(InvalidDocumentError) as caught:
        create(service, function, Target(1), name)
    assert [(violation.path, violation.rule) for violation in caught.value.violations] == [
        (("name",), "pattern")
    ]

    with pytest.raises(QualifierNotFoundError):
        service.fetch(ACCOUNT, function.id, name)


@pytest.mark.parametrize(
    ("target", "key", "rule"),
    [
        (Target(0), "version", "minimum"),
        (Target(NUMBER_MAX + 1), "version", "maximum"),
        (Target(1, 0, 0.5), "additional_version", "minimum"),
        (Target(1, 10**5_000, 0.5), "additional_version", "maximum"),
        (Target(1, 2, -0.1), "additional_version_weight", "minimum"),
        (Target(1, 2, 1.1), "additional_version_weight", "maximum"),
        (Target(1, None, 0.5), "additional_version_weight", "error"),
        (Target(1, 1, 0.5), "additional_version", "error"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_target_that_makes_no_sense_is_refused(
    service: AliasService, function: Function, target: Target, key: str, rule: str
) -> None:
    current = create(service, function, Target(1))

    for write in (create, move):
        with pytest.raises(InvalidDocumentError) as caught:
            write(service, function, target)
        [violation] = caught.value.violations
        assert (violation.path, violation.rule) == ((key,), rule)
        assert (violation.message is not None) == (rule == "error")

    assert service.list(ACCOUNT, function.id) == [current]


@pytest.mark.parametrize("weight", [0, 0.0, 1, 1.0])
def test_a_weight_may_be_all_or_nothing(
    service: AliasService, function: Function, weight: float
) -> None:
    alias = create(service, function, Target(1, 2, weight))

    assert service.fetch(ACCOUNT, function.id, "live").etag == alias.etag


def test_a_description_is_not_too_long(service: AliasService, function: Function) -> None:
    longest = "x" * VERSION_DESCRIPTION_CHARACTERS

    service.create(ACCOUNT, function.id, "live", Target(1), longest)
    with pytest.raises(InvalidDocumentError):
        service.create(ACCOUNT, function.id, "other", Target(1), longest + "x")
    with pytest.raises(InvalidDocumentError):
        service.change(ACCOUNT, function.id, "live", Target(1), longest + "x", KEY)


def test_a_function_has_no_more_aliases_than_it_may(
    service: AliasService, function: Function
) -> None:
    for number in range(ALIASES):
        create(service, function, Target(1), f"n{number}")

    with pytest.raises(InvalidDocumentError) as caught:
        create(service, function, Target(1), "one_more")

    assert [(violation.rule, violation.target) for violation in caught.value.violations] == [
        ("maxItems", ALIASES)
    ]
    service.remove(ACCOUNT, function.id, "n0")
    create(service, function, Target(1), "one_more")


def test_a_name_is_taken_once(service: AliasService, function: Function) -> None:
    create(service, function, Target(1))

    with pytest.raises(AliasExistsError):
        create(service, function, Target(2))


def test_an_alias_points_to_versions_that_are_there(
    service: AliasService, function: Function
) -> None:
    with pytest.raises(QualifierNotFoundError):
        create(service, function, Target(9))

    alias = create(service, function, Target(1))
    with pytest.raises(QualifierNotFoundError):
        move(service, function, Target(1, 9, 0.5))
    assert service.fetch(ACCOUNT, function.id, "live") == alias


def test_a_move_is_remembered_with_its_time_and_the_key_that_made_it(
    service: AliasService, function: Function, clock: SetClock
) -> None:
    made = create(service, function, Target(1))
    clock.time_ms += 5_000

    alias = service.change(ACCOUNT, function.id, "live", Target(1, 2, 0.1), "canary", KEY)

    assert alias.moves == (Move(clock.now(), KEY, Target(1), Target(1, 2, 0.1)),)
    assert (alias.description, alias.revision) == ("canary", 2)
    assert (alias.created_at, alias.modified_at) == (made.created_at, made.created_at + 5)
    assert alias.etag != made.etag
    assert service.fetch(ACCOUNT, function.id, "live") == alias


def test_a_new_description_is_no_move(service: AliasService, function: Function) -> None:
    create(service, function, Target(1))

    alias = service.change(ACCOUNT, function.id, "live", Target(1), "new", KEY)

    assert (alias.moves, alias.revision, alias.description) == ((), 2, "new")


def test_the_latest_moves_are_remembered_and_come_first(
    service: AliasService, function: Function
) -> None:
    create(service, function, Target(1))
    for turn in range(ALIAS_MOVES + 2):
        move(service, function, Target(2 + turn % 2), by=str(turn))

    moves = service.fetch(ACCOUNT, function.id, "live").moves
    assert [move.by for move in moves] == [str(turn) for turn in range(ALIAS_MOVES + 1, 1, -1)]


def nothing_is_left(service: AliasService, function: Function) -> bool:
    with pytest.raises(InvalidDocumentError) as caught:
        roll_back(service, function)
    messages = [violation.message for violation in caught.value.violations]
    return messages == ["There is nothing to go back to"]


def test_an_alias_rolls_back_along_its_history_and_never_forth(
    service: AliasService, function: Function
) -> None:
    create(service, function, Target(1))
    move(service, function, Target(1, 2, 0.5))
    move(service, function, Target(2))
    move(service, function, Target(3))

    backs = [roll_back(service, function) for _ in range(3)]

    assert [back.target for back in backs] == [Target(2), Target(1, 2, 0.5), Target(1)]
    assert all((back.moves[0].by, back.moves[0].is_rollback) == (OTHER_KEY, True) for back in backs)
    assert len(backs[-1].moves) == 6
    assert nothing_is_left(service, function)
    assert service.fetch(ACCOUNT, function.id, "live") == backs[-1]


def test_what_a_rollback_left_is_reached_by_a_move_alone(
    service: AliasService, function: Function
) -> None:
    create(service, function, Target(1))
    move(service, function, Target(2))
    roll_back(service, function)
    move(service, function, Target(3))

    assert roll_back(service, function).target == Target(1)
    assert nothing_is_left(service, function)
    move(service, function, Target(2))
    assert roll_back(service, function).target == Target(1)


def test_a_move_to_where_it_was_is_a_step_like_any_other(
    service: AliasService, function: Function
) -> None:
    create(service, function, Target(1))
    for version in (2, 1, 3):
        move(service, function, Target(version))

    assert [roll_back(service, function).target for _ in range(3)] == [
        Target(1),
        Target(2),
        Target(1),
    ]


def test_a_new_description_between_two_rollbacks_changes_nothing(
    service: AliasService, function: Function
) -> None:
    create(service, function, Target(1))
    move(service, function, Target(2))
    move(service, function, Target(3))
    back = roll_back(service, function)
    service.change(ACCOUNT, function.id, "live", back.target, "rolled back", KEY)

    assert roll_back(service, function).target == Target(1)


def test_what_the_history_has_forgotten_is_not_gone_back_to(
    service: AliasService, function: Function
) -> None:
    create(service, function, Target(1))
    for turn in range(ALIAS_MOVES):
        move(service, function, Target(2 + turn % 2))

    backs = 0
    while (alias := service.fetch(ACCOUNT, function.id, "live")).previous is not None:
        assert roll_back(service, function).target == alias.previous
        backs += 1

    # Each way back is remembered as well, in the place of the oldest step.
    assert backs == ALIAS_MOVES // 2
    assert nothing_is_left(service, function)


def test_a_move_of_an_earlier_build_is_a_step_ahead() -> None:
    target = {"version": 1, "additional_version": None, "additional_weight": 0.0}
    alias = Alias(ACCOUNT, "f" * 32, "live", Target(2), "", 0, 0)
    stored = json.loads(dump_alias(alias))
    stored["moves"] = [{"at": 1, "by": KEY, "before": target, "after": {**target, "version": 2}}]

    assert load_alias(json.dumps(stored)).previous == Target(1)


def test_what_never_moved_does_not_roll_back(service: AliasService, function: Function) -> None:
    alias = create(service, function, Target(1))

    with pytest.raises(InvalidDocumentError) as caught:
        roll_back(service, function)

    assert [violation.message for violation in caught.value.violations] == [
        "There is nothing to go back to"
    ]
    assert service.fetch(ACCOUNT, function.id, "live") == alias


def test_nothing_rolls_back_to_a_version_that_is_gone(
    service: AliasService, versions: VersionService, function: Function
) -> None:
    create(service, function, Target(1))
    alias = move(service, function, Target(2))
    versions.remove(ACCOUNT, function.id, 1)

    with pytest.raises(QualifierNotFoundError):
        roll_back(service, function)

    assert service.fetch(ACCOUNT, function.id, "live") == alias


def test_a_version_stays_while_an_alias_points_to_it(
    service: AliasService, versions: VersionService, function: Function
) -> None:
    create(service, function, Target(1))

    with pytest.raises(VersionInUseError) as caught:
        versions.remove(ACCOUNT, function.id, 1)
    assert caught.value.alias == "live"

    move(service, function, Target(2))
    versions.remove(ACCOUNT, function.id, 1)


def test_a_removed_alias_is_returned_as_it_was_and_is_gone(
    service: AliasService, function: Function
) -> None:
    alias = create(service, function, Target(1))

    assert service.remove(ACCOUNT, function.id, "live") == alias

    assert service.list(ACCOUNT, function.id) == []
    with pytest.raises(QualifierNotFoundError):
        service.remove(ACCOUNT, function.id, "live")
    with pytest.raises(QualifierNotFoundError):
        move(service, function, Target(1))
    with pytest.raises(QualifierNotFoundError):
        roll_back(service, function)


Write = Callable[[AliasService, str, Callable[[str], bool] | None], Alias]
WRITES: dict[str, Write] = {
    "change": lambda service, function_id, expected: service.change(
        ACCOUNT, function_id, "live", Target(3), "", KEY, expected
    ),
    "rollback": lambda service, function_id, expected: service.rollback(
        ACCOUNT, function_id, "live", KEY, expected
    ),
    "remove": lambda service, function_id, expected: service.remove(
        ACCOUNT, function_id, "live", expected
    ),
}
every_write = pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)


@every_write
def test_a_write_is_made_over_the_revision_that_the_client_expects(
    service: AliasService, function: Function, write: Write
) -> None:
    first = create(service, function, Target(1))
    second = move(service, function, Target(2))

    with pytest.raises(PreconditionFailedError):
        write(service, function.id, lambda etag: etag == first.etag)

    assert service.fetch(ACCOUNT, function.id, "live") == second
    write(service, function.id, lambda etag: etag == second.etag)


@dataclass(frozen=True, slots=True)
class RacedAliases(SqliteAliasRepository):
    """Another client moves an alias, once, right after it was read."""

    raced: list[str] = field(default_factory=list)

    @override
    def get(self, account_id: str, function_id: str, name: str) -> Alias:
        alias = SqliteAliasRepository.get(self, account_id, function_id, name)
        if not self.raced:
            self.raced.append(name)
            self.replace(alias.moved(Target(3, 1, 0.5), "theirs", OTHER_KEY, 99), alias)
        return alias


@every_write
def test_a_write_that_lost_a_race_changes_nothing(
    store: SqliteStore, service: AliasService, function: Function, write: Write
) -> None:
    create(service, function, Target(1))
    move(service, function, Target(2))
    raced = replace(service, aliases=RacedAliases(store.database, store.audit))

    with pytest.raises(RevisionConflictError):
        write(raced, function.id, None)

    assert service.fetch(ACCOUNT, function.id, "live").description == "theirs"


@pytest.mark.parametrize("gone", ["never there", "deleted", "of another account"])
def test_a_function_that_is_not_there_has_no_aliases(
    service: AliasService, functions: FunctionService, function: Function, gone: str
) -> None:
    create(service, function, Target(1))
    account_id = OTHER_ACCOUNT if gone == "of another account" else ACCOUNT
    function_id = "0" * 32 if gone == "never there" else function.id
    if gone == "deleted":
        functions.remove(ACCOUNT, function.id)

    with pytest.raises(FunctionNotFoundError):
        service.create(account_id, function_id, "new", Target(1), "")
    with pytest.raises(FunctionNotFoundError):
        service.fetch(account_id, function_id, "live")
    with pytest.raises(FunctionNotFoundError):
        service.list(account_id, function_id)
    with pytest.raises(FunctionNotFoundError):
        service.change(account_id, function_id, "live", Target(2), "", KEY)
    with pytest.raises(FunctionNotFoundError):
        service.rollback(account_id, function_id, "live", KEY)
    with pytest.raises(FunctionNotFoundError):
        service.remove(account_id, function_id, "live")


def test_a_function_that_is_removed_for_good_leaves_no_alias_behind(
    service: AliasService, functions: FunctionService, function: Function
) -> None:
    create(service, function, Target(1))

    functions.remove(ACCOUNT, function.id, soft_delete=False)

    anew = {"id": function.id, "name": "anew", "function_js": "return 1"}
    functions.create(ACCOUNT, anew)
    assert service.list(ACCOUNT, function.id) == []
