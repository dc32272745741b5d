"""What must not happen on a page, whatever a test does there."""

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

_TELL_OF_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} refused ${event.blockedURI || event.sample}`));
"""
_OF_A_RESPONSE = "Failed to load resource"
"""How Chromium begins to say what :meth:`Watch._see_response` has seen."""
_WITHIN_THE_PAGE = ("data:", "blob:", "about:")


class Watch:
    """Collects the faults of all pages of a context.

    A fault is an error on the console, an exception that nothing caught, a violation of the
    policy for content, a request to another host, a key in an address, and, unless the test
    announced it, a request that got no answer and an error of the server.
    """

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.faults: list[str] = []
        self.requests: list[Request] = []
        self.reads: set[Request] = set()
        """What pages are waiting for, but for what waits by itself for something to happen."""
        self.secrets: list[str] = []
        self._origin = origin
        self._expected: set[int] = set()
        # How a request fails that the page itself gave up, or left behind.
        self._given_up = {"net::ERR_ABORTED"}
        context.add_init_script(_TELL_OF_VIOLATIONS)
        context.on("console", self._see_message)
        context.on("weberror", self._see_error)
        context.on("request", self._see_request)
        context.on("response", self._see_response)
        context.on("requestfailed", self._see_failure)
        context.on("requestfinished", self._see_end)

    def expect_status(self, *statuses: int) -> None:
        """Take answers with these statuses for no fault."""
        self._expected.update(statuses)

    def expect_broken_connections(self) -> None:
        """Take requests whose connections break for no fault."""
        self._given_up.add("net::ERR_CONNECTION_RESET")

    def _see_message(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_OF_A_RESPONSE):
            self.faults.append(f"on the console: {message.text}")

    def _see_error(self, error: WebError) -> None:
        self.faults.append(f"not caught: {error.error}")

    def _see_request(self, request: Request) -> None:
        self.requests.append(request)
        if request.method == "GET" and "wait_s=" not in request.url:
            self.reads.add(request)
        if not request.url.startswith((f"{self._origin}/", *_WITHIN_THE_PAGE)):
            self.faults.append(f"to another host: {request.url}")
        if any(secret in request.url for secret in self.secrets):
            self.faults.append(f"a secret in an address: {request.url}")

    def _see_response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self._expected:
            self.faults.append(f"{response.status} for {response.request.method} {response.url}")

    def _see_end(self, request: Request) -> None:
        self.reads.discard(request)

    def _see_failure(self, request: Request) -> None:
        self.reads.discard(request)
        if request.failure not in self._given_up:
            self.faults.append(f"{request.failure} for {request.method} {request.url}")
