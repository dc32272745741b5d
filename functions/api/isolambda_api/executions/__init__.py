"""The Kazoo API of executions and their records."""
