"""What parameters of several routes have in common."""

from typing import Annotated

from fastapi import Header
from pydantic.json_schema import SkipJsonSchema

OptionalText = str | SkipJsonSchema[None]
"""The text of a parameter, None where it is absent: in a URL or a header, none is null."""

AffinityKey = Annotated[
    OptionalText,
    Header(
        alias="x-affinity-key",
        description="Any text; of the versions that an alias points to, the same text always gets "
        "the same one.",
    ),
]
"""What keeps a caller on one of the versions that an alias points to."""
