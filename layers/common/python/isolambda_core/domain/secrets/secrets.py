"""A secret of an account or of a function; its value is sealed wherever it is kept."""

import hashlib
import re
from dataclasses import dataclass, field, replace
from typing import Self

from isolambda_core.domain.documents import Document
from isolambda_core.domain.functions.functions import SECRET_NAME_PATTERN
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.revisions import etag_of

_NAME = re.compile(SECRET_NAME_PATTERN)


@dataclass(frozen=True, slots=True)
class Place:
    """Whose secrets they are: an account's, or those of one of its functions."""

    account_id: str
    function_id: str = ""


@dataclass(frozen=True, slots=True)
class Binding:
    """What a value is sealed for; sealed for anything else, it does not open.

    ``hosts`` are patterns, see ``host_patterns``. With ``sign`` it signs, and goes to no host. With
    ``is_before`` it is the value before, which is only masked.
    """

    place: Place
    name: str
    hosts: tuple[str, ...] = ()
    sign: bool = False
    is_before: bool = False

    @property
    def label(self) -> bytes:
        """The binding as bytes that no other binding has."""
        place = self.place
        parts = [place.account_id, place.function_id, self.name, list(self.hosts)]
        return dump([*parts, self.sign, self.is_before]).encode()


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret at one revision, as the stores keep it. Times are Unix seconds.

    ``sealed`` and ``sealed_before`` are base64; the latter is the value before, which is masked
    until ``before_until``.
    """

    place: Place
    name: str
    hosts: tuple[str, ...]
    sign: bool
    sealed: str = field(repr=False)
    created_at: int
    modified_at: int
    revision: int = 1
    sealed_before: str | None = field(default=None, repr=False)
    before_until: int = 0

    @property
    def binding(self) -> Binding:
        """What the value is sealed for."""
        return Binding(self.place, self.name, self.hosts, self.sign)

    @property
    def binding_before(self) -> Binding:
        """What the value before is sealed for."""
        return Binding(self.place, self.name, is_before=True)

    @property
    def document(self) -> Document:
        """The secret as clients read it, without times; no value is in there."""
        return {"name": self.name, "hosts": list(self.hosts), "sign": self.sign}

    @property
    def sealing(self) -> str:
        """A digest of the sealed value, another one after each write: no two are sealed alike."""
        return hashlib.sha256(self.sealed.encode()).hexdigest()

    @property
    def etag(self) -> str:
        """The revision as clients see it; one that was removed and made again has another."""
        return etag_of(self.revision, {**self.document, "sealing": self.sealing}, self.name)

    def rotated(
        self,
        binding: Binding,
        sealed: str,
        sealed_before: str | None,
        before_until: int,
        now: int,
    ) -> Self:
        """Return the next revision, with another value."""
        return replace(
            self,
            hosts=binding.hosts,
            sign=binding.sign,
            sealed=sealed,
            sealed_before=sealed_before,
            before_until=before_until,
            modified_at=now,
            revision=self.revision + 1,
        )


def is_name(text: str) -> bool:
    """Return whether a secret may have this name."""
    return _NAME.fullmatch(text) is not None
