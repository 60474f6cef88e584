"""What stands under the rows of a ladder, or over them where it is low: cursor, impact, what is hidden. Pure."""

from __future__ import annotations

from decimal import ROUND_DOWN, Context, Decimal
from typing import TYPE_CHECKING, Final

from depthview.preferences.display import BarScale, Choices, Form, Spacing, Unit
from depthview.ui.formats import fixed, plural, price_text, round_text, size_text
from depthview.ui.ladder.columns import quote_decimals
from depthview.ui.lines import Line, Part, fill, fit

if TYPE_CHECKING:
    from depthview.ui.ladder.columns import Columns
    from depthview.ui.ladder.state import LadderState
    from depthview.ui.ladder.viewport import Scene, Slot
    from depthview.views.depth import DepthView, Impact, ImpactView, LevelRow

_FORMS: Final = {Form.BOOK: "book", Form.DOM: "DOM", Form.SIDES: "side by side"}
_SPACINGS: Final = {Spacing.COMPACT: "compact rows", Spacing.GRID: "fixed grid"}
_BPS: Final = Decimal(10_000)
_SHARES: Final = Context(prec=40, rounding=ROUND_DOWN)
_DIMMED: Final = {
    **dict.fromkeys(("band", "band-strong", "band-bid", "band-ask"), "band-muted"),
    **dict.fromkeys(("text", "strong"), "muted"),
}
"""Styles of the readout while the book is in doubt."""
_ROOMY: Final = 90
_WORDS_FROM: Final = 60


def status_line(depth: DepthView, choices: Choices, state: LadderState, scene: Scene, columns: Columns) -> Line:
    """The readout of the cursor; without one how the ladder is drawn, and what of it is hidden."""
    slot = None if state.cursor is None or scene.pinned is None else scene.slot(scene.pinned)
    inner = max(1, columns.width - 2 * columns.edge)
    parts = _readout(depth, slot, state, columns) if slot is not None else _manner(depth, choices, state, scene)
    style = "band" if slot is not None else "text"
    gap = "   " if inner >= _ROOMY else "  "
    line = fill(((" " * columns.edge, style), *fit(parts, inner, gap=gap, style=style)), columns.width, style)
    return line if depth.verdict.trusted else tuple((text, _DIMMED.get(ink, ink)) for text, ink in line)


def _manner(depth: DepthView, choices: Choices, state: LadderState, scene: Scene) -> list[Part]:
    parts = [Part(0, ((_place(state, scene), "strong" if state.held is None else "text"),))]
    if choices.dust is not None:
        said = f"{plural(scene.hidden, 'level')} under {round_text(choices.dust)} {depth.base} hidden"
        parts.append(Part(1, ((said, "text"),)))
    bars = "log bars" if choices.bars is BarScale.LOG else "linear bars"
    unit = depth.base if choices.unit is Unit.BASE else depth.quote
    words = (_FORMS[choices.form], _SPACINGS[choices.spacing], bars, f"in {unit}")
    return [*parts, *(Part(2 + rank, ((word, "muted"),)) for rank, word in enumerate(words))]


def _place(state: LadderState, scene: Scene) -> str:
    if state.held is None:
        return "FOLLOW"
    if not scene.direction:
        return "HELD, market on show"
    way = "up" if scene.direction > 0 else "down"
    rows = "" if scene.away is None else f" {plural(scene.away, 'row')}"
    return f"HELD, market{rows} {way}"


def _readout(depth: DepthView, slot: Slot, state: LadderState, columns: Columns) -> list[Part]:
    if columns.form is Form.SIDES:
        sides = [("bid", slot.bid), ("ask", slot.ask)]
        return [
            part
            for side, level in sides
            if level is not None
            for part in _level_parts(depth, side, level, columns, short=columns.width < 2 * _ROOMY)
        ]
    level = slot.level
    if level is None:
        price = slot.price if slot.price is not None else state.cursor
        text = "-" if price is None else price_text(price, columns.price_decimals)
        return [
            Part(0, (("▸ ", "band-strong"), (text, "band-strong"), ("  nothing rests here", "band-muted"))),
            Part(1, ((_distance(price, depth), "band"),)),
        ]
    side = "ask" if slot.ask is not None else "bid"
    return _level_parts(depth, side, level, columns, short=columns.width < _WORDS_FROM)


