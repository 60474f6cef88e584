"""The wire view: the last frames and messages as they came and went."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.screen import Screen

from depthview.preferences.keys import Place
from depthview.ui.bindings import add_bindings, bindings
from depthview.ui.frames import (
    BandLine,
    Lines,
    WireState,
    empty_lines,
    foot_keys,
    foot_lines,
    head_line,
    heading,
    row_line,
    whole_text,
)
from depthview.ui.screens.wire_frame import WireFrameScreen, copied

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from depthview.preferences.keymap import Keymap
    from depthview.ui.screens.wire_commands import WireCommands
    from depthview.views.frames import Wire, WireView
    from depthview.views.market import MarketView

_FOOT: Final = 4
_OTHER_ROWS: Final = 3
"""Title, column heads and keys."""
_HINTS: Final = (
    ("page.up page.down", "hold"),
    ("wire.follow", "follow"),
    ("wire.open", "whole"),
    ("wire.channel", "channel"),
    ("wire.product", "product"),
    ("wire.copy", "copy"),
    ("page.close", "back"),
)


class WireScreen(Screen[None]):
    """Rows that follow the feed or are held, with what there is to know of the feed under them.

    Args:
        wire: The log.
        market: The screen below, which is told what keys of a replay say.
        keymap: Which key does what.
        mode: ``LIVE``, ``DEMO`` or ``REPLAY``.
        local_time: Local time instead of UTC.
    """

    AUTO_FOCUS = ""
    place: ClassVar[Place] = Place.WIRE
    DEFAULT_CSS: ClassVar[str] = """
    WireScreen { background: $dv-ground; }
    WireScreen #rows { height: 1fr; }
    """

    def __init__(self, wire: Wire, market: WireCommands, keymap: Keymap, *, mode: str, local_time: bool) -> None:
        super().__init__()
        self._wire = wire
        self._market = market
        self.keymap: Final = keymap
        self._local = local_time
        self.in_replay: Final = market.in_replay
        self._state = WireState()
        self._view: WireView | None = None
        self._mode = mode
        self._foot_rows = 0
        self._head, self._over, self._rows = Lines(), Lines(), Lines(id="rows")
        self._foot, self._keys = Lines(id="foot"), BandLine()
        add_bindings(self._bindings, bindings(keymap, Place.WIRE, replay=self.in_replay, opener="wire.show"))

    def compose(self) -> ComposeResult:
        """Title, column heads, rows, what there is to know, keys."""
        yield self._head
        yield self._over
        yield self._rows
        yield self._foot
        yield self._keys

    def on_resize(self) -> None:
        """Another size, other lines."""
        self.call_after_refresh(self.draw)

    def on_unmount(self) -> None:
        """Nobody looks any more."""
        self._wire.rest()

    def show(self, view: MarketView) -> None:
        """The present; see :class:`depthview.ui.screens.pages.Live`."""
        self._mode = view.feed.mode.value
        if self.is_mounted and self.is_current:
            self.draw()

    def draw(self) -> None:
        """Look at the log and show what there is."""
        width, height = self.size
        if not width or not height:
            return
        view = self._view = self._wire.view(self._state.request(height))
        foot = foot_lines(view, width)[:_FOOT]
        if self._foot_rows != len(foot):
            self._foot_rows = self._foot.styles.height = len(foot)
        # Not as high as the panel is: it has yet to hear of the foot's height.
        rows, cursor = self._state.window(view, height - _OTHER_ROWS - len(foot))
        with self.app.batch_update():
            sought, held = self._state.sought, rows[-1].serial if self._state.held and rows else None
            self._head.content = (head_line(view, sought, width, mode=self._mode, held=held, local=self._local),)
            self._over.content = (heading(width),)
            lines = [row_line(row, width, local=self._local, cursor=place == cursor) for place, row in enumerate(rows)]
            self._rows.content = tuple(lines or empty_lines(width, searching=view.searching))
            self._foot.content = tuple(foot)
            self._keys.content = (foot_keys(width, self.keymap.hints(_HINTS)),)

    # -- what keys and clicks ask for ------------------------------------------------------------------------------

    def on_lines_scrolled(self, event: Lines.Scrolled) -> None:
        """The wheel."""
        self.action_move(event.rows)

    def on_lines_pointed(self, event: Lines.Pointed) -> None:
        """A click."""
        self._state.point(event.place)
        self.draw()

    def action_close(self) -> None:
        """Back to the market."""
        self.dismiss()

    def action_move(self, rows: int) -> None:
        """Hold the entry so many rows further on."""
        self._state.move(rows)
        self.draw()

    def action_turn(self, direction: int) -> None:
        """Hold what lies a page further on."""
        self._state.page(direction)
        self.draw()

    def action_follow(self) -> None:
        """Follow the newest."""
        self._state.follow()
        self.draw()

    def action_channel(self, step: int) -> None:
        """Look for the next channel only."""
        if self._view is not None:
            self._state.next_channel(self._view, step)
            self.draw()

    def action_product(self, step: int) -> None:
        """Look for the next product only."""
        if self._view is not None:
            self._state.next_product(self._view, step)
            self.draw()

    def action_open(self) -> None:
        """The entry under the cursor, whole; it is held from then on."""
        serial = self._state.chosen()
        frame = None if serial is None else self._wire.frame(serial)
        if frame is None or serial is None:
            self._market.tell_of("it is kept no more")
            return
        self._state.cursor = serial
        self.app.push_screen(WireFrameScreen(frame, self.keymap, local_time=self._local), lambda _: self.draw())

    def action_copy(self) -> None:
        """The entry under the cursor, as it came."""
        serial = self._state.chosen()
        frame = None if serial is None else self._wire.frame(serial)
        if frame is not None:
            self._market.tell_of(copied(self.app, whole_text(frame, local=self._local), cut=frame.cut))

    def action_flight(self) -> None:
        """Write what came in the last minutes."""
        self._market.action_flight()

    def action_replay(self, name: str, amount: int = 0) -> None:
        """What a key of the replay says."""
        self._market.action_replay(name, amount)
