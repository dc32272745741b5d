"""Use cases of executions: now, later, as a call's answer, and their records."""
