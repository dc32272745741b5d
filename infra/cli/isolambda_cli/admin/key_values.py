"""The commands ``isolambda admin kv``."""

from typing import Annotated

import typer

from isolambda_cli.admin.accounts import AccountId
from isolambda_cli.admin.options import OperatorCommand, target_of
from isolambda_cli.command import CommandGroup
from isolambda_cli.output import Row, time_text
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.json_text import InvalidJsonError, dump, parse
from isolambda_core.domain.key_values.operations import (
    GET,
    LIST,
    PUT,
    Fields,
    Operation,
    read_operation,
)
from isolambda_core.domain.key_values.values import ItemKey, KeyValue

app = typer.Typer(
    cls=CommandGroup,
    add_completion=False,
    help="Read, write, list and remove what functions keep as values.",
)

_Namespace = Annotated[str, typer.Argument(help="A namespace.", show_default=False)]
_Key = Annotated[str, typer.Argument(help="A key.", show_default=False)]


class NoJsonError(IsolambdaError):
    """The value is not JSON; ``str(error)`` says why."""


@app.command(cls=OperatorCommand)
def get(context: typer.Context, account_id: AccountId, namespace: _Namespace, key: _Key) -> Row:
    """Print a value, as JSON."""
    asked = read_operation({"op": GET, "namespace": namespace, "key": key})
    return _row(target_of(context).key_values.get(_item(account_id, asked)))


@app.command(cls=OperatorCommand)
def put(
    context: typer.Context,
    account_id: AccountId,
    namespace: _Namespace,
    key: _Key,
    value: Annotated[str, typer.Argument(help="The value, as JSON.", show_default=False)],
    ttl: Annotated[
        int | None, typer.Option(help="After how many seconds it expires; never by default.")
    ] = None,
) -> Row:
    """Write a value, whatever was there."""
    try:
        parsed = parse(value)
    except InvalidJsonError as error:
        raise NoJsonError(f"the value is not JSON: {error}") from error
    fields: Fields = {"op": PUT, "namespace": namespace, "key": key, "value": parsed, "ttl_s": ttl}
    asked, target = read_operation(fields), target_of(context)
    target.accounts.fetch(account_id)
    assert asked.value is not None  # noqa: S101 - of PUT
    return _row(target.key_values.put(_item(account_id, asked), asked.value, asked.ttl_s))


@app.command(cls=OperatorCommand)
def delete(context: typer.Context, account_id: AccountId, namespace: _Namespace, key: _Key) -> Row:
    """Remove a value."""
    asked = read_operation({"op": GET, "namespace": namespace, "key": key})
    target_of(context).key_values.delete(_item(account_id, asked))
    return {"key": key, "deleted": True}


@app.command("list", cls=OperatorCommand)
def list_values(
    context: typer.Context,
    account_id: AccountId,
    namespace: Annotated[
        str | None, typer.Argument(help="A namespace; without one, list those.")
    ] = None,
    prefix: Annotated[str, typer.Option(help="What the keys begin with.")] = "",
    after: Annotated[
        str | None, typer.Option(help="Begin behind this key, the last one of a list before.")
    ] = None,
) -> list[Row]:
    """List up to 100 values of a namespace, in the order of their keys."""
    target = target_of(context)
    target.accounts.fetch(account_id)
    values = target.key_values
    if namespace is None:
        return [{"namespace": each} for each in values.namespaces(account_id)]
    fields: Fields = {"op": LIST, "namespace": namespace, "prefix": prefix, "start_key": after}
    page = values.list(account_id, read_operation(fields))
    return [_row(each) for each in page.items]


def _item(account_id: str, asked: Operation) -> ItemKey:
    return ItemKey(account_id, asked.namespace, asked.key)


def _row(found: KeyValue) -> Row:
    expires = None if found.expires_at is None else time_text(found.expires_at)
    return {"key": found.key, "value": dump(found.value.json), "expires": expires}
