"""Read which version a request is for."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query, Request

from isolambda_api.http.invocation_options import AFFINITY_KEY, affinity_of
from isolambda_api.http.raises import raises, reads
from isolambda_core.domain.functions.errors import QualifierNotFoundError
from isolambda_core.domain.functions.functions import LATEST


@dataclass(frozen=True, slots=True)
class VersionSelector:
    """A qualifier, and what keeps a caller on one version of an alias that has two."""

    qualifier: str
    affinity: str | None


@raises(QualifierNotFoundError("42"))
@reads(AFFINITY_KEY)
async def _version_selector(
    request: Request,
    qualifier: Annotated[
        str | None, Query(description="A version number or an alias; `$LATEST` when absent.")
    ] = None,
) -> VersionSelector:
    return VersionSelector(qualifier or LATEST, affinity_of(request))


RequestedVersion = Annotated[VersionSelector, Depends(_version_selector)]
"""The version that a request asks for."""
