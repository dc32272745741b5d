"""What the dispatcher is woken by: one module for each kind of event."""
