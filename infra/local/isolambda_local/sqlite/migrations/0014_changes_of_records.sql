-- Numbers the writes of an account that its list of executions is in the order of. It outlives the
-- records, so that no number comes twice.
CREATE TABLE record_numbers (
    account_id TEXT PRIMARY KEY,
    number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER numbers_end_with_their_account AFTER DELETE ON accounts BEGIN
    DELETE FROM record_numbers WHERE account_id = OLD.id;
END;

-- Records of before have no number. They stand before all others, in the order of their ids:
-- to number them would write each again, with input and result.
ALTER TABLE records ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE records ADD COLUMN position TEXT
    GENERATED ALWAYS AS (printf('%013d#%s', number, execution_id)) VIRTUAL;
CREATE INDEX records_by_position ON records (account_id, position);
