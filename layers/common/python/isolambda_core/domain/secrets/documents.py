"""Check the document of a secret, of whose value no error shows anything."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self, cast

from isolambda_core.domain import limits
from isolambda_core.domain.documents import Document, require_none, with_integers
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.functions.functions import SECRET_NAME_PATTERN
from isolambda_core.domain.host_patterns import check_host_patterns
from isolambda_core.domain.json_schema import Rule, Schema, check, paths_of
from isolambda_core.domain.json_text import JsonValue

NAME_SCHEMA: Schema = {"type": "string", "pattern": SECRET_NAME_PATTERN, "examples": ["STRIPE_KEY"]}
"""The name of a secret."""
SHOWN_SCHEMA: Schema = {
    "type": "object",
    "properties": {
        "hosts": {
            "type": "array",
            "maxItems": limits.SECRET_HOSTS,
            "items": {"type": "string"},
            "description": (
                "Where the value may go, as in `net`: a host, or `*.` and the name that all are "
                "below. One at least, and none with `sign`."
            ),
            "examples": [["api.stripe.com"]],
            "default": (),
        },
        "sign": {
            "type": "boolean",
            "description": "Whether it is a key that makes HMACs; it then goes to no host.",
            "default": False,
        },
    },
}
"""What of a secret is shown."""
SECRET_SCHEMA: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ("value",),
    "properties": {
        "value": {
            "type": "string",
            "minLength": limits.SECRET_CHARACTERS_MIN,
            "description": (
                f"At most {limits.SECRET_BYTES} bytes in UTF-8, without control characters, and no "
                "blank at either end. It is never shown."
            ),
            "examples": ["correct horse battery staple"],
        },
        **SHOWN_SCHEMA["properties"],
        "overlap_s": {
            "type": "integer",
            "minimum": 0,
            "maximum": limits.SECRET_OVERLAP_S,
            "description": "How long the value before is still masked in what comes back.",
            "default": limits.SECRET_OVERLAP_S,
        },
    },
}
"""A secret to be made, or to be rotated."""

_INTEGERS = tuple(paths_of(SECRET_SCHEMA, "integer"))
_NOT_SENT = "Must name a host at least, or be for signing"
_SENT = "A secret that signs goes to no host"


@dataclass(frozen=True, slots=True)
class SecretInput:
    """A secret as a client sends it, and as it is valid; ``overlap_s`` is in seconds."""

    value: str = field(repr=False)
    hosts: tuple[str, ...] = ()
    sign: bool = False
    overlap_s: int = limits.SECRET_OVERLAP_S

    @classmethod
    def parse(cls, name: str, document: Document) -> Self:
        """Read the document of the secret ``name``.

        Raises:
            InvalidDocumentError: the name or the document breaks a rule.
        """
        document = with_integers(document, _INTEGERS)
        require_none(_check_secret(name, document))
        return cls(
            cast("str", document["value"]),
            tuple(cast("Sequence[str]", document.get("hosts", ()))),
            cast("bool", document.get("sign", False)),
            cast("int", document.get("overlap_s", limits.SECRET_OVERLAP_S)),
        )


def _check_secret(name: str, document: Document) -> Iterator[Violation]:
    yield from check(name, NAME_SCHEMA, ("name",))
    broken = list(check(document, SECRET_SCHEMA, rules=_RULES))
    yield from map(_without_value, broken)
    if not broken:
        yield from _check_use(document)


def _without_value(violation: Violation) -> Violation:
    if violation.path != ("value",) or violation.rule == "required":
        return violation
    shown = len(violation.value) if isinstance(violation.value, str) else None
    return replace(violation, value=shown)


def _check_value(value: JsonValue) -> Iterator[Violation]:
    text = cast("str", value)
    try:
        used = len(text.encode())
    except UnicodeEncodeError:  # a lone surrogate, which nothing could send
        yield Violation((), "error", None, None, "Must be text that UTF-8 can hold")
        return
    if used > limits.SECRET_BYTES:
        message = f"Must not be more than {limits.SECRET_BYTES} bytes in UTF-8; it has {used}"
        yield Violation((), "error", limits.SECRET_BYTES, None, message)
    elif text != text.strip() or any(map(_is_control, text)):
        message = "Must have no control characters, and no blank at either end"
        yield Violation((), "error", None, None, message)


def _is_control(character: str) -> bool:
    # In a header these would end it; C1 as well, where bytes are read as Latin-1.
    return character < " " or "\x7f" <= character <= "\x9f"


def _check_hosts(value: JsonValue) -> Iterator[Violation]:
    return check_host_patterns(cast("Sequence[str]", value))


def _check_use(document: Document) -> Iterator[Violation]:
    has_hosts, signs = bool(document.get("hosts")), document.get("sign") is True
    if has_hosts and signs:
        yield Violation(("hosts",), "error", None, None, _SENT)
    elif not has_hosts and not signs:
        yield Violation(("hosts",), "error", None, None, _NOT_SENT)


_RULES: Mapping[str, Rule] = {"value": _check_value, "hosts": _check_hosts}
"""What no schema says."""
