"""Every view of the console, in an account that has something for it to show."""

from typing import Literal

from tests.console.data import Furnished

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
VIEWS = (
    "functions", "function", "versions", "executions", "execution", "triggers", "secrets", "keys",
    "usage",
)  # fmt: skip


def route_of(view: str, furnished: Furnished) -> tuple[str, ...]:
    """Return the address of a view, in its parts."""
    routes: dict[str, tuple[str, ...]] = {
        "function": ("functions", furnished.function),
        "versions": ("functions", furnished.function, "versions"),
        "execution": ("executions", furnished.failing, furnished.failure),
    }
    return routes.get(view, (view,))
