-- Requests to HTTP functions read triggers; the failures that are counted beside them change nothing there.
CREATE TRIGGER triggers_insert_counts AFTER INSERT ON triggers BEGIN
    UPDATE changes SET number = number + 1;
END;
CREATE TRIGGER triggers_update_counts AFTER UPDATE OF whole ON triggers BEGIN
    UPDATE changes SET number = number + 1;
END;
CREATE TRIGGER triggers_delete_counts AFTER DELETE ON triggers BEGIN
    UPDATE changes SET number = number + 1;
END;
