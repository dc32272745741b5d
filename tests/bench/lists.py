"""What a page of a list costs as the store fills: time on SQLite, units on DynamoDB."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from isolambda_cli.admin.targets import RefusesRemoval
from isolambda_core.adapters import dynamodb
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.adapters.dynamodb import DynamoDbStore, keys
from isolambda_core.adapters.json_schemas import JsonSchemaChecker
from isolambda_core.domain.documents import Document
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.limits import PAGE_SIZE
from isolambda_core.services.functions.functions import FunctionService
from isolambda_local import sqlite
from isolambda_local.sqlite import SqliteStore
from tests.bench.charges import Charges, moto_items, moto_table
from tests.bench.figures import Row, alternate, compared, counted, timed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BOUND: Final = 1.5

_FEW, _SOME, _MANY = _SIZES = (10, 1_000, 100_000)
_OURS, _OTHERS = new_id(), new_id()
_DOCUMENT: Final[Document] = {"name": "greet", "function_js": "return {hi: call.name};"}

# Copies the one function that an account has.
_COPY_ROWS: Final = """
WITH RECURSIVE copies (number) AS (
    SELECT 1 UNION ALL SELECT number + 1 FROM copies WHERE number < ?
)
INSERT INTO functions
    (account_id, id, revision, created_at, modified_at, deleted, document, source)
SELECT account_id, lower(hex(randomblob(16))), revision, created_at, modified_at, deleted, document,
    source
FROM functions, copies WHERE account_id = ?
"""


def rows() -> Iterator[Row]:
    """Measure and return the rows, one after the other."""
    yield from _on_sqlite()
    yield from _on_dynamodb()


def _on_sqlite() -> Iterator[Row]:
    ours, others = {}, {}
    with TemporaryDirectory() as folder, ExitStack() as stack:
        for size in _SIZES:
            store = stack.enter_context(closing(sqlite.open_store(Path(folder) / f"{size}.db")))
            _fill_sqlite(store, _OURS, _FEW)
            _fill_sqlite(store, _OTHERS, size)
            ours[size] = partial(_list, _functions(store), _OURS)
            others[size] = partial(_list, _functions(store), _OTHERS)
        few, some, many = others.values()
        for size in (_SOME, _MANY):
            yield _compared(_what("SQLite", size), ours[size], _beside(_FEW), ours[_FEW])
        yield _compared(f"SQLite: first page of {_SOME:,}", some, f"all of {_FEW}", few, bound=None)
        yield _compared(f"SQLite: first page of {_MANY:,}", many, f"of {_SOME:,}", some)
        middle = partial(many, after="8")
        yield _compared(f"SQLite: a page amid {_MANY:,}", middle, "the first of them", many)


def _on_dynamodb() -> Iterator[Row]:
    ours, others = {}, {}
    with moto_table() as (table, client):
        functions = _functions(dynamodb.open_store(table, client))
        _fill_dynamodb(table, client, _OURS, _FEW)
        for size, before in zip(_SIZES, (0, *_SIZES), strict=False):
            _fill_dynamodb(table, client, _OTHERS, size - before)
            with Charges.of(client) as ours[size]:
                _list(functions, _OURS)
            with Charges.of(client) as others[size]:
                _list(functions, _OTHERS)
    few, some, many = others.values()
    for size in (_SOME, _MANY):
        yield _counted(_what("DynamoDB", size), ours[size], _beside(_FEW), ours[_FEW])
    yield _counted(f"DynamoDB: first page of {_SOME:,}", some, f"all of {_FEW}", few, bound=None)
    yield _counted(f"DynamoDB: first page of {_MANY:,}", many, f"of {_SOME:,}", some)


def _what(store: str, size: int) -> str:
    return f"{store}: page of {_FEW}, others have {size:,}"


def _beside(size: int) -> str:
    return f"others have {size:,}"


def _compared(
    what: str,
    ours: Callable[[], int],
    beside: str,
    theirs: Callable[[], int],
    *,
    bound: float | None = BOUND,
) -> Row:
    note = f"{ours()} functions; {theirs()} beside them"
    samples = alternate(60, lambda: timed(ours, 10), lambda: timed(theirs, 10))
    return compared(what, samples[0], beside, samples[1], bound=bound, note=note)


def _counted(
    what: str, ours: Charges, beside: str, theirs: Charges, *, bound: float | None = BOUND
) -> Row:
    note = ours.requests()
    return counted(what, ours.reads, beside, theirs.reads, "RCU", bound=bound, note=note)


def _functions(store: SqliteStore | DynamoDbStore) -> FunctionService:
    below = (store.versions, store.aliases)
    return FunctionService(
        store.functions, RefusesRemoval(), store.secrets, below, JsonSchemaChecker(), SystemClock()
    )


def _list(functions: FunctionService, account_id: str, after: str | None = None) -> int:
    """Ask for a page, and return how many functions are on it."""
    return len(functions.list(account_id, PAGE_SIZE, after, descending=True).items)


def _fill_sqlite(store: SqliteStore, account_id: str, size: int) -> None:
    _functions(store).create(account_id, _DOCUMENT)
    with store.database.connection() as connection:
        connection.execute(_COPY_ROWS, (size - 1, account_id))


def _fill_dynamodb(table: str, client: "DynamoDBClient", account_id: str, size: int) -> None:
    first = _functions(dynamodb.open_store(table, client)).create(account_id, _DOCUMENT)
    key = keys.of_function(account_id, first.id).attributes()
    item = client.get_item(TableName=table, Key=key)["Item"]
    items = moto_items(table)  # past the client, which would take most of the time
    for copy in (new_id() for _ in range(size - 1)):
        key = keys.of_function(account_id, copy).attributes()
        items.put_item({**item, **key, "id": {"S": copy}})
