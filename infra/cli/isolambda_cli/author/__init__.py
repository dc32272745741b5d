"""What an author types: one module a command, each over HTTP with a key."""
