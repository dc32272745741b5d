"""One fetch: a request, those that its redirects lead to, and the answer for the isolate."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import FETCH_BODY_BYTES, FETCH_REDIRECTS
from isolambda_core.net.cutoff import Cutoff, CutOffError
from isolambda_core.net.heads import ResponseHead
from isolambda_executor.fetching.addresses import require_allowed
from isolambda_executor.fetching.bodies import Credit, Upload
from isolambda_executor.fetching.errors import FAILURES, FetchError, error_of, over_limit
from isolambda_executor.fetching.exchange import Exchange
from isolambda_executor.fetching.inflating import inflated
from isolambda_executor.fetching.network import Network
from isolambda_executor.fetching.records import Requests, RequestUnderWay
from isolambda_executor.fetching.redirects import Step, first_step, location_of, next_step
from isolambda_executor.fetching.request import FetchRequest, check_request, headers_to_show
from isolambda_executor.fetching.secrets import Substitution, masked
from isolambda_executor.frames import BrokenPeerError
from isolambda_executor.handlers import Reply, payload_of
from isolambda_executor.operations import Fields, OperationsEndedError
from isolambda_executor.placeholders import Placeholders

_DRAINED_BYTES: Final = 64 * 1024
"""Longest body of a redirect that is read, so that its connection can be kept."""


@dataclass(frozen=True, slots=True)
class FetchScope:
    """What the fetches of one execution share."""

    request: ExecutionRequest
    network: Network
    requests: Requests
    placeholders: Placeholders


class Fetch:
    """A fetch, which :meth:`run` performs on a thread; its other methods return at once."""

    def __init__(
        self, scope: FetchScope, request: FetchRequest, deadline: float, reply: Reply
    ) -> None:
        self._scope = scope
        self._request = request
        self._reply = reply
        self._cutoff = Cutoff(deadline)
        self._credit = Credit()
        self._upload = Upload(lambda more: reply({"more": more})) if request.is_streamed else None
        self._record: RequestUnderWay | None = None
        self._host = ""

    def take(self, fields: Fields) -> None:
        """Take credit for the answer, or more of the request's body.

        Raises:
            BrokenPeerError: no intact worker sends that.
        """
        if "credit" in fields:
            self._credit.add(fields["credit"])
        elif self._upload is None:
            raise BrokenPeerError
        elif fields.get("chunk") is True:
            self._upload.put(payload_of(fields))
        elif fields.get("last") is True:
            self._upload.end()
        else:
            raise BrokenPeerError

    def abandon(self) -> None:
        """End it; what it has done so far is recorded."""
        self._cutoff.cut()
        if self._record is not None:
            self._record.end("aborted")

    def run(self) -> None:
        """Perform it, and reply with its answer, or with the error that ended it."""
        error: FetchError | None = None
        try:
            self._follow()
        except FetchError as failed:
            error = failed
        except FAILURES as failure:
            error = error_of(failure, self._host)
        except (CutOffError, OperationsEndedError):
            return
        except Exception:
            self._end(FetchError("refused", "Isolambda could not perform the fetch"))
            raise
        self._end(error)

    def _follow(self) -> None:
        check_request(self._request)
        step = first_step(self._request)
        for redirects in range(FETCH_REDIRECTS + 1):
            if redirects > 0:
                self._scope.requests.add()
            following = self._perform(step, redirects)
            if following is None:
                return
            if self._record is not None:
                self._record.end()
            step = following
        what, used = "too many redirects", FETCH_REDIRECTS + 1
        raise over_limit(what, "fetch_redirects", FETCH_REDIRECTS, used, "redirects")

    def _perform(self, step: Step, redirects: int) -> Step | None:
        """Send one request; return the one that follows, or None where the isolate got it all."""
        scope, endpoint = self._scope, step.endpoint
        self._host = endpoint.authority
        record = self._record = RequestUnderWay(scope.requests, step.method, endpoint.authority)
        require_allowed(endpoint, scope.request.net)
        account_id = scope.request.account_id
        for fresh in (False, True):
            with scope.network.leased(account_id, endpoint, self._cutoff, fresh=fresh) as lease:
                substitution = Substitution(scope.placeholders, endpoint, allowed=step.has_secrets)
                exchange = Exchange(lease.connection, step, substitution, record)
                try:
                    head = exchange.answer_to(scope.request, self._upload)
                except TimeoutError:
                    raise
                except OSError:
                    # The server had closed the connection meanwhile.
                    is_stale = lease.is_reused and not exchange.is_answered
                    if not (is_stale and step.may_be_repeated):
                        raise
                    continue
                following = self._following(step, head, exchange)
                if following is None:
                    self._deliver(step, head, exchange.body(head), is_redirected=redirects > 0)
                    lease.keep = exchange.may_keep(head)
                elif head.length is not None and head.length <= _DRAINED_BYTES:
                    for _ in exchange.body(head):
                        pass
                    lease.keep = exchange.may_keep(head)
                return following
        return None

    def _following(self, step: Step, head: ResponseHead, exchange: Exchange) -> Step | None:
        location = location_of(head)
        if location is None or self._request.redirect == "manual":
            return None
        if self._request.redirect == "error":
            raise FetchError("redirects", f"{self._host} redirects, which the request refuses")
        # It may have the value of a secret that its server was sent.
        location = masked(self._scope.placeholders, location)
        return next_step(step, head.status, location, exchange.substituted)

    def _deliver(
        self, step: Step, head: ResponseHead, body: Iterator[bytes], *, is_redirected: bool
    ) -> None:
        placeholders = self._scope.placeholders
        shown: dict[str, JsonValue] = {
            "status": head.status,
            "statusText": masked(placeholders, head.reason),
            "headers": [
                [masked(placeholders, name), masked(placeholders, value)]
                for name, value in headers_to_show(head.headers)
            ],
            "url": step.endpoint.url,
            "redirected": is_redirected,
        }
        self._reply({"head": shown})
        masking = placeholders.masking()
        for piece in inflated(body, head.values("content-encoding"), FETCH_BODY_BYTES):
            self._send(masking.take(piece))
        self._send(masking.end())

    def _send(self, piece: bytes) -> None:
        rest = memoryview(piece)
        while rest:
            size = self._credit.take(len(rest), self._cutoff)
            self._reply({"chunk": True}, bytes(rest[:size]))
            rest = rest[size:]

    def _end(self, error: FetchError | None) -> None:
        if self._cutoff.is_cut:
            return
        if self._record is not None:
            self._record.end(error.code if error else None)
        with suppress(OperationsEndedError):
            self._reply({"end": True, **({"error": error.fields} if error else {})})
