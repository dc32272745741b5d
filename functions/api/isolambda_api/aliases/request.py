"""What a client says of an alias."""

from dataclasses import dataclass
from typing import Self, cast

from isolambda_core.domain.documents import Document, require_none, with_integers
from isolambda_core.domain.functions.alias_documents import INTEGERS, check_form
from isolambda_core.domain.functions.aliases import Target


@dataclass(frozen=True, slots=True)
class AliasRequest:
    """An alias as a client sends it, its types checked; the service checks the rest."""

    name: str
    target: Target
    description: str

    @classmethod
    def parse(cls, data: Document) -> Self:
        """Read the data of a request.

        Raises:
            InvalidDocumentError: a key is missing, unknown or of another type.
        """
        data = with_integers(data, INTEGERS)
        require_none(check_form(data))
        target = Target(
            cast("int", data["version"]),
            cast("int | None", data.get("additional_version")),
            cast("float", data.get("additional_version_weight", 0.0)),
        )
        return cls(cast("str", data["name"]), target, cast("str", data.get("description", "")))
