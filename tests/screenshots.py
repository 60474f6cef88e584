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
from depthview.ui.themes import DARK, LIGHT, Colours

if TYPE_CHECKING:
    from depthview.compose import Wiring

FOLDER: Final = Path(__file__).parent.parent / "screenshots"
PRODUCTS: Final = ("BTC-USD", "ETH-USD", "SOL-USD", "SHIB-USD")
MORE: Final = ("XRP-USD", "DOGE-USD", "ADA-USD", "LTC-USD", "ETH-EUR", "BTC-EUR", "ETH-BTC", "USDT-USDC")
"""Added for the grid."""
_SETTLE_SECONDS: Final = 12.0
_DOUBT_SECONDS: Final = 3.8
"""Silence is doubted after three seconds."""
_HEALED_SECONDS: Final = 40.0
"""By then a silent connection has been replaced."""


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
        svg = app.export_screenshot(title=f"depthview {' '.join(('--demo', *PRODUCTS))}", simplify=True)
    return re.sub(r"@font-face\s*\{.*?\}\s*", "", svg, flags=re.DOTALL)


async def save(picture: Picture, wiring: Wiring) -> None:
    """Draw it into its file."""
    (FOLDER / f"{picture.name}.svg").write_text(await draw(picture, wiring), encoding="utf-8")


def _require_trust(wiring: Wiring, products: tuple[str, ...]) -> None:
    doubtful = [name for name in products if not wiring.session.market(name).verdict.trusted]
    if doubtful:
        raise SystemExit(f"no trusted book of {', '.join(doubtful)}: it was not drawn")


async def main() -> None:
    """Run the demo for a while, so that there is something to see, then draw."""
    settings = Settings(source=DemoSource(), products=PRODUCTS)
    async with wired(settings, environment(), config_folder()) as wiring, running(wiring):
        await asyncio.sleep(_SETTLE_SECONDS)
        _require_trust(wiring, PRODUCTS)
        for picture in PICTURES:
            await save(picture, wiring)
        refusal = wiring.views.provoke("stall")
        if refusal is not None:
            raise SystemExit(refusal)
        await asyncio.sleep(_DOUBT_SECONDS)
        await save(STALE, wiring)
        for product in MORE:
            wiring.views.add_product(product)
        await asyncio.sleep(_HEALED_SECONDS)
        _require_trust(wiring, (*PRODUCTS, *MORE))
        await save(GRID, wiring)


if __name__ == "__main__":
    asyncio.run(main())
