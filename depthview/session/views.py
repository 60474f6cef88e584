"""Makes the frozen views of a session, and of a replay, that screens and streams read.

What a view takes from a book is kept until the book, its verdict or the request changes: a screen draws more often than
most books change, and asks for a dozen of them at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from depthview.coinbase.requests import Answer
from depthview.core import ladder, measures
from depthview.core.fixed_point import ONE, is_number, notional
from depthview.core.measures import fill, size_within
from depthview.core.sequence import Scope
from depthview.core.types import Level, Product
from depthview.session.products import ProductMarket
from depthview.session.statistics import seconds_since
from depthview.views.depth import (
    DayView,
    DepthView,
    DepthWithin,
    Impact,
    ImpactView,
    LevelRow,
    SequenceStats,
    TickerDiffers,
    TopOfBook,
)
from depthview.views.market import (
    FaultOffer,
    FeedView,
    MarketView,
    Mode,
    TabView,
    TokenState,
    TokenView,
    ViewRequest,
    Window,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from depthview.clock import Clock
    from depthview.coinbase.messages import TickerRow
    from depthview.coinbase.requests import SentToken
    from depthview.core.order_book import OrderBook
    from depthview.core.ticker_check import Contradiction
    from depthview.session.session import MarketSession
    from depthview.views.frames import Wire
    from depthview.views.market import ReplayControls, ReplayView

WITHIN: Final = (10, 50)
"""Distances from the mid whose depth is told, in basis points."""
_KEPT: Final = 64


@dataclass(frozen=True, slots=True)
class Wish:
    """What a view is to hold of one product's book."""

    levels: int
    """Rows a side, 0 for all; of no account where a window is given."""
    group: Decimal | None = None
    """Row width in quote currency; None, or at most a tick, for none."""
    window: Window | None = None
    notional: bool = False
    impact: Impact | None = None
    imbalance_levels: int = 10
    imbalance_bps: int = 0
    """Above 0: the imbalance over this distance."""


@dataclass(frozen=True, slots=True)
class _Rows:
    bids: tuple[LevelRow, ...]
    asks: tuple[LevelRow, ...]
    bids_before: int = 0
    asks_before: int = 0


@dataclass(frozen=True, slots=True)
class _Derived:
    """What only a trusted book has."""

    top: TopOfBook | None = None
    within: tuple[DepthWithin, ...] = ()
    impacts: tuple[ImpactView, ...] = ()


@dataclass(frozen=True, slots=True)
class _Look:
    """One book as it was looked at last."""

    market: ProductMarket
    revision: int
    wish: Wish
    tick: Decimal
    multiplier: Decimal | None
    trusted: bool
    rows: _Rows
    derived: _Derived

    def holds(
        self, market: ProductMarket, wish: Wish, tick: Decimal, multiplier: Decimal | None, *, trusted: bool
    ) -> bool:
        """Whether another look would see the same."""
        same_book = self.market is market and self.revision == market.revision
        same_product = self.tick == tick and self.multiplier == multiplier
        return same_book and same_product and self.wish == wish and self.trusted == trusted


