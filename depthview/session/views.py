"""Frozen views of a session: what screens and streams read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from depthview.coinbase.requests import Answer
from depthview.session.depths import Depths, Wish, age, spread_of
from depthview.views.market import FaultOffer, FeedView, MarketView, Mode, TabView, TokenState, TokenView, ViewRequest

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from depthview.clock import Clock
    from depthview.coinbase.requests import Token
    from depthview.session.session import MarketSession
    from depthview.views.depth import DepthView, SequenceStats
    from depthview.views.frames import Wire
    from depthview.views.market import ReplayControls, ReplayView

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
        return self._session.version + self._session.verdict_changes

    @property
    def signed(self) -> bool:
        """Whether messages carry tokens at all."""
        return self._session.subscriptions.signed

    def products(self) -> tuple[str, ...]:
        """On show, in tab order."""
        return self._session.products()

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
            return "faults are to be had on the demo only"
        return self._provoke(fault)

    def keep_flight(self) -> str | None:
        """See :meth:`depthview.views.market.Market.keep_flight`."""
        return self._keep()

    def view(self, request: ViewRequest) -> MarketView:
        """Everything that the screen shows, as of now."""
        self.look()
        session, now = self._session, self._clock.monotonic()
        products = session.products()
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
            trades=session.market(selected).tape.trades[: request.trades] if selected else (),
            replay=self._replay(),
            catalogue=session.roster.listed,
            catalogue_marks=session.roster.marks,
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
            heartbeat_age=age(session.heartbeat_at, now) if connection.is_open else None,
            heartbeats_missed=session.heartbeats_missed,
            bad_frames=session.bad_frames,
            bad_rows=session.bad_rows,
            unknown_frames=session.unknown_frames,
            unknown_removals=session.unknown_removals(),
            resyncs=session.resyncs(),
            reconnects=max(0, connection.opened - 1),
            crossed=session.crossings,
            subscriptions_asked=subscriptions.confirmed() if session.passive else subscriptions.asked(),
            subscriptions_missing=() if session.passive else subscriptions.missing(),
            clock_ahead=None if offset is None else offset.ahead,
            clock_uncertainty=0.0 if offset is None else offset.uncertainty,
            clock_corrected=self._origin.clock_corrected,
            proxy=self._origin.proxy,
            behind=0.0 if session.passive else session.vigil.age.behind(now),
            age=session.age(now),
            age_proved=session.vigil.age.proved(now),
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
                signing_failed=subscriptions.went_without and origin.renewable,
            )
        return TokenView(
            _fate_of(token, now),
            subscriptions.tokens_sent,
            token.expires_at - now,
            token.life,
            subscriptions.renews_in(now),
            origin.algorithm,
            origin.key_tail,
            token.words,
            accepted_ago=age(refusals.accepted_at, now),
            renewable=origin.renewable,
            suspended=subscriptions.suspended_until is not None,
            advice=refusals.advice,
            backdated=origin.backdated,
            # A ready-made token's end is no failure: it was said beforehand.
            signing_failed=subscriptions.went_without and origin.renewable,
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
        market = self._session.market(name)
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


def _fate_of(token: Token, now: float) -> TokenState:
    # A refusal outlives its token: its cause is worth more than the end of something that never worked.
    if token.expires_at <= now and token.answer is not Answer.REFUSED:
        return TokenState.EXPIRED
    return TokenState.SIGNING if token.answer is None else _TOKEN_STATES[token.answer]
