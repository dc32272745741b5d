-- `source` is the ARN of a queue, stream or topic, which has one trigger, and `whole` JSON.
CREATE TABLE triggers (
    account_id TEXT NOT NULL,
    function_id TEXT NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    source TEXT UNIQUE,
    revision INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    whole TEXT NOT NULL,
    PRIMARY KEY (account_id, function_id, id)
) STRICT;

CREATE INDEX triggers_of_type ON triggers (type, account_id, function_id, id);

-- Messages of every kind, as `adapters.codecs.messages` writes them: what waits is kept.
ALTER TABLE queue RENAME TO queue_of_executions;

CREATE TABLE queue (
    id TEXT PRIMARY KEY,
    body TEXT NOT NULL,
    due_at_ms INTEGER NOT NULL,
    received INTEGER NOT NULL,
    dead INTEGER NOT NULL
) STRICT;

INSERT INTO queue (id, body, due_at_ms, received, dead)
SELECT
    execution_id,
    '{"account_id":"' || account_id || '","function_id":"' || function_id
        || '","execution_id":"' || execution_id || '","sent_at_ms":' || sent_at_ms || '}',
    due_at_ms, received, dead
FROM queue_of_executions;

DROP TABLE queue_of_executions;
CREATE INDEX queue_by_due ON queue (dead, due_at_ms);
