"""What a server prints when it is ready."""

from pathlib import Path
from shlex import quote

from isolambda_local.secrets.credentials import (
    FILE_NAME,
    Credentials,
)

READY = "Ctrl-C ends it."
"""The last line of every greeting."""


def greeting(credentials: Credentials, data_dir: Path, *, first_start: bool) -> str:
    """Return where the server is; after a first start also lines to paste.

    The key is not in them, as what a service prints is kept for others to read: the lines take it
    from the file.
    """
    url, account = credentials.url, credentials.account_id
    place = (
        f"\nIsolambda serves on {url}; its data and {FILE_NAME} are in {data_dir}.\n"
        f"To write functions in a browser, open {url}/console and log in with a key.\n"
    )
    if not first_start:
        return f"{place}{READY}"
    file = quote(str(data_dir.absolute() / FILE_NAME))
    return f"""{place}
An account and its key were made for you, and are in that file. To create a function and execute
it, paste this into another terminal:

  KEY=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["api_key"])' \\
    {file})

  ID=$(curl -sS -X PUT {url}/v2/accounts/{account}/functions \\
    -H "X-Auth-Token: $KEY" -H 'Content-Type: application/json' \\
    -d '{{"data": {{"name": "say hi", "function_js": "return {{hi: call.name}};"}}}}' |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["data"]["id"])')

  curl -sS -X POST {url}/v2/serverless/functions/$ID/execute \\
    -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \\
    -d '{{"template": "{{\\"name\\": \\"Ada\\"}}"}}'

More accounts, and keys for less: isolambda admin accounts --help, isolambda admin keys --help.
The API is described on {url}/docs. {READY}"""
