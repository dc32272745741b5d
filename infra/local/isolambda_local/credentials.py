"""The first account of a machine, and the file that tells its owner how to get in."""

import json
import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from isolambda_core.domain.accounts import hash_api_key
from isolambda_core.domain.errors import ApiKeyNotFoundError
from isolambda_core.services.accounts import AccountService

FILE_NAME = "credentials.json"


class Credentials(BaseModel):
    """What a client needs: ``api_key`` is 64 hexadecimal characters, and stands nowhere else."""

    model_config = ConfigDict(frozen=True)

    url: str
    account_id: str
    api_key: str


def open_credentials(
    data_dir: Path, url: str, accounts: AccountService
) -> tuple[Credentials, bool]:
    """Return the credentials of a data directory, and whether an account was made for them.

    An account and a key are made when the file is not there, or its key is not in the database. The
    file is written for its owner alone (mode 0600), whole or not at all.
    """
    path = data_dir / FILE_NAME
    known = _read(path)
    if known is not None and _opens(known, accounts):
        credentials, made = known.model_copy(update={"url": url}), False
    else:
        account, api_key = accounts.create("local")
        credentials, made = Credentials(url=url, account_id=account.id, api_key=api_key), True
    _write(path, credentials)
    return credentials, made


def _opens(credentials: Credentials, accounts: AccountService) -> bool:
    try:
        key = accounts.api_keys.get(hash_api_key(credentials.api_key))
    except ApiKeyNotFoundError:
        return False
    return key.account_id == credentials.account_id


def _read(path: Path) -> Credentials | None:
    try:
        return Credentials.model_validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def _write(path: Path, credentials: Credentials) -> None:
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(json.dumps(credentials.model_dump(), indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
