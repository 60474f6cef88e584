"""The rows at the top: source and key, product tabs, and one row for all of it on a small screen."""

from __future__ import annotations

from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from textual.message import Message
from textual.reactive import var

from depthview.core.verdict import Proof
from depthview.ui.formats import (
    DIRECTION_GLYPHS,
    UNPROVED,
    UNPROVED_MARK,
    VERDICT_GLYPHS,
    bar,
    clock_text,
    connection_style,
    count,
    duration,
    fixed,
    mode_words,
    price_text,
    state_mark,
    verdict_style,
    zone,
)
from depthview.ui.line_widget import LinePanel
from depthview.ui.lines import Line, Part, between, crop, cut, fill, fit, width_of
from depthview.views.market import ConnectionState, FeedView, Mode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.events import Click

    from depthview.views.market import MarketView, ReplayView, TabView

_TRACK: Final = 12
_GAP: Final = "  "
_NAME: Final = 40
"""Most columns of a host or a key source."""
_LEAST: Final = 8
"""Columns that they keep on a narrow screen."""
_ESSENTIAL: Final = 2
"""Parts up to this rank (mode, host, key, replay position) are worth more than the clock."""
_NOT_LIVE: Final = {Mode.DEMO: "simulated market", Mode.REPLAY: "recording, not live"}


def source_line(feed: FeedView, replay: ReplayView | None, frozen_for: float | None, clock: str, width: int) -> Line:
    """Mode, host and key source on the left, the clock on the right; ``frozen_for`` is in seconds."""
    live = feed.mode is Mode.LIVE
    style = "frozen" if frozen_for is not None else "band" if live else "banner"
    quiet = "band-muted" if style == "band" else style
    first: list[Part] = []
    if frozen_for is not None:
        first.append(Part(0, ((f"FROZEN {duration(frozen_for)}", style),)))
    first.append(Part(0, ((mode_words(feed, replay), "band-strong" if style == "band" else style),)))
    if replay is not None:
        first += _replay_parts(replay, style)
    # Host and key are never left out, only cut: the host first.
    room = width - 3 - sum(width_of(part.cells) + len(_GAP) for part in first if part.rank == 0)
    key = cut(feed.key_source, max(_LEAST, min(_NAME, room - _LEAST - len("key ") - len(_GAP))))
    host = cut(feed.host, max(_LEAST, min(_NAME, room - len(key) - len("key ") - len(_GAP))))
    parts = [*first, Part(1, ((host, style),)), Part(1, (("key ", quiet), (key, style)))]
    if not live:
        parts.append(Part(5, ((_NOT_LIVE[feed.mode], quiet),)))
    if frozen_for is not None:
        parts.append(Part(4, (("space resumes", quiet),)))
    if feed.recording:
        parts.append(Part(3, ((cut(feed.recording, _NAME), style),)))
    needed = sum(width_of(part.cells) + len(_GAP) for part in parts if part.rank <= _ESSENTIAL)
    if needed + len(clock) + 3 > width:
        return fill(((" ", style), *fit(parts, max(1, width - 1), gap=_GAP, style=style)), width, style)
    left: Line = ((" ", style), *fit(parts, width - len(clock) - 4, gap=_GAP, style=style))
    return between(left, ((f"{clock} ", quiet),), width, style)


def _replay_parts(replay: ReplayView, style: str) -> list[Part]:
    speed = "max speed" if replay.speed is None else f"speed x{replay.speed:g}"
    if replay.duration is None:
        return [Part(2, ((f"at {replay.position:.1f} s", style),)), Part(3, ((speed, style),))]
    position = Decimal(min(replay.position, replay.duration)).quantize(Decimal("0.1"))
    full = Decimal(replay.duration).quantize(Decimal("0.1"))
    drawn = bar(position, full or Decimal(1), _TRACK).blocks.ljust(_TRACK)
    return [
        Part(2, ((f"{position} s of {full} s", style),)),
        Part(6, ((drawn, "meter"),)),
        Part(3, ((speed, style),)),
    ]


class SourceBar(LinePanel):
    GROUND = "band"

    feed: var[FeedView | None] = var(None)
    replay: var[ReplayView | None] = var(None)
    at: var[int] = var(0)
    """Unix seconds of the feed's clock."""
    frozen_for: var[float | None] = var(None)
    """Seconds; None while not frozen."""
    local_time: var[bool] = var(False)

    def lines(self, width: int, height: int) -> Sequence[Line]:
        if self.feed is None:
            return []
        clock = f"{clock_text(self.at, local=self.local_time)} {zone(local=self.local_time)}"
        return [source_line(self.feed, self.replay, self.frozen_for, clock, width)]


