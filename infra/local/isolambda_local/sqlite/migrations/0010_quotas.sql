-- What a tenant has is counted by these: functions and triggers of all its accounts.
CREATE INDEX accounts_of_tenant ON accounts (substr(ancestor_ids, 1, 32));
CREATE INDEX functions_that_count ON functions (account_id, deleted) WHERE deleted = 0;
CREATE INDEX versions_that_count ON versions (account_id, function_id, removed) WHERE removed = 0;
CREATE INDEX claims_of_keys ON claims (account_id, expires_at, lease_until_ms) WHERE lease_until_ms > 0;

-- Whether an execution has ended, as its record says.
ALTER TABLE records ADD COLUMN has_ended INTEGER
    GENERATED ALWAYS AS (json_extract(record, '$.status') IN ('succeeded', 'failed')) VIRTUAL;
CREATE INDEX records_that_wait ON records (account_id, has_ended) WHERE has_ended = 0;
CREATE INDEX records_by_age ON records (account_id, expires_at) WHERE has_ended = 1;

-- A sum over a gigabyte of records would take too long for each of them.
CREATE TABLE record_bytes (
    account_id TEXT PRIMARY KEY,
    used INTEGER NOT NULL
) STRICT;
ALTER TABLE records ADD COLUMN bytes INTEGER
    GENERATED ALWAYS AS (length(record) + length(input) + ifnull(length(result), 0)) VIRTUAL;
INSERT INTO record_bytes (account_id, used)
SELECT account_id, sum(bytes) FROM records GROUP BY account_id;

CREATE TRIGGER record_added AFTER INSERT ON records BEGIN
    INSERT INTO record_bytes (account_id, used) VALUES (NEW.account_id, NEW.bytes)
    ON CONFLICT (account_id) DO UPDATE SET used = used + excluded.used;
END;
CREATE TRIGGER record_replaced AFTER UPDATE ON records BEGIN
    UPDATE record_bytes SET used = used + NEW.bytes - OLD.bytes
    WHERE account_id = NEW.account_id;
END;
CREATE TRIGGER record_removed AFTER DELETE ON records BEGIN
    UPDATE record_bytes SET used = used - OLD.bytes WHERE account_id = OLD.account_id;
    DELETE FROM record_bytes WHERE account_id = OLD.account_id AND used = 0;
END;
