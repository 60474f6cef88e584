"""The market screen: lays out the panels, samples the session at a fixed rate, and acts on keys.

:class:`~depthview.ui.layout.ProductTabs` knows which products are shown, :class:`~depthview.ui.layout.ViewMode` how
they are arranged, :class:`~depthview.ui.screens.panels.Panels` where each panel is and what the ladders request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from depthview.preferences.display import Arrangement, Threshold, TradeShare, Unit
from depthview.preferences.keys import MARKET, Place
from depthview.ui.bindings import bindings
from depthview.ui.ladder.controls import Question, ask_size
from depthview.ui.ladder.widget import Ladder
from depthview.ui.layout import Notice, ViewMode, arrange, ladders_that_fit
from depthview.ui.line_widget import PlainBackground
from depthview.ui.replay_bar import rows_for
from depthview.ui.sampling import Freezer, RedrawRate
from depthview.ui.screens.frames import FrameLogCommands
from depthview.ui.screens.pages import PAGES, DetailScreen, LivePage, PageOptions
from depthview.ui.screens.panels import PanelContents, Panels
from depthview.ui.terminal import add_bindings
from depthview.views.market import Mode

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.widget import Widget

    from depthview.clock import Clock
    from depthview.preferences.keymap import Keymap
    from depthview.ui.grid import ProductGrid
    from depthview.ui.status_bars import TabBar
    from depthview.views.depth import Impact
    from depthview.views.market import Market, MarketView


class MarketScreen(PlainBackground, FrameLogCommands):
    """Ladders, tabs, tape, health, events.

    Args:
        market: What is shown, and what requests go to.
        fps: Draws per second; 0 draws only when :meth:`draw` is called.
        local_time: Local time instead of UTC.
        arrangement: How the screen is arranged at first; its theme is the application's.
        marks: Whether a letter shows the side of every level.
        seen: Called with every live view that is drawn, also while the screen is frozen.
        keymap: Which key does what.
        clock: For how long changes on a ladder stand out.
    """

    AUTO_FOCUS = None
    DEFAULT_CSS: ClassVar[str] = "MarketScreen { background: $dv-ground; }"

    def __init__(
        self,
        market: Market,
        *,
        fps: float,
        local_time: bool,
        arrangement: Arrangement,
        marks: bool,
        seen: Callable[[MarketView], None],
        keymap: Keymap,
        clock: Clock,
    ) -> None:
        super().__init__(market, arrangement.groups, keymap, local_time=local_time)
        add_bindings(self, bindings(keymap, *MARKET))
        self._panels = Panels(arrangement.choices, keymap, clock, local_time=local_time, marks=marks)
        self._seen = seen
        self._fps = fps
        self.mode: Final = ViewMode(arrangement.ladders, arrangement.grid, arrangement.tape, arrangement.tape_filter)
        """How the market is arranged at present."""
        self._current_layout = arrange(80, 24, 1, banner=False)
        self._freezer = Freezer(market.view)
        self._rate = RedrawRate(fps)
        self._in_front: Widget | None = None

    def compose(self) -> ComposeResult:
        yield self._panels

    def on_mount(self) -> None:
        self._lay_out()
        if self._fps > 0:
            self.set_interval(1 / self._fps, self.tick)

    def on_resize(self) -> None:
        self._lay_out()
        self.call_after_refresh(self.draw)

    def _lay_out(self) -> None:
        width, height = self.app.size
        view, mode = self._view, self.mode
        products = len(self._tabs.products)
        self._current_layout = arrange(
            width,
            height,
            min(mode.ladders, ladders_that_fit(width, max(1, products))),
            banner=self._freezer.on or (view is not None and view.feed.mode is not Mode.LIVE),
            grid=mode.grid and products > 1,
            tape=mode.tape,
            replay_rows=rows_for(height) if view is not None and view.replay is not None else 0,
        )
        self._panels.lay_out(self._current_layout)

    # -- drawing ---------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        if self._rate.due(self._market.version):
            self.draw(tick=True)

    def draw(self, *, tick: bool = False) -> None:
        """Take the market's view and give each panel its part; a ``tick`` mostly skips the health panels."""
        if not self.is_mounted:
            return
        version, before, tabs = self._market.version, self._view, self._tabs
        layout, panels = self._current_layout, self._panels
        names = panels.grid.page(tabs.products, tabs.front) if layout.grid else tabs.beside(layout.ladders)
        request = panels.request(tabs.front, names, tabs.groups)
        live = self._market.view(request)
        view = self._view = self._freezer.shown(live, request)
        if before is None or before.feed.mode is not live.feed.mode:
            self._lay_out()
        health = self._rate.drawn(version, live, tick=tick)
        with self.app.batch_update():
            panels.draw(PanelContents(view, names, tabs.front, self._freezer.age(view), self.mode.trade_filter))
            self._focus_front()
            if health:
                panels.draw_health(live)
            page = self.app.screen
            if isinstance(page, LivePage):
                page.show(live)
        self._seen(live)

    def _focus_front(self) -> None:
        """Focus the ladder in front, or the grid, once when it comes to the front."""
        front = self._panels.front
        if front is not self._in_front:
            self._in_front = front
            self.set_focus(front, scroll_visible=False)

    def rearrange(self) -> None:
        self._lay_out()
        self.call_after_refresh(self.draw)

    # -- keys and clicks --------------------------------------------------------------------------------------------

    def on_tab_bar_tab_clicked(self, event: TabBar.TabClicked) -> None:
        self.bring_forward(event.product)

    def on_ladder_ladder_clicked(self, event: Ladder.LadderClicked) -> None:
        self.bring_forward(event.product)

    def on_ladder_moved(self) -> None:
        self.draw()

    def on_product_grid_cursor_moved(self, event: ProductGrid.CursorMoved) -> None:
        self.bring_forward(event.product)

    def on_tape_filter_asked(self) -> None:
        self.action_tape_filter()

    def on_product_grid_product_opened(self, event: ProductGrid.ProductOpened) -> None:
        self.bring_forward(event.product)
        self.action_zoom()

    @property
    def arrangement(self) -> Arrangement:
        mode = self.mode
        return Arrangement(
            choices=self._panels.controls.choices,
            groups=self._tabs.groups,
            ladders=mode.ladders,
            grid=mode.grid or mode.zoomed,
            tape=mode.tape,
            tape_filter=mode.trade_filter,
        )

    @property
    def place(self) -> Place:
        return Place.GRID if self._panels.front is self._panels.grid else Place.LADDER

    def mark(self, *, sides: bool) -> None:
        self._panels.mark(sides=sides)

    def action_freeze(self) -> None:
        self._freezer.toggle()
        self._lay_out()
        self.draw()

    def action_ladders(self) -> None:
        products = len(self._tabs.products)
        if products < 2 and not self.mode.grid:
            self.tell(Notice("only one product"))
            return
        fit = ladders_that_fit(self.size.width, products)
        self.mode.next(shown=self._current_layout.ladders, fit=fit, products=products)
        self.rearrange()

    def action_zoom(self) -> None:
        self.mode.zoom()
        self.rearrange()

    def action_back(self) -> None:
        if self.mode.back():
            self.rearrange()

    def action_tape(self) -> None:
        wanted = self.mode.tape = not self._current_layout.tape
        self.rearrange()
        if wanted and not self._current_layout.tape:
            self.mode.tape = None
            self.tell(Notice("no room for the trades"))

    def action_tape_filter(self) -> None:
        if self._tape_is_shown():
            self.mode.next_filter()
            self.draw()

    def action_tape_size(self) -> None:
        depth = None if self._view is None or not self._view.depths else self._view.depths[0]
        if depth is not None and self._tape_is_shown():
            question = Question("minimum trade size", "show trades of {} or more", "show all trades")
            in_quote = self._panels.controls.choices.unit is Unit.QUOTE
            ask_size(self.app, depth, question, self._filter_trades, self.keymap, in_quote=in_quote)

    def _filter_trades(self, size: Impact | None) -> None:
        self.mode.trade_filter = TradeShare.ALL if size is None else Threshold(size.size, size.in_quote)
        self.draw()

    def _tape_is_shown(self) -> bool:
        if not self._current_layout.tape:
            self.tell(
                Notice(f"the trades are hidden: {self.keymap.name('tape.show') or 'the command palette'} shows them")
            )
        return self._current_layout.tape

    def action_ladder(self, name: str, step: int = 0) -> None:
        front = self._panels.front
        if isinstance(front, Ladder):
            self.tell(self._panels.controls.act(name, front, step))
            self.draw()

    def action_grid(self, name: str, across: int = 0, down: int = 0) -> None:
        self._panels.grid.act(name, across, down)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an act of ladders or grid has anything to do; where not, its key is free for another one."""
        if action == "grid":
            return self.place is Place.GRID
        if action != "ladder" or not parameters:
            return super().check_action(action, parameters)
        front = self._panels.front
        return isinstance(front, Ladder) and self._panels.controls.can(str(parameters[0]), front)

    def action_page(self, name: str) -> None:
        if self._view is not None:
            self.app.push_screen(DetailScreen(PAGES[name], PageOptions(self.keymap, self.local_time), self._view))
