"""All panels of the market screen: their places, and the part of a view that each gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from depthview.preferences.display import TradeFilter, TradeShare
from depthview.preferences.keys import Place
from depthview.ui.bindings import KeyBar
from depthview.ui.grid import ProductGrid
from depthview.ui.health import EventPanel, FeedPanel, HealthLines, SequencePanel, TokenPanel
from depthview.ui.ladder.controls import LadderControls
from depthview.ui.ladder.widget import Ladder
from depthview.ui.line_widget import PlainHorizontal, PlainVertical
from depthview.ui.replay_bar import ReplayBar
from depthview.ui.status_bars import FoldedBar, SourceBar, TabBar
from depthview.ui.tape import Tape
from depthview.views.market import MarketView, Mode, ViewRequest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from textual.app import ComposeResult
    from textual.widget import Widget

    from depthview.clock import Clock
    from depthview.preferences.display import Choices
    from depthview.preferences.keymap import Keymap
    from depthview.ui.layout import Layout

_LADDERS: Final = 4
_TRADES: Final = 500
"""Requested regardless of room: the tape computes its thresholds from them."""


@dataclass(frozen=True, slots=True)
class PanelContents:
    view: MarketView
    """With frozen ladders and tape where they are frozen."""
    side_by_side: tuple[str, ...]
    """Products of the ladders, left to right, or of the grid's page."""
    selected: str
    """The product in front."""
    frozen_for: float | None
    """Seconds; None while not frozen."""
    trade_filter: TradeFilter = TradeShare.ALL
    """Which trades the tape shows."""


