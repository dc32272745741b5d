"""Replace byte strings in what passes, whole or in chunks of any size.

Where several begin at one place the longest counts; what took a place is not looked at again. The
work grows with the bytes that pass, whatever they are: each byte string is looked for by
``bytes.find``, which is linear, and less than the longest of them is looked at again.
"""

from collections.abc import Iterator, Mapping
from heapq import heapify, heappop, heapreplace


class Replacements:
    """Byte strings that are to be replaced, none of them empty, by what takes their places."""

    def __init__(self, replacements: Mapping[bytes, bytes]) -> None:
        self._replacements = replacements

    def applied(self, data: bytes) -> bytes:
        """Return bytes with all replacements made."""
        if not any(each in data for each in self._replacements):
            return data
        passing = self.passing()
        return passing.take(data) + passing.end()

    def passing(self) -> "Passing":
        """Return what makes the replacements in chunks."""
        return Passing(self)

    def places(self, data: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Yield each place in ``data``: where it begins, where it ends, and what takes it."""
        found = [(data.find(each), -len(each), each) for each in self._replacements]
        heap = [place for place in found if place[0] >= 0]
        heapify(heap)
        start = 0
        while heap:
            begin, length, each = heap[0]
            if begin >= start:
                start = begin - length
                yield begin, start, self._replacements[each]
            if (after := data.find(each, start)) >= 0:
                heapreplace(heap, (after, length, each))
            else:
                heappop(heap)

    def beginning(self, data: bytes, start: int) -> int:
        """Return where, from ``start`` on, a byte string begins of which ``data`` has no end yet.

        That is the length of ``data`` where there is none.
        """
        earliest = len(data)
        for each in self._replacements:
            at = data.find(each[:1], max(start, len(data) - len(each) + 1), earliest)
            while at >= 0 and not each.startswith(data[at:]):
                at = data.find(each[:1], at + 1, earliest)
            if at >= 0:
                earliest = at
        return earliest


class Passing:
    """Makes replacements in what comes in chunks; it holds back less than the longest of them."""

    def __init__(self, replacements: Replacements) -> None:
        self._replacements = replacements
        self._held = b""

    def take(self, chunk: bytes) -> bytes:
        """Return what is certain of all that has come, and was not returned before."""
        return self._out(self._held + chunk, is_end=False)

    def end(self) -> bytes:
        """Return the rest, after the last chunk."""
        return self._out(self._held, is_end=True)

    def _out(self, data: bytes, *, is_end: bool) -> bytes:
        out: list[bytes] = []
        start = 0
        uncertain = len(data) if is_end else self._replacements.beginning(data, 0)
        for begin, end, instead in self._replacements.places(data):
            if uncertain <= begin:
                break
            out += data[start:begin], instead
            start = end
            if uncertain < start:
                uncertain = self._replacements.beginning(data, start)
        out.append(data[start:uncertain])
        self._held = data[uncertain:]
        return b"".join(out)
