"""All panels of the market screen: where they stand, and which part of a view each is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual.containers import Horizontal, Vertical

from depthview.ui.widgets.folded import FoldedBar
from depthview.ui.widgets.health import FeedPanel, HealthLines, SequencePanel, TokenPanel
from depthview.ui.widgets.keybar import KeyBar
from depthview.ui.widgets.ladder import Ladder
from depthview.ui.widgets.log import EventLog, Tape
from depthview.ui.widgets.source import SourceBar
from depthview.ui.widgets.tabs import TabBar
from depthview.view import MarketView, Mode

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from depthview.ui.layout import Layout

_LADDERS: Final = 4


@dataclass(frozen=True, slots=True)
class Picture:
    """What there is to draw."""

    view: MarketView
    """With frozen ladders and tape where they are frozen."""
    side_by_side: tuple[str, ...]
    """Products of the ladders, left to right."""
    selected: str
    """The product in front."""
    frozen_for: float | None
    """Seconds since the picture was frozen; None while it is not."""


class Deck(Vertical):
    """The panels, kept by name: asking the tree for them at every draw took a tenth of it.

    Args:
        local_time: Local time instead of UTC everywhere.
        marks: Whether a letter says the side of every level.
    """

    DEFAULT_CSS: ClassVar[str] = """
    Deck {
        #main { height: 1fr; }
        #ladders { width: 1fr; }
        #rail-events { height: 1fr; }
        #rail, #tape-column { padding: 0 1; }
    }
    """

    def __init__(self, *, local_time: bool, marks: bool) -> None:
        super().__init__()
        self._source, self._folded, self._tabs, self._keys = SourceBar(), FoldedBar(), TabBar(), KeyBar()
        self._ladders = tuple(Ladder(id=f"ladder-{number}") for number in range(_LADDERS))
        self._tape_column, self._rail = Vertical(id="tape-column"), Vertical(id="rail")
        self._tapes = (Tape(id="wide-tape"), Tape(id="rail-tape"))
        self._logs = (EventLog(id="rail-events"), EventLog(id="foot-events"))
        self._health_lines = HealthLines()
        self._panels = (FeedPanel(), SequencePanel(), TokenPanel())
        self._local_time = local_time
        self._marks = marks

    def compose(self) -> ComposeResult:
        """Every panel; :meth:`lay_out` decides which are seen."""
        yield self._source
        yield self._folded
        yield self._tabs
        with Horizontal(id="main"):
            with Horizontal(id="ladders"):
                yield from self._ladders
            with self._tape_column:
                yield self._tapes[0]
            with self._rail:
                yield from self._panels
                yield self._tapes[1]
                yield self._logs[0]
        yield self._health_lines
        yield self._logs[1]
        yield self._keys

    def on_mount(self) -> None:
        """One clock for all times."""
        self._logs[0].column = True
        for panel in (self._source, *self._logs, *self._tapes):
            panel.local_time = self._local_time
        for ladder in self._ladders:
            ladder.marks = self._marks

    @property
    def levels(self) -> int:
        """Levels a side that the tallest ladder has room for; at least 1."""
        return max((ladder.levels for ladder in self._ladders if ladder.display), default=1)

    @property
    def trades(self) -> int:
        """Trades that the tallest tape has room for; at least 1."""
        return max(1, *(tape.size.height for tape in self._tapes))

    def lay_out(self, layout: Layout) -> None:
        """Show the panels of ``layout`` in its sizes."""
        self._source.display = layout.source
        self._folded.display = layout.folded
        self._tabs.display = layout.tabs
        for number, ladder in enumerate(self._ladders):
            ladder.display = number < layout.ladders
            ladder.counters = layout.ladders > 1
        for column, columns in ((self._rail, layout.rail), (self._tape_column, layout.tape_column)):
            column.display = columns > 0
            column.styles.width = max(1, columns)
        self._tapes[1].display = layout.tape_in_rail
        self._logs[0].display = layout.events_in_rail
        for panel, rows in ((self._health_lines, layout.health_rows), (self._logs[1], layout.event_rows)):
            panel.display = rows > 0
            panel.styles.height = max(1, rows)
        self._keys.display = layout.keys

    def draw(self, picture: Picture) -> None:
        """Hand every panel but those of the feed's health its part."""
        view = picture.view
        self._source.feed, self._source.replay, self._source.at = view.feed, view.replay, int(view.at)
        self._source.frozen_for = picture.frozen_for
        self._folded.view, self._folded.frozen_for = view, picture.frozen_for
        self._tabs.tabs, self._tabs.selected = view.tabs, view.selected
        depths = {depth.product: depth for depth in view.depths}
        names = picture.side_by_side
        mode = "" if view.feed.mode is Mode.LIVE else view.feed.mode.value
        for number, ladder in enumerate(self._ladders):
            name = names[number] if number < len(names) else ""
            ladder.tag = mode if picture.frozen_for is None else "FROZEN"
            ladder.marked = len(names) > 1 and name == picture.selected
            ladder.depth = depths.get(name)
        for tape in self._tapes:
            tape.depth = view.depths[0] if view.depths else None
            tape.trades = view.trades
        for log in self._logs:
            log.events = view.events

    def draw_health(self, view: MarketView) -> None:
        """Hand the panels of the feed's health the present, frozen picture or not."""
        for panel in (*self._panels, self._health_lines):
            panel.view = view