class Depths:
    """Makes the view of one product's book.

    Args:
        session: Read only.
    """

    def __init__(self, session: MarketSession) -> None:
        self._session: Final = session
        self._looks: dict[str, _Look] = {}

    def depth(self, name: str, wish: Wish, now: float) -> DepthView:
        """One product's book.

        Args:
            name: As asked for.
            wish: What it is to hold.
            now: Monotonic seconds of the feed's clock.
        """
        market = self._session.products.market(name)
        known = self._session.products.catalogue.get(name) or Product.named(name)
        judged = self._session.judgement(market, now)
        look = self._look(name, market, wish, known.multiplier, trusted=judged.verdict.trusted)
        since = now if market.judged_at is None or market.verdict is not judged.verdict else market.judged_at
        price_decimals, size_decimals = market.decimals()
        tape, tick = market.tape, look.tick
        return DepthView(
            product=name,
            feed_product=market.feed_product,
            base=known.size_unit,
            quote=known.quote,
            multiplier=known.multiplier,
            contract=known.contract,
            price_decimals=price_decimals,
            size_decimals=size_decimals,
            verdict=judged.verdict,
            reason=judged.reason,
            verdict_age=max(0.0, now - since),
            bids=look.rows.bids,
            asks=look.rows.asks,
            tick=tick,
            group=_width(wish, tick) or tick,
            top=look.derived.top,
            last_trade=tape.trades[0] if tape.trades else None,
            last_direction=tape.last_direction,
            bid_levels=len(market.book.bids),
            ask_levels=len(market.book.asks),
            book_age=seconds_since(market.changes.at, now) if market.has_book else None,
            sequence=self.sequence(name),
            trading_state=market.product.trading_state,
            ticker_age=seconds_since(market.ticker_check.agreed_at, now),
            ticker_differs=_differs(market.ticker_check.contradiction, now),
            asks_before=look.rows.asks_before,
            bids_before=look.rows.bids_before,
            within=look.derived.within,
            impacts=look.derived.impacts,
            day=_day(market.day),
            snapshot=market.snapshot,
            proof=judged.proof,
        )

    def sequence(self, name: str) -> SequenceStats:
        """The monitor's counts for a product on show."""
        monitor = self._session.monitor
        label = self._session.products.market(name).feed_product
        tally = monitor.tally(label)
        return SequenceStats(
            scope="undecided" if monitor.scope is Scope.AUTO else monitor.scope.value,
            last=monitor.last(label),
            gaps=tally.gaps,
            missed=tally.missed,
            duplicates=tally.duplicates,
            out_of_order=tally.out_of_order,
            resets=tally.resets,
        )

    def _look(
        self, name: str, market: ProductMarket, wish: Wish, multiplier: Decimal | None, *, trusted: bool
    ) -> _Look:
        tick = market.tick()
        known = self._looks.get(name)
        if known is not None and known.holds(market, wish, tick, multiplier, trusted=trusted):
            return known
        rows = _rows(market.book, wish, _width(wish, tick), multiplier)
        derived = _derived(market.book, wish, multiplier) if trusted else _Derived()
        if len(self._looks) >= _KEPT:
            self._looks.clear()
        look = self._looks[name] = _Look(market, market.revision, wish, tick, multiplier, trusted, rows, derived)
        return look


def spread_of(book: OrderBook) -> Decimal | None:
    """Best ask minus best bid; None when a side is empty, or the book is crossed: a negative spread is no spread."""
    touch = _touch(book)
    return None if touch is None else measures.spread(*touch)


def _data_age(session: MarketSession, now: float) -> float | None:
    """Seconds since the newest data was current at the venue: its lag, and the time since the last complete message."""
    liveness, lag = session.liveness, session.liveness.age.lag
    return lag + liveness.silent_for(now) if lag is not None and session.connection.is_open else None


def _differs(found: Contradiction | None, now: float) -> TickerDiffers | None:
    return None if found is None else TickerDiffers(max(0.0, now - found.since), found.said.bid, found.said.ask)


def _width(wish: Wish, tick: Decimal) -> Decimal | None:
    return wish.group if wish.group is not None and wish.group > tick else None


def _touch(book: OrderBook) -> tuple[Level, Level] | None:
    bid, ask = book.bids.best(), book.asks.best()
    return None if bid is None or ask is None or bid.price > ask.price else (bid, ask)


def _rows(book: OrderBook, wish: Wish, width: Decimal | None, multiplier: Decimal | None) -> _Rows:
    valued = wish.notional and multiplier is not None
    bids, asks = (
        ladder.SideLadder(side, width, notional=valued, multiplier=multiplier or ONE) for side in (book.bids, book.asks)
    )
    window = wish.window
    if window is None:
        return _Rows(tuple(bids.from_touch(wish.levels)), tuple(asks.from_touch(wish.levels)))
    bid_part, ask_part = ladder.window(bids, asks, window.at, window.above, window.below)
    return _Rows(tuple(bid_part.rows), tuple(ask_part.rows), bid_part.before, ask_part.before)


def _derived(book: OrderBook, wish: Wish, multiplier: Decimal | None) -> _Derived:
    touch = _touch(book)
    mid = None if touch is None else measures.mid(*touch)
    within = () if mid is None else tuple(_within(book, mid, bps) for bps in WITHIN)
    impacts = () if wish.impact is None else _impacts(book, wish.impact, mid, multiplier)
    return _Derived(_top(book, wish, touch, mid, multiplier), within, impacts)


