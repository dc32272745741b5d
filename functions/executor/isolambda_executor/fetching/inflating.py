"""Inflate bodies in steps, so that a bomb takes no more memory or time than its limit."""

import zlib
from collections.abc import Callable, Iterator
from typing import Final

import brotli

from isolambda_core.net.errors import ProtocolError, TooLargeError

_STEP: Final = 64 * 1024
_GZIP, _ZLIB, _DEFLATE = 31, 15, -15  # formats, as zlib numbers them
_GZIP_BEGINS: Final = 0x1F
_ZLIB_METHOD: Final = 8
_CODINGS_MAX: Final = 2
_MEMBERS_MAX: Final = 1_000
_BROKEN: Final = "the body is not encoded as its content-encoding says"

_Pieces = Iterator[bytes]
_Inflate = Callable[[_Pieces], _Pieces]


def inflated(pieces: _Pieces, codings: list[str], most: int) -> _Pieces:
    """Yield a body without the codings of its headers ``content-encoding``, piece by piece.

    A body whose coding is not known stays as it is.

    Raises:
        TooLargeError: it has more than ``most`` bytes, after any of them is taken away.
        ProtocolError: it is not encoded so.
    """
    names = [name.strip().lower() for value in codings for name in value.split(",")]
    names = [name for name in names if name not in ("", "identity")]
    if len(names) > _CODINGS_MAX:
        raise ProtocolError(f"the body is encoded more than {_CODINGS_MAX} times")
    if not all(name in _INFLATE for name in names):
        return pieces
    for name in reversed(names):
        pieces = _bounded(_INFLATE[name](pieces), most)
    return pieces


def _bounded(pieces: _Pieces, most: int) -> _Pieces:
    used = 0
    for piece in pieces:
        used += len(piece)
        if used > most:
            raise TooLargeError("the body of the answer", most, used)
        yield piece


def _gunzip(pieces: _Pieces) -> _Pieces:
    # A file of gzip may have several members; what follows them is no part of it.
    return _unzip(pieces, lambda _: _GZIP, _GZIP_BEGINS)


def _inflate(pieces: _Pieces) -> _Pieces:
    # Some servers send the bare format, where the header of zlib should be.
    return _unzip(pieces, lambda first: _ZLIB if first & 15 == _ZLIB_METHOD else _DEFLATE, None)


def _unzip(pieces: _Pieces, format_of: Callable[[int], int], another: int | None) -> _Pieces:
    """Yield what ``pieces`` are inflated to; a member that begins with ``another`` may follow."""
    member, has_ended, members = None, False, 0
    for piece in pieces:
        rest = piece
        while rest and (not has_ended or rest[0] == another):
            if member is None:
                member = zlib.decompressobj(format_of(rest[0]))
                members += 1
            if members > _MEMBERS_MAX:
                raise ProtocolError(f"the body has more than {_MEMBERS_MAX} members of gzip")
            yield from _steps(member, rest)
            has_ended = member.eof
            rest = member.unused_data
            if has_ended:
                member = None
    if member is not None:
        raise ProtocolError(_BROKEN)


def _steps(member: "zlib._Decompress", rest: bytes) -> _Pieces:
    is_full = False
    while (rest or is_full) and not member.eof:
        try:
            out = member.decompress(rest, _STEP)
        except zlib.error as error:
            raise ProtocolError(_BROKEN) from error
        if out:
            yield out
        is_full = len(out) == _STEP
        rest = member.unconsumed_tail


def _unbrotli(pieces: _Pieces) -> _Pieces:
    stream, began = brotli.Decompressor(), False
    try:
        for piece in pieces:
            began = True
            out = stream.process(piece, output_buffer_limit=_STEP)
            while out or not stream.can_accept_more_data():
                yield out
                out = stream.process(b"", output_buffer_limit=_STEP)
    except brotli.error as error:
        raise ProtocolError(_BROKEN) from error
    if began and not stream.is_finished():
        raise ProtocolError(_BROKEN)


_INFLATE: Final[dict[str, _Inflate]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
}
