-- What functions executed on a day of UTC; `id` is the day and the function. Nothing that requests
-- read depends on it, so it changes no `changes`.
CREATE TABLE daily_counts (
    account_id TEXT NOT NULL,
    id TEXT NOT NULL,
    day TEXT NOT NULL,
    executions INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    cpu_us INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX daily_counts_by_day ON daily_counts (day);
-- The ids of the API keys by which functions were written; NULL where no key is known.
ALTER TABLE functions ADD COLUMN created_by TEXT;
ALTER TABLE functions ADD COLUMN modified_by TEXT;
ALTER TABLE api_keys ADD COLUMN name TEXT;
