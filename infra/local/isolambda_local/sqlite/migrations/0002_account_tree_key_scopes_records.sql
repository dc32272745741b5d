ALTER TABLE accounts RENAME COLUMN name TO document;
UPDATE accounts SET document = '{"enabled":true,"name":' || document || '}';
ALTER TABLE accounts ADD COLUMN modified_at INTEGER NOT NULL DEFAULT 0;
UPDATE accounts SET modified_at = created_at;
ALTER TABLE accounts ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;

-- Ids with a blank between, from the top of the tree down.
ALTER TABLE accounts ADD COLUMN ancestor_ids TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN parent_id TEXT;
CREATE INDEX accounts_of_parent ON accounts (parent_id, id);
ALTER TABLE api_keys ADD COLUMN id TEXT NOT NULL DEFAULT '';
UPDATE api_keys SET id = substr(sha256, 1, 32);

-- Words with a blank between.
ALTER TABLE api_keys ADD COLUMN scopes TEXT NOT NULL DEFAULT 'manage execute';
ALTER TABLE api_keys ADD COLUMN function_id TEXT;
ALTER TABLE api_keys ADD COLUMN own INTEGER NOT NULL DEFAULT 0;
UPDATE api_keys SET own = 1;
ALTER TABLE api_keys ADD COLUMN expires_at INTEGER;

-- JSON text, as a document.
ALTER TABLE functions ADD COLUMN disable_reason TEXT;

CREATE TABLE revoked_tokens (
    id TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE records (
    account_id TEXT NOT NULL,
    function_id TEXT NOT NULL,
    sort_key TEXT NOT NULL,
    record TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, function_id, sort_key)
) STRICT;

CREATE INDEX records_by_expiry ON records (expires_at);
