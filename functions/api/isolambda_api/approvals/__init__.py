"""The API of the approvals of an account."""
