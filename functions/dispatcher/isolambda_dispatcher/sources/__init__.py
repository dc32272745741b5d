"""Sources of events: one module for each type of trigger; its ``read`` makes a ``TriggerEvent``."""
