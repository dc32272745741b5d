"""The pages that are no part of the console."""

from playwright.sync_api import Page, expect


def test_the_front_page_says_what_runs_here(page: Page) -> None:
    page.goto("/")

    expect(page.get_by_role("heading", level=1)).to_have_text("Isolambda")


def test_the_page_of_the_api_shows_its_operations(page: Page) -> None:
    page.goto("/docs")

    expect(page.get_by_role("heading", name="Executions")).to_be_visible()
