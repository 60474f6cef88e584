"""The screens of the frame view: the last frames and messages, and one frame whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.containers import Vertical
from textual.screen import ModalScreen, Screen
from textual.widgets import Input

from depthview.core.text import plural
from depthview.preferences.keys import Place
from depthview.ui.bindings import bind_field, bindings
from depthview.ui.frames import (
    BandLinePanel,
    FrameLogState,
    LinesPanel,
    empty_lines,
    foot_keys,
    foot_lines,
    found_line,
    frame_title,
    head_line,
    heading,
    indented,
    places_of,
    row_line,
    whole_text,
)
from depthview.ui.layout import Notice
from depthview.ui.lines import cut, title
from depthview.ui.screens.actions import ReplayCommands
from depthview.ui.terminal import add_bindings

if TYPE_CHECKING:
    from textual.app import App, ComposeResult

    from depthview.preferences.keymap import Keymap
    from depthview.views.frames import FrameLogView, FrameLogViews, LoggedFrame
    from depthview.views.market import MarketView

_COPIED_CHARS: Final = 64 << 10
"""Terminals take some 75 kB of a clipboard sequence at most, which is written in base64."""
_FRAME_HINTS: Final = (
    ("page.up page.down", "scroll"),
    ("frame.search", "search"),
    ("frame.next frame.previous", "next, previous"),
    ("wire.copy", "copy"),
    ("page.close", "back"),
)


def copied(app: App[object], text: str, *, cut: bool) -> str:
    """Send the beginning of ``text`` to the clipboard; what was sent, in words."""
    app.copy_to_clipboard(text[:_COPIED_CHARS])
    if cut or len(text) > _COPIED_CHARS:
        return f"first {min(len(text), _COPIED_CHARS):,} characters sent to the clipboard"
    return f"{len(text):,} characters sent to the clipboard"


class LoggedFrameScreen(ModalScreen[None]):
    AUTO_FOCUS = ""
    place: ClassVar[Place] = Place.FRAME
    in_replay: ClassVar[bool] = False
    DEFAULT_CSS: ClassVar[str] = """
    LoggedFrameScreen { align: center middle; background: $dv-ground 40%; }
    LoggedFrameScreen #frame { width: 100%; height: 100%; background: $dv-ground; padding: 0 1; }
    LoggedFrameScreen #text { height: 1fr; }
    LoggedFrameScreen Input, LoggedFrameScreen Input:focus {
        border: none; height: 1; padding: 0 1; background: $dv-raised; color: $dv-text; display: none;
    }
    """

    def __init__(self, frame: LoggedFrame, keymap: Keymap, *, local_time: bool) -> None:
        super().__init__()
        self._whole = whole_text(frame, local=local_time)
        self._frame = frame
        self._title = frame_title(frame.row, local=local_time)
        self._text = indented(self._whole)
        self._sought = ""
        self._places: list[int] = []
        self._place = -1
        self._said = ""
        self._head, self._lines, self._keys = LinesPanel(), LinesPanel(id="text"), BandLinePanel()
        self.keymap: Final = keymap
        add_bindings(self, bindings(keymap, Place.FRAME))

    def compose(self) -> ComposeResult:
        with Vertical(id="frame"):
            yield self._head
            yield self._lines
            ways = self.keymap.hints((("entry.accept", "find"), ("entry.cancel", "cancel")))
            field = Input(placeholder=", ".join(["search", *(f"{name} {label}" for name, label in ways)]))
            bind_field(field, self.keymap, Place.FIELD)
            yield field
            yield self._keys

    def on_mount(self) -> None:
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        width = self._lines.size.width
        if not width:
            return
        text = self._text
        more = ", truncated" if text.cut or self._frame.cut else ""
        note = self._said or f"{plural(len(text.lines), 'line')}{more}"
        here = self._places[self._place] if 0 <= self._place < len(self._places) else -1
        lines = [
            found_line(line, self._sought, here=at == here) if self._sought else ((line, "text"),)
            for at, line in enumerate(text.lines)
        ]
        if more:
            what = f"… truncated: {self._frame.row.bytes:,} bytes received"
            lines.append(((what, "warn-text"),))
        self._head.content = (title(cut(self._title, max(10, width - 24)), note, width),)
        self._lines.content = tuple(lines)
        self._keys.content = (foot_keys(width, self.keymap.hints(_FRAME_HINTS)),)

    def _go_to(self, top: int) -> None:
        most = max(0, len(self._lines.content) - self._lines.size.height)
        self._lines.top = max(0, min(most, top))

    # -- keys ------------------------------------------------------------------------------------------------------

    def on_lines_panel_scrolled(self, event: LinesPanel.Scrolled) -> None:
        self.action_move(event.rows)

    def action_close(self) -> None:
        if self.query_one(Input).display:
            self._close_field()
            return
        self.dismiss()

    def action_cancel(self) -> None:
        self._close_field()

    def action_move(self, rows: int) -> None:
        self._go_to(self._lines.top + rows)

    def action_turn(self, direction: int) -> None:
        self._go_to(self._lines.top + direction * max(1, self._lines.size.height - 1))

    def action_edge(self, direction: int) -> None:
        self._go_to(0 if direction < 0 else len(self._text.lines))

    def action_search(self) -> None:
        field = self.query_one(Input)
        field.display = True
        field.value = ""
        field.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self._close_field()
        self._sought = event.value
        self._places = places_of(self._text.lines, self._sought)
        top = self._lines.top
        self._place = next((at for at, line in enumerate(self._places) if line >= top), 0) - 1
        self.action_found(1)

    def action_found(self, step: int) -> None:
        if not self._places:
            self._said = f"no {cut(self._sought, 20)!r} in it" if self._sought else ""
            self._draw()
            return
        self._place = (self._place + step) % len(self._places)
        self._said = f"{self._place + 1:,} of {len(self._places):,}"
        self._draw()
        line = self._places[self._place]
        if not self._lines.top <= line < self._lines.top + self._lines.size.height:
            self._go_to(line - self._lines.size.height // 3)

    def action_copy(self) -> None:
        said = copied(self.app, self._whole, cut=self._frame.cut)
        self.notify(said, timeout=4, markup=False)

    def _close_field(self) -> None:
        field = self.query_one(Input)
        field.display = False
        self.set_focus(None)


_FOOT: Final = 4
_OTHER_ROWS: Final = 3
"""Title, column heads and keys."""
_LIST_HINTS: Final = (
    ("page.up page.down", "hold"),
    ("wire.follow", "follow"),
    ("wire.open", "open"),
    ("wire.channel", "channel"),
    ("wire.product", "product"),
    ("wire.copy", "copy"),
    ("page.close", "back"),
)


class FrameLogScreen(Screen[None]):
    """Frames that follow the feed or are held, with the state of the subscriptions below.

    ``market`` is the screen below, which performs the actions of a replay.
    """

    AUTO_FOCUS = ""
    place: ClassVar[Place] = Place.WIRE
    DEFAULT_CSS: ClassVar[str] = """
    FrameLogScreen { background: $dv-ground; }
    FrameLogScreen #rows { height: 1fr; }
    """

    def __init__(
        self, wire: FrameLogViews, market: FrameLogCommands, keymap: Keymap, *, mode: str, local_time: bool
    ) -> None:
        super().__init__()
        self._wire = wire
        self._market = market
        self.keymap: Final = keymap
        self._local = local_time
        self.in_replay: Final = market.in_replay
        self._state = FrameLogState()
        self._view: FrameLogView | None = None
        self._mode = mode
        self._foot_rows = 0
        self._head, self._over, self._rows = LinesPanel(), LinesPanel(), LinesPanel(id="rows")
        self._foot, self._keys = LinesPanel(id="foot"), BandLinePanel()
        add_bindings(self, bindings(keymap, Place.WIRE, replay=self.in_replay, opener="wire.show"))

    def compose(self) -> ComposeResult:
        yield self._head
        yield self._over
        yield self._rows
        yield self._foot
        yield self._keys

    def on_resize(self) -> None:
        self.call_after_refresh(self.draw)

    def on_unmount(self) -> None:
        self._wire.rest()

    def show(self, view: MarketView) -> None:
        self._mode = view.feed.mode.value
        if self.is_mounted and self.is_current:
            self.draw()

    def draw(self) -> None:
        width, height = self.size
        if not width or not height:
            return
        view = self._view = self._wire.view(self._state.request(height))
        foot = foot_lines(view, width)[:_FOOT]
        if self._foot_rows != len(foot):
            self._foot_rows = self._foot.styles.height = len(foot)
        # Not the height of the panel, which has not heard of the foot's yet.
        rows, cursor = self._state.window(view, height - _OTHER_ROWS - len(foot))
        with self.app.batch_update():
            sought, held = self._state.sought, rows[-1].serial if self._state.held and rows else None
            self._head.content = (head_line(view, sought, width, mode=self._mode, held=held, local=self._local),)
            self._over.content = (heading(width),)
            lines = [row_line(row, width, local=self._local, cursor=place == cursor) for place, row in enumerate(rows)]
            self._rows.content = tuple(lines or empty_lines(width, searching=view.searching))
            self._foot.content = tuple(foot)
            self._keys.content = (foot_keys(width, self.keymap.hints(_LIST_HINTS)),)

    # -- keys and clicks -------------------------------------------------------------------------------------------

    def on_lines_panel_scrolled(self, event: LinesPanel.Scrolled) -> None:
        self.action_move(event.rows)

    def on_lines_panel_pointed(self, event: LinesPanel.Pointed) -> None:
        self._state.point(event.place)
        self.draw()

    def action_close(self) -> None:
        self.dismiss()

    def action_move(self, rows: int) -> None:
        self._state.move(rows)
        self.draw()

    def action_turn(self, direction: int) -> None:
        self._state.page(direction)
        self.draw()

    def action_follow(self) -> None:
        self._state.follow()
        self.draw()

    def action_channel(self, step: int) -> None:
        if self._view is not None:
            self._state.next_channel(self._view, step)
            self.draw()

    def action_product(self, step: int) -> None:
        if self._view is not None:
            self._state.next_product(self._view, step)
            self.draw()

    def action_open(self) -> None:
        serial = self._state.chosen()
        frame = None if serial is None else self._wire.frame(serial)
        if frame is None or serial is None:
            self._market.tell_of("no longer kept")
            return
        self._state.cursor = serial
        self.app.push_screen(LoggedFrameScreen(frame, self.keymap, local_time=self._local), lambda _: self.draw())

    def action_copy(self) -> None:
        serial = self._state.chosen()
        frame = None if serial is None else self._wire.frame(serial)
        if frame is not None:
            self._market.tell_of(copied(self.app, whole_text(frame, local=self._local), cut=frame.cut))

    def action_flight(self) -> None:
        self._market.action_flight()

    def action_replay(self, name: str, amount: int = 0) -> None:
        self._market.action_replay(name, amount)


class FrameLogCommands(ReplayCommands):
    def action_wire(self) -> None:
        wire = self._market.wire
        if wire is None:
            self.tell(Notice("frames are not kept", severe=True))
            return
        mode = "LIVE" if self._view is None else self._view.feed.mode.value
        self.app.push_screen(FrameLogScreen(wire, self, self.keymap, mode=mode, local_time=self.local_time))

    def action_flight(self) -> None:
        refusal = self._market.keep_flight()
        said = refusal or "saving the last minutes; the event log names the file"
        self.tell(Notice(said, severe=refusal is not None))
        self.draw()

    def tell_of(self, text: str) -> None:
        self.tell(Notice(text))
