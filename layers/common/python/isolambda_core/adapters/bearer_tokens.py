"""Verify JSON Web Tokens by the keys that their issuer publishes, a JSON Web Key Set.

An issuer signs with its private key alone: a secret that both sides know is no key here, so no
token can be signed with what an issuer publishes. ``jwt`` is imported with the first token.
"""

import re
from asyncio import Lock
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

from isolambda_core.domain.json_text import InvalidJsonError, parse
from isolambda_core.domain.limits import (
    JWKS_AT_ONCE,
    JWKS_KEPT,
    JWKS_KEYS,
    JWKS_REFETCH_S,
    JWKS_S,
    JWT_CHARACTERS,
    JWT_SKEW_S,
)
from isolambda_core.domain.triggers.errors import (
    DocumentUnavailableError,
    KeysUnavailableError,
    TokenRefusedError,
)
from isolambda_core.ports.bearer_tokens import DocumentFetcher
from isolambda_core.ports.blocking import Blocking
from isolambda_core.ports.clock import Clock

if TYPE_CHECKING:
    from jwt import PyJWK

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_ALGORITHMS: Final[Mapping[tuple[str, str | None], str]] = {
    ("RSA", None): "RS256",
    ("EC", "P-256"): "ES256",
    ("OKP", "Ed25519"): "EdDSA",
}
"""The only algorithm of each kind of key: so a token chooses none."""
_RSA_BITS_MIN: Final = 2048


@dataclass(slots=True)
class _KeySet:
    """The keys of a URL by their ids; at times of Unix seconds."""

    keys: Mapping[str | None, "PyJWK"] = field(default_factory=dict)
    fetched_at: int | None = None
    tried_at: int = 0
    lock: Lock = field(default_factory=Lock)


class JwksBearerTokens:
    """The port ``BearerTokens``; it belongs to one event loop.

    The keys of a URL are fetched once for ``JWKS_S``, and again for a key that is unknown, but not
    within ``JWKS_REFETCH_S``. While they cannot be fetched, those of before are good.
    """

    def __init__(self, fetcher: DocumentFetcher, blocking: Blocking, clock: Clock) -> None:
        self._fetcher = fetcher
        self._blocking = blocking
        self._clock = clock
        self._sets: OrderedDict[str, _KeySet] = OrderedDict()
        self._fetching = 0

    async def verify(self, token: str, *, issuer: str, audience: str, jwks_url: str) -> None:
        """Verify a token; see ``BearerTokens.verify``."""
        kid, algorithm = _read_header(token)
        key = await self._key(jwks_url, kid)
        if key.algorithm_name != algorithm:
            raise TokenRefusedError("its algorithm is not that of its key")
        self._require_now(_read_claims(token, key, issuer, audience))

    def _require_now(self, claims: Mapping[str, Any]) -> None:
        now = self._clock.now()
        times = [claims["exp"], claims.get("nbf", 0)]
        if not all(isinstance(time, int | float) and not isinstance(time, bool) for time in times):
            raise TokenRefusedError("its times are no numbers")
        if not now - JWT_SKEW_S < times[0]:
            raise TokenRefusedError("it has expired")
        if not times[1] <= now + JWT_SKEW_S:
            raise TokenRefusedError("it is not valid yet")

    async def _key(self, url: str, kid: str | None) -> "PyJWK":
        """Return the key of an id, or the only key for a token without one."""
        known = self._sets.setdefault(url, _KeySet())
        self._sets.move_to_end(url)
        if len(self._sets) > JWKS_KEPT:
            self._sets.popitem(last=False)
        key = _find(known, kid)
        if key is None or self._is_due(JWKS_S, known.fetched_at):
            async with known.lock:
                key = _find(known, kid)
                if key is None or self._is_due(JWKS_S, known.fetched_at):
                    await self._fetch(url, known)
                    key = _find(known, kid)
        if key is None:
            if known.fetched_at is None:
                raise KeysUnavailableError
            raise TokenRefusedError("its key is none of the issuer's")
        return key

    def _is_due(self, after_s: int, since: int | None) -> bool:
        return since is None or not 0 <= self._clock.now() - since < after_s

    async def _fetch(self, url: str, known: _KeySet) -> None:
        """Fetch the keys of a URL, unless that was tried lately; a failure leaves those there."""
        if known.tried_at and not self._is_due(JWKS_REFETCH_S, known.tried_at):
            return
        if self._fetching >= JWKS_AT_ONCE:
            return
        self._fetching += 1
        known.tried_at = self._clock.now()
        try:
            document = await self._blocking(self._fetcher.get, url)
            known.keys = _keys_in(document)
            known.fetched_at = self._clock.now()
        except DocumentUnavailableError:
            return
        finally:
            self._fetching -= 1


