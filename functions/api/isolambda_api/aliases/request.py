"""What a client says of an alias."""

from dataclasses import dataclass
from typing import Self, cast

from isolambda_core.domain.documents import Document, require_none, with_integers
from isolambda_core.domain.functions.alias_documents import (
    FORCE_SCHEMA,
    INTEGERS,
    check_contract,
    check_form,
    forced_reason,
)
from isolambda_core.domain.functions.aliases import Contract, Shadow, Target

_FORCE = tuple(FORCE_SCHEMA["properties"])


@dataclass(frozen=True, slots=True)
class AliasRequest:
    """An alias as a client sends it, its types checked; the service checks the rest.

    ``reason`` is why it is to be written without regard to its contract, None for with it.
    """

    name: str
    target: Target
    description: str
    contract: Contract | None
    shadow: Shadow
    reason: str | None

    @classmethod
    def parse(cls, data: Document) -> Self:
        """Read the data of a request.

        Raises:
            InvalidDocumentError: a key is missing, unknown or of another type.
        """
        forced = {key: value for key, value in data.items() if key in _FORCE}
        data = {key: value for key, value in data.items() if key not in _FORCE}
        data = with_integers(data, INTEGERS)
        require_none(check_form(data))
        target = Target(
            cast("int", data["version"]),
            cast("int | None", data.get("additional_version")),
            cast("float", data.get("additional_version_weight", 0.0)),
        )
        require_none(check_contract(data))
        contract = data.get("contract")
        return cls(
            cast("str", data["name"]),
            target,
            cast("str", data.get("description", "")),
            None if contract is None else Contract(cast("str", contract)),
            Shadow(
                cast("float", data.get("shadow", 0.0)),
                cast("int | None", data.get("shadow_version")),
            ),
            forced_reason(forced),
        )
