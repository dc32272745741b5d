"""What holds for every view: in both themes, on a small screen, and for who cannot see it."""

from pathlib import Path

import pytest
from playwright.sync_api import ViewportSize

from tests.console import axe
from tests.console.console import Console
from tests.console.data import Furnished
from tests.console.views import THEMES, VIEWS, Theme, route_of

PICTURES = Path(__file__).parents[2] / ".pictures"
"""Where the pictures are, which no test compares: they are for people to look at."""
NARROW: ViewportSize = {"width": 390, "height": 844}
_SCROLLS = """(element) => {
  for (let at = element; at; at = at.parentElement)
    if (["auto", "scroll"].includes(getComputedStyle(at).overflowX) || at.clientWidth === 1)
      return true;
  return false;
}"""
_OUTSIDE = f"""() => [...document.body.querySelectorAll("*")]
  .filter((element) => {{
    const {{ left, right, width }} = element.getBoundingClientRect();
    return width > 1 && (right > document.documentElement.clientWidth + 1 || left < -1);
  }})
  .filter((element) => !({_SCROLLS})(element))
  .map((element) => element.outerHTML.slice(0, 100))"""
"""The elements beyond an edge of the page, unless a box around them scrolls or hides them."""


@pytest.fixture
def shown(furnished_console: Console, furnished: Furnished, view: str, theme: Theme) -> Console:
    """A view that has loaded all it shows."""
    furnished_console.page.emulate_media(color_scheme=theme)
    furnished_console.enter(*route_of(view, furnished))
    return furnished_console


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("view", VIEWS)
def test_nothing_keeps_people_from_using_a_view(shown: Console, view: str, theme: Theme) -> None:
    shown.page.screenshot(path=PICTURES / f"{view}-{theme}.png", full_page=True)

    assert axe.findings(shown.page) == []


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("view", VIEWS)
def test_a_view_is_as_narrow_as_a_phone(shown: Console, view: str, theme: Theme) -> None:
    shown.page.set_viewport_size(NARROW)

    shown.page.screenshot(path=PICTURES / f"{view}-{theme}-narrow.png", full_page=True)
    assert shown.page.evaluate(_OUTSIDE) == []