def _top(
    book: OrderBook,
    wish: Wish,
    touch: tuple[Level, Level] | None,
    mid: Decimal | None,
    multiplier: Decimal | None,
) -> TopOfBook:
    bid, ask = (_best(level, multiplier) for level in (book.bids.best(), book.asks.best()))
    leaning: Decimal | None = None
    levels = 0 if wish.imbalance_bps else wish.imbalance_levels
    if levels:
        leaning = measures.imbalance(*(side.block_sums.sizes(0, levels) for side in (book.bids, book.asks)))
    elif mid is not None:
        near = _within(book, mid, wish.imbalance_bps)
        leaning = measures.imbalance(near.bids, near.asks)
    if touch is None:
        return TopOfBook(bid, ask, None, None, None, None, leaning, levels, wish.imbalance_bps)
    return TopOfBook(
        bid,
        ask,
        measures.spread(*touch),
        measures.spread_bps(*touch),
        mid,
        measures.microprice(*touch),
        leaning,
        levels,
        wish.imbalance_bps,
    )


def _best(level: Level | None, multiplier: Decimal | None) -> LevelRow | None:
    if level is None:
        return None
    value = notional(level.price, level.size, multiplier)
    return LevelRow(level.price, level.size, level.size, value, value)


def _within(book: OrderBook, mid: Decimal, bps: int) -> DepthWithin:
    return DepthWithin(bps, size_within(book.bids, mid, bps), size_within(book.asks, mid, bps))


def _impacts(book: OrderBook, asked: Impact, mid: Decimal | None, multiplier: Decimal | None) -> tuple[ImpactView, ...]:
    if multiplier is None and asked.in_quote:
        return ()
    found: list[ImpactView] = []
    for side, taken in (("buy", book.asks), ("sell", book.bids)):
        cost = fill(taken, asked.size, mid, in_quote=asked.in_quote, multiplier=multiplier or ONE)
        found.append(
            ImpactView(side, cost.filled, cost.average, cost.slippage_bps, cost.levels, cost.worst, cost.complete)
        )
    return tuple(found)


def _day(row: TickerRow | None) -> DayView | None:
    if row is None:
        return None
    change = row.change_percent
    is_negative = isinstance(change, str) and change.startswith("-")
    percent = _number(change[1:] if is_negative else change)
    return DayView(
        high=_number(row.high),
        low=_number(row.low),
        volume=_number(row.volume),
        change_percent=percent.copy_negate() if percent is not None and is_negative else percent,
    )


def _number(text: object) -> Decimal | None:
    return Decimal(text) if is_number(text) else None


