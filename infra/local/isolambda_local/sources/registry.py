"""The event sources of one machine: the source of each type of trigger."""

from pathlib import Path

from isolambda_core.adapters.sources_by_type import SourcesByType
from isolambda_core.domain.triggers.triggers import TriggerType
from isolambda_core.ports.clock import Clock
from isolambda_core.services.triggers.events import EventService
from isolambda_local.sources.bucket import open_folders
from isolambda_local.sources.event import LocalBus
from isolambda_local.sources.queue import OwnLocalQueues
from isolambda_local.sources.schedule import Schedules
from isolambda_local.sqlite import SqliteStore


def open_sources(
    store: SqliteStore, data_dir: Path, events: EventService, clock: Clock
) -> SourcesByType:
    """Return the event sources on a database and a directory of data.

    The bus finds its triggers in the table, so it binds none. Streams, topics and queues with an
    ARN are somewhere else: nothing comes from there.
    """
    own_queues = OwnLocalQueues(events, clock)
    by_type = {
        TriggerType.SCHEDULE: Schedules(store.queue, clock),
        TriggerType.QUEUE: own_queues,
        TriggerType.BUCKET: open_folders(store, data_dir),
    }
    return SourcesByType(by_type, LocalBus(store.triggers, events, clock), own_queues)
