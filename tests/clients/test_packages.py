"""zod, hono, itty-router, date-fns and jose (npm), bundled as documented, in a function."""

import base64
import hmac
import json
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clients.programs import ENVIRONMENTS, HERE
from tests.support.documentation import ROOT, blocks
from tests.support.servers import Server

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or shutil.which("npm") is None,
    reason="NO node OR NO npm HERE: NO PACKAGE WAS BUNDLED INTO A FUNCTION",
)

MODULES, HTTP_FUNCTIONS = (ROOT / f"infra/docs/{name}.md" for name in ("modules", "http-functions"))
ESBUILD = ROOT / ".venv-npm/node_modules/.bin/esbuild"  # made by `make setup`

KEY = "at least thirty-two bytes that nobody else has"
CLAIMS = {"urn:example:claim": True, "iss": "urn:example:issuer", "exp": 4_102_444_800}


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def token_of(claims: object) -> str:
    """Return the JSON Web Token that HS256 makes of claims (RFC 7519)."""
    parts = [
        json.dumps(part, separators=(",", ":")).encode() for part in ({"alg": "HS256"}, claims)
    ]
    signed = ".".join(map(base64url, parts))
    return f"{signed}.{base64url(hmac.digest(KEY.encode(), signed.encode(), 'sha256'))}"


EXAMPLES: dict[str, tuple[object, object]] = {
    "zod": (
        {"players": [{"username": "billie", "xp": 100, "rank": 1}, {"xp": 1.5, "email": "@"}]},
        [
            {"username": "billie", "xp": 100},
            [
                "username: Invalid input: expected string, received undefined",
                "xp: Invalid input: expected int, received number",
                "email: Invalid email address",
            ],
        ],
    ),
    "hono": (
        {
            "requests": [
                {"path": "/"},
                {"path": "/posts/%C3%A9?page=2"},
                {"path": "/posts", "method": "POST", "body": '{"title": "new"}'},
                {"path": "/nothing"},
            ]
        },
        [
            [200, "Hono!"],
            [200, '{"id":"é","page":"2"}'],
            [201, '{"title":"new"}'],
            [404, "404 Not Found"],
        ],
    ),
    "itty-router": (
        {
            "requests": [
                {"path": "/"},
                {"path": "/posts/1?page=2"},
                {"path": "/posts", "method": "POST", "body": '{"title": "new"}'},
                {"path": "/nothing"},
            ]
        },
        [
            [200, '"itty!"'],
            [200, '{"id":"1","page":"2"}'],
            [200, '{"title":"new"}'],
            [404, '{"status":404,"error":"Not Found"}'],
        ],
    ),
    "date-fns": (
        {},
        {
            "formatted": "2014-02-11",
            "sorted": [
                "Wednesday, 11th of February 1987",
                "Monday, 10th of July 1989",
                "Sunday, 2nd of July 1995",
            ],
            "distances": ["3 days ago", "antaŭ 3 tagoj"],
        },
    ),
    "jose": (
        {"key": KEY, "claims": CLAIMS},
        {
            "token": token_of(CLAIMS),
            "payload": CLAIMS,
            "protectedHeader": {"alg": "ES256"},
            "refused": "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
        },
    ),
}
"""By package: the call of its function, and the result."""


def bundle(folder: Path, package: str, options: tuple[str, ...]) -> str:
    """Bundle a package's example in a folder, as its author does there."""
    example = (HERE / f"packages/{package}.ts").read_text(encoding="utf-8")
    return bundle_text(folder, example, options)


def bundle_text(folder: Path, text: str, options: tuple[str, ...]) -> str:
    """Bundle a source by the command that all pages show."""
    shown = [block.text for page in (MODULES, HTTP_FUNCTIONS) for block in blocks(page)]
    [command] = {block for block in shown if block.startswith("npx esbuild ")}
    (folder / "node_modules").symlink_to(ENVIRONMENTS / "packages/node_modules")
    (folder / "src").mkdir()
    (folder / "src/function.ts").write_text(text, encoding="utf-8")
    shutil.copy(HERE / "packages/node.ts", folder / "src")
    done = subprocess.run(
        [ESBUILD, *shlex.split(command)[2:], *options],
        cwd=folder,
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return (folder / "function.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("options", [(), ("--minify",)], ids=["plain", "minified"])
@pytest.mark.parametrize("package", EXAMPLES)
def test_a_bundled_package_does_what_its_documentation_says(
    server: Server, tmp_path: Path, package: str, options: tuple[str, ...]
) -> None:
    call, result = EXAMPLES[package]
    function = server.create(bundle(tmp_path, package, options))

    answer = server.execute(function, call)

    assert answer.get("result") == result, answer
