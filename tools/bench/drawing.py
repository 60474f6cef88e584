"""Draws in a terminal of its own, and writes down what it took: the program that :mod:`tools.bench.screen` measures.

``python -m tools.bench.drawing HOW KIND SEED DRAWS RATE RESULT``
"""

from __future__ import annotations

import gc
import json
import os
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from time import process_time, sleep
from typing import TYPE_CHECKING, ClassVar, Final

from rich.text import Text
from textual.app import App, ComposeResult
from textual.coordinate import Coordinate
from textual.widgets import DataTable, Static

from depthview.clock import SystemClock
from depthview.system.event_loop import tune_gc
from depthview.ui.formats import bar
from depthview.ui.grid import ProductGrid
from depthview.ui.ladder.widget import Ladder
from depthview.ui.tape import Tape
from depthview.ui.themes import DARK, theme_palette
from tools.bench.pictures import DISTINCT, grids, ladders, mark, marked, tapes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.widget import Widget

    from depthview.ui.lines import Line
    from depthview.views.depth import DepthView, LevelRow

_WARM: Final = 10
"""Draws before the counting begins."""
_ROWS: Final = 18
"""Levels a side that those draw who do not ask how much room there is."""
_FULL: Final = Decimal(2)
"""The size that fills their bars."""
_BAR: Final = 50
_CLOCK: Final = SystemClock()


class Log:
    """What one run has taken.

    Args:
        draws: To be counted.
    """

    def __init__(self, draws: int) -> None:
        self.draws = draws
        self.number = 0
        self.composing = 0.0
        """Seconds of processor time in which the ladder made its lines, of those draws that count."""
        self.ticks: dict[str, float] = {}
        """Monotonic seconds at which the tick began that drew a mark first."""
        self._began = 0.0
        self._cpu = 0.0

    def tick(self) -> int | None:
        """The number of the draw that begins now; None when there have been enough."""
        self.number += 1
        if self.number == _WARM:
            gc.collect()
            self.composing = 0.0
            self._began = process_time()
        if self.number == _WARM + self.draws:
            self._cpu = process_time() - self._began
            return None
        self.ticks[mark(self.number)] = _CLOCK.monotonic()
        return self.number

    def write(self, path: Path) -> None:
        """Seconds of processor time a draw, and when each mark was drawn first."""
        told = {"cpu": self._cpu / self.draws, "composing": self.composing / self.draws, "ticks": self.ticks}
        path.write_text(json.dumps(told), encoding="ascii")


