"""Tokens of other issuers: what passes, what does not, and how often keys are fetched."""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from isolambda_core.adapters.bearer_tokens import JwksBearerTokens
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.limits import (
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
from isolambda_core.ports.blocking import directly
from tests.support.clocks import NOW, SetClock

ISSUER, AUDIENCE = "https://id.example.com/", "shop"
KEYS_AT = "https://id.example.com/keys"
RSA = rsa.generate_private_key(65_537, 2048)
SHORT_RSA = rsa.generate_private_key(65_537, 1024)  # noqa: S505 - to be refused
EC = ec.generate_private_key(ec.SECP256R1())
OTHER_CURVE = ec.generate_private_key(ec.SECP384R1())
ED = ed25519.Ed25519PrivateKey.generate()


def jwk(private: Any, kid: str | None, **more: Any) -> dict[str, Any]:
    public = private.public_key()
    kinds = (
        (rsa.RSAPublicKey, RSAAlgorithm),
        (ec.EllipticCurvePublicKey, ECAlgorithm),
        (ed25519.Ed25519PublicKey, OKPAlgorithm),
    )
    found = next(algorithm for kind, algorithm in kinds if isinstance(public, kind))
    named = {} if kid is None else {"kid": kid}
    return {**json.loads(found.to_jwk(public)), **named, **more}


KEY_SET = {"keys": [jwk(RSA, "rsa"), jwk(EC, "ec"), jwk(ED, "ed"), jwk(SHORT_RSA, "short")]}


class Fetcher:
    """Answers with a document, or fails, and counts how often it is asked."""

    def __init__(self, document: object) -> None:
        self.document = document
        self.asked: list[str] = []

    def get(self, url: str) -> bytes:
        self.asked.append(url)
        if isinstance(self.document, Exception):
            raise self.document
        if isinstance(self.document, bytes):
            return self.document
        return json.dumps(self.document).encode()


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW * 1000)


@pytest.fixture
def fetcher() -> Fetcher:
    return Fetcher(KEY_SET)


@pytest.fixture
def tokens(fetcher: Fetcher, clock: SetClock) -> JwksBearerTokens:
    return JwksBearerTokens(fetcher, directly, clock)


def claims(**changed: Any) -> dict[str, Any]:
    whole = {"iss": ISSUER, "aud": AUDIENCE, "exp": NOW + 600, "sub": "42", **changed}
    return {name: value for name, value in whole.items() if value is not None}


def signed(
    key: Any = RSA, algorithm: str = "RS256", kid: str | None = "rsa", **changed: Any
) -> str:
    headers = {} if kid is None else {"kid": kid}
    return jwt.encode(claims(**changed), key, algorithm, headers)


def encoded(value: object) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def made(header: Mapping[str, Any], signature: bytes = b"x", **changed: Any) -> str:
    return f"{encoded(header)}.{encoded(claims(**changed))}.{encoded(signature)}"


def verify(tokens: JwksBearerTokens, token: str, url: str = KEYS_AT) -> None:
    complete(tokens.verify(token, issuer=ISSUER, audience=AUDIENCE, jwks_url=url))


@pytest.mark.parametrize(
    "token",
    [
        signed(),
        signed(EC, "ES256", "ec"),
        signed(ED, "EdDSA", "ed"),
        signed(aud=["other", AUDIENCE]),
        signed(exp=NOW - JWT_SKEW_S + 1, nbf=NOW + JWT_SKEW_S),
        signed(exp=NOW + 0.5),
    ],
    ids=["RS256", "ES256", "EdDSA", "one of its audiences", "within the skew", "a fraction"],
)
def test_a_token_that_the_issuer_signed_passes(tokens: JwksBearerTokens, token: str) -> None:
    verify(tokens, token)


PUBLIC_PEM = RSA.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)


def hs256_with_the_public_key() -> str:

    head = f"{encoded({'alg': 'HS256', 'kid': 'rsa'})}.{encoded(claims())}"
    return f"{head}.{encoded(hmac.digest(PUBLIC_PEM, head.encode(), 'sha256'))}"


