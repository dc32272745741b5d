"""The API as the author of a function meets it: with a URL and a key."""
