"""What an account has of a function of a project, read by the API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from isolambda_cli.api.client import Api, part
from isolambda_cli.api.errors import ApiError
from isolambda_cli.api.options import Session
from isolambda_core.domain.documents import Document

_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Revision:
    """A document, and the ETag that a write of just this revision names."""

    document: Document
    etag: str

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of a write that starts from this revision, or is refused."""
        return {"If-Match": self.etag}


@dataclass(frozen=True, slots=True)
class Remote:
    """A function in the account: None, without triggers, where there is none.

    ``alias`` is the one that a deployment moves, and ``version`` what it stands for.
    """

    function: Revision | None
    triggers: Sequence[Document] = ()
    alias: Revision | None = None
    version: Document | None = None


def patient(session: Session) -> Api:
    """Return an API that waits for its turn: a project may take more requests than a client has."""
    session.patience_s = _PATIENCE_S
    return session.api


def read_remote(api: Api, function_id: str, alias: str | None = None) -> Remote:
    """Return a function with its triggers, and an alias of it with the version behind that."""
    path = f"functions/{function_id}"
    function = read(api, path)
    if function is None:
        return Remote(None)
    triggers: list[Document] = api.get(f"{path}/triggers")
    pointer = None if alias is None else read(api, f"{path}/aliases/{part(alias)}")
    if pointer is None:
        return Remote(function, triggers)
    version: Document = api.get(f"{path}/versions/{pointer.document['version']}")
    return Remote(function, triggers, pointer, version)


def read(api: Api, path: str) -> Revision | None:
    """Return a resource with its ETag, or None where there is none."""
    try:
        answer = api.answer("GET", path)
    except ApiError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return None
        raise
    return Revision(answer.data, answer.etag or "")


def missing_secrets(api: Api, wanted: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """Return the ids of functions and the names of secrets which those name and do not get.

    ``wanted`` are the names by the id of a function, which may not be there yet.
    """
    if not any(wanted.values()):
        return []
    of_account = _names(api, "secrets")
    missing: list[tuple[str, str]] = []
    for function_id, names in wanted.items():
        left = [name for name in names if name not in of_account]
        own = _names(api, f"functions/{function_id}/secrets") if left else set()
        missing += [(function_id, name) for name in left if name not in own]
    return missing


def _names(api: Api, path: str) -> set[Any]:
    listed = read(api, path)
    items: Any = () if listed is None else listed.document
    return {each["name"] for each in items}
