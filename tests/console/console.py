"""The console, as a person sees it: by roles and names."""

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.console import network
from tests.console.watch import Watch
from tests.support.tenants import Tenant

_AHEAD_S = 60
"""The time of a page stands still at a moment that not even a busy machine has passed by then."""
_TWO_FRAMES = """async () => {
  for (let frame = 0; frame < 2; frame++)
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}"""


@dataclass(frozen=True)
class Console:
    """The console in a page, for one account."""

    page: Page
    watch: Watch
    account: Tenant

    @property
    def main(self) -> Locator:
        return self.page.get_by_role("main")

    @property
    def sections(self) -> Locator:
        """The links to the views."""
        return self.page.get_by_role("navigation", name="Sections")

    @property
    def title(self) -> Locator:
        """The heading of the view."""
        return self.main.get_by_role("heading", level=1)

    @property
    def alert(self) -> Locator:
        """What the view says went wrong."""
        return self.page.get_by_role("alert")

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    @property
    def source(self) -> Locator:
        """The editor, with the entry of a function."""
        return self.field("Source of function.js")

    @property
    def result(self) -> Locator:
        """The result of the latest run."""
        return self.main.get_by_role("region", name="Result")

    @property
    def error(self) -> Locator:
        """Why the latest run has no result."""
        return self.main.get_by_role("region", name="Error")

    @property
    def lines(self) -> Locator:
        """What a function wrote to its console."""
        return self.main.get_by_label("Console lines").get_by_role("listitem")

    @property
    def active_line(self) -> Locator:
        """The line of the editor in which the cursor stands."""
        return self.main.locator(".cm-activeLine")

    @property
    def played(self) -> Locator:
        """What came of saved calls, one by one."""
        return self.page.get_by_label("What came of the calls").get_by_role("listitem")

    def status(self, text: str) -> Locator:
        """Say what the page says beside what it shows."""
        return self.page.get_by_role("status").get_by_text(text, exact=True)

    def row(self, name: str) -> Locator:
        """Return the row of a table that has this text in its heading or in a link."""
        named = self.page.get_by_role("rowheader").or_(self.page.get_by_role("link"))
        return self.main.get_by_role("row").filter(has=named.filter(has_text=name))

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(label, exact=True)

    def type_source(self, text: str) -> None:
        """Type over what is in the editor."""
        self.source.click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)

    def open(self, *route: str) -> None:
        """Load the page again."""
        self.page.goto(address(*route))

    def log_in(self, key: str | None = None) -> None:
        """Give a key to the page that asks for one."""
        # Says what is on the page instead, if it does not.
        expect(self.field("API key")).to_be_visible()
        self.field("API key").fill(key or self.account.api_key)
        self.button("Log in").click()

    def enter(self, *route: str) -> None:
        """Load the page again, log in, and wait until the view is there."""
        self.open(*route)
        self.log_in()
        expect(self.sections).to_be_visible()
        self.settle()

    def settle(self) -> None:
        """Wait until the view shows what it has asked for, and asks for nothing more."""
        expect(self.title).to_be_visible()
        expect(self.main.get_by_text("Loading …")).to_have_count(0)
        expect(self.main.locator("[aria-busy=true]")).to_have_count(0)
        # Some is asked for by what is there, a frame later.
        asked = -1
        while asked < len(self.watch.requests):
            network.until(self.page, lambda: not self.watch.reads)
            asked = len(self.watch.requests)
            self.page.evaluate(_TWO_FRAMES)

    def stop_clock(self) -> None:
        """Have the time of the page stand still, whose clock the test has installed."""
        self.page.clock.pause_at(self.page.evaluate("Date.now()") / 1_000 + _AHEAD_S)

    def go(self, *route: str) -> None:
        """Change the address, without loading the page again."""
        self.page.evaluate("(address) => { location.hash = address }", "/" + "/".join(route))
        self.settle()


def address(*route: str) -> str:
    return "/console#/" + "/".join(route)
