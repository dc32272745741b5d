"""What holds for every view: in both themes, on a phone, without motion, and for who sees less."""

from pathlib import Path

import pytest
from playwright.sync_api import ViewportSize

from tests.console import axe
from tests.console.console import Console
from tests.console.data import Furnished
from tests.console.views import THEMES, VIEWS

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
_MOVING = """() => [...document.querySelectorAll("*")].filter((element) => {
  const { animationName, animationDuration, transitionDuration } = getComputedStyle(element);
  const longest = (times) => Math.max(...times.split(",").map((time) => parseFloat(time)));
  return longest(transitionDuration) > 0.01
    || (animationName !== "none" && longest(animationDuration) > 0.01);
}).map((element) => element.outerHTML.slice(0, 100))"""


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_keeps_people_from_using_a_view_in_either_theme(
    furnished_console: Console, furnished: Furnished, view: str
) -> None:
    page = furnished_console.page
    page.emulate_media(color_scheme=THEMES[0], reduced_motion="reduce")
    VIEWS[view](furnished_console, furnished)

    for theme in THEMES:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.screenshot(path=PICTURES / f"{view}-{theme}.png", full_page=True)

        assert (theme, axe.findings(page)) == (theme, [])
        assert (theme, page.evaluate(_MOVING)) == (theme, [])


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_is_as_narrow_as_a_phone(
    furnished_console: Console, furnished: Furnished, view: str
) -> None:
    page = furnished_console.page
    page.set_viewport_size(NARROW)
    VIEWS[view](furnished_console, furnished)

    page.screenshot(path=PICTURES / f"{view}-narrow.png", full_page=True)

    assert page.evaluate(_OUTSIDE) == []