_TOKEN_STATES: Final = {
    Answer.ACCEPTED: TokenState.ACCEPTED,
    Answer.REFUSED: TokenState.REFUSED,
    Answer.UNANSWERED: TokenState.UNANSWERED,
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the frames come from, and what there is to sign with: true for the whole session, and shown."""

    mode: Mode
    host: str
    key_source: str
    key_hint: str = ""
    """How to add a key where there is none, else what is odd about it."""
    algorithm: str = ""
    key_tail: str = ""
    renewable: bool = True
    """False for a ready-made token."""
    backdated: int = 0
    """Seconds that a token's ``nbf`` lies before the moment of signing."""
    clock_corrected: bool = False
    """Whether tokens are signed with the venue's time."""
    proxy: str = ""


class SessionViews:
    """The session as screens and streams see it; implements :class:`depthview.views.market.Market`.

    Args:
        session: Read only, but for the three wishes of a person.
        clock: The feed's clock, the recording's in a replay.
        origin: What does not change.
        replay: Where a replay stands; None when live.
        recording: What the recorder is doing, in words; empty when off.
        group: Row width in quote currency of products that a request names none for.
        faults: What the demo's exchange can be asked for.
        provoke: Asks for one of them.
        wire: The last frames and messages; None where nobody keeps them.
        keep: Writes the last minutes to a file; None when that is being done, else why not.
    """

    def __init__(
        self,
        session: MarketSession,
        clock: Clock,
        origin: Origin,
        *,
        replay: Callable[[], ReplayView | None] = lambda: None,
        recording: Callable[[], str] = lambda: "",
        group: Decimal | None = None,
        faults: tuple[FaultOffer, ...] = (),
        provoke: Callable[[str], str | None] = lambda _: None,
        wire: Wire | None = None,
        keep: Callable[[], str | None] = lambda: "there is no flight recorder",
    ) -> None:
        self._session: Final = session
        self._depths: Final = Depths(session)
        self._clock: Final = clock
        self._origin: Final = origin
        self._replay: Final = replay
        self._recording: Final = recording
        self._group: Final = group
        self._faults: Final = faults
        self._provoke: Final = provoke
        self._keep: Final = keep
        self.wire: Final = wire

    @property
    def version(self) -> int:
        """See :meth:`depthview.views.market.Market.version`."""
        self.look()
        return self._session.version + self._session.statistics.verdict_changes

    @property
    def signed(self) -> bool:
        """Whether messages carry tokens at all."""
        return self._session.subscriptions.signed

    def products(self) -> tuple[str, ...]:
        """On show, in tab order."""
        return self._session.products.names()

    def add_product(self, product: str) -> str | None:
        """See :meth:`depthview.views.market.Market.add_product`."""
        return self._session.add_product(product)

    def remove_product(self, product: str) -> str | None:
        """See :meth:`depthview.views.market.Market.remove_product`."""
        return self._session.remove_product(product)

    def resync(self) -> str | None:
        """See :meth:`depthview.views.market.Market.resync`."""
        return self._session.resync()

    @property
    def controls(self) -> ReplayControls | None:
        """See :meth:`depthview.views.market.Market.controls`."""
        return None

    def faults(self) -> tuple[FaultOffer, ...]:
        """See :meth:`depthview.views.market.Market.faults`."""
        return self._faults

    def provoke(self, fault: str) -> str | None:
        """See :meth:`depthview.views.market.Market.provoke`."""
        if not any(offer.name == fault for offer in self._faults):
            return "faults are available in the demo only"
        return self._provoke(fault)

    def keep_flight(self) -> str | None:
        """See :meth:`depthview.views.market.Market.keep_flight`."""
        return self._keep()

    def view(self, request: ViewRequest) -> MarketView:
        """Everything that the screen shows, as of now."""
        self.look()
        session, now = self._session, self._clock.monotonic()
        products = session.products.names()
        selected = request.selected if request.selected in products else (products[0] if products else "")
        session.first_product = selected
        ladders = [name for name in dict.fromkeys((selected, *request.ladders)) if name in products]
        return MarketView(
            at=self._clock.unix(),
            tabs=tuple(self._tab(name, now) for name in products),
            selected=products.index(selected) if selected else 0,
            depths=tuple(self._depths.depth(name, self._wish(name, request), now) for name in ladders),
            feed=self.feed(now),
            token=self.token(now),
            events=session.events.newest(request.events),
            trades=session.products.market(selected).tape.trades[: request.trades] if selected else (),
            replay=self._replay(),
            catalogue=session.products.listed,
            catalogue_marks=session.products.marks,
        )

    def look(self) -> None:
        """Have the session see first how long ago it last ran; see :meth:`MarketSession.look`."""
        self._session.look(self._clock.monotonic(), self._clock.unix())

    def depth(self, name: str, levels: int, *, now: float, group: Decimal | None = None) -> DepthView:
        """One product's book.

        Args:
            name: As asked for.
            levels: Rows a side, 0 for all.
            now: Monotonic seconds of the feed's clock.
            group: Row width in quote currency; None for none.
        """
        return self._depths.depth(name, Wish(levels, group), now)

    def sequence(self, name: str) -> SequenceStats:
        """The monitor's counts for a product on show."""
        return self._depths.sequence(name)

    def feed(self, now: float) -> FeedView:
        """The connection and what flows through it."""
        session, connection = self._session, self._session.connection
        frames_per_second, bytes_per_second = session.rates.rates(now)
        confirmations = session.subscriptions.confirmations
        offset = session.offset.estimate
        return FeedView(
            mode=self._origin.mode,
            state=connection.state,
            state_age=max(0.0, now - connection.since),
            detail=connection.detail,
            host=self._origin.host,
            key_source=self._origin.key_source,
            key_hint=self._origin.key_hint,
            next_try_in=None if connection.next_try_at is None else max(0.0, connection.next_try_at - now),
            frames=session.rates.frames,
            frames_per_second=frames_per_second,
            bytes_per_second=bytes_per_second,
            rate_history=session.rates.history(now),
            latency_ms=session.latency.typical_ms(now),
            heartbeat_age=seconds_since(session.liveness.heartbeat_at, now) if connection.is_open else None,
            heartbeats_missed=session.liveness.heartbeats_missed,
            bad_frames=session.statistics.bad_frames,
            bad_rows=session.statistics.bad_rows,
            unknown_frames=session.statistics.unknown_frames,
            unknown_removals=session.products.unknown_removals(),
            resyncs=session.subscriptions.resyncs,
            reconnects=max(0, connection.opened - 1),
            crossed=session.statistics.crossings,
            subscriptions_asked=confirmations.confirmed() if session.passive else confirmations.asked(),
            subscriptions_missing=() if session.passive else confirmations.missing(),
            clock_ahead=None if offset is None else offset.ahead,
            clock_uncertainty=0.0 if offset is None else offset.uncertainty,
            clock_corrected=self._origin.clock_corrected,
            proxy=self._origin.proxy,
            behind=0.0 if session.passive else session.liveness.age.behind(now),
            age=_data_age(session, now),
            age_proved=session.liveness.age.proved(now),
            recording=self._recording(),
        )

    def token(self, now: float) -> TokenView:
        """The last token sent."""
        subscriptions, refusals = self._session.subscriptions, self._session.refusals
        token, origin = subscriptions.tokens.last, self._origin
        if not subscriptions.signed or token is None:
            return TokenView(
                TokenState.NONE,
                subscriptions.tokens.sent,
                None,
                0.0,
                None,
                origin.algorithm,
                origin.key_tail,
                renewable=origin.renewable,
                backdated=origin.backdated,
                signing_failed=subscriptions.tokens.went_without and origin.renewable,
            )
        return TokenView(
            _fate_of(token, now),
            subscriptions.tokens.sent,
            token.expires_at - now,
            token.life,
            subscriptions.tokens.next_in(now),
            origin.algorithm,
            origin.key_tail,
            token.words,
            accepted_ago=seconds_since(refusals.accepted_at, now),
            renewable=origin.renewable,
            suspended=subscriptions.tokens.suspended_until is not None,
            advice=refusals.advice,
            backdated=origin.backdated,
            # A ready-made token's end is no failure: it was said beforehand.
            signing_failed=subscriptions.tokens.went_without and origin.renewable,
        )

    def _wish(self, name: str, request: ViewRequest) -> Wish:
        return Wish(
            request.levels,
            request.groups.get(name, self._group),
            request.windows.get(name),
            request.notional,
            request.impact,
            request.imbalance_levels,
            request.imbalance_bps,
        )

    def _tab(self, name: str, now: float) -> TabView:
        market = self._session.products.market(name)
        judged = self._session.judgement(market, now)
        return TabView(
            product=name,
            verdict=judged.verdict,
            gaps=self.sequence(name).gaps,
            price_decimals=market.decimals()[0],
            last_price=market.tape.trades[0].price if market.tape.trades else None,
            last_direction=market.tape.last_direction,
            spread=spread_of(market.book) if judged.verdict.trusted else None,
            reason=judged.reason,
            proof=judged.proof,
            trading_state=market.product.trading_state,
        )


def _fate_of(token: SentToken, now: float) -> TokenState:
    # A refusal outlives its token: its cause is worth more than the end of something that never worked.
    if token.expires_at <= now and token.answer is not Answer.REFUSED:
        return TokenState.EXPIRED
    return TokenState.SIGNING if token.answer is None else _TOKEN_STATES[token.answer]


class ReplayViews(SessionViews):
    """A replay can be told what to do, and can show a product as if it had been on show from the start."""

    _controls: ReplayControls | None = None
    _recast: Callable[[tuple[str, ...]], None] | None = None

    def attend(self, controls: ReplayControls, recast: Callable[[tuple[str, ...]], None]) -> None:
        """Have somebody at the controls.

        Args:
            controls: What the replay can be told to do.
            recast: Plays again up to the present place with other products on show.
        """
        self._controls, self._recast = controls, recast

    @property
    def controls(self) -> ReplayControls | None:
        """See :meth:`depthview.views.market.Market.controls`."""
        return self._controls

    def add_product(self, product: str) -> str | None:
        """See :meth:`depthview.views.market.Market.add_product`; its book is there at once, if the recording has it."""
        name, products = product.strip().upper(), self._session.products
        if self._recast is None:
            return super().add_product(product)
        refusal = products.refusal_to_add(name)
        if refusal is None:
            self._recast((*products.names(), name))
        return refusal

    def remove_product(self, product: str) -> str | None:
        """See :meth:`depthview.views.market.Market.remove_product`."""
        products = self._session.products
        if self._recast is None:
            return super().remove_product(product)
        refusal = products.refusal_to_remove(product)
        if refusal is None:
            self._recast(tuple(name for name in products.names() if name != product))
        return refusal
