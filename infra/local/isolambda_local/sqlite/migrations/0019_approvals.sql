-- `fingerprint` tells a call of a tool from any other. Of one call there is one approval at a time
-- that is not used.
CREATE TABLE approvals (
    account_id TEXT NOT NULL,
    id TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    is_used INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    approval TEXT NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT;
CREATE UNIQUE INDEX approvals_by_call ON approvals (account_id, fingerprint) WHERE is_used = 0;
CREATE INDEX approvals_by_expiry ON approvals (expires_at);
