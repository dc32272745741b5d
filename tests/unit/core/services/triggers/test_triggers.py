"""What can be done with triggers, and that sources and table agree whatever happens."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from typing_extensions import override

from isolambda_api.http.services import Services
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    IsolambdaError,
    PreconditionFailedError,
    RevisionConflictError,
    StoreUnavailableError,
    Violation,
)
from isolambda_core.domain.functions.errors import FunctionNotFoundError
from isolambda_core.domain.limits import RECONCILE_AFTER_S, TRIGGERS
from isolambda_core.domain.queue.messages import Acknowledge, ReconcileTrigger, Retry
from isolambda_core.domain.triggers.errors import (
    SourceInUseError,
    SourcesUnavailableError,
    TooManyTriggersError,
    TriggerNotFoundError,
)
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    TriggerRef,
)
from isolambda_core.ports.triggers import EventSources
from isolambda_core.services.triggers.reconciler import TriggerReconciler
from isolambda_core.services.triggers.triggers import TriggerService
from isolambda_local.sqlite import SqliteStore
from tests.support.clocks import SetClock
from tests.support.faults import (
    Fault,
    KilledError,
)
from tests.support.samples import ACCOUNT, FUNCTION, OTHER_FUNCTION, Keep
from tests.support.sources import FakeEventSources

EVENT: dict[str, Any] = {"name": "n", "type": "event", "pattern": {"source": ["shop"]}}
QUEUE: dict[str, Any] = {
    "name": "n",
    "type": "queue",
    "queue_arn": "arn:aws:sqs:eu-west-1:123456789012:orders",
}
REFUSAL = Violation(("queue_arn",), "error", None, "orders", "There is no such queue")


@pytest.fixture
def triggers(services: Services, keep: Keep) -> TriggerService:
    keep()
    return services.triggers


def unsettled(store: SqliteStore) -> ReconcileTrigger:
    """Return the message that was sent first."""
    waiting = store.queue.next()
    assert waiting is not None
    assert isinstance(waiting.message, ReconcileTrigger)
    return waiting.message


def kept(store: SqliteStore) -> list[Trigger]:
    return list(store.triggers.of_function(ACCOUNT, FUNCTION))


def test_a_trigger_is_kept_and_bound(
    triggers: TriggerService, sources: FakeEventSources, store: SqliteStore
) -> None:
    trigger = triggers.create(ACCOUNT, FUNCTION, EVENT)

    assert trigger.document == {**EVENT, "enabled": True, "qualifier": "$LATEST"}
    assert kept(store) == [trigger]
    assert sources.bound == {trigger.id: trigger}
    assert triggers.fetch(ACCOUNT, FUNCTION, trigger.id) == trigger


def test_a_message_goes_first_that_has_it_settled_after_a_minute(
    triggers: TriggerService, store: SqliteStore, clock: SetClock
) -> None:
    trigger = triggers.create(ACCOUNT, FUNCTION, EVENT)

    waiting = store.queue.next()
    assert waiting is not None
    assert waiting.message == ReconcileTrigger(trigger.ref, clock.now_ms())
    assert waiting.due_at_ms == clock.now_ms() + RECONCILE_AFTER_S * 1000


def test_a_queue_is_made_for_a_trigger_that_names_none(
    triggers: TriggerService, sources: FakeEventSources, store: SqliteStore
) -> None:
    trigger = triggers.create(ACCOUNT, FUNCTION, {"name": "n", "type": "queue"})

    assert trigger.source == sources.own_queue_arn(trigger.id)
    assert store.triggers.of_source(trigger.source) == trigger


def test_a_secret_is_kept_apart_from_the_document(triggers: TriggerService) -> None:
    document = {"name": "n", "type": "webhook", "secret": "it is a secret"}

    trigger = triggers.create(ACCOUNT, FUNCTION, document)

    assert "secret" not in trigger.document
    assert triggers.webhook_secret(trigger) == "it is a secret"


def test_a_secret_stays_until_another_is_given(triggers: TriggerService) -> None:
    trigger = triggers.create(
        ACCOUNT, FUNCTION, {"name": "n", "type": "webhook", "secret": "the first one"}
    )

    def found_secret() -> str | None:
        return triggers.fetch(ACCOUNT, FUNCTION, trigger.id).secret

    triggers.patch(ACCOUNT, FUNCTION, trigger.id, {"name": "m"})
    assert found_secret() == "the first one"
    triggers.patch(ACCOUNT, FUNCTION, trigger.id, {"secret": "the second one"})
    assert found_secret() == "the second one"


def test_a_secret_that_is_taken_away_makes_room_for_one_of_ours(
    triggers: TriggerService,
) -> None:
    trigger = triggers.create(
        ACCOUNT, FUNCTION, {"name": "n", "type": "webhook", "secret": "the first one"}
    )

    bare = triggers.patch(ACCOUNT, FUNCTION, trigger.id, {"secret": None})

    assert triggers.webhook_secret(bare).startswith("whsec_")


@pytest.mark.parametrize("key", ["secret", "Secret", "SECRET"])
def test_a_secret_of_a_trigger_that_has_none_is_refused_and_not_repeated(
    triggers: TriggerService, key: str
) -> None:
    trigger = triggers.create(ACCOUNT, FUNCTION, EVENT)

    writes: list[Callable[[], object]] = [
        lambda: triggers.create(ACCOUNT, FUNCTION, {**EVENT, key: "hunter2 hunter2"}),
        lambda: triggers.patch(ACCOUNT, FUNCTION, trigger.id, {key: "hunter2 hunter2"}),
        lambda: triggers.change(ACCOUNT, FUNCTION, trigger.id, {**EVENT, key: "hunter2 hunter2"}),
    ]
    for write in writes:
        with pytest.raises(InvalidDocumentError) as refused:
            write()
        [violation] = refused.value.violations
        assert (violation.path, violation.value) == ((key,), None)
    assert triggers.fetch(ACCOUNT, FUNCTION, trigger.id) == trigger


@pytest.mark.parametrize("key", ["Secret", "SECRET"])
def test_a_secret_by_another_name_is_no_key_of_ones_own(triggers: TriggerService, key: str) -> None:
    with pytest.raises(InvalidDocumentError) as refused:
        triggers.create(ACCOUNT, FUNCTION, {"name": "n", "type": "webhook", key: "hunter2 hunter2"})

    assert refused.value.violations[0].path == (key,)


@pytest.mark.parametrize("change", ["create", "change", "patch", "patch of the signature"])
@pytest.mark.parametrize(
    ("signature", "secret"),
    [
        pytest.param("plain", "whsec_not base64!", id="no base64"),
        pytest.param("plain", "whsec_AAAA", id="too short"),
        pytest.param("token", "with a blank", id="no header carries it"),
    ],
)
def test_a_secret_that_can_never_verify_is_refused_whenever_it_comes_to_be_one(
    triggers: TriggerService, signature: str, secret: str, change: str
) -> None:
    other = {"name": "n", "type": "webhook", "signature": "stripe", "secret": secret}
    trigger = triggers.create(ACCOUNT, FUNCTION, other)
    document = {**other, "signature": signature}

    patch = {"signature": signature, "secret": secret}
    writes = {
        "create": lambda: triggers.create(ACCOUNT, FUNCTION, document),
        "change": lambda: triggers.change(ACCOUNT, FUNCTION, trigger.id, document),
        "patch": lambda: triggers.patch(ACCOUNT, FUNCTION, trigger.id, patch),
        "patch of the signature": lambda: triggers.patch(
            ACCOUNT, FUNCTION, trigger.id, {"signature": signature}
        ),
    }

    with pytest.raises(InvalidDocumentError) as refused:
        writes[change]()

    assert [violation.path for violation in refused.value.violations] == [("secret",)]
    assert triggers.fetch(ACCOUNT, FUNCTION, trigger.id) == trigger


def test_a_signature_that_the_secret_is_none_for_may_take_one_of_ours(
    triggers: TriggerService,
) -> None:
    document = {"name": "n", "type": "webhook", "signature": "stripe", "secret": "whsec_not base64"}
    trigger = triggers.create(ACCOUNT, FUNCTION, document)

    patch = {"signature": "plain", "secret": None}

    assert triggers.patch(ACCOUNT, FUNCTION, trigger.id, patch).secret is None


@pytest.mark.parametrize("secret", ["with a blank", " correct-horse", "zuikis-\u017e-zuikis"])
def test_a_token_that_no_header_carries_is_refused(triggers: TriggerService, secret: str) -> None:
    document = {"name": "n", "type": "webhook", "signature": "token", "secret": secret}

    with pytest.raises(InvalidDocumentError):
        triggers.create(ACCOUNT, FUNCTION, document)


def test_a_webhook_without_a_secret_gets_one_of_ours(triggers: TriggerService) -> None:
    one, two = (
        triggers.create(ACCOUNT, FUNCTION, {"name": "n", "type": "webhook"}) for _ in range(2)
    )

    assert triggers.webhook_secret(one).startswith("whsec_")
    assert triggers.webhook_secret(one) != triggers.webhook_secret(two)


@pytest.mark.parametrize("secret", [None, 5, "short", "x" * 257])
def test_a_secret_that_is_none_is_refused_and_not_repeated(
    triggers: TriggerService, secret: Any
) -> None:
    with pytest.raises(InvalidDocumentError) as refusal:
        triggers.create(ACCOUNT, FUNCTION, {"name": "n", "type": "webhook", "secret": secret})

    (violation,) = refusal.value.violations
    assert violation.path == ("secret",)
    assert violation.value is None or violation.value != secret


def test_a_function_has_so_many_triggers_and_no_more(
    triggers: TriggerService, sources: FakeEventSources, store: SqliteStore
) -> None:
    for _ in range(TRIGGERS):
        triggers.create(ACCOUNT, FUNCTION, EVENT)

    with pytest.raises(TooManyTriggersError):
        triggers.create(ACCOUNT, FUNCTION, EVENT)
    assert len(kept(store)) == len(sources.bound) == TRIGGERS


def test_of_those_that_come_at_once_none_is_one_too_many(
    triggers: TriggerService, sources: FakeEventSources, store: SqliteStore
) -> None:
    for _ in range(TRIGGERS - 1):
        triggers.create(ACCOUNT, FUNCTION, EVENT)

    class Overtaken(FakeEventSources):
        @override
        def bind(self, trigger: Trigger) -> None:
            if len(sources.bound) < TRIGGERS:
                triggers.create(ACCOUNT, FUNCTION, EVENT)
            sources.bind(trigger)

        @override
        def unbind(self, trigger: TriggerRef) -> None:
            sources.unbind(trigger)

    with pytest.raises(TooManyTriggersError):
        with_sources(triggers, Overtaken()).create(ACCOUNT, FUNCTION, EVENT)
    assert len(kept(store)) == len(sources.bound) == TRIGGERS


def test_a_queue_that_another_trigger_has_stays_its_own(
    triggers: TriggerService, sources: FakeEventSources, keep: Keep
) -> None:
    theirs = triggers.create(ACCOUNT, FUNCTION, QUEUE)
    keep(OTHER_FUNCTION)

    with pytest.raises(SourceInUseError):
        triggers.create(ACCOUNT, OTHER_FUNCTION, QUEUE)
    assert sources.bound == {theirs.source: theirs}


def test_a_queue_that_two_want_at_once_is_bound_for_who_gets_it(
    triggers: TriggerService, sources: FakeEventSources, keep: Keep
) -> None:
    keep(OTHER_FUNCTION)

    class Overtaken(FakeEventSources):
        @override
        def bind(self, trigger: Trigger) -> None:
            if not sources.bound:
                triggers.create(ACCOUNT, OTHER_FUNCTION, QUEUE)
            sources.bind(trigger)

        @override
        def unbind(self, trigger: Any) -> None:
            sources.unbind(trigger)

    with pytest.raises(SourceInUseError):
        with_sources(triggers, Overtaken()).create(ACCOUNT, FUNCTION, QUEUE)
    (bound,) = sources.bound.values()
    assert bound.function_id == OTHER_FUNCTION


def test_a_source_that_refuses_is_reported_and_nothing_is_kept(
    triggers: TriggerService, sources: FakeEventSources, store: SqliteStore
) -> None:
    sources.refuse = REFUSAL

    with pytest.raises(InvalidDocumentError) as refusal:
        triggers.create(ACCOUNT, FUNCTION, QUEUE)
    assert refusal.value.violations == (REFUSAL,)
    assert kept(store) == []


def test_a_change_is_bound_and_kept(
    triggers: TriggerService, sources: FakeEventSources, store: SqliteStore
) -> None:
    trigger = triggers.create(ACCOUNT, FUNCTION, EVENT)

    changed = triggers.patch(ACCOUNT, FUNCTION, trigger.id, {"pattern": {"source": ["till"]}})

    assert (changed.revision, changed.document["pattern"]) == (2, {"source": ["till"]})
    assert kept(store) == [changed]
    assert sources.bound == {trigger.id: changed}


def test_a_whole_document_takes_the_place_of_the_one_before(triggers: TriggerService) -> None:
    trigger = triggers.create(ACCOUNT, FUNCTION, {**EVENT, "maximum_age_s": 60})

    changed = triggers.change(ACCOUNT, FUNCTION, trigger.id, EVENT)

    assert "maximum_age_s" not in changed.document


def test_a_trigger_cannot_be_moved_to_another_queue(triggers: TriggerService) -> None:
    trigger = triggers.create(ACCOUNT, FUNCTION, QUEUE)
    other = {**QUEUE, "queue_arn": f"{QUEUE['queue_arn']}2"}

    with pytest.raises(InvalidDocumentError):
        triggers.change(ACCOUNT, FUNCTION, trigger.id, other)
    assert triggers.fetch(ACCOUNT, FUNCTION, trigger.id) == trigger


def test_enabling_clears_the_reason_it_was_disabled_for(triggers: TriggerService) -> None:
    trigger = triggers.create(ACCOUNT, FUNCTION, EVENT)
    triggers.disable(trigger, "it kept failing")
    assert triggers.fetch(ACCOUNT, FUNCTION, trigger.id).disable_reason == "it kept failing"

    enabled = triggers.patch(ACCOUNT, FUNCTION, trigger.id, {"enabled": True})

    assert enabled.disable_reason is None


def test_a_disabled_trigger_is_bound_as_disabled(
    triggers: TriggerService, sources: FakeEventSources
) -> None:
    trigger = triggers.create(ACCOUNT, FUNCTION, EVENT)

    assert triggers.disable(trigger, "it kept failing")
    assert not sources.bound[trigger.id].enabled


def test_who_wrote_first_is_not_disabled(triggers: TriggerService) -> None:
    trigger = triggers.create(ACCOUNT, FUNCTION, EVENT)
    triggers.patch(ACCOUNT, FUNCTION, trigger.id, {"name": "mended"})

    assert not triggers.disable(trigger, "it kept failing")
    assert triggers.fetch(ACCOUNT, FUNCTION, trigger.id).enabled


def test_a_removed_trigger_is_gone_from_table_and_source(
    triggers: TriggerService, sources: FakeEventSources, store: SqliteStore
) -> None:
    trigger = triggers.create(ACCOUNT, FUNCTION, QUEUE)

    assert triggers.remove(ACCOUNT, FUNCTION, trigger.id) == trigger
    assert (kept(store), sources.bound) == ([], {})
    triggers.create(ACCOUNT, FUNCTION, QUEUE)


Use = Callable[[TriggerService, str], object]
USES: dict[str, Use] = {
    "fetch": lambda triggers, id_: triggers.fetch(ACCOUNT, FUNCTION, id_),
    "change": lambda triggers, id_: triggers.change(ACCOUNT, FUNCTION, id_, EVENT),
    "patch": lambda triggers, id_: triggers.patch(ACCOUNT, FUNCTION, id_, {"name": "m"}),
    "remove": lambda triggers, id_: triggers.remove(ACCOUNT, FUNCTION, id_),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize("trigger_id", ["1" * 32, "not an id", "\udc80"])
def test_a_trigger_that_is_not_there_is_not_found(
    triggers: TriggerService, use: Use, trigger_id: str
) -> None:
    with pytest.raises(TriggerNotFoundError):
        use(triggers, trigger_id)


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_trigger_of_a_deleted_function_is_not_found(
    triggers: TriggerService, services: Services, use: Use
) -> None:
    trigger = triggers.create(ACCOUNT, FUNCTION, EVENT)
    services.functions.remove(ACCOUNT, FUNCTION)

    with pytest.raises(FunctionNotFoundError):
        use(triggers, trigger.id)


@pytest.mark.parametrize("keep_function", [True, False])
def test_triggers_go_with_their_function(
    triggers: TriggerService,
    services: Services,
    sources: FakeEventSources,
    store: SqliteStore,
    keep_function: bool,
) -> None:
    for document in (EVENT, QUEUE, {"name": "n", "type": "queue"}):
        triggers.create(ACCOUNT, FUNCTION, document)

    services.functions.remove(ACCOUNT, FUNCTION, soft_delete=keep_function)

    assert (kept(store), sources.bound) == ([], {})


def test_triggers_stay_with_a_function_that_another_client_wrote_first(
    triggers: TriggerService, services: Services, sources: FakeEventSources, store: SqliteStore
) -> None:
    trigger = triggers.create(ACCOUNT, FUNCTION, EVENT)

    class Overtaken:
        def __getattr__(self, name: str) -> Any:
            return getattr(store.functions, name)

        def replace(self, *_: object) -> None:
            raise RevisionConflictError

    with pytest.raises(RevisionConflictError):
        replace(services.functions, functions=Overtaken()).remove(ACCOUNT, FUNCTION)
    assert kept(store) == [trigger] == list(sources.bound.values())


def test_triggers_of_a_function_whose_removal_was_cut_off_go_once_they_are_settled(
    triggers: TriggerService, services: Services, sources: FakeEventSources, store: SqliteStore
) -> None:
    triggers.create(ACCOUNT, FUNCTION, EVENT)
    reconcile_all(triggers, store)
    cut_off = Fault(KilledError, 1, late=False)

    with pytest.raises(KilledError):
        replace(services.functions, triggers=cut_off.on("triggers", triggers)).remove(
            ACCOUNT, FUNCTION
        )

    assert cut_off.steps == ["triggers.announce_all", "triggers.remove_all"]
    reconcile_all(triggers, store)
    assert (kept(store), sources.bound) == ([], {})


def test_triggers_go_with_their_account(
    triggers: TriggerService, services: Services, sources: FakeEventSources, store: SqliteStore
) -> None:
    triggers.create(ACCOUNT, FUNCTION, EVENT)

    services.functions.remove_all(ACCOUNT)

    assert (kept(store), sources.bound) == ([], {})


def test_a_write_over_another_revision_than_the_expected_one_is_refused(
    triggers: TriggerService, sources: FakeEventSources
) -> None:
    trigger = triggers.create(ACCOUNT, FUNCTION, EVENT)

    with pytest.raises(PreconditionFailedError):
        triggers.patch(ACCOUNT, FUNCTION, trigger.id, {"name": "m"}, lambda _: False)
    with pytest.raises(PreconditionFailedError):
        triggers.remove(ACCOUNT, FUNCTION, trigger.id, lambda _: False)
    assert sources.bound == {trigger.id: trigger}


def test_a_source_that_is_away_is_reported_and_nothing_changes(
    triggers: TriggerService, sources: FakeEventSources, store: SqliteStore
) -> None:
    trigger = triggers.create(ACCOUNT, FUNCTION, EVENT)
    sources.away = True

    with pytest.raises(SourcesUnavailableError):
        triggers.create(ACCOUNT, FUNCTION, EVENT)
    with pytest.raises(SourcesUnavailableError):
        triggers.patch(ACCOUNT, FUNCTION, trigger.id, {"name": "m"})
    assert kept(store) == [trigger]


def test_a_trigger_is_removed_though_its_source_is_away_and_unbound_later(
    triggers: TriggerService, sources: FakeEventSources, store: SqliteStore
) -> None:
    trigger = triggers.create(ACCOUNT, FUNCTION, EVENT)
    sources.away = True
    triggers.remove(ACCOUNT, FUNCTION, trigger.id)
    assert (kept(store), list(sources.bound)) == ([], [trigger.id])

    assert isinstance(triggers.reconciler.reconcile(unsettled(store), 1), Retry)
    sources.away = False
    assert triggers.reconciler.reconcile(unsettled(store), 2) == Acknowledge()
    assert sources.bound == {}


def test_a_trigger_whose_source_refuses_it_by_now_is_disabled_and_says_why(
    triggers: TriggerService, sources: FakeEventSources, store: SqliteStore
) -> None:
    trigger = triggers.create(ACCOUNT, FUNCTION, QUEUE)
    sources.refuse = REFUSAL

    assert triggers.reconciler.reconcile(unsettled(store), 1) == Acknowledge()

    found = triggers.fetch(ACCOUNT, FUNCTION, trigger.id)
    assert not found.enabled
    assert found.disable_reason is not None
    assert found.disable_reason == "its source refuses it: There is no such queue"
    assert sources.bound == {}


STORIES: dict[str, tuple[tuple[dict[str, Any], ...], Use]] = {
    "create": ((), lambda triggers, _: triggers.create(ACCOUNT, FUNCTION, QUEUE)),
    "change": (
        (QUEUE,),
        lambda triggers, id_: triggers.patch(ACCOUNT, FUNCTION, id_, {"batch_size": 5}),
    ),
    "disable": (
        (QUEUE,),
        lambda triggers, id_: triggers.disable(triggers.fetch(ACCOUNT, FUNCTION, id_), "why"),
    ),
    "remove": ((QUEUE,), lambda triggers, id_: triggers.remove(ACCOUNT, FUNCTION, id_)),
    "remove all": (
        (QUEUE, EVENT, {"name": "n", "type": "queue"}),
        lambda triggers, _: triggers.remove_all(ACCOUNT, FUNCTION),
    ),
}


def with_sources(triggers: TriggerService, sources: EventSources) -> TriggerService:
    reconciler = replace(triggers.reconciler, sources=sources)
    return replace(triggers, sources=sources, reconciler=reconciler)


def with_fault(triggers: TriggerService, fault: Fault, store: SqliteStore) -> TriggerService:
    sources = fault.on("sources", triggers.sources)
    if fault.error is SourcesUnavailableError:  # nothing else raises it
        return with_sources(triggers, sources)
    functions = fault.on("functions", triggers.functions)
    repository = fault.on("triggers", triggers.triggers)
    queue = fault.on("queue", store.queue)
    return replace(
        triggers,
        functions=functions,
        triggers=repository,
        sources=sources,
        reconciler=TriggerReconciler(functions, repository, sources, queue, triggers.clock),
    )


def reconcile_all(triggers: TriggerService, store: SqliteStore) -> None:
    """Do what every message asks for, as often as it comes."""
    while (waiting := store.queue.next()) is not None:
        assert isinstance(waiting.message, ReconcileTrigger)
        assert triggers.reconciler.reconcile(waiting.message, 1) == Acknowledge()
        store.queue.forget(waiting)


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize(
    ("error", "late"),
    [
        (error, late)
        for error in (StoreUnavailableError, SourcesUnavailableError, KilledError)
        for late in (False, True)
    ],
)
def test_whatever_happens_in_the_middle_neither_table_nor_source_is_left_alone(
    triggers: TriggerService,
    sources: FakeEventSources,
    store: SqliteStore,
    story: str,
    error: type[BaseException],
    late: bool,
) -> None:
    documents, use = STORIES[story]
    at = 0
    while True:
        before = [triggers.create(ACCOUNT, FUNCTION, document) for document in documents]
        reconcile_all(triggers, store)
        fault = Fault(error, at, late)
        try:
            use(with_fault(triggers, fault, store), before[0].id if before else "")
        except KilledError:
            pass
        except IsolambdaError:
            # After a failure everything is as it was, or gone where it was to go.
            if story in {"create", "change"}:
                reconcile_all(triggers, store)
                assert kept(store) == before or late
        reconcile_all(triggers, store)

        places = {trigger.source or trigger.id: trigger for trigger in kept(store)}
        assert sources.bound == places, f"step {at}: {fault.steps}"
        if len(fault.steps) <= at:
            break  # the story was over before anything happened
        triggers.remove_all(ACCOUNT, FUNCTION)
        reconcile_all(triggers, store)
        at += 1
    assert at > 0


def test_a_trigger_that_is_changed_while_it_is_settled_is_settled_as_changed(
    triggers: TriggerService, sources: FakeEventSources, store: SqliteStore
) -> None:
    trigger = triggers.create(ACCOUNT, FUNCTION, EVENT)
    message = unsettled(store)

    class Slow(FakeEventSources):
        @override
        def bind(self, bound: Trigger) -> None:
            if bound.revision == 1:
                triggers.patch(ACCOUNT, FUNCTION, trigger.id, {"name": "m"})
            sources.bind(bound)

    assert with_sources(triggers, Slow()).reconciler.reconcile(message, 1) == Acknowledge()
    assert sources.bound[trigger.id].revision == 2


def test_a_trigger_that_came_to_be_while_its_function_went_goes_as_well(
    triggers: TriggerService, services: Services, sources: FakeEventSources, store: SqliteStore
) -> None:
    class Slow(FakeEventSources):
        @override
        def bind(self, bound: Trigger) -> None:
            sources.bind(bound)
            services.functions.remove(ACCOUNT, FUNCTION)

        @override
        def unbind(self, trigger: Any) -> None:
            sources.unbind(trigger)

    with_sources(triggers, Slow()).create(ACCOUNT, FUNCTION, EVENT)

    reconcile_all(triggers, store)
    assert (kept(store), sources.bound) == ([], {})


def test_a_trigger_that_keeps_changing_is_not_tried_for_ever(
    triggers: TriggerService, store: SqliteStore
) -> None:
    trigger = triggers.create(ACCOUNT, FUNCTION, EVENT)

    class Changing:
        def remove(self, _: Trigger) -> None:
            raise RevisionConflictError

        def __getattr__(self, name: str) -> Any:
            return getattr(store.triggers, name)

    with pytest.raises(RevisionConflictError):
        replace(triggers, triggers=Changing()).remove_all(ACCOUNT, FUNCTION)
    assert kept(store) == [trigger]
