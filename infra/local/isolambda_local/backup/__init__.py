"""A data directory as one file: made while a server runs, and put in place again."""
