"""The API of the key-value store: for who manages an account, and for the executor on AWS."""