REFUSED: dict[str, tuple[Callable[[], str], str]] = {
    "nothing": (lambda: "", "no JSON Web Token"),
    "no token": (lambda: "abc", "no JSON Web Token"),
    "two parts": (lambda: "YQ.YQ", "no JSON Web Token"),
    "no base64": (lambda: "!.!.!", "no JSON Web Token"),
    "a giant": (lambda: f"{'a' * JWT_CHARACTERS}.a.a", "no JSON Web Token"),
    "a header that is no JSON": (lambda: f"{encoded(b'abc')}.YQ.YQ", "header"),
    "a header that is a list": (lambda: f"{encoded([])}.YQ.YQ", "header"),
    "none": (lambda: made({"alg": "none"}), "algorithm is not one of"),
    "None": (lambda: made({"alg": "None", "kid": "rsa"}), "algorithm is not one of"),
    "no algorithm": (lambda: made({"kid": "rsa"}), "algorithm is not one of"),
    "an algorithm that is a list": (lambda: made({"alg": ["RS256"]}), "algorithm is not one of"),
    "HS256 with the public key": (hs256_with_the_public_key, "algorithm is not one of"),
    "RS512": (lambda: signed(algorithm="RS512"), "algorithm is not one of"),
    "PS256": (lambda: signed(algorithm="PS256"), "algorithm is not one of"),
    "the algorithm of another key": (
        lambda: made({"alg": "ES256", "kid": "rsa"}),
        "not that of its key",
    ),
    "a foreign key": (lambda: signed(kid="other"), "none of the issuer's"),
    "no key named, of several": (lambda: signed(kid=None), "none of the issuer's"),
    "a key that is a number": (lambda: made({"alg": "RS256", "kid": 1}), "header"),
    "a key too short": (lambda: made({"alg": "RS256", "kid": "short"}), "none of the issuer's"),
    "signed by another": (
        lambda: signed(rsa.generate_private_key(65_537, 2048)),
        "signature is wrong",
    ),
    "a signature of nothing": (lambda: made({"alg": "RS256", "kid": "rsa"}), "signature is wrong"),
    "an embedded key": (
        lambda: jwt.encode(
            claims(),
            EC,
            "ES256",
            {"kid": "own", "jwk": jwk(EC, "own"), "jku": "https://evil.example/keys"},
        ),
        "none of the issuer's",
    ),
    "what must be understood": (
        lambda: jwt.encode(claims(), RSA, "RS256", {"kid": "rsa", "crit": ["x"], "x": 1}),
        "header cannot be read",
    ),
    "expired": (lambda: signed(exp=NOW - JWT_SKEW_S), "expired"),
    "not yet": (lambda: signed(nbf=NOW + JWT_SKEW_S + 1), "not valid yet"),
    "without an end": (lambda: signed(exp=None), "not valid"),
    "an end that is a text": (lambda: signed(exp=str(NOW + 600)), "no numbers"),
    "an end that is true": (lambda: signed(exp=True), "no numbers"),
    "another issuer": (lambda: signed(iss="https://evil.example/"), "another issuer"),
    "no issuer": (lambda: signed(iss=None), "not valid"),
    "another audience": (lambda: signed(aud="other"), "another audience"),
    "no audience": (lambda: signed(aud=None), "not valid"),
    "a part of the audience": (lambda: signed(aud="sho"), "another audience"),
}


@pytest.mark.parametrize(("token", "cause"), REFUSED.values(), ids=REFUSED)
def test_a_token_that_is_not_right_is_refused(
    tokens: JwksBearerTokens, token: Callable[[], str], cause: str
) -> None:
    with pytest.raises(TokenRefusedError, match=cause):
        verify(tokens, token())


@pytest.mark.parametrize(
    "key",
    [
        jwk(RSA, "k", use="enc"),
        jwk(RSA, "k", alg="RS512"),
        jwk(RSA, "k", d="AQAB"),
        jwk(RSA, "k", kty="oct", k="AAAA"),
        jwk(RSA, "k", n="!"),
        jwk(RSA, "k", n=1),
        jwk(OTHER_CURVE, "k"),
        {"kty": "RSA", "kid": "k"},
        {"kid": "k"},
        {"kty": ["RSA"], "kid": "k"},
        {"kty": "RSA", "kid": {}},
        "k",
        None,
    ],
)
def test_a_key_that_signs_nothing_is_none(
    tokens: JwksBearerTokens, fetcher: Fetcher, key: object
) -> None:
    fetcher.document = {"keys": [key, jwk(EC, "good")]}

    with pytest.raises(TokenRefusedError, match="none of the issuer's"):
        verify(tokens, signed(kid="k"))

    verify(tokens, signed(EC, "ES256", "good"))


