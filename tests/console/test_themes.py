"""Light and dark."""

import pytest
from playwright.sync_api import Page, expect

from tests.console.console import Console
from tests.console.views import THEMES, Theme

_IS_DARK = """() => {
  const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/\\d+/g);
  return Number(red) + Number(green) + Number(blue) < 3 * 128;
}"""


def is_dark(page: Page) -> bool:
    return bool(page.evaluate(_IS_DARK))


@pytest.mark.parametrize("theme", THEMES)
def test_the_console_has_the_theme_of_the_system(console: Console, theme: Theme) -> None:
    console.page.emulate_media(color_scheme=theme)

    console.enter("functions")

    assert is_dark(console.page) == (theme == "dark")


@pytest.mark.parametrize("theme", THEMES)
def test_a_person_may_choose_the_other_theme_and_keeps_it(console: Console, theme: Theme) -> None:
    [other] = set(THEMES) - {theme}
    console.page.emulate_media(color_scheme=theme)
    console.enter("functions")

    console.page.get_by_role("combobox", name="Theme").select_option(other)
    assert is_dark(console.page) == (other == "dark")

    console.page.reload()
    expect(console.field("API key")).to_be_visible()
    assert is_dark(console.page) == (other == "dark")
