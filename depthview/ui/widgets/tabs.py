"""The row of product tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from textual.message import Message
from textual.reactive import var

from depthview.core.verdict import Proof
from depthview.ui.cells import Line, crop, cut, width_of
from depthview.ui.formats import fixed, price_text
from depthview.ui.widgets.panel import LinePanel
from depthview.ui.words import (
    DIRECTION_GLYPHS,
    UNPROVED,
    UNPROVED_MARK,
    VERDICT_GLYPHS,
    count,
    state_mark,
    verdict_style,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.events import Click

    from depthview.views.market import TabView

_NAME_WIDTH: Final = 18
_LONGEST: Final = "SYNCING"


class Detail(NamedTuple):
    """How much each tab says."""

    word: bool
    """The verdict's word beside its glyph."""
    price: bool
    spread: bool
    gaps: str
    """Label of the gap count; empty shows the count only where there was a gap."""


DETAILS: Final = (
    Detail(word=True, price=True, spread=True, gaps="gaps"),
    Detail(word=True, price=True, spread=False, gaps="gaps"),
    Detail(word=True, price=False, spread=False, gaps="gaps"),
    Detail(word=False, price=False, spread=False, gaps="gap"),
    Detail(word=False, price=False, spread=False, gaps=""),
)


class Span(NamedTuple):
    """Where a tab stands."""

    start: int
    end: int
    product: str


class Widths(NamedTuple):
    """Columns reserved for the figures of one tab; they only grow."""

    price: int
    spread: int

    def grown(self, tab: TabView) -> Widths:
        """These widths, wide enough for ``tab``."""
        return Widths(max(self.price, len(_price(tab))), max(self.spread, len(_spread(tab))))


def _price(tab: TabView) -> str:
    return "-" if tab.last_price is None else price_text(tab.last_price, tab.price_decimals)


def _spread(tab: TabView) -> str:
    return "-" if tab.spread is None else fixed(tab.spread, tab.price_decimals)


def tab_line(number: int, tab: TabView, detail: Detail, widths: Widths, *, selected: bool) -> Line:
    """One tab: number, name, verdict, gaps, and figures as far as ``detail`` goes."""
    strong, quiet, plain = ("band-strong", "band-muted", "band") if selected else ("text", "muted", "text")
    style = verdict_style(tab.verdict)
    glyph, word = VERDICT_GLYPHS[tab.verdict], tab.verdict.value
    shown = f"{glyph} {word}" if detail.word else glyph
    pad = " " * (1 + (len(_LONGEST) - len(word) if detail.word else 0))
    cells: list[tuple[str, str]] = [
        ("▌" if selected else " ", strong),
        (f"{number} ", quiet),
        (cut(tab.product, _NAME_WIDTH), strong),
        (" ", plain),
        (shown, strong if style == "good" else style),
    ]
    if tab.proof is Proof.PARTIAL and not detail.word:
        cells.append((UNPROVED_MARK, strong if selected else "warn-text"))
    cells.append((pad, plain))
    if tab.proof is Proof.PARTIAL and detail.word:
        cells += [(UNPROVED, strong if selected else "warn-text"), (" ", plain)]
    if tab.trading_state:
        cells += [(state_mark(tab.trading_state), "warn"), (" ", plain)]
    if detail.gaps or tab.gaps:
        cells += [
            (f"{detail.gaps or 'gap'} ", quiet),
            (count(tab.gaps), "warn-text" if tab.gaps and not selected else strong),
        ]
    if detail.price:
        cells.append((f"  {_price(tab):>{widths.price}} {DIRECTION_GLYPHS.get(tab.last_direction, ' ')}", plain))
    if detail.spread:
        cells.append((" spread ", quiet))
        cells.append((f"{_spread(tab):>{widths.spread}}", plain))
    cells.append((" ", plain))
    return tuple(cells)


def tabs_line(tabs: Sequence[TabView], selected: int, widths: Sequence[Widths], width: int) -> tuple[Line, list[Span]]:
    """The row of tabs in ``width`` columns, and where each stands.

    All say as much as fits; where not even the shortest fit, those around the selected one are shown and the
    ends say how many more there are.
    """
    for detail in DETAILS:
        drawn = [tab_line(i + 1, tab, detail, widths[i], selected=i == selected) for i, tab in enumerate(tabs)]
        if sum(width_of(line) for line in drawn) <= width:
            break
    else:
        return _window(tabs, drawn, selected, width)
    return _joined(tabs, drawn, range(len(tabs)), 0)


def _joined(tabs: Sequence[TabView], drawn: Sequence[Line], shown: range, start: int) -> tuple[Line, list[Span]]:
    line: list[tuple[str, str]] = []
    spans: list[Span] = []
    for index in shown:
        end = start + width_of(drawn[index])
        spans.append(Span(start, end, tabs[index].product))
        line.extend(drawn[index])
        start = end
    return tuple(line), spans


def _window(tabs: Sequence[TabView], drawn: Sequence[Line], selected: int, width: int) -> tuple[Line, list[Span]]:
    mark = 6
    first = last = selected
    used = width_of(drawn[selected])
    while True:
        if last + 1 < len(drawn) and used + width_of(drawn[last + 1]) + 2 * mark <= width:
            last += 1
            used += width_of(drawn[last])
        elif first > 0 and used + width_of(drawn[first - 1]) + 2 * mark <= width:
            first -= 1
            used += width_of(drawn[first])
        else:
            break
    before = f"‹ {first}".ljust(mark) if first else ""
    left: Line = ((before, "muted"),) if before else ()
    line, spans = _joined(tabs, drawn, range(first, last + 1), len(before))
    after = len(tabs) - 1 - last
    right: Line = ((f" {after} ›", "muted"),) if after else ()
    return crop(left + line + right, width), spans


class TabBar(LinePanel):
    """One tab a product; a click chooses it.

    Args:
        find_key: The key that finds a product, as a person writes it; empty for none.
        id: Textual's.
    """

    tabs: var[tuple[TabView, ...]] = var(())
    """What each tab says, in order."""
    selected: var[int] = var(0)
    """Index of the product in front."""

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, product: str) -> None:
            super().__init__()
            self.product = product
            """Name of the product."""

    def __init__(self, find_key: str = "/", *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(id=id)
        self._find_key = find_key
        self._spans: list[Span] = []
        self._widths: dict[str, Widths] = {}

    def watch_tabs(self) -> None:
        """Drawn anew when a tab says something else."""
        self.redraw()

    def watch_selected(self) -> None:
        """Drawn anew when another product comes to the front."""
        self.redraw()

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """The one row."""
        if not self.tabs:
            self._spans = []
            way = f"press {self._find_key} to find one" if self._find_key else "the palette finds one"
            return [((f" no product: {way}", "muted"),)]
        for tab in self.tabs:
            self._widths[tab.product] = self._widths.get(tab.product, Widths(1, 1)).grown(tab)
        widths = [self._widths[tab.product] for tab in self.tabs]
        selected = min(self.selected, len(self.tabs) - 1)
        line, self._spans = tabs_line(self.tabs, selected, widths, width)
        return [line]

    def on_click(self, event: Click) -> None:
        """Tell which tab was hit."""
        for span in self._spans:
            if span.start <= event.x < span.end:
                self.post_message(self.Chosen(span.product))
