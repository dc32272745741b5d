-- What a shadow finds is of the alias as it is: a change of it, and its removal, begin anew.
CREATE TABLE shadows (
    account_id TEXT NOT NULL,
    function_id TEXT NOT NULL,
    name TEXT NOT NULL,
    revision INTEGER NOT NULL,
    report BLOB NOT NULL,
    PRIMARY KEY (account_id, function_id, name)
) STRICT;
CREATE TRIGGER shadow_of_changed_alias AFTER UPDATE ON aliases BEGIN
    DELETE FROM shadows WHERE account_id = OLD.account_id AND function_id = OLD.function_id
    AND name = OLD.name;
END;
CREATE TRIGGER shadow_of_removed_alias AFTER DELETE ON aliases BEGIN
    DELETE FROM shadows WHERE account_id = OLD.account_id AND function_id = OLD.function_id
    AND name = OLD.name;
END;
