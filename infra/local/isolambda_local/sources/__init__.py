"""Event sources on one machine, without AWS: one module for each type of trigger."""
