"""Use cases of the queues of executions."""
