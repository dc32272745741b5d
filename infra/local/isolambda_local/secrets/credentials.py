"""The first account of a machine, and the file with its owner's credentials."""

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from isolambda_core.domain.accounts.errors import (
    AccountNotFoundError,
    ApiKeyNotFoundError,
    UnauthorizedError,
)
from isolambda_local.secrets.files import write_private

if TYPE_CHECKING:
    # With it comes FastAPI, which takes longer to import than an operator's command to run.
    from isolambda_api.http.services import Services

FILE_NAME = "credentials.json"

_log = logging.getLogger(__name__)


class Credentials(BaseModel):
    """What a client needs: ``api_key`` is 64 hexadecimal characters, and stands nowhere else."""

    model_config = ConfigDict(frozen=True)

    url: str
    account_id: str
    api_key: str


def open_credentials(data_dir: Path, url: str, services: "Services") -> tuple[Credentials, bool]:
    """Return the credentials of a data directory, and whether an account was made for them.

    An account is made when the file is not there, or names one that the database does not have; a
    key that was changed since is written again, before the one in the file expires. The file is for
    its owner alone (mode 0600), whole or not at all.
    """
    path = data_dir / FILE_NAME
    known = _read(path)
    if known is not None and _is_there(known.account_id, services):
        account_id, api_key, made = known.account_id, _own_key(known, services), False
    else:
        if known is not None:
            _log.warning(
                "%s names an account that the database does not have; a new one is made", FILE_NAME
            )
        account, api_key = services.accounts.create_top("local")
        account_id, made = account.id, True
    credentials = Credentials(url=url, account_id=account_id, api_key=api_key)
    text = json.dumps(credentials.model_dump(), indent=2) + "\n"
    write_private(path, text, over=True)
    return credentials, made


def _is_there(account_id: str, services: "Services") -> bool:
    try:
        services.accounts.fetch(account_id)
    except AccountNotFoundError:
        return False
    return True


def _own_key(known: Credentials, services: "Services") -> str:
    try:
        return services.keys.own(known.account_id)
    except ApiKeyNotFoundError:  # none, or one that does not derive from the secret
        if _opens(known, services):
            return known.api_key
        return services.keys.change_own(known.account_id)


def _opens(credentials: Credentials, services: "Services") -> bool:
    try:
        caller = services.access.authenticate(credentials.api_key)
    except UnauthorizedError:
        return False
    return caller.account_id == credentials.account_id


def _read(path: Path) -> Credentials | None:
    try:
        return Credentials.model_validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
