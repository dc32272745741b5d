"""Buckets on one machine: folders, in which files come and go."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    Violation,
)
from isolambda_core.domain.functions.errors import FunctionNotFoundError
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.limits import FOLDER_ENTRIES
from isolambda_core.domain.triggers.errors import SourcesUnavailableError
from isolambda_core.domain.triggers.event_patterns.pattern import matches
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    TriggerType,
)
from isolambda_core.domain.triggers.types.bucket import BUCKET_EVENTS
from isolambda_core.ports.clock import Clock
from isolambda_core.services.triggers.events import EventService
from isolambda_local.sources.aws_envelopes import event_of_bucket
from isolambda_local.sources.scan import FolderTooFullError, scan
from isolambda_local.sqlite.folder_state import (
    File,
    FileChange,
    SqliteWatches,
)
from isolambda_local.sqlite.triggers import SqliteTriggerRepository

FOLDER = "buckets"
_AT_ONCE = 100
"""Changes that a trigger is told of at one look; it is told of more at the next ones."""

_CREATED, _REMOVED = BUCKET_EVENTS

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Folders:
    """What triggers of type ``bucket`` are bound to: ``{root}/{account}/{bucket}``."""

    root: Path
    watches: SqliteWatches

    def path(self, trigger: Trigger) -> Path:
        """Return the folder that a trigger watches."""
        return self.root / trigger.account_id / _bucket(trigger)

    def bind(self, trigger: Trigger) -> None:
        """Watch a folder, made when it is not there; of what is in it already nobody is told.

        Raises:
            InvalidDocumentError: there is too much in it.
            SourcesUnavailableError: it cannot be made or read.
        """
        if not trigger.enabled:
            self.watches.end(trigger.id)
        elif not self.watches.has(trigger.id, _bucket(trigger)):
            self.watches.begin(trigger.id, _bucket(trigger), self._files(trigger))

    def unbind(self, trigger_id: str) -> None:
        """Watch nothing any more for a trigger; the folder stays, with what is in it."""
        self.watches.end(trigger_id)

    def details(self, trigger: Trigger) -> Document:
        """Return which folder it is, seen from the directory of data."""
        return {"folder": f"{FOLDER}/{trigger.account_id}/{_bucket(trigger)}"}

    def _files(self, trigger: Trigger) -> Mapping[str, File]:
        folder = self.path(trigger)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return scan(folder)
        except FolderTooFullError as error:
            message = f"Its folder holds more than {FOLDER_ENTRIES} files and folders"
            violation = Violation(("bucket",), "error", None, _bucket(trigger), message)
            raise InvalidDocumentError([violation]) from error
        except OSError as error:
            raise SourcesUnavailableError from error


@dataclass(slots=True)
class FolderWatch:
    """Looks into the folders, and has executed what triggers ask for.

    A change is noted in the database before anybody is told, with an id and the time, and let go
    once it is an execution. So a kill loses none and doubles none, and what came or went while
    nothing looked is noticed afterwards.
    """

    folders: Folders
    triggers: SqliteTriggerRepository
    events: EventService
    clock: Clock
    _last: Mapping[Path, Mapping[str, File]] = field(default_factory=dict)
    _done: dict[str, Mapping[str, File]] = field(default_factory=dict)
    _unread: set[Path] = field(default_factory=set)

    def look(self) -> None:
        """Notice what changed since the last look; to be called once in a while.

        A file has come once two looks, one after the other, found it with the same size and time.

        Raises:
            StoreUnavailableError: the database does not answer.
        """
        triggers = [each for each in self.triggers.of_type(TriggerType.BUCKET) if each.enabled]
        seen = dict(self._seen({self.folders.path(trigger) for trigger in triggers}))
        done = {}
        for trigger in triggers:
            files = seen.get(self.folders.path(trigger))
            if files is not None and (
                self._done.get(trigger.id) == files or self._tell(trigger, files)
            ):
                done[trigger.id] = files
        self._last, self._done = seen, done

    def _seen(self, folders: set[Path]) -> Iterator[tuple[Path, Mapping[str, File]]]:
        for folder in folders:
            try:
                yield folder, scan(folder)
            except (OSError, FolderTooFullError) as error:
                if folder not in self._unread:
                    _log.warning("%s cannot be watched: %s", folder, type(error).__name__)
                self._unread.add(folder)
            else:
                self._unread.discard(folder)

    def _tell(self, trigger: Trigger, files: Mapping[str, File]) -> bool:
        """Note and tell what changed; true when it is all told, until the files are others."""
        watches = self.folders.watches
        known = watches.files(trigger.id, _bucket(trigger))
        if known is None:  # it is bound to another folder, which the table will say soon
            return False
        before = self._last.get(self.folders.path(trigger), {})
        changes = [
            self._change(_CREATED, key, file)
            for key, file in files.items()
            if known.get(key) != file and before.get(key) == file
        ] + [self._change(_REMOVED, key, file) for key, file in known.items() if key not in files]
        if changes:
            watches.note(trigger.id, _bucket(trigger), changes)
        untold = watches.untold(trigger.id, _AT_ONCE)
        for change in untold:
            event = event_of_bucket(_bucket(trigger), change)
            if matches(trigger.pattern, event):
                # As in `LocalEventSources`.
                from isolambda_dispatcher.sources import bucket  # noqa: PLC0415

                with suppress(FunctionNotFoundError):  # and its trigger goes with it
                    self.events.accept(trigger, bucket.read(event))
        if untold:
            watches.told(untold)
        return not untold and known == files

    def _change(self, event: str, key: str, file: File) -> FileChange:
        return FileChange(new_id(), event, key, file.etag, file.size, self.clock.now_ms())


def _bucket(trigger: Trigger) -> str:
    return cast("str", trigger.document["bucket"])