def test_the_only_key_needs_no_name(tokens: JwksBearerTokens, fetcher: Fetcher) -> None:
    fetcher.document = {"keys": [jwk(RSA, None)]}

    verify(tokens, signed(kid=None))


def test_no_more_keys_are_looked_at_than_the_limit(
    tokens: JwksBearerTokens, fetcher: Fetcher
) -> None:
    fetcher.document = {"keys": [*[{}] * JWKS_KEYS, jwk(RSA, "rsa")]}

    with pytest.raises(TokenRefusedError):
        verify(tokens, signed())


@pytest.mark.parametrize(
    "document",
    [DocumentUnavailableError(), b"", b"[]", b"{}", b'{"keys": 1}', b"\xff", b"[" * 60_000],
    ids=["gone", "empty", "list", "no keys", "keys are a number", "no UTF-8", "deep"],
)
def test_without_keys_the_issuer_is_not_available(
    tokens: JwksBearerTokens, fetcher: Fetcher, document: object
) -> None:
    fetcher.document = document

    for _ in range(3):
        with pytest.raises(KeysUnavailableError):
            verify(tokens, signed())

    assert fetcher.asked == [KEYS_AT]


def test_keys_are_fetched_once_an_hour(
    tokens: JwksBearerTokens, fetcher: Fetcher, clock: SetClock
) -> None:
    for _ in range(3):
        verify(tokens, signed(exp=NOW + 2 * JWKS_S))
    assert len(fetcher.asked) == 1

    clock.time_ms += JWKS_S * 1000
    verify(tokens, signed(exp=NOW + 2 * JWKS_S))
    assert len(fetcher.asked) == 2


def test_an_unknown_key_has_them_fetched_again_and_not_all_the_time(
    tokens: JwksBearerTokens, fetcher: Fetcher, clock: SetClock
) -> None:
    verify(tokens, signed())
    fetcher.document = {"keys": [*KEY_SET["keys"], jwk(RSA, "new")]}

    for _ in range(3):
        with pytest.raises(TokenRefusedError):
            verify(tokens, signed(kid="new"))
    assert len(fetcher.asked) == 1

    clock.time_ms += JWKS_REFETCH_S * 1000
    for kid in ("new", "other", "another"):
        if kid == "new":
            verify(tokens, signed(kid=kid))
        else:
            with pytest.raises(TokenRefusedError):
                verify(tokens, signed(kid=kid))
    assert len(fetcher.asked) == 2


def test_a_key_that_was_withdrawn_is_good_no_more(
    tokens: JwksBearerTokens, fetcher: Fetcher, clock: SetClock
) -> None:
    verify(tokens, signed(exp=NOW + 2 * JWKS_S))
    fetcher.document = {"keys": [jwk(EC, "ec")]}
    clock.time_ms += JWKS_S * 1000

    with pytest.raises(TokenRefusedError):
        verify(tokens, signed(exp=NOW + 2 * JWKS_S))


def test_keys_of_before_are_good_while_there_are_no_others(
    tokens: JwksBearerTokens, fetcher: Fetcher, clock: SetClock
) -> None:
    verify(tokens, signed())
    fetcher.document = DocumentUnavailableError()
    clock.time_ms += JWKS_S * 1000

    verify(tokens, signed(exp=NOW + 2 * JWKS_S))


def test_keys_of_one_url_are_not_those_of_another(
    tokens: JwksBearerTokens, fetcher: Fetcher
) -> None:
    verify(tokens, signed())
    fetcher.document = {"keys": [jwk(EC, "ec")]}

    with pytest.raises(TokenRefusedError):
        verify(tokens, signed(), "https://other.example/keys")


def test_no_more_sets_are_kept_than_the_limit(tokens: JwksBearerTokens, fetcher: Fetcher) -> None:
    urls = [f"https://{number}.example/keys" for number in range(JWKS_KEPT + 1)]
    for url in urls:
        verify(tokens, signed(), url)

    verify(tokens, signed(), urls[-1])
    verify(tokens, signed(), urls[0])

    assert fetcher.asked == [*urls, urls[0]]
