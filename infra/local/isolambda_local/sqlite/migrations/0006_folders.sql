-- What triggers of type bucket have seen in their folders, and what they still have to report.
CREATE TABLE watches (
    trigger_id TEXT PRIMARY KEY,
    bucket TEXT NOT NULL
) STRICT;

CREATE TABLE watched_files (
    trigger_id TEXT NOT NULL,
    key TEXT NOT NULL,
    etag TEXT NOT NULL,
    size INTEGER NOT NULL,
    PRIMARY KEY (trigger_id, key)
) STRICT;

CREATE TABLE file_changes (
    event_id TEXT NOT NULL UNIQUE,
    trigger_id TEXT NOT NULL,
    event TEXT NOT NULL,
    key TEXT NOT NULL,
    etag TEXT NOT NULL,
    size INTEGER NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX file_changes_of_trigger ON file_changes (trigger_id);