def _read_header(token: str) -> tuple[str | None, str]:
    """Return the id of a token's key, and its algorithm, one of ``_ALGORITHMS``."""
    import jwt  # noqa: PLC0415 - see above

    if len(token) > JWT_CHARACTERS or _TOKEN.fullmatch(token) is None:
        raise TokenRefusedError("it is no JSON Web Token")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.InvalidTokenError, UnicodeError, RecursionError) as error:
        raise TokenRefusedError("its header cannot be read") from error
    kid, algorithm = header.get("kid"), str(header.get("alg"))
    if algorithm not in _ALGORITHMS.values():
        known = ", ".join(_ALGORITHMS.values())
        raise TokenRefusedError(f"its algorithm is not one of {known}")
    return kid if isinstance(kid, str) else None, algorithm


def _read_claims(token: str, key: "PyJWK", issuer: str, audience: str) -> Mapping[str, Any]:
    """Return what a token claims, whose signature, issuer and audience are right."""
    import jwt  # noqa: PLC0415 - see above

    causes: Mapping[type[Exception], str] = {
        jwt.InvalidIssuerError: "it is of another issuer",
        jwt.InvalidAudienceError: "it is for another audience",
        jwt.InvalidSignatureError: "its signature is wrong",
    }
    # The caller has a clock, and checks the times.
    try:
        return jwt.decode(
            token,
            key,
            algorithms=[key.algorithm_name],
            issuer=issuer,
            audience=audience,
            options={
                "require": ["exp", "iss", "aud"],
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
    except (jwt.PyJWTError, UnicodeError, ValueError, RecursionError) as error:
        cause = causes.get(type(error), "it is not valid")
        raise TokenRefusedError(cause) from error


def _find(known: _KeySet, kid: str | None) -> "PyJWK | None":
    if kid is None and len(known.keys) == 1:
        return next(iter(known.keys.values()))
    return known.keys.get(kid)


def _keys_in(document: bytes) -> Mapping[str | None, "PyJWK"]:
    """Return the keys of a key set that sign, by their ids; others are ignored.

    Raises:
        DocumentUnavailableError: it is no key set.
    """
    try:
        found = parse(document)
    except InvalidJsonError as error:
        raise DocumentUnavailableError from error
    listed = found.get("keys") if isinstance(found, Mapping) else None
    if not isinstance(listed, list):
        raise DocumentUnavailableError
    keys: dict[str | None, PyJWK] = {}
    for each in listed[:JWKS_KEYS]:
        key = _key_of(each)
        if key is not None:
            keys.setdefault(cast("str | None", cast("dict[str, Any]", each).get("kid")), key)
    return keys


def _key_of(given: object) -> "PyJWK | None":
    import jwt  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415

    if not isinstance(given, Mapping):
        return None
    algorithm = _algorithm_of(given)
    if algorithm is None or given.get("alg", algorithm) != algorithm:
        return None
    try:
        key = jwt.PyJWK(dict(given), algorithm)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError):
        return None
    too_short = isinstance(key.key, RSAPublicKey) and key.key.key_size < _RSA_BITS_MIN
    return None if too_short else key


def _algorithm_of(given: Mapping[str, Any]) -> str | None:
    """Return the algorithm of a public key that signs, or None of another key."""
    kind, curve = given.get("kty"), given.get("crv")
    texts = (kind, given.get("kid", ""), curve if curve is not None else "")
    is_public = given.get("use", "sig") == "sig" and "d" not in given
    if not is_public or not all(isinstance(text, str) for text in texts):
        return None
    return _ALGORITHMS.get((str(kind), curve))
