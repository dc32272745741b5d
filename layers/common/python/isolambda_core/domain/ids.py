"""Ids: 32 lower-case hexadecimal characters, everywhere inside."""

import re
import secrets
from uuid import UUID

ID_PATTERN = "^[0-9a-f]{32}$"
"""What an id looks like, as a JSON schema says it."""

GUID_PATTERN = "^([0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$"
"""What a GUID looks like that names an id."""

_ID = re.compile(r"[0-9a-f]{32}")


def new_id() -> str:
    """Return a fresh random id of 128 bits."""
    return secrets.token_hex(16)


def is_id(text: str) -> bool:
    """Tell whether ``text`` is an id as it stands, without dashes or capitals."""
    return _ID.fullmatch(text) is not None


def parse_guid(text: str) -> str | None:
    """Return the id that a GUID names, dashed or not, in any case; None when it is not a GUID."""
    candidate = text.lower()
    if len(candidate) == 36:  # noqa: PLR2004 - the dashed form; UUID() alone would take dashes anywhere
        try:
            parsed = UUID(candidate)
        except ValueError:
            return None
        return parsed.hex if str(parsed) == candidate else None
    return candidate if is_id(candidate) else None


def dashed(identifier: str) -> str:
    """Return an id in the dashed form that the CodeMash side prints."""
    return str(UUID(identifier))
