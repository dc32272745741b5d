"""Triggers of type ``bucket`` on one machine: folders, in which files come and go."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from typing_extensions import override

from isolambda_core.adapters.sources_by_type import EventSource
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.limits import FOLDER_ENTRIES
from isolambda_core.domain.triggers.errors import SourcesUnavailableError
from isolambda_core.domain.triggers.triggers import Trigger, TriggerRef
from isolambda_core.domain.triggers.types.bucket import BUCKET_EVENTS, DETAIL_TYPES
from isolambda_local.sources.aws_envelopes import eventbridge_event
from isolambda_local.sources.scan import FolderTooFullError, scan
from isolambda_local.sqlite import SqliteStore
from isolambda_local.sqlite.folder_state import File, FileChange, SqliteWatches

FOLDER = "buckets"
"""The folder of the data directory in which they are."""
CREATED, REMOVED = BUCKET_EVENTS


@dataclass(frozen=True, slots=True)
class Folders(EventSource):
    """What triggers of type ``bucket`` are bound to: ``{root}/{account}/{bucket}``."""

    root: Path
    watches: SqliteWatches

    def path(self, trigger: Trigger) -> Path:
        """Return the folder that a trigger watches."""
        return self.root / trigger.account_id / bucket_of(trigger)

    @override
    def bind(self, trigger: Trigger) -> None:
        """Watch a folder, made where there is none; what is in it already is no event.

        Raises:
            InvalidDocumentError: there is too much in it.
            SourcesUnavailableError: it cannot be made or read.
        """
        bucket = bucket_of(trigger)
        if not trigger.enabled:
            self.watches.end(trigger.id)
        elif not self.watches.has(trigger.id, bucket):
            self.watches.begin(trigger.id, bucket, self._files(trigger))

    @override
    def unbind(self, trigger: TriggerRef) -> None:
        """Watch nothing any more for a trigger; the folder stays, with what is in it."""
        self.watches.end(trigger.trigger_id)

    @override
    def details(self, trigger: Trigger) -> Document:
        """Return which folder it is, seen from the directory of data."""
        return {"folder": f"{FOLDER}/{trigger.account_id}/{bucket_of(trigger)}"}

    def _files(self, trigger: Trigger) -> Mapping[str, File]:
        folder = self.path(trigger)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return scan(folder)
        except FolderTooFullError as error:
            message = f"Its folder holds more than {FOLDER_ENTRIES} files and folders"
            violation = Violation(("bucket",), "error", None, bucket_of(trigger), message)
            raise InvalidDocumentError([violation]) from error
        except OSError as error:
            raise SourcesUnavailableError from error


def open_folders(store: SqliteStore, data_dir: Path) -> Folders:
    """Return the folders in a directory of data."""
    return Folders(data_dir / FOLDER, store.watches)


def bucket_of(trigger: Trigger) -> str:
    """Return the name of the bucket of a trigger."""
    return cast("str", trigger.document["bucket"])


def s3_event(bucket: str, change: FileChange) -> Mapping[str, Any]:
    """Return the event that Amazon S3 sends through EventBridge for such a change."""
    about: dict[str, Any] = {"key": change.key, "etag": change.etag}
    if change.event == CREATED:
        about["size"] = change.size
    return eventbridge_event(
        change.event_id,
        change.at_ms,
        "aws.s3",
        DETAIL_TYPES[change.event],
        [f"arn:aws:s3:::{bucket}"],
        {"version": "0", "bucket": {"name": bucket}, "object": about},
    )
