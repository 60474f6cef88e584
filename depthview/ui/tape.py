"""Time and sales: who took what, when, at which price.

Trades happened: no verdict dims them. Where messages were missed, trades may be missing too, and a line says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from textual.message import Message
from textual.reactive import var

from depthview.core.fixed_point import ONE, notional
from depthview.preferences.display import Threshold, TradeFilter, TradeShare, Unit
from depthview.ui.formats import (
    TRUNCATING,
    bar,
    bar_scale,
    clock_text,
    nice_floor,
    price_text,
    quote_decimals,
    round_text,
    size_cells,
    size_text,
    zone,
)
from depthview.ui.line_widget import LinePanel
from depthview.ui.lines import Cell, Line, cut, fill, title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.events import Click

    from depthview.views.depth import DepthView, Trade

_SIDES: Final = {"buy": ("▲", "buy", "bid"), "sell": ("▼", "sell", "ask")}
_UNKNOWN_SIDE: Final = ("?", "", "text")
_BIG_SHARE: Final = 20
"""A print is big from the size on that one in so many reaches."""
_BIG_FROM: Final = 20
"""Trades below which none is called big."""
_BAR_LEAST: Final = 4
_BAR_WISHED: Final = 12
_WORD: Final = 5
_SECONDS: Final = len("21:14:06")
_MILLIS: Final = len("21:14:06.721")


@dataclass(frozen=True, slots=True)
class TapeMemory:
    """What is kept between draws, so that columns, bars and thresholds do not jump."""

    price_width: int = 0
    size_width: int = 0
    scale: Decimal | None = None
    """Size at which a bar is full, in the unit shown."""
    big: Decimal | None = None
    """Size from which a print is marked, in the unit shown; None while there are too few to tell."""
    trade_filter: TradeFilter = TradeShare.ALL
    least: Threshold | None = None
    """Size below which trades are hidden; None hides none."""
    unit: Unit = Unit.BASE
    """What sizes are shown in."""
    multiplier: Decimal | None = ONE
    """Of the product."""

    def grown(
        self, trades: Sequence[Trade], depth: DepthView, trade_filter: TradeFilter, unit: Unit = Unit.BASE
    ) -> TapeMemory:
        """This, or what is needed once ``trades`` (newest first) have come in.

        A threshold is drawn from the trades at the moment it is asked for, and stays: one that moved would show and
        hide the same trade by turns.
        """
        if depth.multiplier is None:
            unit = Unit.BASE
        if unit is not self.unit or depth.multiplier != self.multiplier:
            return TapeMemory(self.price_width, unit=unit, multiplier=depth.multiplier).grown(
                trades, depth, trade_filter, unit
            )
        least = self.least if trade_filter == self.trade_filter else None
        if isinstance(trade_filter, Threshold):
            least = trade_filter
        if not trades:
            return replace(self, trade_filter=trade_filter, least=least)
        in_quote = unit is Unit.QUOTE
        sizes = sorted((self.amount(trade, in_quote=in_quote) for trade in trades), reverse=True)
        if least is None and isinstance(trade_filter, TradeShare) and trade_filter is not TradeShare.ALL:
            least = Threshold(nice_floor(_reached_by(sizes, trade_filter.divisor)), in_quote)
        big = self.big
        if len(sizes) >= _BIG_FROM:
            reference = _reached_by(sizes, _BIG_SHARE)
            if big is None or not big / 4 <= reference <= big * 4:
                big = _two_digits(reference) if reference else None
        return TapeMemory(
            price_width=max(self.price_width, len(price_text(max(t.price for t in trades), depth.price_decimals))),
            size_width=max(self.size_width, len(size_text(sizes[0], _decimals(depth, unit)))),
            scale=bar_scale(sizes, self.scale),
            big=big,
            trade_filter=trade_filter,
            least=least,
            unit=unit,
            multiplier=self.multiplier,
        )

    def hides(self, trade: Trade) -> bool:
        least = self.least
        if least is None or (least.in_quote and self.multiplier is None):
            return False
        return self.amount(trade, in_quote=least.in_quote) < least.size

    def amount(self, trade: Trade, *, in_quote: bool) -> Decimal:
        """The traded amount, exactly: its value in quote currency if requested and known, else its size."""
        value = notional(trade.price, trade.size, self.multiplier) if in_quote else None
        return trade.size if value is None else value


def _decimals(depth: DepthView, unit: Unit) -> int:
    return quote_decimals(depth.quote) if unit is Unit.QUOTE else depth.size_decimals


def currency(depth: DepthView, *, in_quote: bool) -> str:
    return depth.quote if in_quote else depth.base


def _reached_by(sizes: Sequence[Decimal], share: int) -> Decimal:
    """The size that one in ``share`` of ``sizes`` (largest first) reaches."""
    return sizes[max(0, len(sizes) // share - 1)]


def _two_digits(value: Decimal) -> Decimal:
    return value.quantize(Decimal((0, (1,), value.adjusted() - 1)), ROUND_DOWN, TRUNCATING)


class TapeColumns(NamedTuple):
    """Columns of a tape, in this order, a blank between each two; 0 is left out."""

    time: int
    word: int
    price: int
    size: int
    bar: int


def plan(width: int, held: TapeMemory, depth: DepthView) -> TapeColumns:
    """What fits into ``width``: price and size, then the time, the bar, the taker in a word, the milliseconds."""
    price = max(held.price_width, len("PRICE"))
    size = max(held.size_width, _decimals(depth, held.unit) + 2, len("SIZE"))
    spare = width - (1 + 2 + price + 2 + size)
    time = _SECONDS if spare >= _SECONDS + 1 else 0
    spare -= time + 1 if time else 0
    length = spare - 1 if spare >= _BAR_LEAST + 1 else 0
    word = _WORD if length >= _BAR_LEAST + _WORD else 0
    length -= word
    if time and length >= _BAR_WISHED + _MILLIS - _SECONDS:
        time, length = _MILLIS, length - (_MILLIS - _SECONDS)
    return TapeColumns(time, word, price, size + min(0, spare), max(0, length))


def tape_lines(
    trades: Sequence[Trade], depth: DepthView | None, size: tuple[int, int], held: TapeMemory, *, local: bool
) -> list[Line]:
    """Trades, newest first, with a line where some may be missing.

    Args:
        trades: Of ``depth``'s product, newest first.
        depth: For currencies and decimals; None where there is no product.
        size: Width and height.
        held: From :meth:`TapeMemory.grown` with these trades.
        local: Local time instead of UTC.
    """
    width, height = size
    if depth is None or not trades:
        return [title("TRADES", f"times {zone(local=local)}", width), ((" no trade yet", "muted"),)]
    columns = plan(width, held, depth)
    hidden = sum(held.hides(trade) for trade in trades)
    lines = [_heading(depth, held, hidden, width, local=local), _names(depth, columns, held)]
    for trade in trades:
        if len(lines) >= height:
            break
        if not held.hides(trade):
            lines.append(_print(trade, depth, columns, held, width, local=local))
        if trade.missing_before:
            lines.append(_missing(trade.missing_before, width))
    if hidden == len(trades):
        lines.append(((" no trade of that size", "muted"),))
    return lines[:height]


def _heading(depth: DepthView, held: TapeMemory, hidden: int, width: int, *, local: bool) -> Line:
    clock = zone(local=local)
    if held.least is None:
        unit = currency(depth, in_quote=held.unit is Unit.QUOTE)
        said = f"■ from {round_text(held.big)} {unit}" if held.big is not None else ""
    else:
        said = f"≥ {round_text(held.least.size)} {currency(depth, in_quote=held.least.in_quote)}, {hidden} hidden"
    notes = [f"{said}, times {clock}", f"{said}, {clock}", said] if said else [f"times {clock}"]
    room = width - len("─ TRADES ── ")
    return title("TRADES", next((note for note in notes if len(note) <= room), notes[-1]), width)


def _names(depth: DepthView, columns: TapeColumns, held: TapeMemory) -> Line:
    price, size = f"PRICE {depth.quote}", f"SIZE {currency(depth, in_quote=held.unit is Unit.QUOTE)}"
    taker = 2 + columns.word
    before = (" TIME".ljust(columns.time + 2) if columns.time else " ") + ("TAKER" if columns.word else "").ljust(taker)
    # A name that is wider than its numbers may begin over the blanks before them.
    text = before + (price if len(price) <= columns.price else "PRICE").rjust(columns.price)
    text += "  " + (size if len(size) <= columns.size else "SIZE").rjust(columns.size)
    if columns.bar and held.scale is not None:
        scale = round_text(held.scale)
        text += (scale if len(scale) <= columns.bar else "").rjust(columns.bar + 1)
    return ((text, "muted"),)


def _print(trade: Trade, depth: DepthView, columns: TapeColumns, held: TapeMemory, width: int, *, local: bool) -> Line:
    glyph, word, side = _SIDES.get(trade.aggressor, _UNKNOWN_SIDE)
    traded = held.amount(trade, in_quote=held.unit is Unit.QUOTE)
    big = held.big is not None and traded >= held.big and side != "text"
    plain, quiet, ink = ("band", "band-muted", f"big-{side}") if big else ("text", "muted", side)
    cells: list[Cell] = [("■" if big else " ", ink)]
    if columns.time:
        clock = clock_text(trade.at, local=local, millis=columns.time == _MILLIS)
        cells.append((f"{clock} ", quiet))
    cells += [
        (f"{glyph} {word:<{columns.word}}" if columns.word else f"{glyph} ", ink),
        (price_text(trade.price, depth.price_decimals).rjust(columns.price) + "  ", plain),
        *size_cells(traded, _decimals(depth, held.unit), columns.size, ink, quiet, " " if columns.bar else ""),
    ]
    if columns.bar:
        drawn = bar(traded, held.scale, columns.bar).blocks
        cells.append((drawn.ljust(columns.bar), f"{side}-bar" if side != "text" else "meter"))
    return fill(tuple(cells), width, plain)


def _missing(words: str, width: int) -> Line:
    text = cut(words, max(0, width - len(" ── ") - 1))
    return ((f" ── {text} ".ljust(width, "─")[:width], "warn-text"),)


class Tape(LinePanel):
    """Trades, newest first; a click on the heading asks for the next size filter."""

    DEFAULT_CSS: ClassVar[str] = "Tape { height: 1fr; }"

    trades: var[tuple[Trade, ...]] = var(())
    """Newest first, of ``depth``'s product, all that there are: thresholds are drawn from them."""
    depth: DepthView | None = None
    """For currencies and decimals; setting it draws nothing, the trades do."""
    trade_filter: var[TradeFilter] = var[TradeFilter](TradeShare.ALL)
    """Which trades are shown."""
    unit: var[Unit] = var(Unit.BASE)
    """What sizes are shown in."""
    local_time: var[bool] = var(False)
    """Whether times are local rather than UTC."""

    class FilterAsked(Message):
        """The heading was clicked."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(id=id)
        self._held: dict[str, TapeMemory] = {}

    def on_click(self, event: Click) -> None:
        if event.y == 0:
            self.post_message(self.FilterAsked())

    def lines(self, width: int, height: int) -> Sequence[Line]:
        depth = self.depth
        if depth is None:
            return tape_lines((), None, (width, height), TapeMemory(), local=self.local_time)
        held = self._held.get(depth.product, TapeMemory()).grown(self.trades, depth, self.trade_filter, self.unit)
        self._held[depth.product] = held
        return tape_lines(self.trades, depth, (width, height), held, local=self.local_time)
