"""Record the operations of executions, and answer them from recorded ones."""
