"""Who issues the tokens that requests to HTTP functions carry, and what verifies them."""

from typing import Protocol


class BearerTokens(Protocol):
    """Verifies JSON Web Tokens of issuers that the owners of functions name."""

    async def verify(self, token: str, *, issuer: str, audience: str, jwks_url: str) -> None:
        """Let a token pass that the issuer signed for the audience, and that is valid now.

        Raises:
            TokenRefusedError: it did not, or it is not.
            KeysUnavailableError: the keys of the issuer cannot be fetched now.
        """
        ...


class DocumentFetcher(Protocol):
    """Fetches short documents from URLs that clients choose."""

    def get(self, url: str) -> bytes:
        """Return the document at an ``https`` URL; no redirect is followed.

        Raises:
            DocumentUnavailableError: it is not there, too long, or at no public address.
        """
        ...