def _level_parts(depth: DepthView, side: str, level: LevelRow, columns: Columns, *, short: bool) -> list[Part]:
    price = price_text(level.price, columns.price_decimals)
    decimals = depth.size_decimals
    worth = level.cumulative_notional
    money = "-" if worth is None else size_text(worth, quote_decimals(depth.quote))
    first = (("▸ ", "band-strong"), (f"{side} ", "band-muted"), (price, f"band-{side}"))
    size, reach = size_text(level.size, decimals), "Σ " if short else "Σ to here "
    total = size_text(level.cumulative, decimals)
    return [
        Part(0, first),
        Part(2, ((_distance(level.price, depth), "band"),)),
        Part(3, (("" if short else "size ", "band-muted"), (size, "band"))),
        Part(
            1,
            ((reach, "band-muted"), (total, "band-strong"), (f" {depth.base}", "band-muted")),
        ),
        Part(1, ((money, "band-strong"), (f" {depth.quote}", "band-muted"))),
    ]


def _distance(price: Decimal | None, depth: DepthView) -> str:
    mid = depth.top.mid if depth.top is not None and depth.verdict.trusted else None
    if not mid or price is None:
        return "- bps"
    away = _SHARES.multiply(_SHARES.divide(_SHARES.subtract(price, mid), mid), _BPS)
    text = fixed(abs(away), 2)
    return f"{'<0.01' if text.startswith('<') else ('+' if away > 0 else '-') + text} bps"


def impact_lines(depth: DepthView, asked: Impact, columns: Columns) -> list[Line]:
    """What buying and selling the size asked for would come to, a line each."""
    found = depth.impacts if depth.verdict.trusted else ()
    lines: list[Line] = []
    inner = max(1, columns.width - 2 * columns.edge)
    for side in ("buy", "sell"):
        view = next((impact for impact in found if impact.side == side), None)
        parts = [Part(0, ((f"{side:<4} ", "band-muted"), (amount_words(asked, depth), "band-strong")))]
        unvalued = depth.multiplier is None and asked.in_quote
        missing = f"- {depth.contract}" if unvalued else "- withheld"
        parts += _cost(view, depth, columns) if view is not None else [Part(1, ((missing, "band-muted"),))]
        line = fit(parts, inner, gap="   " if inner >= _ROOMY else "  ", style="band")
        lines.append(fill(((" " * columns.edge, "band"), *line), columns.width, "band"))
    return lines


def _cost(view: ImpactView, depth: DepthView, columns: Columns) -> list[Part]:
    decimals = columns.price_decimals
    if view.average is None:
        return [Part(1, ((" nothing to take ", "warn"),))]
    side = "ask" if view.side == "buy" else "bid"
    slip = "-" if view.slippage_bps is None else f"{fixed(view.slippage_bps, 3)} bps"
    parts = [
        Part(1, (("at ", "band-muted"), (price_text(view.average, decimals + 2), f"band-{side}"))),
        Part(2, ((slip, "band-strong"), (" off mid", "band-muted"))),
        Part(3, ((plural(view.levels, "level"), "band"),)),
    ]
    if view.worst is not None:
        parts.append(Part(4, (("to ", "band-muted"), (price_text(view.worst, decimals), "band"))))
    if not view.complete:
        held = size_text(view.filled, min(depth.size_decimals, 4))
        parts.insert(1, Part(0, ((f" book holds only {held} {depth.base} ", "warn"),)))
    return parts


def amount_words(asked: Impact, depth: DepthView) -> str:
    """The size asked for, in its currency."""
    return f"{asked.size.normalize():,f} {depth.quote if asked.in_quote else depth.base}"
