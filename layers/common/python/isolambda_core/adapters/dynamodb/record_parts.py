"""Store the payload of a record: in its item while it is short, else in parts of their own.

The SHA-256 of the whole names the parts, and they are written before the item that names them. So
writers of one execution never mix theirs, and a reader of the item finds its parts until they
expire.
"""

import hashlib
from typing import TYPE_CHECKING

from isolambda_core.adapters.dynamodb.keys import Key, of_part
from isolambda_core.adapters.dynamodb.table import Table
from isolambda_core.domain.limits import KIB

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

_IN_ITEM_BYTES = 2 * KIB
"""With more a list would be slow: DynamoDB reads all of an item before it drops attributes."""
_PART_BYTES = 340_000
"""Below DynamoDB's 400 KB, and three of them within the 1 MB that it reads at once."""
_PARTS_AT_ONCE = 1_000
_DIGEST_CHARACTERS = 32


class PartsMissingError(LookupError):
    """Parts of the payload are gone."""


def store(table: Table, record: Key, content: bytes, expires_at: int) -> "AttributeValueTypeDef":
    """Return the attribute of the item for ``content``; write long content as parts."""
    if len(content) <= _IN_ITEM_BYTES:
        return {"B": content}
    digest = _digest_of(content)
    table.put_all(
        {
            **of_part(record, digest, f"{number:04}").attributes(),
            "part": {"B": content[start : start + _PART_BYTES]},
            "expires_at": {"N": str(expires_at)},
        }
        for number, start in enumerate(range(0, len(content), _PART_BYTES))
    )
    return {"S": digest}


def find(table: Table, record: Key, kept: "AttributeValueTypeDef") -> bytes:
    """Return the content for which :func:`store` returned ``kept``.

    Raises:
        PartsMissingError: parts are gone.
    """
    if "B" in kept:
        return kept["B"]
    digest = kept["S"]
    prefix = of_part(record, digest, "")
    parts = table.query(prefix.pk, prefix.sk, page_size=_PARTS_AT_ONCE)
    content = b"".join(item["part"]["B"] for item in parts)
    if _digest_of(content) != digest:
        raise PartsMissingError
    return content


def _digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_DIGEST_CHARACTERS]
