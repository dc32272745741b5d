"""Store the source of a function or a version: in its item while it is short, else in parts.

Each write of another source has parts of its own, and makes them before the item that names them;
so writers never mix theirs. Who replaces an item removes the parts of earlier sources; a reader of
such an item misses them, and reads the item again. What writers leave that were cut off goes with
later ones.
"""

from hashlib import sha256
from typing import TYPE_CHECKING

from isolambda_core.adapters.dynamodb.keys import Key
from isolambda_core.adapters.dynamodb.table import KEYS, Table
from isolambda_core.domain.ids import new_id

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

_IN_ITEM_BYTES = 270_000
"""Leaves room for the rest of the document below DynamoDB's 400 KB."""
_PART_BYTES = 340_000
"""Below DynamoDB's 400 KB, and three of them within the 1 MB that it reads at once."""
_PARTS_AT_ONCE = 1_000


class SourceMissingError(LookupError):
    """Parts of a source are gone."""


def is_long(source: bytes) -> bool:
    """Return whether a source is stored in parts."""
    return len(source) > _IN_ITEM_BYTES


def store(
    table: Table,
    parts: Key,
    revision: int,
    source: bytes,
    replaced: "AttributeValueTypeDef | None" = None,
) -> "AttributeValueTypeDef":
    """Return the attribute of an item for its source; write a long one as parts first.

    ``parts`` is the beginning of their keys, ``replaced`` the attribute of the revision before,
    whose parts serve for the same source.
    """
    if not is_long(source):
        return {"B": source}
    digest: AttributeValueTypeDef = {"S": sha256(source).hexdigest()}
    if replaced is not None and replaced.get("M", {}).get("sha256") == digest:
        return replaced
    name = f"{_of_revision(revision)}{new_id()}"
    starts = range(0, len(source), _PART_BYTES)
    table.put_all(
        {
            **Key(parts.pk, f"{parts.sk}{name}#{number:04}").attributes(),
            "part": {"B": source[start : start + _PART_BYTES]},
        }
        for number, start in enumerate(starts)
    )
    return {"M": {"name": {"S": name}, "bytes": {"N": str(len(source))}, "sha256": digest}}


def find(table: Table, parts: Key, kept: "AttributeValueTypeDef") -> bytes:
    """Return the source for which :func:`store` returned ``kept``.

    Raises:
        SourceMissingError: parts are gone.
    """
    if "B" in kept:
        return kept["B"]
    prefix = f"{parts.sk}{kept['M']['name']['S']}#"
    found = table.query(parts.pk, prefix, page_size=_PARTS_AT_ONCE)
    source = b"".join(item["part"]["B"] for item in found)
    if len(source) != int(kept["M"]["bytes"]["N"]):
        raise SourceMissingError
    return source


def forget(table: Table, parts: Key, revision: int, kept: "AttributeValueTypeDef") -> None:
    """Remove the parts that :func:`store` made for a revision, which no item came to name."""
    if "M" in kept and kept["M"]["name"]["S"].startswith(_of_revision(revision)):
        table.remove_all(parts.pk, f"{parts.sk}{kept['M']['name']['S']}#")


def forget_earlier(table: Table, parts: Key, kept: "AttributeValueTypeDef") -> None:
    """Remove the parts made before those of a long source, which an item names now."""
    if "M" not in kept:
        return
    revision = parts.sk + kept["M"]["name"]["S"].partition("#")[0]
    found = table.query(parts.pk, parts.sk, page_size=_PARTS_AT_ONCE, attributes=KEYS)
    earlier = [item for item in found if item["sk"]["S"] < revision]
    if earlier:
        table.delete_all(earlier)


def _of_revision(revision: int) -> str:
    return f"{revision:010}#"