def folded_line(view: MarketView, frozen_for: float | None, width: int) -> Line:
    """Mode, numbers and verdicts of the products, gaps, key source, and what fits; ``frozen_for`` is in seconds."""
    feed = view.feed
    style = "frozen" if frozen_for is not None else "band-strong" if feed.mode is Mode.LIVE else "banner"
    mode = mode_words(feed, view.replay) if frozen_for is None else f"FROZEN {duration(frozen_for)}"
    gaps = view.tabs[view.selected].gaps if 0 <= view.selected < len(view.tabs) else 0
    parts = [
        Part(0, ((mode, style),)),
        Part(2, _products(view, width // 2)),
        Part(4, (("gaps ", "band-muted"), (count(gaps), "warn-text" if gaps else "band"))),
    ]
    if feed.state is not ConnectionState.OPEN:
        parts.insert(1, Part(1, ((f" {feed.state.value} ", connection_style(feed.state)),)))
    room = width - 1 - sum(width_of(part.cells) + 1 for part in parts) - len("key ")
    parts.append(Part(3, (("key ", "band-muted"), (cut(feed.key_source, max(_LEAST, min(_NAME, room))), "band"))))
    parts.append(Part(5, (("heartbeat ", "band-muted"), (duration(feed.heartbeat_age), "band"))))
    return fill(((" ", "band"), *fit(parts, max(1, width - 1), gap=" ", style="band")), width, "band")


def _products(view: MarketView, room: int) -> Line:
    """Number and verdict of every product, or of the selected one and how many others are in doubt."""

    def tab(number: int) -> Line:
        front, verdict = number == view.selected, view.tabs[number].verdict
        style = verdict_style(verdict)
        mark: Line = ((UNPROVED_MARK, "warn-text"),) if view.tabs[number].proof is Proof.PARTIAL else ()
        return (
            (f"{'▌' if front else ' '}{number + 1}", "band-strong" if front else "band-muted"),
            (VERDICT_GLYPHS[verdict], "band-strong" if style == "good" else style),
            *mark,
        )

    every = tuple(chain.from_iterable(tab(number) for number in range(len(view.tabs))))
    if width_of(every) <= room or not 0 <= view.selected < len(view.tabs):
        return every
    doubtful = sum(not found.verdict.trusted for found in view.tabs)
    doubt: Line = ((f" {doubtful} in doubt", "bad-text"),) if doubtful else ()
    return (*tab(view.selected), (f" of {len(view.tabs)}", "band-muted"), *doubt)


class FoldedBar(LinePanel):
    GROUND = "band"

    view: var[MarketView | None] = var(None)
    frozen_for: var[float | None] = var(None)
    """Seconds; None while not frozen."""

    def lines(self, width: int, height: int) -> Sequence[Line]:
        return [] if self.view is None else [folded_line(self.view, self.frozen_for, width)]


_NAME_WIDTH: Final = 18
_LONGEST: Final = "SYNCING"


class Detail(NamedTuple):
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


class TabSpan(NamedTuple):
    start: int
    end: int
    product: str


class Widths(NamedTuple):
    """Columns reserved for the figures of one tab; they only grow."""

    price: int
    spread: int

    def grown(self, tab: TabView) -> Widths:
        return Widths(max(self.price, len(_price(tab))), max(self.spread, len(_spread(tab))))


def _price(tab: TabView) -> str:
    return "-" if tab.last_price is None else price_text(tab.last_price, tab.price_decimals)


def _spread(tab: TabView) -> str:
    return "-" if tab.spread is None else fixed(tab.spread, tab.price_decimals)


def tab_line(number: int, tab: TabView, detail: Detail, widths: Widths, *, selected: bool) -> Line:
    """Number, name, verdict, gaps, and figures as far as ``detail`` goes."""
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


def tabs_line(
    tabs: Sequence[TabView], selected: int, widths: Sequence[Widths], width: int
) -> tuple[Line, list[TabSpan]]:
    """The row of tabs and the columns of each.

    All show as much as fits; where not even the shortest fit, those around the selected one are shown, and the ends
    count the others.
    """
    for detail in DETAILS:
        drawn = [tab_line(i + 1, tab, detail, widths[i], selected=i == selected) for i, tab in enumerate(tabs)]
        if sum(width_of(line) for line in drawn) <= width:
            break
    else:
        return _window(tabs, drawn, selected, width)
    return _joined(tabs, drawn, range(len(tabs)), 0)


def _joined(tabs: Sequence[TabView], drawn: Sequence[Line], shown: range, start: int) -> tuple[Line, list[TabSpan]]:
    line: list[tuple[str, str]] = []
    spans: list[TabSpan] = []
    for index in shown:
        end = start + width_of(drawn[index])
        spans.append(TabSpan(start, end, tabs[index].product))
        line.extend(drawn[index])
        start = end
    return tuple(line), spans


def _window(tabs: Sequence[TabView], drawn: Sequence[Line], selected: int, width: int) -> tuple[Line, list[TabSpan]]:
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
    tabs: var[tuple[TabView, ...]] = var(())
    selected: var[int] = var(0)
    """Index into ``tabs``."""

    class TabClicked(Message):
        def __init__(self, product: str) -> None:
            super().__init__()
            self.product = product

    def __init__(self, find_key: str = "/", *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(id=id)
        self._find_key = find_key
        self._spans: list[TabSpan] = []
        self._widths: dict[str, Widths] = {}

    def lines(self, width: int, height: int) -> Sequence[Line]:
        if not self.tabs:
            self._spans = []
            way = f"press {self._find_key} to find one" if self._find_key else "use the command palette"
            return [((f" no product: {way}", "muted"),)]
        for tab in self.tabs:
            self._widths[tab.product] = self._widths.get(tab.product, Widths(1, 1)).grown(tab)
        widths = [self._widths[tab.product] for tab in self.tabs]
        selected = min(self.selected, len(self.tabs) - 1)
        line, self._spans = tabs_line(self.tabs, selected, widths, width)
        return [line]

    def on_click(self, event: Click) -> None:
        for span in self._spans:
            if span.start <= event.x < span.end:
                self.post_message(self.TabClicked(span.product))
