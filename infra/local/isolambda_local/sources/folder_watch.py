"""Find what changed in the folders that stand for buckets, and deliver it to the triggers."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from isolambda_core.domain.accounts.errors import QuotaExceededError
from isolambda_core.domain.errors import kind_of
from isolambda_core.domain.functions.errors import FunctionNotFoundError
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.triggers.event_patterns.pattern import matches
from isolambda_core.domain.triggers.triggers import Trigger, TriggerType
from isolambda_core.ports.clock import Clock
from isolambda_core.services.triggers.events import EventService
from isolambda_dispatcher.sources import bucket as aws_bucket
from isolambda_local.sources.bucket import CREATED, REMOVED, Folders, bucket_of, s3_event
from isolambda_local.sources.scan import FolderTooFullError, scan
from isolambda_local.sqlite.folder_state import File, FileChange
from isolambda_local.sqlite.triggers import SqliteTriggerRepository

_AT_ONCE = 100
"""Changes that one look delivers to a trigger; the next looks deliver the others."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class FolderWatch:
    """Looks into the folders, and queues an execution for each change that a trigger matches.

    It stores a change with an id and the time before it queues the execution, and forgets it
    afterwards. So a kill loses none and doubles none, and a later look finds what came or went
    while nothing looked.
    """

    folders: Folders
    triggers: SqliteTriggerRepository
    events: EventService
    clock: Clock
    _last: Mapping[Path, Mapping[str, File]] = field(default_factory=dict)
    _done: dict[str, Mapping[str, File]] = field(default_factory=dict)
    _unread: set[Path] = field(default_factory=set)
    _full: set[str] = field(default_factory=set)
    """Triggers whose tenants may have no more executions that wait."""

    def look(self) -> None:
        """Find and deliver what changed since the last look; to be called once in a while.

        A file counts as created once two looks in a row find it with the same size and time.

        Raises:
            StoreUnavailableError: the database does not answer.
        """
        triggers = [each for each in self.triggers.of_type(TriggerType.BUCKET) if each.enabled]
        seen = dict(self._seen({self.folders.path(trigger) for trigger in triggers}))
        done = {}
        for trigger in triggers:
            files = seen.get(self.folders.path(trigger))
            if files is not None and (
                self._done.get(trigger.id) == files or self._deliver(trigger, files)
            ):
                done[trigger.id] = files
        self._last, self._done = seen, done
        self._full.intersection_update(trigger.id for trigger in triggers)

    def _seen(self, folders: set[Path]) -> Iterator[tuple[Path, Mapping[str, File]]]:
        for folder in folders:
            try:
                yield folder, scan(folder)
            except (OSError, FolderTooFullError) as error:
                if folder not in self._unread:
                    line = {
                        "account_id": folder.parent.name,
                        "bucket": folder.name,
                        "reason": getattr(error, "strerror", None) or kind_of(error),
                    }
                    message = "bucket %(bucket)s cannot be watched: %(reason)s"
                    _log.warning(message, line, extra=line)
                self._unread.add(folder)
            else:
                self._unread.discard(folder)

    def _deliver(self, trigger: Trigger, files: Mapping[str, File]) -> bool:
        """Store and deliver what changed; true when no change is left, until the files change."""
        watches = self.folders.watches
        known = watches.files(trigger.id, bucket_of(trigger))
        if known is None:  # it is bound to another folder, as the table will have it soon
            return False
        before = self._last.get(self.folders.path(trigger), {})
        changes = [
            self._change(CREATED, key, file)
            for key, file in files.items()
            if known.get(key) != file and before.get(key) == file
        ] + [self._change(REMOVED, key, file) for key, file in known.items() if key not in files]
        if changes:
            watches.note(trigger.id, bucket_of(trigger), changes)
        pending = watches.pending(trigger.id, _AT_ONCE)
        delivered = list(self._accepted(trigger, pending))
        if delivered:
            watches.delivered(delivered)
        return not pending and known == files

    def _accepted(self, trigger: Trigger, changes: Iterable[FileChange]) -> Iterator[FileChange]:
        """Queue the executions of changes, and yield those, until the tenant may have no more."""
        about = {
            "account_id": trigger.account_id,
            "function_id": trigger.function_id,
            "trigger_id": trigger.id,
        }
        try:
            for change in changes:
                event = s3_event(bucket_of(trigger), change)
                if matches(trigger.pattern, event):
                    with suppress(FunctionNotFoundError):  # and its trigger goes with it
                        accepted = self.events.accept(trigger, aws_bucket.read(event))
                        line = {**about, "execution_id": accepted.execution_id}
                        _log.info("%(execution_id)s accepted", line, extra=line)
                yield change
                self._full.discard(trigger.id)
        except QuotaExceededError as error:  # which is no reason to look into no other folder
            if trigger.id not in self._full:
                line = {**about, "reason": str(error)}
                _log.warning("trigger %(trigger_id)s waits: %(reason)s", line, extra=line)
            self._full.add(trigger.id)

    def _change(self, event: str, key: str, file: File) -> FileChange:
        return FileChange(new_id(), event, key, file.etag, file.size, self.clock.now_ms())
