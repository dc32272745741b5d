-- The key-value store of functions. `value` is compact JSON in UTF-8, in which a lone surrogate is three bytes.
CREATE TABLE key_values (
    account_id TEXT NOT NULL,
    namespace TEXT NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (account_id, namespace, key)
) STRICT;
CREATE INDEX key_values_that_expire ON key_values (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX key_values_that_expired ON key_values (account_id, expires_at, bytes) WHERE expires_at IS NOT NULL;

-- What each namespace has; counting a hundred thousand rows would take too long for each write.
CREATE TABLE key_value_usage (
    account_id TEXT NOT NULL,
    namespace TEXT NOT NULL,
    items INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (account_id, namespace)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER key_value_added AFTER INSERT ON key_values BEGIN
    INSERT INTO key_value_usage (account_id, namespace, items, bytes)
    VALUES (NEW.account_id, NEW.namespace, 1, NEW.bytes)
    ON CONFLICT (account_id, namespace) DO UPDATE SET items = items + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER key_value_replaced AFTER UPDATE ON key_values WHEN NEW.bytes <> OLD.bytes BEGIN
    UPDATE key_value_usage SET bytes = bytes + NEW.bytes - OLD.bytes
    WHERE account_id = NEW.account_id AND namespace = NEW.namespace;
END;
CREATE TRIGGER key_value_removed AFTER DELETE ON key_values BEGIN
    UPDATE key_value_usage SET items = items - 1, bytes = bytes - OLD.bytes
    WHERE account_id = OLD.account_id AND namespace = OLD.namespace;
    DELETE FROM key_value_usage
    WHERE account_id = OLD.account_id AND namespace = OLD.namespace AND items = 0;
END;
