-- Those of before were of failures alone, kept for a week, and had no input or result.
DROP TABLE records;

-- `record` is JSON text; `input` and `result` are written by `adapters.codecs.records`.
CREATE TABLE records (
    account_id TEXT NOT NULL,
    function_id TEXT NOT NULL,
    execution_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    record TEXT NOT NULL,
    input BLOB NOT NULL,
    result BLOB,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, function_id, execution_id)
) STRICT;

CREATE INDEX records_by_expiry ON records (expires_at);

CREATE TABLE claims (
    account_id TEXT NOT NULL,
    function_id TEXT NOT NULL,
    key_sha256 TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    execution_id TEXT NOT NULL,
    lease_until_ms INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, function_id, key_sha256)
) STRICT;

CREATE INDEX claims_by_expiry ON claims (expires_at);

-- `due_at_ms` is when a message is to come out, next or again; of the dead, when they died.
CREATE TABLE queue (
    execution_id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    function_id TEXT NOT NULL,
    sent_at_ms INTEGER NOT NULL,
    due_at_ms INTEGER NOT NULL,
    received INTEGER NOT NULL,
    dead INTEGER NOT NULL
) STRICT;

CREATE INDEX queue_by_due ON queue (dead, due_at_ms);
