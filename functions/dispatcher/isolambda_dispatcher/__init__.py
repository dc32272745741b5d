"""The dispatcher: takes what waits to be executed, and has the executor execute it."""
