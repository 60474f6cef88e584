"""Draws the pictures in ``screenshots/`` from a running demo: ``make screenshots``.

They show an invented market on the embedded exchange, and say so in their banner.
"""

from __future__ import annotations

import asyncio
import html
import os
import re
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from depthview.commands.running import running
from depthview.commands.wiring import wired
from depthview.config.run_options import DemoSource, RunOptions
from depthview.preferences.display import Arrangement
from depthview.system.paths import config_folder
from depthview.ui.app import DepthviewApp
from depthview.ui.themes import DARK, LIGHT, Colours

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from depthview.commands.running import Wiring

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


_COLUMN, _ROW = 12.2, 24.4
"""Of Rich's SVG, in its units."""
_BASELINE, _GROUND_FROM = 20.0, 1.5
"""Where in a row text stands, and where what is behind it begins."""
_BLOCKS: Final = {
    **{glyph: (0.0, 0.0, (n + 1) / 8, 1.0) for n, glyph in enumerate("▏▎▍▌▋▊▉█")},
    **{glyph: (0.0, (7 - n) / 8, 1.0, (n + 1) / 8) for n, glyph in enumerate("▁▂▃▄▅▆▇")},
    "▕": (7 / 8, 0.0, 1 / 8, 1.0),
    "▐": (1 / 2, 0.0, 1 / 2, 1.0),
}
"""Left, top, width and height of what a block fills of its cell."""
_TEXT: Final = re.compile(
    r'<text class="(?P<ink>[^"]+)" x="(?P<x>[\d.]+)" y="(?P<y>[\d.]+)"[^>]*>'
    rf"(?P<text>[^<]*[{''.join(_BLOCKS)}][^<]*)</text>"
)


def with_solid_blocks(svg: str) -> str:
    """``svg`` with rectangles for block glyphs, which few fonts that a browser takes fill a whole cell with."""
    return _TEXT.sub(_with_rectangles, svg)


def _with_rectangles(found: re.Match[str]) -> str:
    text = html.unescape(found["text"])
    left, top = float(found["x"]), float(found["y"]) - _BASELINE + _GROUND_FROM
    pieces = []
    for run in re.finditer("█+|[^█]", text):
        if run[0][0] in _BLOCKS:
            x, y, width, height = _BLOCKS[run[0][0]]
            columns = len(run[0]) if run[0][0] == "█" else width
            pieces.append(
                f'<rect class="{found["ink"]}" x="{left + (run.start() + x) * _COLUMN:.2f}" y="{top + y * _ROW:.2f}" '
                f'width="{columns * _COLUMN:.2f}" height="{height * _ROW:.2f}" shape-rendering="crispEdges"/>'
            )
    letters = "".join(" " if glyph in _BLOCKS else glyph for glyph in text)
    if letters.strip("\u00a0 "):
        kept = html.escape(letters).replace("\u00a0", "&#160;").replace(" ", "&#160;")
        pieces.append(found[0].replace(found["text"], kept))
    return "".join(pieces)


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
    """The picture as SVG text, without the web fonts that Textual names, and the same in every font that is there."""
    app = DepthviewApp(wiring.views, arrangement=Arrangement(theme=picture.theme), colours=Colours.ALL)
    async with app.run_test(size=picture.size) as pilot:
        app.animation_level = "none"
        await pilot.press(*picture.keys)
        await pilot.pause(0.5)
        svg = app.export_screenshot(title="depthview --demo", simplify=True)
    return with_solid_blocks(re.sub(r"@font-face\s*\{.*?\}\s*", "", svg, flags=re.DOTALL))


async def save(picture: Picture, wiring: Wiring) -> None:
    """Draw it into its file."""
    (FOLDER / f"{picture.name}.svg").write_text(await draw(picture, wiring), encoding="utf-8")


@asynccontextmanager
async def _demo(products: tuple[str, ...]) -> AsyncIterator[Wiring]:
    """A demo that has run for a while, so that there is something to see."""
    settings = RunOptions(source=DemoSource(), products=products)
    async with wired(settings, os.environ, config_folder()) as wiring, running(wiring):
        await asyncio.sleep(_SETTLE_SECONDS)
        doubtful = [name for name in products if not wiring.session.products.market(name).verdict.trusted]
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
