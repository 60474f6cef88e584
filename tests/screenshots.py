"""Draws the pictures in ``screenshots/`` from a running demo: ``make screenshots``.

They show an invented market on the embedded exchange, and say so in their banner.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from depthview.auth.options import config_folder
from depthview.compose import environment, running, wired
from depthview.settings import DemoSource, Settings
from depthview.ui.app import DepthviewApp
from depthview.ui.arrangement import Arrangement
from depthview.ui.themes import DARK, LIGHT, Colours

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from depthview.compose import Wiring

FOLDER: Final = Path(__file__).parent.parent / "screenshots"
PRODUCTS: Final = ("BTC-USD", "ETH-USD", "SOL-USD", "SHIB-USD")
MORE: Final = ("XRP-USD", "DOGE-USD", "ADA-USD", "LTC-USD", "ETH-EUR", "BTC-EUR", "ETH-BTC", "USDT-USDC")
"""In the grid besides."""
_SETTLE_SECONDS: Final = 12.0
_DOUBT_SECONDS: Final = 3.8
"""Silence is doubted after three seconds."""


class Picture(NamedTuple):
    """One file."""

    name: str
    size: tuple[int, int]
    keys: tuple[str, ...] = ()
    theme: str = DARK.name


_COARSER: Final = ("right_square_bracket",) * 5
PICTURES: Final = (
    Picture("demo-120x40", (120, 40), _COARSER),
    Picture("demo-80x24", (80, 24)),
    Picture("demo-dom-120x40", (120, 40), ("v", *_COARSER)),
    Picture("demo-dom-light-120x40", (120, 40), ("v", *_COARSER), LIGHT.name),
    Picture("demo-sides-200x60", (200, 60), ("v", "v", *_COARSER)),
    Picture("demo-tape-80x24", (80, 24), ("t", "T")),
    Picture("demo-ladders-200x60", (200, 60), ("w", "w", "w")),
)
GRID: Final = Picture("demo-grid-120x40", (120, 40), ("w", "w", "w"))
STALE: Final = Picture("demo-stale-120x40", (120, 40))


async def draw(picture: Picture, wiring: Wiring) -> str:
    """The picture as SVG text, without the web fonts that Textual names."""
    app = DepthviewApp(wiring.views, arrangement=Arrangement(theme=picture.theme), colours=Colours.ALL)
    async with app.run_test(size=picture.size) as pilot:
        app.animation_level = "none"
        await pilot.press(*picture.keys)
        await pilot.pause(0.5)
        svg = app.export_screenshot(title="depthview --demo", simplify=True)
    return re.sub(r"@font-face\s*\{.*?\}\s*", "", svg, flags=re.DOTALL)


async def save(picture: Picture, wiring: Wiring) -> None:
    """Draw it into its file."""
    (FOLDER / f"{picture.name}.svg").write_text(await draw(picture, wiring), encoding="utf-8")


@asynccontextmanager
async def _demo(products: tuple[str, ...]) -> AsyncIterator[Wiring]:
    """A demo that has run for a while, so that there is something to see."""
    settings = Settings(source=DemoSource(), products=products)
    async with wired(settings, environment(), config_folder()) as wiring, running(wiring):
        await asyncio.sleep(_SETTLE_SECONDS)
        doubtful = [name for name in products if not wiring.session.market(name).verdict.trusted]
        if doubtful:
            raise SystemExit(f"no trusted book of {', '.join(doubtful)}: nothing was drawn")
        yield wiring


async def main() -> None:
    """Draw all of them."""
    async with _demo(PRODUCTS) as wiring:
        for picture in PICTURES:
            await save(picture, wiring)
        refusal = wiring.views.provoke("stall")
        if refusal is not None:
            raise SystemExit(refusal)
        await asyncio.sleep(_DOUBT_SECONDS)
        await save(STALE, wiring)
    async with _demo((*PRODUCTS, *MORE)) as wiring:
        await save(GRID, wiring)


if __name__ == "__main__":
    asyncio.run(main())
