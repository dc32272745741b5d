"""Messages of the queues of executions, and their dead letters."""