class Panels(PlainVertical):
    """The panels, kept in attributes: querying the tree at every draw took a tenth of it."""

    DEFAULT_CSS: ClassVar[str] = """
    Panels {
        #main { height: 1fr; }
        #books { width: 1fr; }
        #ladders { height: 1fr; }
        #sidebar-events { height: 1fr; }
        #sidebar { padding: 0 1; }
        #tape-column { padding: 0 1 0 0; }
        #foot-tape { margin: 0 1 0 0; }
    }
    """

    def __init__(self, choices: Choices, keymap: Keymap, clock: Clock, *, local_time: bool, marks: bool) -> None:
        super().__init__()
        self._source, self._folded = SourceBar(), FoldedBar()
        self._tabs, self._keys = TabBar(keymap.name("product.find")), KeyBar(keymap)
        self._ladders = tuple(Ladder(id=f"ladder-{number}", clock=clock) for number in range(_LADDERS))
        self.controls: Final = LadderControls(self._ladders, keymap, choices)
        self._tape_column, self._sidebar = PlainVertical(id="tape-column"), PlainVertical(id="sidebar")
        self._tapes = (Tape(id="wide-tape"), Tape(id="sidebar-tape"), Tape(id="foot-tape"))
        self._ladder_row = PlainHorizontal(id="ladders")
        self.grid: Final = ProductGrid(keymap)
        self._replay_bar = ReplayBar(id="replay")
        self._logs = (EventPanel(id="sidebar-events"), EventPanel(id="foot-events"))
        self._health_lines = HealthLines()
        self._panels = (FeedPanel(), SequencePanel(), TokenPanel(keymap.name("token.panel")))
        self._local_time = local_time
        self._marks = marks
        # Not the display of the grid: on exit a widget is hidden before the last draw.
        self._in_grid = False

    def compose(self) -> ComposeResult:
        yield self._source
        yield self._folded
        yield self._tabs
        with PlainHorizontal(id="main"):
            with PlainVertical(id="books"):
                with self._ladder_row:
                    yield from self._ladders
                yield self.grid
                yield self._tapes[2]
            with self._tape_column:
                yield self._tapes[0]
            with self._sidebar:
                yield from self._panels
                yield self._tapes[1]
                yield self._logs[0]
        yield self._health_lines
        yield self._logs[1]
        yield self._replay_bar
        yield self._keys

    def on_mount(self) -> None:
        self._logs[0].column = True
        for panel in (self._source, self._replay_bar, *self._logs, *self._tapes):
            panel.local_time = self._local_time
        self.mark(sides=self._marks)

    def mark(self, *, sides: bool) -> None:
        for ladder in self._ladders:
            ladder.marks = sides
        self.grid.mark(sides=sides)

    @property
    def front(self) -> Widget:
        """Which widget has the keys: the grid, or the ladder in front."""
        if self._in_grid:
            return self.grid
        return next((ladder for ladder in self._ladders if ladder.display and ladder.marked), self._ladders[0])

    def request(self, front: str, names: Sequence[str], groups: Mapping[str, Decimal]) -> ViewRequest:
        """What ladders, or the grid, need of the next view; ``names`` are the products shown, left to right."""
        order = tuple(dict.fromkeys((front, *names))) if front else ()
        if self._in_grid:
            return ViewRequest(front, order, self.grid.levels, groups, trades=_TRADES)
        shown = self._ladders[: len(names)]
        for ladder, name in zip(shown, names, strict=True):
            ladder.product = name
        requests = {ladder.product: ladder.request for ladder in shown}
        first = requests[front] if front in requests else shown[0].request
        return ViewRequest(
            selected=front,
            ladders=order,
            levels=max(request.levels for request in requests.values()),
            groups=groups,
            trades=_TRADES,
            windows={name: request.window for name, request in requests.items() if request.window is not None},
            notional=any(request.notional for request in requests.values()),
            impact=first.impact,
            imbalance_levels=first.imbalance_levels,
            imbalance_bps=first.imbalance_bps,
        )

    def lay_out(self, layout: Layout) -> None:
        self._source.display = layout.source
        self._folded.display = layout.folded
        self._tabs.display = layout.tabs
        self._in_grid = layout.grid
        self.grid.display, self._ladder_row.display = layout.grid, not layout.grid
        for number, ladder in enumerate(self._ladders):
            ladder.display = number < layout.ladders
            ladder.counters = layout.ladders > 1
        for column, columns in ((self._sidebar, layout.sidebar), (self._tape_column, layout.tape_column)):
            column.display = columns > 0
            column.styles.width = max(1, columns)
        self._tapes[1].display = layout.tape_in_sidebar
        self._logs[0].display = layout.events_in_sidebar
        for panel, rows in (
            (self._health_lines, layout.health_rows),
            (self._logs[1], layout.event_rows),
            (self._tapes[2], layout.tape_rows),
            (self._replay_bar, layout.replay_rows),
        ):
            panel.display = rows > 0
            panel.styles.height = max(1, rows)
        self._keys.display, self._keys.where = layout.keys, Place.GRID if layout.grid else Place.LADDER

    def draw(self, contents: PanelContents) -> None:
        view = contents.view
        self._source.feed, self._source.replay, self._source.at = view.feed, view.replay, int(view.at)
        self._source.frozen_for = contents.frozen_for
        self._folded.view, self._folded.frozen_for = view, contents.frozen_for
        self._replay_bar.at, self._replay_bar.replay = view.at, view.replay
        self._keys.replay = view.replay is not None
        self._tabs.tabs, self._tabs.selected = view.tabs, view.selected
        depths = {depth.product: depth for depth in view.depths}
        names = contents.side_by_side
        mode = "" if view.feed.mode is Mode.LIVE else view.feed.mode.value
        if self._in_grid:
            self.grid.draw(depths, names)
            names = ()
        for number, ladder in enumerate(self._ladders):
            name = names[number] if number < len(names) else ""
            ladder.tag = mode if contents.frozen_for is None else "FROZEN"
            ladder.marked = len(names) > 1 and name == contents.selected
            if names:
                ladder.depth = depths.get(name)
        for tape in self._tapes:
            tape.depth = view.depths[0] if view.depths else None
            tape.unit, tape.trade_filter = self._ladders[0].choices.unit, contents.trade_filter
            tape.trades = view.trades
        for log in self._logs:
            log.events = view.events

    def draw_health(self, view: MarketView) -> None:
        for panel in (*self._panels, self._health_lines):
            panel.view = view
