"""Where secrets take their placeholders' places in a request, and where they are masked."""

from isolambda_core.domain.endpoints import Endpoint
from isolambda_executor.fetching.request import Headers, require_headers
from isolambda_executor.placeholders import Placeholders, in_body, in_query
from isolambda_executor.replacements import Passing


class Substitution:
    """The values that may go to one host, over https alone; without ``allowed`` none may."""

    def __init__(self, placeholders: Placeholders, endpoint: Endpoint, *, allowed: bool) -> None:
        self._placeholders = placeholders
        self._host = endpoint.authority
        self._https = endpoint.secure and allowed

    def target(self, target: str) -> str:
        """Return a path with its query, in which values take their places."""
        path, mark, query = target.partition("?")
        substituted = self._placeholders.substituted(
            query, self._host, https=self._https, write=in_query
        )
        return path + mark + substituted

    def headers(self, headers: Headers) -> Headers:
        """Return headers with values in their places.

        Raises:
            FetchError: such a value cannot be part of a header.
        """
        substituted = tuple(
            (name, self._placeholders.substituted(value, self._host, https=self._https))
            for name, value in headers
        )
        require_headers(substituted)
        return substituted

    def body(self, headers: Headers) -> Passing:
        """Return what puts values in a body, by its ``content-type``."""
        content_type = next((value for name, value in headers if name == "content-type"), "")
        write = in_body(content_type)
        return self._placeholders.substituting(self._host, https=self._https, write=write)


def masked(placeholders: Placeholders, text: str) -> str:
    """Return a text of an answer's head, whose characters are bytes, with placeholders."""
    return placeholders.masked(text.encode("latin-1")).decode("latin-1")
