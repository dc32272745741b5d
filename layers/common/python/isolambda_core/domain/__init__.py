"""Functions, accounts and executions, as values and rules; standard library only."""
