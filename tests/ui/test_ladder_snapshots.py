"""Pictures of the ladder's forms, kept in ``__svg__`` beside those of the whole screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from depthview.core.verdict import Verdict
from tests.ui.conftest import Running, running
from tests.ui.fake_market import FakeMarket

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Check = Callable[[Running, str], Awaitable[None]]

SIZES = ((80, 24), (120, 40), (200, 60))
FORMS = {"book": (), "dom": ("v",), "sides": ("v", "v")}
"""Keys that lead to each from the first."""
NOT_GROUPED: Mapping[str, Decimal] = {}
GROUPED = {"BTC-USD": Decimal("0.50")}


KEPT_ELSEWHERE = {"book-80x24", "book-120x40", "book-200x60", "book-light-120x40"}
"""As ``synced-*`` and ``light-120x40``, among the pictures of the whole screen."""
PICTURES = [
    (f"{form}-{shade}{width}x{height}", form, (width, height), f"depthview-{shade.rstrip('-') or 'dark'}")
    for form in FORMS
    for width, height in SIZES
    for shade in ("", "light-")
    if not shade or (width, height) == (120, 40)
    if f"{form}-{shade}{width}x{height}" not in KEPT_ELSEWHERE
]


@pytest.mark.parametrize(("name", "form", "size", "theme"), PICTURES, ids=[name for name, *_ in PICTURES])
async def test_each_form(same_picture: Check, name: str, form: str, size: tuple[int, int], theme: str) -> None:
    async with running(FakeMarket(), size, theme=theme) as run:
        await run.press(*FORMS[form])
        run.app.clear_notifications()
        await same_picture(run, f"ladder-{name}")


@dataclass(frozen=True)
class Scene:
    """A picture of its own."""

    name: str
    size: tuple[int, int]
    keys: tuple[str, ...]
    groups: Mapping[str, Decimal]
    doubt: bool = False


SCENES = [
    Scene("held-dom-grid-80x24", (80, 24), ("v", "f", "k", "k", "k"), NOT_GROUPED),
    Scene("priced-120x40", (120, 40), ("p", "$", "2", "5", "0", "k", "enter", "pageup", "j"), NOT_GROUPED),
    Scene("grouped-dom-80x24", (80, 24), ("v", "b"), GROUPED),
    Scene("doubt-sides-80x24", (80, 24), ("v", "v"), GROUPED, doubt=True),
    Scene("doubt-held-dom-120x40", (120, 40), ("v", "pagedown", "j"), NOT_GROUPED, doubt=True),
]


@pytest.mark.parametrize("visible", SCENES, ids=lambda visible: visible.name)
async def test_scenes(same_picture: Check, visible: Scene) -> None:
    market = FakeMarket()
    async with running(market, visible.size, groups=visible.groups) as run:
        await run.press(*visible.keys)
        if visible.doubt:
            market.judge(Verdict.STALE, "gap of 3 before 184,005: new snapshots asked for")
            await run.draw()
        run.app.clear_notifications()
        await same_picture(run, f"ladder-{visible.name}")


async def test_changes_in_16_colours(same_picture: Check) -> None:
    market = FakeMarket()
    async with running(market, (80, 24), theme="ansi-dark") as run:
        market.churn()
        await run.draw()
        await same_picture(run, "ladder-changes-ansi-80x24")
