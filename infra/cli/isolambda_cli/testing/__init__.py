"""Tests of functions: the command ``isolambda test``, and what it runs."""
