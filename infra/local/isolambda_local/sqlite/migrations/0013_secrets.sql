-- The values are sealed. A secret of an account itself has an empty `function_id`; `sealing` is
-- another text after each write.
CREATE TABLE secrets (
    account_id TEXT NOT NULL,
    function_id TEXT NOT NULL,
    name TEXT NOT NULL,
    sealing TEXT NOT NULL,
    secret TEXT NOT NULL,
    PRIMARY KEY (account_id, function_id, name)
) STRICT;
CREATE TRIGGER secrets_insert_counts AFTER INSERT ON secrets BEGIN
    UPDATE changes SET number = number + 1;
END;
CREATE TRIGGER secrets_update_counts AFTER UPDATE ON secrets BEGIN
    UPDATE changes SET number = number + 1;
END;
CREATE TRIGGER secrets_delete_counts AFTER DELETE ON secrets BEGIN
    UPDATE changes SET number = number + 1;
END;
