"""Draws the pictures in ``screenshots/`` from a running demo: ``make screenshots``.

They show an invented market on the embedded exchange, and say so in their banner.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from depthview.auth.options import config_folder
from depthview.compose import environment, running, wired
from depthview.settings import DemoSource, Settings
from depthview.ui.app import DepthviewApp
from depthview.ui.arrangement import Arrangement
from depthview.ui.themes import DARK, LIGHT

if TYPE_CHECKING:
    from depthview.compose import Wiring

FOLDER: Final = Path(__file__).parent.parent / "screenshots"
PRODUCTS: Final = ("BTC-USD", "ETH-USD", "SOL-USD", "SHIB-USD")
_SETTLE_SECONDS: Final = 12.0
_DOUBT_SECONDS: Final = 3.8
"""Silence is doubted after three seconds."""


class Picture(NamedTuple):
    """One file."""

    name: str
    size: tuple[int, int]
    keys: tuple[str, ...] = ()
    theme: str = DARK.name


PICTURES: Final = (
    Picture("demo-120x40", (120, 40)),
    Picture("demo-80x24", (80, 24)),
    Picture("demo-200x60", (200, 60)),
    Picture("demo-light-120x40", (120, 40), theme=LIGHT.name),
    Picture("demo-ladders-200x60", (200, 60), ("w", "w", "w")),
)


async def draw(picture: Picture, wiring: Wiring) -> str:
    """The picture as SVG text, without the web fonts that Textual names."""
    app = DepthviewApp(wiring.views, arrangement=Arrangement(theme=picture.theme))
    async with app.run_test(size=picture.size) as pilot:
        app.animation_level = "none"
        await pilot.press(*picture.keys)
        await pilot.pause(0.5)
        svg = app.export_screenshot(title=f"depthview {' '.join(('--demo', *PRODUCTS))}", simplify=True)
    return re.sub(r"@font-face\s*\{.*?\}\s*", "", svg, flags=re.DOTALL)


async def save(picture: Picture, wiring: Wiring) -> None:
    """Draw it into its file."""
    (FOLDER / f"{picture.name}.svg").write_text(await draw(picture, wiring), encoding="utf-8")


async def main() -> None:
    """Run the demo for a while, so that there is something to see, then draw."""
    settings = Settings(source=DemoSource(), products=PRODUCTS)
    async with wired(settings, environment(), config_folder()) as wiring, running(wiring):
        await asyncio.sleep(_SETTLE_SECONDS)
        doubtful = [name for name in PRODUCTS if not wiring.session.market(name).verdict.trusted]
        if doubtful:
            raise SystemExit(f"no trusted book of {', '.join(doubtful)}: nothing was drawn")
        for picture in PICTURES:
            await save(picture, wiring)
        refusal = wiring.views.provoke("stall")
        if refusal is not None:
            raise SystemExit(refusal)
        await asyncio.sleep(_DOUBT_SECONDS)
        await save(Picture("demo-stale-120x40", (120, 40)), wiring)


if __name__ == "__main__":
    asyncio.run(main())
