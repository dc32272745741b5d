"""The API of messages and events that functions are started by."""
