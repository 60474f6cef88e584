"""The ladder of one product."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.message import Message
from textual.reactive import var

from depthview.clock import Clock, SystemClock
from depthview.core.types import Side
from depthview.preferences.display import Choices, Form, Unit
from depthview.ui.ladder.plan import fitting, plan
from depthview.ui.ladder.render import (
    Drawing,
    LadderParts,
    Prices,
    Scales,
    body_rows,
    ladder_lines,
    parts,
    price_texts,
    share,
    single_lines,
)
from depthview.ui.ladder.scale import FLASH_SECONDS, Flashes, LadderMemory, Reserve, amounts_of, large_from, showable
from depthview.ui.ladder.viewport import (
    LadderState,
    VisibleRows,
    following,
    has_fixed_band,
    middle_of,
    moved,
    placed,
    scrolled,
    settled,
    snapped,
    visible_rows,
    without_cursor,
)
from depthview.ui.line_widget import LinePanel
from depthview.ui.sampling import LadderRequest
from depthview.views.market import Window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from textual.events import Click

    from depthview.ui.ladder.columns import ColumnPlan
    from depthview.ui.lines import Line
    from depthview.views.depth import DepthView, Impact

_WHEEL: Final = 3
"""Lines that a notch of the wheel scrolls."""
_LATER: Final = 0.02
"""Seconds by which a timer that ends a flash must not come too early."""
_DEEPEST: Final = 1000
"""Rank beyond which a ladder side by side does not ask for more."""
_MORE_HIDDEN: Final = 8
"""How many times the rows on show may be asked for, so that hidden ones leave no holes."""


class Ladder(LinePanel, can_focus=True):
    """Bids and asks of one product in the form that was chosen, with the verdict on it welded to the top left.

    Args:
        id: Textual's.
        clock: For how long a change stands out.
    """

    DEFAULT_CSS: ClassVar[str] = "Ladder { height: 1fr; }"

    product: str = ""
    """What the next view is asked for; known before there is a ``depth`` of it. Drawn is always ``depth``."""
    depth: var[DepthView | None] = var(None)
    """The book to draw; None draws nothing. A doubtful one is drawn as such."""
    choices: var[Choices] = var(Choices(), init=False)
    """How to draw it."""
    impact: var[Impact | None] = var(None, init=False)
    """A size to price."""
    counters: var[bool] = var(False)
    """Whether the product's own sequence counters stand at the foot, as they do beside other ladders."""
    marks: var[bool] = var(False, init=False)
    """Whether a letter says the side of every level."""
    tag: var[str] = var("")
    """A word that even the one-line form has to carry, such as ``REPLAY``."""

    marked: var[bool] = var(False)
    """Whether this is the product in front, among ladders side by side."""

    class LadderClicked(Message):
        def __init__(self, product: str) -> None:
            super().__init__()
            self.product = product
            """Name of the product."""

    class Moved(Message):
        """The ladder was scrolled: the next view is needed at once."""

    def __init__(self, *, id: str | None = None, clock: Clock | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._clock: Final = clock or SystemClock()
        self._memory: dict[str, LadderMemory] = {}
        self._state = LadderState()
        self._visible: VisibleRows | None = None
        self._columns: ColumnPlan | None = None
        self._fitted: Choices | None = None
        self._plan_key: object = None
        self._flashes = Flashes()
        self._compared_at = 0.0
        self._drawn_product = ""
        self._drawn_group: Decimal | None = None

    # -- what it asks for ------------------------------------------------------------------------------------------

    @property
    def state(self) -> LadderState:
        return self._state

    @property
    def visible_rows(self) -> VisibleRows | None:
        """The rows drawn last; None if there were none."""
        return self._visible

    @property
    def request(self) -> LadderRequest:
        """What it requests of the next view."""
        choices, shown = self._fitted or self.choices, self._parts()
        depth = self.depth
        rows = share(shown.body, choices, grouped=depth is not None and depth.group > depth.tick).levels
        same = self.product in {"", self._drawn_product}
        visible = self._visible if same else None
        hidden = 0 if visible is None else min(visible.hidden, _MORE_HIDDEN * rows)
        levels, window = rows + hidden, None
        if choices.form is Form.SIDES:
            levels = min(_DEEPEST, rows + 2 + hidden + (visible.first if visible is not None else 0))
        elif not has_fixed_band(choices):
            levels = max(1, rows - middle_of(rows)) + hidden
        held = self._state.held
        if held is not None and same and depth is not None and choices.form is not Form.SIDES:
            line = max(0, min(rows - 1, middle_of(rows) + held.offset))
            # A row more either way, for the cursor that goes on beyond the edge.
            window = Window(snapped(held, depth), line + 2 + hidden, rows - line + 1 + hidden)
        columns = self._columns
        return LadderRequest(
            levels=max(1, levels),
            window=window,
            notional=choices.unit is Unit.QUOTE
            or self._state.cursor is not None
            or (columns is not None and columns.needs_notional),
            impact=self.impact,
            imbalance_levels=choices.imbalance.levels,
            imbalance_bps=choices.imbalance.bps,
        )

    def _parts(self) -> LadderParts:
        return parts(*self.size, counters=self.counters, impact=self.impact is not None)

    # -- what changes it -------------------------------------------------------------------------------------------

    def watch_choices(self) -> None:
        self._columns = self._fitted = None
        self.redraw()

    def follow(self) -> None:
        self._set_state(following(self._state))

    def drop_cursor(self) -> None:
        """Remove the cursor and stay in place."""
        self._set_state(without_cursor(self._state))

    def move(self, step: int) -> None:
        """Move the cursor a row down (1) or up (-1)."""
        if self._visible is not None:
            self._set_state(moved(self._state, self._visible, step))

    def turn(self, pages: int) -> None:
        """Scroll a page down (1) or up (-1)."""
        if self._visible is not None:
            self.scroll_lines(pages * max(1, self._visible.rows - 2))

    def scroll_lines(self, lines: int) -> None:
        """Scroll down by ``lines``, up if negative."""
        if self._visible is not None:
            self._set_state(scrolled(self._state, self._visible, lines))

    def _set_state(self, state: LadderState) -> None:
        if state != self._state:
            self._state = state
            self.redraw()
            self.post_message(self.Moved())

    def on_click(self, event: Click) -> None:
        if self.depth is None:
            return
        self.post_message(self.LadderClicked(self.depth.product))
        visible = self._visible
        top = self._body_top()
        if visible is not None and top is not None and 0 <= event.y - top < visible.rows:
            side = Side.BID if event.x < self.size.width // 2 else Side.ASK
            self._set_state(placed(self._state, visible, event.y - top, side))

    def _body_top(self) -> int | None:
        depth, shown = self.depth, self._parts()
        if depth is None or shown.single:
            return None
        rows = body_rows(shown, self._fitted or self.choices, depth)
        return 1 + shown.figures + shown.headers + (rows.band if rows.fixed else 0)

    def on_mouse_scroll_down(self) -> None:
        self.scroll_lines(_WHEEL)

    def on_mouse_scroll_up(self) -> None:
        self.scroll_lines(-_WHEEL)

    # -- drawing ---------------------------------------------------------------------------------------------------

    def lines(self, width: int, height: int) -> Sequence[Line]:
        depth = self.depth
        if depth is None:
            self._visible = None
            return []
        if depth.product != self._drawn_product:
            self._drawn_product, self._state = depth.product, LadderState()
            self._flashes.forget()
        if depth.group != self._drawn_group:
            self._drawn_group = depth.group
            self._flashes.forget()
        shown = self._parts()
        if shown.single:
            self._visible = None
            return single_lines(depth, width, height, self.tag)
        chosen = showable(depth, self.choices)
        amounts = amounts_of(depth, chosen)
        before = self._memory.get(depth.product, LadderMemory())
        memory = self._memory[depth.product] = before.grown(depth, amounts, chosen.unit)
        choices, columns = self._planned(depth, memory.reserve, width, chosen)
        rows = body_rows(shown, choices, depth)
        self._state = settled(self._state, depth, rows.levels)
        visible = self._visible = visible_rows(depth, choices, self._state, rows.levels, 0 if rows.fixed else rows.band)
        texts = price_texts(visible, columns)
        scales = Scales(memory.scale, memory.total, large_from(depth, choices, amounts))
        drawing = Drawing(
            depth=depth,
            columns=columns,
            choices=choices,
            state=self._state,
            visible=visible,
            scales=scales,
            texts=texts,
            flashes=self._changes(depth, visible, texts),
            impact=self.impact,
            counters=self.counters,
            marked=self.marked,
        )
        return ladder_lines(drawing, width, shown)

    def _planned(self, depth: DepthView, reserve: Reserve, width: int, chosen: Choices) -> tuple[Choices, ColumnPlan]:
        """The form that fits and its columns, recomputed only when an input changes."""
        names = (depth.base, depth.quote, depth.multiplier, depth.price_decimals, depth.size_decimals)
        key = (names, reserve, width, chosen, self.marks)
        if key != self._plan_key or self._fitted is None or self._columns is None:
            self._plan_key = key
            self._fitted = fitting(depth, reserve, width, chosen)
            self._columns = plan(depth, reserve, width, choices=self._fitted, marks=self.marks)
        return self._fitted, self._columns

    def _changes(
        self, depth: DepthView, visible: VisibleRows, texts: Sequence[Prices]
    ) -> Mapping[tuple[str, str], str]:
        if not self.choices.flash or not depth.verdict.trusted:
            self._flashes.forget()
            return {}
        rows: list[tuple[str, str, Decimal, Decimal]] = []
        for slot, (one, other) in zip(visible.shown, texts, strict=True):
            if slot.bid is not None:
                rows.append(("bid", one, slot.bid.price, slot.bid.size))
            if slot.ask is not None:
                rows.append(("ask", other or one, slot.ask.price, slot.ask.size))
        now = self._clock.monotonic()
        standing_out = self._flashes.seen(rows, now)
        if standing_out and now - self._compared_at > FLASH_SECONDS:
            # At a slow draw rate the next draw would come too late to end them.
            self.set_timer(FLASH_SECONDS + _LATER, self.redraw)
        self._compared_at = now
        return standing_out
