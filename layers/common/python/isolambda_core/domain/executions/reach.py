"""What an execution may reach outside of its isolate, and what it fetched.

The trusted side alone holds these: none of it goes to the worker but the placeholders of secrets
and the names of namespaces, which are in the function's context. Values of secrets and tokens are
in no text of these objects, and comparing them takes as long for a near miss as for any other.
"""

from dataclasses import dataclass, field

PLACEHOLDER_PREFIX = "iso_secret_"
"""How each placeholder begins; 32 lower-case hexadecimal characters follow."""


@dataclass(frozen=True, slots=True, eq=False)
class GrantedSecret:
    """A secret that one execution may use, under a placeholder that is new for each attempt.

    ``value`` takes the place of ``placeholder`` on the way to one of ``hosts``, patterns as
    ``host_patterns`` reads them. With ``sign`` it makes signatures instead, and never leaves.
    ``value_before`` was its value until a while ago, empty for none; it is only masked.
    """

    name: str
    placeholder: str
    value: str = field(repr=False)
    hosts: tuple[str, ...] = ()
    sign: bool = False
    value_before: str = field(default="", repr=False)

    def __eq__(self, other: object) -> bool:  # type: ignore[explicit-override]
        """Return whether all is the same, the values by comparisons in constant time."""
        if not isinstance(other, GrantedSecret):
            return NotImplemented
        same = self._shown == other._shown
        same_before = _is_same(self.value_before, other.value_before)
        return _is_same(self.value, other.value) and same_before and same

    def __hash__(self) -> int:  # type: ignore[explicit-override]
        """Return a hash that says nothing of the value."""
        return hash(self._shown)

    @property
    def _shown(self) -> tuple[object, ...]:
        return self.name, self.placeholder, self.hosts, self.sign


@dataclass(frozen=True, slots=True, eq=False)
class KvGrant:
    """The namespaces of the key-value store that one execution may use, the default one first.

    Where the executor has no store beside it, ``url`` is that of the API, and ``token`` proves the
    grant there until the execution ends.
    """

    namespaces: tuple[str, ...]
    url: str = ""
    token: str = field(default="", repr=False)

    def __eq__(self, other: object) -> bool:  # type: ignore[explicit-override]
        """Return whether all is the same, the token by a comparison in constant time."""
        if not isinstance(other, KvGrant):
            return NotImplemented
        same = (self.namespaces, self.url) == (other.namespaces, other.url)
        return _is_same(self.token, other.token) and same

    def __hash__(self) -> int:  # type: ignore[explicit-override]
        """Return a hash that says nothing of the token."""
        return hash((self.namespaces, self.url))


@dataclass(frozen=True, slots=True, eq=False)
class ToolGrant:
    """The right of one execution to call tools of its account, as the key of its caller has it.

    ``root_id`` is the execution that the caller asked for, and ``depth`` how many calls of tools
    led from there to this one. ``key_sha256`` is of the caller's key, which each call reads again;
    ``expires_at`` is when what the caller showed expires, in Unix seconds, None for never.
    ``hops`` are as in ``Origin``, ``url`` and ``token`` as in :class:`KvGrant`.
    """

    key_sha256: str
    root_id: str
    depth: int = 0
    expires_at: int | None = None
    hops: int = 0
    url: str = ""
    token: str = field(default="", repr=False)

    def below(self) -> "ToolGrant":
        """Return the right of what it calls, whose token is still to be made."""
        of = (self.key_sha256, self.root_id, self.depth + 1)
        return ToolGrant(*of, self.expires_at, self.hops)

    def __eq__(self, other: object) -> bool:  # type: ignore[explicit-override]
        """Return whether all is the same, the token by a comparison in constant time."""
        if not isinstance(other, ToolGrant):
            return NotImplemented
        return _is_same(self.token, other.token) and self._shown == other._shown

    def __hash__(self) -> int:  # type: ignore[explicit-override]
        """Return a hash that says nothing of the token."""
        return hash(self._shown)

    @property
    def _shown(self) -> tuple[object, ...]:
        return self.key_sha256, self.root_id, self.depth, self.expires_at, self.hops, self.url


@dataclass(frozen=True, slots=True)
class FetchRecord:
    """One request that an execution made, without its path, its query, its headers and its body.

    ``status`` is None where no answer came, and ``error`` is then the code of what went wrong; an
    answer that broke off has both. The bytes are those of bodies, as they were on the wire.
    """

    method: str
    host: str
    status: int | None = None
    error: str | None = None
    sent_bytes: int = 0
    received_bytes: int = 0
    ms: float = 0.0


def _is_same(secret: str, other: str) -> bool:
    # A worker, which has none to compare, does without OpenSSL.
    import hmac  # noqa: PLC0415

    mine, theirs = (text.encode("utf-8", "surrogatepass") for text in (secret, other))
    return hmac.compare_digest(mine, theirs)
