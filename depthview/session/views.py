"""Frozen views of a session: what screens and streams read."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from depthview.core.grouping import grouped
from depthview.core.levels import Product, Side
from depthview.core.numbers import EXACT
from depthview.core.sequence import Scope
from depthview.protocol.subscriptions import Answer
from depthview.view import (
    DepthView,
    FaultOffer,
    FeedView,
    LevelRow,
    MarketView,
    Mode,
    ReplayView,
    SequenceStats,
    TabView,
    TokenState,
    TokenView,
    ViewRequest,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from depthview.clock import Clock
    from depthview.core.book import BookSide
    from depthview.session.session import MarketSession

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
    """The session as screens and streams see it; implements :class:`depthview.view.Market`.

    Args:
        session: Read only, but for the three wishes of a person.
        clock: The feed's clock, the recording's in a replay.
        origin: What does not change.
        replay: Where a replay stands; None when live.
        recording: What the recorder is doing, in words; empty when off.
        group: Row width in quote currency of products that a request names none for.
        faults: What the demo's exchange can be asked for.
        provoke: Asks for one of them.
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
    ) -> None:
        self._session: Final = session
        self._clock: Final = clock
        self._origin: Final = origin
        self._replay: Final = replay
        self._recording: Final = recording
        self._group: Final = group
        self._faults: Final = faults
        self._provoke: Final = provoke

    @property
    def version(self) -> int:
        """Rises with every frame taken in."""
        return self._session.version

    @property
    def signed(self) -> bool:
        """Whether messages carry tokens at all."""
        return self._session.subscriptions.signed

    def products(self) -> tuple[str, ...]:
        """On show, in tab order."""
        return self._session.products()

    def add_product(self, product: str) -> str | None:
        """See :meth:`depthview.view.Market.add_product`."""
        return self._session.add_product(product)

    def remove_product(self, product: str) -> str | None:
        """See :meth:`depthview.view.Market.remove_product`."""
        return self._session.remove_product(product)

    def resync(self) -> str | None:
        """See :meth:`depthview.view.Market.resync`."""
        return self._session.resync()

    def faults(self) -> tuple[FaultOffer, ...]:
        """See :meth:`depthview.view.Market.faults`."""
        return self._faults

    def provoke(self, fault: str) -> str | None:
        """See :meth:`depthview.view.Market.provoke`."""
        if not any(offer.name == fault for offer in self._faults):
            return "faults are to be had on the demo only"
        return self._provoke(fault)

    def view(self, request: ViewRequest) -> MarketView:
        """Everything that the screen shows, as of now."""
        session, now = self._session, self._clock.monotonic()
        products = session.products()
        selected = request.selected if request.selected in products else (products[0] if products else "")
        session.first_product = selected
        ladders = [name for name in dict.fromkeys((selected, *request.ladders)) if name in products]
        return MarketView(
            at=self._clock.unix(),
            tabs=tuple(self._tab(name) for name in products),
            selected=products.index(selected) if selected else 0,
            depths=tuple(
                self.depth(name, request.levels, now=now, group=request.groups.get(name, self._group))
                for name in ladders
            ),
            feed=self.feed(now),
            token=self.token(now),
            events=session.events.newest(request.events),
            trades=tuple(list(session.market(selected).trades)[: request.trades]) if selected else (),
            replay=self._replay(),
            catalogue=tuple(sorted(session.catalogue)),
        )

    def depth(self, name: str, levels: int, *, now: float, group: Decimal | None = None) -> DepthView:
        """One product's book.

        Args:
            name: As asked for.
            levels: Rows a side, 0 for all.
            now: Monotonic seconds of the feed's clock.
            group: Row width in quote currency; None for none.
        """
        session = self._session
        market = session.market(name)
        known = session.catalogue.get(name) or Product.named(name)
        tick = market.tick()
        width = group if group is not None and group > tick else tick
        standing = market.standing
        verdict, reason, since = market.verdict, None, now
        if standing is not None:
            reason, since = standing.finding.reason, standing.since
        price_decimals, size_decimals = market.decimals()
        trusted = verdict.trusted
        return DepthView(
            product=name,
            feed_product=market.feed_product,
            base=known.base,
            quote=known.quote,
            price_decimals=price_decimals,
            size_decimals=size_decimals,
            verdict=verdict,
            reason=reason,
            verdict_age=max(0.0, now - since),
            bids=_rows(market.book.bids, levels, width, tick),
            asks=_rows(market.book.asks, levels, width, tick),
            tick=tick,
            group=width,
            top=market.top() if trusted else None,
            last_trade=market.trades[0] if market.trades else None,
            last_direction=market.last_direction,
            bid_levels=len(market.book.bids),
            ask_levels=len(market.book.asks),
            book_age=_since(market.changes.at, now) if market.has_book else None,
            sequence=self.sequence(name),
            trading_state=market.product.status,
            ticker_age=_since(market.proof.agreed_at, now),
        )

    def sequence(self, name: str) -> SequenceStats:
        """The monitor's counts for a product on show."""
        monitor = self._session.monitor
        label = self._session.market(name).feed_product
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

    def feed(self, now: float) -> FeedView:
        """The connection and what flows through it."""
        session, connection = self._session, self._session.connection
        frames_per_second, bytes_per_second = session.rates.rates(now)
        subscriptions = session.subscriptions
        offset = session.clock_offset
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
            heartbeat_age=_since(session.heartbeat_at, now) if connection.is_open else None,
            heartbeats_missed=session.heartbeats_missed,
            bad_frames=session.bad_frames,
            bad_rows=session.bad_rows,
            unknown_frames=session.unknown_frames,
            unknown_removals=session.unknown_removals(),
            resyncs=session.resyncs(),
            reconnects=max(0, connection.opened - 1),
            subscriptions_asked=subscriptions.confirmed() if session.passive else subscriptions.asked(),
            subscriptions_missing=() if session.passive else subscriptions.missing(),
            clock_ahead=None if offset is None else offset.ahead,
            clock_uncertainty=0.0 if offset is None else offset.uncertainty,
            clock_corrected=self._origin.clock_corrected,
            proxy=self._origin.proxy,
            recording=self._recording(),
        )

    def token(self, now: float) -> TokenView:
        """The last token sent."""
        subscriptions, refusals = self._session.subscriptions, self._session.refusals
        token, origin = subscriptions.token, self._origin
        if not subscriptions.signed or token is None:
            return TokenView(
                TokenState.NONE,
                subscriptions.tokens_sent,
                None,
                0.0,
                None,
                origin.algorithm,
                origin.key_tail,
                renewable=origin.renewable,
                backdated=origin.backdated,
            )
        return TokenView(
            TokenState.SENT if token.answer is None else _TOKEN_STATES[token.answer],
            subscriptions.tokens_sent,
            token.expires_at - now,
            token.life,
            subscriptions.renews_in(now),
            origin.algorithm,
            origin.key_tail,
            token.words,
            accepted_ago=_since(refusals.accepted_at, now),
            renewable=origin.renewable,
            suspended=subscriptions.suspended_until is not None,
            advice=refusals.advice,
            backdated=origin.backdated,
        )

    def _tab(self, name: str) -> TabView:
        market = self._session.market(name)
        top = market.top() if market.verdict.trusted else None
        return TabView(
            product=name,
            verdict=market.verdict,
            gaps=self.sequence(name).gaps,
            price_decimals=market.decimals()[0],
            last_price=market.trades[0].price if market.trades else None,
            last_direction=market.last_direction,
            spread=top.spread if top is not None else None,
            reason=market.standing.finding.reason if market.standing is not None else None,
        )


def _rows(side: BookSide, count: int, width: Decimal, tick: Decimal) -> tuple[LevelRow, ...]:
    rows = count or len(side)
    if width == tick:
        return tuple(LevelRow(*row) for row in side.top(rows))
    found: list[LevelRow] = []
    cumulative = Decimal(0)
    for level in grouped(side.walk(), width, Side(side.side), rows):
        cumulative = EXACT.add(cumulative, level.size)
        found.append(LevelRow(level.price, level.size, cumulative))
    return tuple(found)


def _since(at: float | None, now: float) -> float | None:
    return None if at is None else max(0.0, now - at)
