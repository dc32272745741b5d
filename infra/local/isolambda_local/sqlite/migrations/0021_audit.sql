-- `number` counts the entries of an account, in the order of their ids.
CREATE TABLE audit_entries (
    account_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    entry BLOB NOT NULL,
    PRIMARY KEY (account_id, number)
) STRICT;
CREATE UNIQUE INDEX audit_entries_by_id ON audit_entries (account_id, id);
CREATE INDEX audit_entries_by_expiry ON audit_entries (expires_at);
