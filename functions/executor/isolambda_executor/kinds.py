"""The kinds of operations; what performs one is imported at the first of them.

A cold start, and an execution that asks for nothing, do without.
"""

from collections.abc import Mapping
from functools import cache

from isolambda_executor.fetching.kind import FetchKind
from isolambda_executor.handlers import Handler, OpensHandler, Scope


def open_signing(scope: Scope) -> Handler:
    """Return the handler of an execution's signatures."""
    from isolambda_executor.signing import Signing  # noqa: PLC0415

    return Signing(scope)


def kinds_without_a_store() -> Mapping[str, OpensHandler]:
    """Return the kinds of an executor that has no store, and no tools, beside it."""
    return {
        "fetch": FetchKind(),
        "sign": open_signing,
        "kv": _open_remote_key_values,
        "tool": _open_remote_tools,
    }


def _open_remote_key_values(scope: Scope) -> Handler:
    return _remote_key_values()(scope)


@cache
def _remote_key_values() -> OpensHandler:
    from isolambda_executor.key_values import opens_key_values  # noqa: PLC0415
    from isolambda_executor.remote_key_values import RemoteKeyValues  # noqa: PLC0415

    return opens_key_values(RemoteKeyValues())


def _open_remote_tools(scope: Scope) -> Handler:
    return _remote_tools()(scope)


@cache
def _remote_tools() -> OpensHandler:
    from isolambda_executor.remote_tools import RemoteTools  # noqa: PLC0415
    from isolambda_executor.tool_calls import opens_tools  # noqa: PLC0415

    return opens_tools(RemoteTools())
