"""What is read again and again for executions, and may come from memory."""

from contextlib import AbstractContextManager
from typing import Protocol


class Catalog(Protocol):
    """Accounts, keys, functions, versions, aliases and secrets, as a store may keep them in memory.

    Within :meth:`reading`, the method ``get`` of their repositories may answer from memory, as
    may ``for_function`` of that of secrets, and not its ``get``. The answer is what the store held
    at some moment after the context began: a change that was acknowledged before, by whichever
    process, is always in it. A store asks once a context, and not for each ``get``, whether
    something changed: DynamoDB by one item of the account, SQLite by ``PRAGMA data_version``. A
    write through a repository within the context ends the context's answers of before. Outside of
    a context each ``get`` reads the store.
    """

    def reading(self) -> AbstractContextManager[None]:
        """Begin a context, which is that of one request; threads that copy it are in it."""
        ...
