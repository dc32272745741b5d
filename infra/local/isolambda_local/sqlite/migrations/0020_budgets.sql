-- What is used of budgets, with what is lent to processes, in the units of meters. `notified` is the
-- highest percentage of which the account was notified.
CREATE TABLE budget_meters (
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    measure TEXT NOT NULL,
    used INTEGER NOT NULL,
    notified INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, name, measure)
) STRICT;
CREATE INDEX budget_meters_by_end ON budget_meters (ends_at);