class Scene(App[None]):
    """One widget, fed at a fixed rate.

    Args:
        widget: What is drawn on.
        feed: Draws what is due at a number.
        log: Told of every tick.
        rate: Ticks a second.
    """

    CSS: ClassVar[str] = "Scene { background: $dv-ground; }"

    def __init__(self, widget: Widget, feed: Callable[[int], None], log: Log, rate: float) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.theme = DARK.name
        self._shown = widget
        self._feed = feed
        self._taken = log
        self._rate = rate

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Colours of ours."""
        return theme_palette(self.current_theme)

    def compose(self) -> ComposeResult:
        """The one widget."""
        yield self._shown

    def on_mount(self) -> None:
        """Begin when all is still."""
        self.set_timer(0.5, self._begin)

    def _begin(self) -> None:
        tune_gc()
        self.set_interval(1 / self._rate, self._tick)

    def _tick(self) -> None:
        number = self._taken.tick()
        if number is None:
            self.exit()
        else:
            self._feed(number)


class _MeteredLadder(Ladder):
    def __init__(self, log: Log) -> None:
        super().__init__()
        self._told = log

    def lines(self, width: int, height: int) -> Sequence[Line]:
        began = process_time()
        lines = super().lines(width, height)
        self._told.composing += process_time() - began
        return lines


def _ladder(kind: str, seed: int, log: Log) -> tuple[Widget, Callable[[int], None]]:
    views, widget = ladders(kind, seed), _MeteredLadder(log)

    def feed(number: int) -> None:
        depth = views[number % DISTINCT]
        widget.depth = depth if kind == "idle" else marked(depth, number)

    return widget, feed


def _grid(kind: str, seed: int) -> tuple[Widget, Callable[[int], None]]:
    views, widget = grids(kind, seed), ProductGrid()
    products = tuple(views)

    def feed(number: int) -> None:
        names = widget.page(products, products[0])
        depths = {name: views[name][number % DISTINCT] for name in names}
        if kind != "idle":
            depths[names[0]] = marked(depths[names[0]], number)
        widget.draw(depths, names)

    return widget, feed


def _tape(kind: str, seed: int) -> tuple[Widget, Callable[[int], None]]:
    depth, trades = tapes(kind, seed)
    widget = Tape()

    def feed(number: int) -> None:
        shown = trades[number % DISTINCT]
        if kind == "churn" or (kind == "calm" and number % 10 == 0):
            shown = (replace(shown[0], trade_id=str(number), size=Decimal(mark(number))), *shown[1:])
        widget.depth = depth
        widget.trades = shown

    return widget, feed


# --- what people would use otherwise ----------------------------------------------------------------------------------


def _rows(depth: DepthView) -> list[LevelRow]:
    return [*reversed(depth.asks[:_ROWS]), *depth.bids[:_ROWS]]


def _words(row: LevelRow, mid: Decimal) -> tuple[str, str, str, str, str]:
    """Price, distance, size, sum and bar, in columns."""
    away = abs(row.price - mid) / mid * 10_000
    blocks = bar(row.size, _FULL, _BAR).blocks
    return (
        f"{row.price:>11,.2f}",
        f"{away:>8.2f}",
        f"{row.size:>14.8f}",
        f"{row.cumulative:>15.8f}",
        f"{blocks:<{_BAR}}",
    )


def _middle(depth: DepthView) -> Decimal:
    return (depth.bids[0].price + depth.asks[0].price) / 2


def _static(kind: str, seed: int) -> tuple[Widget, Callable[[int], None]]:
    views, widget = ladders(kind, seed), Static()

    def feed(number: int) -> None:
        depth = views[number % DISTINCT] if kind == "idle" else marked(views[number % DISTINCT], number)
        mid, text = _middle(depth), Text(no_wrap=True)
        for place, row in enumerate(_rows(depth)):
            side = "#e69f00" if place < _ROWS else "#56b4e9"
            price, away, size, total, blocks = _words(row, mid)
            text.append(price, side).append(away, "#969ba5").append(size, "#dde2ea").append(total, "#969ba5")
            text.append(f"  {blocks}\n", side)
        widget.update(text)

    return widget, feed


def _table(kind: str, seed: int) -> tuple[Widget, Callable[[int], None]]:
    views = ladders(kind, seed)
    widget: DataTable[Text] = DataTable(show_cursor=False)
    before: dict[tuple[int, int], str] = {}

    def feed(number: int) -> None:
        depth = views[number % DISTINCT] if kind == "idle" else marked(views[number % DISTINCT], number)
        mid = _middle(depth)
        if not before:
            widget.add_columns("price", "bps", "size", "sum", "bar")
            for _ in range(2 * _ROWS):
                widget.add_row(*(Text() for _ in range(5)))
        for place, row in enumerate(_rows(depth)):
            side = "#e69f00" if place < _ROWS else "#56b4e9"
            for column, words in enumerate(_words(row, mid)):
                if before.get((place, column)) != words:
                    before[place, column] = words
                    style = side if column in (0, 4) else "#dde2ea" if column == 2 else "#969ba5"
                    widget.update_cell_at(Coordinate(place, column), Text(words, style))

    return widget, feed


_GROUND: Final = "\x1b[48;2;11;14;20m"
_TRACK: Final = "\x1b[48;2;24;27;33m"
_MUTED: Final = "\x1b[38;2;150;155;165m"
_TEXT: Final = "\x1b[38;2;221;226;234m"
_ASK: Final = "\x1b[38;2;230;159;0m"
_BID: Final = "\x1b[38;2;86;180;233m"


def _raw_lines(depth: DepthView) -> list[str]:
    """What the ladder shows, in its colours: heading, columns, rows with the quiet parts of their numbers, touch."""
    mid, top, rows = _middle(depth), depth.top, _rows(depth)
    assert top is not None
    spread, leaning = top.spread or 0, (top.imbalance or 0) * 100
    highest, lowest = f"{rows[0].price:>11,.2f}", f"{rows[-1].price:>11,.2f}"
    quiet = next((place for place, (a, b) in enumerate(zip(highest, lowest, strict=True)) if a != b), 0)
    lines = [
        f"{_TEXT}{_GROUND} SYNCED   {depth.product}  {_MUTED}book {_TEXT}{depth.book_age:6.1f} s{_MUTED} old",
        f"{_MUTED}  mid {_TEXT}{mid:,.3f}   {_MUTED}bid {_BID}{depth.bids[0].price:,.2f} "
        f"{_MUTED}ask {_ASK}{depth.asks[0].price:,.2f}",
        f"{_MUTED}  PRICE USD  BPS TO MID  SIZE BTC  SUM BTC  0 1 2 BTC",
    ]
    for place, row in enumerate(rows):
        if place == _ROWS:
            lines.append(f"{_TEXT}{spread:>11.2f} {_MUTED}spread   imbalance of 10 levels {_TEXT}{leaning:+.0f} %")
        side = _ASK if place < _ROWS else _BID
        price, away, size, total, blocks = _words(row, mid)
        told = size.rstrip("0").rstrip(".")
        lines.append(
            f"{_GROUND}  {_MUTED}{price[:quiet]}{side}{price[quiet:]}  {_MUTED}{away}  {_TEXT}{told}{_MUTED}"
            f"{size[len(told) :]}  {total}  {side}{_TRACK}{blocks}{_GROUND}  "
        )
    return lines


def draw_raw(kind: str, seed: int, log: Log, rate: float) -> None:
    """The floor: strings with escape sequences, compared by row, written in one go."""
    views, out = ladders(kind, seed), sys.stderr.fileno()
    shown: dict[int, str] = {}
    os.write(out, b"\x1b[?1049h\x1b[?25l")
    gc.freeze()
    while (number := log.tick()) is not None:
        began = _CLOCK.monotonic()
        depth = views[number % DISTINCT] if kind == "idle" else marked(views[number % DISTINCT], number)
        pieces: list[str] = []
        for place, line in enumerate(_raw_lines(depth), 1):
            if shown.get(place) != line:
                shown[place] = line
                pieces.append(f"\x1b[{place};1H{line}")
        os.write(out, "".join(pieces).encode())
        sleep(max(0.0, 1 / rate - (_CLOCK.monotonic() - began)))
    os.write(out, b"\x1b[?25h\x1b[?1049l")


_WIDGETS: Final = {"grid": _grid, "tape": _tape, "Static": _static, "DataTable": _table}


def main() -> None:
    """Draw."""
    how, kind, seed, draws, rate, result = sys.argv[1:]
    log = Log(int(draws))
    if how == "raw":
        draw_raw(kind, int(seed), log, float(rate))
    else:
        widget, feed = _ladder(kind, int(seed), log) if how == "ladder" else _WIDGETS[how](kind, int(seed))
        Scene(widget, feed, log, float(rate)).run()
    log.write(Path(result))


if __name__ == "__main__":
    main()
