"""Creates the frozen views of a session, and of a replay, that screens and streams read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from depthview.coinbase.requests import Answer
from depthview.session.depth_views import DepthRequest, Depths, spread_of
from depthview.session.statistics import seconds_since
from depthview.views.market import (
    FaultOffer,
    FeedView,
    MarketView,
    Mode,
    TabView,
    TokenState,
    TokenView,
    ViewRequest,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from depthview.clock import Clock
    from depthview.coinbase.requests import SentToken
    from depthview.session.session import MarketSession
    from depthview.views.depth import DepthView, SequenceStats
    from depthview.views.frames import FrameLogViews
    from depthview.views.market import ReplayControls, ReplayView

_TOKEN_STATES: Final = {
    Answer.ACCEPTED: TokenState.ACCEPTED,
    Answer.REFUSED: TokenState.REFUSED,
    Answer.UNANSWERED: TokenState.UNANSWERED,
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the frames come from and what they are signed with; shown, and fixed for the whole session."""

    mode: Mode
    host: str
    key_source: str
    key_hint: str = ""
    """How to add a key if there is none, else what is unusual about it."""
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
        session: Read only, except for the three requests of the user.
        clock: The feed's clock, the recording's in a replay.
        origin: What does not change.
        replay: The position of a replay; None when live.
        recording: What the recorder is doing, in words; empty when off.
        group: Row width in quote currency of products for which a request names none.
        faults: What the demo's exchange offers.
        provoke: Triggers one of them.
        wire: The last frames and messages; None if they are not kept.
        keep: Writes the last minutes to a file; returns None if it does, else why not.
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
        wire: FrameLogViews | None = None,
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
        self.look()
        return self._session.version + self._session.statistics.verdict_changes

    @property
    def signed(self) -> bool:
        """Whether messages carry tokens at all."""
        return self._session.subscriptions.signed

    def products(self) -> tuple[str, ...]:
        return self._session.products.names()

    def add_product(self, product: str) -> str | None:
        return self._session.add_product(product)

    def remove_product(self, product: str) -> str | None:
        return self._session.remove_product(product)

    def resync(self) -> str | None:
        return self._session.resync()

    @property
    def controls(self) -> ReplayControls | None:
        return None

    def faults(self) -> tuple[FaultOffer, ...]:
        return self._faults

    def provoke(self, fault: str) -> str | None:
        if not any(offer.name == fault for offer in self._faults):
            return "faults are available in the demo only"
        return self._provoke(fault)

    def keep_flight(self) -> str | None:
        return self._keep()

    def view(self, request: ViewRequest) -> MarketView:
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
            depths=tuple(self._depths.depth(name, self._depth_request(name, request), now) for name in ladders),
            feed=self.feed(now),
            token=self.token(now),
            events=session.events.newest(request.events),
            trades=session.products.market(selected).tape.trades[: request.trades] if selected else (),
            replay=self._replay(),
            catalogue=session.products.listed,
            catalogue_marks=session.products.marks,
        )

    def look(self) -> None:
        """Let the session check first how long ago it last ran; see :meth:`MarketSession.look`."""
        self._session.look(self._clock.monotonic(), self._clock.unix())

    def depth(self, name: str, levels: int, *, now: float, group: Decimal | None = None) -> DepthView:
        """One product's book.

        Args:
            name: As requested.
            levels: Rows per side, 0 for all.
            now: Monotonic seconds of the feed's clock.
            group: Row width in quote currency; None for none.
        """
        return self._depths.depth(name, DepthRequest(levels, group), now)

    def sequence(self, name: str) -> SequenceStats:
        return self._depths.sequence(name)

    def feed(self, now: float) -> FeedView:
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
            _token_state(token, now),
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

    def _depth_request(self, name: str, request: ViewRequest) -> DepthRequest:
        return DepthRequest(
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
            gaps=self._session.monitor.tally(market.feed_product).gaps,
            price_decimals=market.decimals()[0],
            last_price=market.tape.trades[0].price if market.tape.trades else None,
            last_direction=market.tape.last_direction,
            spread=spread_of(market.book) if judged.verdict.trusted else None,
            reason=judged.reason,
            proof=judged.proof,
            trading_state=market.product.trading_state,
        )


def _data_age(session: MarketSession, now: float) -> float | None:
    """Seconds since the newest data was current at the venue: its lag, and the time since the last complete message."""
    liveness, lag = session.liveness, session.liveness.age.lag
    return lag + liveness.silent_for(now) if lag is not None and session.connection.is_open else None


def _token_state(token: SentToken, now: float) -> TokenState:
    # A refusal outlasts its token: its cause is worth more than the expiry of something that never worked.
    if token.expires_at <= now and token.answer is not Answer.REFUSED:
        return TokenState.EXPIRED
    return TokenState.SIGNING if token.answer is None else _TOKEN_STATES[token.answer]


class ReplayViews(SessionViews):
    """A replay can be controlled, and can show a product as if it had been shown from the start."""

    _controls: ReplayControls | None = None
    _show: Callable[[tuple[str, ...]], None] | None = None

    def attend(self, controls: ReplayControls, show: Callable[[tuple[str, ...]], None]) -> None:
        """Let the user control the replay.

        Args:
            controls: Of the replay.
            show: Plays again up to the current position with other products.
        """
        self._controls, self._show = controls, show

    @property
    def controls(self) -> ReplayControls | None:
        return self._controls

    def add_product(self, product: str) -> str | None:
        """See :meth:`depthview.views.market.Market.add_product`; its book is shown at once if the recording has it."""
        name, products = product.strip().upper(), self._session.products
        if self._show is None:
            return super().add_product(product)
        refusal = products.refusal_to_add(name)
        if refusal is None:
            self._show((*products.names(), name))
        return refusal

    def remove_product(self, product: str) -> str | None:
        products = self._session.products
        if self._show is None:
            return super().remove_product(product)
        refusal = products.refusal_to_remove(product)
        if refusal is None:
            self._show(tuple(name for name in products.names() if name != product))
        return refusal
