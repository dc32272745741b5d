-- Counts the changes of what requests read, so that a server knows when its memory is out of date.
CREATE TABLE changes (number INTEGER NOT NULL) STRICT;
INSERT INTO changes VALUES (0);
CREATE TRIGGER accounts_insert_counts AFTER INSERT ON accounts BEGIN
    UPDATE changes SET number = number + 1;
END;
CREATE TRIGGER accounts_update_counts AFTER UPDATE ON accounts BEGIN
    UPDATE changes SET number = number + 1;
END;
CREATE TRIGGER accounts_delete_counts AFTER DELETE ON accounts BEGIN
    UPDATE changes SET number = number + 1;
END;
CREATE TRIGGER api_keys_insert_counts AFTER INSERT ON api_keys BEGIN
    UPDATE changes SET number = number + 1;
END;
CREATE TRIGGER api_keys_update_counts AFTER UPDATE ON api_keys BEGIN
    UPDATE changes SET number = number + 1;
END;
CREATE TRIGGER api_keys_delete_counts AFTER DELETE ON api_keys BEGIN
    UPDATE changes SET number = number + 1;
END;
CREATE TRIGGER functions_insert_counts AFTER INSERT ON functions BEGIN
    UPDATE changes SET number = number + 1;
END;
CREATE TRIGGER functions_update_counts AFTER UPDATE ON functions BEGIN
    UPDATE changes SET number = number + 1;
END;
CREATE TRIGGER functions_delete_counts AFTER DELETE ON functions BEGIN
    UPDATE changes SET number = number + 1;
END;
CREATE TRIGGER versions_insert_counts AFTER INSERT ON versions BEGIN
    UPDATE changes SET number = number + 1;
END;
CREATE TRIGGER versions_update_counts AFTER UPDATE ON versions BEGIN
    UPDATE changes SET number = number + 1;
END;
CREATE TRIGGER versions_delete_counts AFTER DELETE ON versions BEGIN
    UPDATE changes SET number = number + 1;
END;
CREATE TRIGGER aliases_insert_counts AFTER INSERT ON aliases BEGIN
    UPDATE changes SET number = number + 1;
END;
CREATE TRIGGER aliases_update_counts AFTER UPDATE ON aliases BEGIN
    UPDATE changes SET number = number + 1;
END;
CREATE TRIGGER aliases_delete_counts AFTER DELETE ON aliases BEGIN
    UPDATE changes SET number = number + 1;
END;
CREATE TRIGGER revoked_tokens_insert_counts AFTER INSERT ON revoked_tokens BEGIN
    UPDATE changes SET number = number + 1;
END;
CREATE TRIGGER revoked_tokens_update_counts AFTER UPDATE ON revoked_tokens BEGIN
    UPDATE changes SET number = number + 1;
END;
CREATE TRIGGER revoked_tokens_delete_counts AFTER DELETE ON revoked_tokens BEGIN
    UPDATE changes SET number = number + 1;
END;
