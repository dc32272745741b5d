"""The dispatcher: takes messages and events, and has the executor run their functions."""
