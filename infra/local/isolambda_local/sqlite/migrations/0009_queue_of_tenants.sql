-- `tenant` is the account at the top of the tree that the message's account is in; empty where the
-- message cannot be read. `callback`: the execution has ended, and only its callback is left.
ALTER TABLE queue ADD COLUMN tenant TEXT NOT NULL DEFAULT '';
ALTER TABLE queue ADD COLUMN callback INTEGER NOT NULL DEFAULT 0;

UPDATE queue SET tenant = coalesce(
    json_extract(body, '$.account_id'),
    json_extract(body, '$.settle.account_id'),
    json_extract(body, '$.due.account_id'),
    ''
) WHERE json_valid(body);

UPDATE queue SET tenant = substr(accounts.ancestor_ids, 1, 32)
FROM accounts WHERE accounts.id = queue.tenant AND accounts.ancestor_ids <> '';

DROP INDEX queue_by_due;
CREATE INDEX queue_in_turn ON queue (callback, tenant, due_at_ms, id) WHERE dead = 0;
CREATE INDEX queue_of_dead ON queue (due_at_ms, id) WHERE dead = 1;
