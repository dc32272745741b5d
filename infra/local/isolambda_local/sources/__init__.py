"""Event sources on one machine, without AWS: schedules, the bus, queues and folders."""
