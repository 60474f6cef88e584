"""The market: it lays out the panels, samples the session at a fixed rate, and turns keys into wishes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.screen import Screen

from depthview.ui.cells import clean
from depthview.ui.health import health_page
from depthview.ui.help import help_page
from depthview.ui.keys import bindings
from depthview.ui.layout import arrange, ladders_that_fit
from depthview.ui.log import event_page
from depthview.ui.picture import Freezer, next_group, window
from depthview.ui.screens.deck import Deck, Picture
from depthview.ui.screens.detail import DetailScreen, Page
from depthview.ui.screens.finder import FinderScreen
from depthview.ui.token import token_page
from depthview.view import FaultOffer, Market, MarketView, Mode, ViewRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from decimal import Decimal

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from depthview.ui.widgets.ladder import Ladder
    from depthview.ui.widgets.tabs import TabBar

_HEALTH_EVERY: Final = 4
"""Ticks between two drawings of the health panels: figures that change ten times a second cannot be read."""
_NOTICE_SECONDS: Final = 4.0


class MarketScreen(Screen[None]):
    """Ladders, tabs, health, events.

    Args:
        market: What is shown, and whom wishes go to.
        fps: Draws a second; 0 draws only when :meth:`draw` is called.
        local_time: Local time instead of UTC everywhere.
        groups: Row widths to begin with, by product, in quote currency.
        ladders: Ladders side by side to begin with, 1 to 4.
        marks: Whether a letter says the side of every level.
        seen: Called with every view that is drawn, as things are behind a frozen picture too.
    """

    AUTO_FOCUS = None
    BINDINGS: ClassVar[list[BindingType]] = [*bindings()]
    DEFAULT_CSS: ClassVar[str] = "MarketScreen { background: $dv-ground; }"

    def __init__(
        self,
        market: Market,
        *,
        fps: float = 10.0,
        local_time: bool = False,
        groups: Mapping[str, Decimal] | None = None,
        ladders: int = 1,
        marks: bool = False,
        seen: Callable[[MarketView], None] | None = None,
    ) -> None:
        super().__init__()
        self._deck = Deck(local_time=local_time, marks=marks)
        self._seen = seen
        self._market = market
        self._fps = fps
        self._local_time = local_time
        self._groups = dict(groups or {})
        self._wanted_ladders = ladders
        self._arrangement = arrange(80, 24, 1, banner=False)
        products = market.products()
        self._selected = products[0] if products else ""
        self._last_slot = 0
        self._first_shown = 0
        self._removed: list[str] = []
        self._freezer = Freezer()
        self._view: MarketView | None = None
        self._drawn_version: int | None = None
        self._skipped = False
        self._ticks = 0

    def compose(self) -> ComposeResult:
        """The panels."""
        yield self._deck

    def on_mount(self) -> None:
        """Lay out before the first paint, so that nothing jumps at the second, and start sampling."""
        self._lay_out()
        if self._fps > 0:
            self.set_interval(1 / self._fps, self.tick)

    def on_resize(self) -> None:
        """Lay out for the new size, then fill it."""
        self._lay_out()
        self.call_after_refresh(self.draw)

    def _lay_out(self) -> None:
        width, height = self.app.size
        view = self._view
        banner = self._freezer.on or (view is not None and view.feed.mode is not Mode.LIVE)
        products = len(self._market.products())
        ladders = min(self._wanted_ladders, ladders_that_fit(width, max(1, products)))
        self._arrangement = arrange(width, height, ladders, banner=banner)
        self._deck.lay_out(self._arrangement)

    # -- drawing ---------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """One beat of the draw rate. While no frame comes, every other one is enough for ages to run."""
        version = self._market.version
        self._skipped = version == self._drawn_version and not self._skipped
        if not self._skipped:
            self.draw(tick=True)

    def draw(self, *, tick: bool = False) -> None:
        """Take the market's view of now and hand each panel its part.

        Args:
            tick: Whether this is one of the many draws of a running clock, of which the health panels need few.
        """
        if not self.is_mounted:
            return
        self._drawn_version = self._market.version
        before = self._view
        live = self._market.view(self._request())
        view = self._view = self._freezer.shown(live)
        if before is None or before.feed.mode is not live.feed.mode:
            self._lay_out()
        self._ticks += 1
        with self.app.batch_update():
            self._deck.draw(Picture(view, self._side_by_side(), self._selected, self._freezer.age(view)))
            if not tick or self._ticks % _HEALTH_EVERY == 0 or before is None or _urgent(before, live):
                self._deck.draw_health(live)
            page = self.app.screen
            if isinstance(page, DetailScreen):
                page.show(live)
        if self._seen is not None:
            self._seen(live)

    def _side_by_side(self) -> tuple[str, ...]:
        products = self._market.products()
        count = self._arrangement.ladders
        if count == 1:
            return (self._selected,)
        self._first_shown = window(products, self._selected, count, self._first_shown)
        return products[self._first_shown : self._first_shown + count]

    def _request(self) -> ViewRequest:
        products = self._market.products()
        if self._selected not in products:
            self._selected = products[min(self._last_slot, len(products) - 1)] if products else ""
        else:
            self._last_slot = products.index(self._selected)
        names = self._side_by_side()
        others = tuple(name for name in names if name != self._selected)
        return ViewRequest(
            selected=self._selected,
            ladders=(self._selected, *others) if self._selected else (),
            levels=self._deck.levels,
            groups=dict(self._groups),
            trades=self._deck.trades,
        )

    # -- what keys and clicks ask for ------------------------------------------------------------------------------

    def on_tab_bar_chosen(self, event: TabBar.Chosen) -> None:
        """A tab was clicked."""
        self.bring_forward(event.product)

    def on_ladder_chosen(self, event: Ladder.Chosen) -> None:
        """A ladder was clicked."""
        self.bring_forward(event.product)

    @property
    def products(self) -> tuple[str, ...]:
        """Products on show, in tab order."""
        return self._market.products()

    @property
    def faults(self) -> tuple[FaultOffer, ...]:
        """Faults that can be asked for."""
        return self._market.faults()

    def bring_forward(self, product: str) -> None:
        """Show ``product``, if there is such a one, in front."""
        if product in self._market.products():
            self._selected = product
            self.draw()

    def action_slot(self, number: int) -> None:
        """Bring the product of tab ``number`` (from 1) to the front."""
        products = self._market.products()
        if number <= len(products):
            self.bring_forward(products[number - 1])

    def action_cycle(self, step: int) -> None:
        """Bring the next (1) or the former (-1) product to the front."""
        products = self._market.products()
        if products:
            at = products.index(self._selected) if self._selected in products else 0
            self.bring_forward(products[(at + step) % len(products)])

    def action_find(self) -> None:
        """Open the product finder."""
        catalogue = self._view.catalogue if self._view is not None else ()
        self.app.push_screen(FinderScreen(catalogue, self._market.products()), self._found)

    def _found(self, product: str | None) -> None:
        if product is None:
            return
        if product not in self._market.products():
            refusal = self._market.add_product(product)
            if refusal is not None:
                self._say(refusal, severe=True)
                return
            self._lay_out()
        self.bring_forward(product)

    def action_remove(self) -> None:
        """Take the product in front off the screen."""
        product = self._selected
        if len(self._market.products()) < 2:
            self._say("the last product stays")
            return
        refusal = self._market.remove_product(product)
        if refusal is not None:
            self._say(refusal, severe=True)
            return
        self._removed.append(product)
        self._lay_out()
        self._say(f"{product} removed; u brings it back")
        self.draw()

    def action_restore(self) -> None:
        """Bring the last removed product back."""
        if not self._removed:
            self._say("nothing was removed")
            return
        self._found(self._removed.pop())

    def action_freeze(self) -> None:
        """Freeze the picture, or go on."""
        self._freezer.toggle()
        self._lay_out()
        self.draw()

    def action_resync(self) -> None:
        """Ask for new snapshots and say what came of it."""
        refusal = self._market.resync()
        self._say(refusal or "new snapshots asked for, all products", severe=refusal is not None)
        self.draw()

    def provoke(self, fault: str) -> None:
        """Ask the demo's exchange for a fault by name, and say what came of it."""
        refusal = self._market.provoke(fault)
        self._say(refusal or f"asked the exchange for a fault: {fault}", severe=refusal is not None)

    def action_group(self, step: int) -> None:
        """Coarser (1) or finer (-1) rows for the product in front."""
        depth = self._view.depths[0] if self._view is not None and self._view.depths else None
        if depth is None:
            return
        width = next_group(depth, step)
        if width is None:
            self._say("no coarser rows" if step > 0 else "rows are as fine as prices are")
            return
        self._groups[depth.product] = width
        self.draw()

    def action_ladders(self) -> None:
        """One ladder more side by side, and after the last that fits one alone again."""
        fit = ladders_that_fit(self.size.width, len(self._market.products()))
        if fit == 1:
            self._say("no room for a second ladder" if self.size.width < 80 else "only one product")
            return
        self._wanted_ladders = self._arrangement.ladders % fit + 1
        self._lay_out()
        self.call_after_refresh(self.draw)

    def action_help(self) -> None:
        """Open the help page."""
        self._open("HELP", lambda _, width: help_page(width), "question_mark")

    def action_health(self) -> None:
        """Open everything that is known of the feed."""
        self._open("HEALTH", health_page, "i")

    def action_token(self) -> None:
        """Open everything that is known of key and token."""
        self._open("TOKEN", token_page, "a")

    def action_events(self) -> None:
        """Open the whole event log."""
        local = self._local_time
        heading = f"EVENTS, newest first, times {'local' if local else 'UTC'}"
        self._open(heading, lambda view, width: event_page(view.events, width, local=local), "e")

    def _open(self, heading: str, page: Page, key: str) -> None:
        if self._view is None:
            return
        self.app.push_screen(DetailScreen(heading, page, key, self._view))

    def _say(self, text: str, *, severe: bool = False) -> None:
        self.notify(clean(text), severity="warning" if severe else "information", timeout=_NOTICE_SECONDS, markup=False)


def _urgent(before: MarketView, now: MarketView) -> bool:
    """Whether something changed that must not wait for the next drawing of the health panels."""
    return (
        before.selected != now.selected
        or before.feed.state is not now.feed.state
        or before.token.state is not now.token.state
        or before.token.sent != now.token.sent
        or [(tab.verdict, tab.gaps) for tab in before.tabs] != [(tab.verdict, tab.gaps) for tab in now.tabs]
    )
