"""What requests and responses of secrets hold."""

from typing import Annotated

from pydantic import BaseModel, Field

from isolambda_api.http.openapi import Bodies
from isolambda_api.http.table_model import TableModel
from isolambda_api.kazoo.schemas import Gregorian, ReadOnly, Success
from isolambda_core.domain.secrets.documents import SECRET_SCHEMA, SHOWN_SCHEMA


class SecretInput(TableModel):
    """A secret to be made or rotated."""

    table = SECRET_SCHEMA


class SecretRequest(BaseModel):
    """A secret in Kazoo's envelope."""

    data: SecretInput


class SecretDocument(TableModel):
    """A secret without its value, which no answer has."""

    table = SHOWN_SCHEMA

    name: str
    created: Gregorian
    modified: Gregorian
    overlap_until: Annotated[
        Gregorian | None,
        Field(description="Until when the value before is masked; null where there is none."),
    ]
    read_only: Annotated[ReadOnly | None, Field(alias="_read_only")] = None


class SecretResponse(Success):
    """One secret."""

    data: SecretDocument


class SecretListResponse(Success):
    """All secrets of an account itself, or of a function."""

    data: list[SecretDocument]


BODIES = {
    name.format(whose): bodies
    for whose in ("account", "function")
    for name, bodies in (
        ("list_{}_secrets", Bodies(SecretListResponse)),
        ("fetch_{}_secret", Bodies(SecretResponse)),
        (
            "put_{}_secret",
            Bodies(SecretResponse, SecretRequest, others={200: SecretResponse}),
        ),
        ("remove_{}_secret", Bodies(SecretResponse)),
    )
}
"""By the name of the route."""
