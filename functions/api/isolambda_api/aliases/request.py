"""What a client says of an alias."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self, cast

from isolambda_core.domain.documents import Document, with_integers
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.functions.aliases import Target

_INTEGERS = (("version",), ("additional_version",))
_FIELDS = ("name", "version", "description", "additional_version", "additional_version_weight")


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
        data = with_integers(data, _INTEGERS)
        violations = list(_check(data))
        if violations:
            raise InvalidDocumentError(violations)
        target = Target(
            cast("int", data["version"]),
            cast("int | None", data.get("additional_version")),
            cast("float", data.get("additional_version_weight", 0.0)),
        )
        return cls(cast("str", data["name"]), target, cast("str", data.get("description", "")))


def _check(data: Document) -> Iterator[Violation]:
    for key in data:
        if key not in _FIELDS:
            yield Violation((key,), "additionalProperties", None, key)
    for key in ("name", "version"):
        if key not in data:
            yield Violation((key,), "required", None, key)
    for key in ("name", "description"):
        if not isinstance(data.get(key, ""), str):
            yield Violation((key,), "type", "string", data[key])
    yield from _check_number(data)


def _check_number(data: Document) -> Iterator[Violation]:
    for key in ("version", "additional_version"):
        value = data.get(key)
        if value is None and key != "version":
            continue
        if key in data and (not isinstance(value, int) or isinstance(value, bool)):
            yield Violation((key,), "type", "integer", value)
    weight = data.get("additional_version_weight", 0.0)
    if not isinstance(weight, int | float) or isinstance(weight, bool):
        yield Violation(("additional_version_weight",), "type", "number", weight)
