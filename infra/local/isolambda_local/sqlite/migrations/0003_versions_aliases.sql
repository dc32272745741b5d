-- A version that was removed leaves its id behind, the number in ten digits, and no more.
CREATE TABLE versions (
    account_id TEXT NOT NULL,
    function_id TEXT NOT NULL,
    id TEXT NOT NULL,
    removed INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    description TEXT NOT NULL,
    document TEXT NOT NULL,
    source BLOB NOT NULL,
    PRIMARY KEY (account_id, function_id, id)
) STRICT;

CREATE TABLE aliases (
    account_id TEXT NOT NULL,
    function_id TEXT NOT NULL,
    name TEXT NOT NULL,
    revision INTEGER NOT NULL,
    alias TEXT NOT NULL,
    PRIMARY KEY (account_id, function_id, name)
) STRICT;

CREATE TABLE alias_targets (
    account_id TEXT NOT NULL,
    function_id TEXT NOT NULL,
    version_id TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (account_id, function_id, version_id, name)
) STRICT;
