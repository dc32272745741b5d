"""Tokens as JSON Web Tokens, signed with a key that derives from the installation's secret.

``jwt`` is imported with the first token: it takes a fiftieth of a cold start, and most requests
have an API key.
"""

from dataclasses import dataclass

from isolambda_core.domain.accounts.api_keys import (
    Token,
    derive_token_key,
)
from isolambda_core.domain.accounts.errors import UnauthorizedError
from isolambda_core.ports.accounts import InstallationSecret

_ALGORITHM = "HS256"
_ISSUER = "isolambda"
_CHARACTERS_MAX = 1024
"""Longer than any token that Isolambda issues; it reads no longer one."""

_TEXTS = ("jti", "sub", "key")
_TIMES = ("iat", "exp")


@dataclass(frozen=True, slots=True)
class JwtSigner:
    """The port ``TokenSigner``."""

    secret: InstallationSecret

    def sign(self, token: Token) -> str:
        """Return a token as text; see ``TokenSigner.sign``."""
        import jwt  # noqa: PLC0415 - see above

        claims = {
            "iss": _ISSUER,
            "jti": token.id,
            "sub": token.account_id,
            "key": token.api_key_sha256,
            "iat": token.issued_at,
            "exp": token.expires_at,
        }
        return jwt.encode(claims, derive_token_key(self.secret.read()), _ALGORITHM)

    def read(self, text: str) -> Token:
        """Return the content of a token; see ``TokenSigner.read``.

        The caller, which has a clock, checks the times.
        """
        import jwt  # noqa: PLC0415 - see above

        if len(text) > _CHARACTERS_MAX:
            raise UnauthorizedError
        try:
            claims = jwt.decode(
                text,
                derive_token_key(self.secret.read()),
                algorithms=[_ALGORITHM],
                issuer=_ISSUER,
                options={
                    "require": ["iss", *_TEXTS, *_TIMES],
                    "verify_exp": False,
                    "verify_iat": False,
                },
            )
        except (jwt.InvalidTokenError, UnicodeError) as error:
            raise UnauthorizedError from error
        texts, times = [claims[name] for name in _TEXTS], [claims[name] for name in _TIMES]
        if not all(isinstance(text, str) for text in texts):
            raise UnauthorizedError
        if not all(type(time) is int for time in times):
            raise UnauthorizedError
        return Token(*texts, *times)
