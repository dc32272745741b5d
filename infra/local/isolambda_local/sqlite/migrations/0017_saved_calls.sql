-- `digest` is another text after each write. What is changed is counted, so that the move of an
-- alias can tell whether the saved calls are those that were executed for it.
CREATE TABLE saved_calls (
    account_id TEXT NOT NULL,
    function_id TEXT NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    saved_call TEXT NOT NULL,
    PRIMARY KEY (account_id, function_id, name)
) STRICT;
CREATE TABLE saved_call_changes (
    account_id TEXT NOT NULL,
    function_id TEXT NOT NULL,
    changes INTEGER NOT NULL,
    PRIMARY KEY (account_id, function_id)
) STRICT;
CREATE TRIGGER saved_call_added AFTER INSERT ON saved_calls BEGIN
    INSERT INTO saved_call_changes VALUES (NEW.account_id, NEW.function_id, 1)
    ON CONFLICT (account_id, function_id) DO UPDATE SET changes = changes + 1;
END;
CREATE TRIGGER saved_call_replaced AFTER UPDATE ON saved_calls BEGIN
    UPDATE saved_call_changes SET changes = changes + 1
    WHERE account_id = NEW.account_id AND function_id = NEW.function_id;
END;
CREATE TRIGGER saved_call_removed AFTER DELETE ON saved_calls BEGIN
    UPDATE saved_call_changes SET changes = changes + 1
    WHERE account_id = OLD.account_id AND function_id = OLD.function_id;
END;
-- A kept answer that lists saved calls is out of date with each change of them.
CREATE TRIGGER saved_calls_insert_counts AFTER INSERT ON saved_calls BEGIN
    UPDATE changes SET number = number + 1;
END;
CREATE TRIGGER saved_calls_update_counts AFTER UPDATE ON saved_calls BEGIN
    UPDATE changes SET number = number + 1;
END;
CREATE TRIGGER saved_calls_delete_counts AFTER DELETE ON saved_calls BEGIN
    UPDATE changes SET number = number + 1;
END;
