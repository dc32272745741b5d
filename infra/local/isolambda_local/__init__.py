"""Isolambda on one machine: SQLite for DynamoDB, worker processes for Lambdas."""
