"""What all connections share: products and their feeds, subscribers, tokens, refusals, and the venue's clock."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from depthview.exchange.feed import Listener, ProductFeed, Subscribers, VenueTime
from depthview.exchange.market import STEP_MICROSECONDS, WARM_UP_STEPS, SimulatedMarkets
from depthview.exchange.messages import (
    NANOSECONDS,
    Channel,
    ErrorText,
    VenueFrame,
    heartbeat_event,
    nanoseconds,
    status_event,
)
from depthview.exchange.tokens import TokenVerifier

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.clock import Clock
    from depthview.exchange.options import ExchangeOptions
    from depthview.exchange.products import TradingState

_STEP_SECONDS: Final = STEP_MICROSECONDS / 1_000_000
_MOST_STEPS_AT_ONCE: Final = 20
"""A process that was suspended for longer does not catch up."""
_ORIGIN_TOLERANCE_US: Final = 50_000
"""Wall and monotonic time wander apart by less; more is a stepped wall clock, which event times then follow."""


class MarketClock:
    """When the next step is due, and where market time is in wall time.

    Args:
        clock: Steps follow its monotonic time, timestamps its wall time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._started = clock.monotonic()
        self._lost_seconds = 0.0
        self._origin_us = self._measured_origin_us()

    def uptime_seconds(self) -> float:
        """Seconds since the exchange was created."""
        return self._clock.monotonic() - self._started

    def uptime_ns(self) -> int:
        return int(self.uptime_seconds() * NANOSECONDS)

    def steps_to_take(self, taken: int) -> int:
        """How many steps are due now.

        Args:
            taken: Steps taken so far.
        """
        due = int(self._market_seconds() / _STEP_SECONDS) - taken
        if due > _MOST_STEPS_AT_ONCE:
            self._lost_seconds += (due - _MOST_STEPS_AT_ONCE) * _STEP_SECONDS
            return _MOST_STEPS_AT_ONCE
        return max(0, due)

    def seconds_to_next_step(self, taken: int) -> float:
        """How long to sleep: more than nothing, at most one step."""
        return min(_STEP_SECONDS, max(0.001, (taken + 1) * _STEP_SECONDS - self._market_seconds()))

    def moment(self) -> VenueTime:
        """Now. Market time keeps its place in wall time unless the wall clock is stepped."""
        origin_us = self._measured_origin_us()
        if abs(origin_us - self._origin_us) > _ORIGIN_TOLERANCE_US:
            self._origin_us = origin_us
        return VenueTime(nanoseconds(self._clock.unix()), self._origin_us)

    def _market_seconds(self) -> float:
        return self.uptime_seconds() - self._lost_seconds

    def _measured_origin_us(self) -> int:
        lived_us = int(self._market_seconds() * 1_000_000) + WARM_UP_STEPS * STEP_MICROSECONDS
        return nanoseconds(self._clock.unix()) // 1_000 - lived_us


class SkewedClock:
    """A clock whose wall time can be set wrong.

    Args:
        clock: The right time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.offset_seconds = 0.0
        """How far the wall time is ahead."""

    def unix(self) -> float:
        """Wall time in unix seconds, with the offset."""
        return self._clock.unix() + self.offset_seconds

    def monotonic(self) -> float:
        return self._clock.monotonic()


_log = logging.getLogger(__name__)

_STATUS_EVERY_SECONDS: Final = 5
"""The status channel repeats itself at a preset interval (documented, without saying which)."""
_REFUSALS_KEPT: Final = 1_000


@dataclass(frozen=True, slots=True)
class RefusalRecord:
    at: float
    """Unix seconds."""
    text: ErrorText
    """What the client was told."""
    reason: str
    """Why, in our own words: nothing from the wire."""


@dataclass(frozen=True, slots=True)
class KeyPermissions:
    view: bool = True
    trade: bool = False
    transfer: bool = False


class Venue:
    """State that all connections share, moved on by :meth:`tick`.

    Args:
        options: The exchange's settings.
        clock: The venue's time.

    Raises:
        UsageError: A product is not traded here.
    """

    def __init__(self, options: ExchangeOptions, clock: Clock) -> None:
        self.options = options
        self.real_clock = clock
        self.clock = SkewedClock(clock)
        """The venue's time, which a fault may set wrong."""
        self.market = SimulatedMarkets(options)
        self.subscribers = Subscribers()
        self.verifier = TokenVerifier(options, self.clock)
        self.refusals: deque[RefusalRecord] = deque(maxlen=_REFUSALS_KEPT)
        """The latest refusals, oldest first."""
        self.feeds = {
            name: ProductFeed(product, self.market.history[name], self.subscribers, phase, options.seed)
            for phase, (name, product) in enumerate(self.market.products.items())
        }
        self._aliases = {
            product.spec.alias: name for name, product in self.market.products.items() if product.spec.alias
        }
        self.states: dict[str, TradingState] = {}
        """Trading states of products that are not online."""
        self.also_listed: tuple[str, ...] = ()
        """Names that the public product list has besides the products'."""
        self.permissions = KeyPermissions()
        """What a key may do."""
        self._time = MarketClock(self.clock)
        self._heartbeats = 0
        self._statuses = 0

    def moment(self) -> VenueTime:
        return self._time.moment()

    def resolve(self, names: Iterable[str]) -> tuple[str, ...]:
        """The products behind these names, each once, in order; a name of no product has none.

        A -USDC name is that of its -USD product (documented, observed in the product list).
        """
        products = (self._aliases.get(name, name) for name in names)
        return tuple(dict.fromkeys(name for name in products if name in self.feeds))

    def refuse(self, text: ErrorText, reason: str) -> None:
        self.refusals.append(RefusalRecord(self.clock.unix(), text, reason))
        _log.info("refused: %s (%s)", text.value, reason)

    def status(self, products: Iterable[str]) -> VenueFrame:
        specs = [self.market.products[name].spec for name in products]
        return VenueFrame(Channel.STATUS.label, self.moment().instant_ns, status_event(specs, self.states))

    def change_state(self, product: str, state: TradingState | None) -> None:
        """Stop trading a product and freeze its book, or with None resume; tell the subscribers."""
        if state is None:
            self.states.pop(product, None)
            self.market.frozen.discard(product)
        else:
            self.states[product] = state
            self.market.frozen.add(product)
        frame = self.status([product])
        for listener in self.subscribers.listeners(Channel.STATUS, product):
            listener.emit(frame)

    def seconds_to_next_tick(self) -> float:
        return self._time.seconds_to_next_step(self.market.steps)

    def tick(self) -> None:
        self._trade()
        uptime = int(self._time.uptime_seconds())
        if uptime > self._heartbeats:
            self._heartbeats = uptime
            self._beat()
        if uptime // _STATUS_EVERY_SECONDS > self._statuses:
            self._statuses = uptime // _STATUS_EVERY_SECONDS
            self._repeat_status()

    def _trade(self) -> None:
        if self.market.is_quiet:
            return
        steps = self._time.steps_to_take(self.market.steps)
        for _ in range(steps):
            for name, trades in self.market.step().items():
                self.feeds[name].record(trades)
        if steps:
            moment, final = self.moment(), self.market.is_quiet
            for feed in self.feeds.values():
                feed.publish(moment, final=final)

    def _beat(self) -> None:
        """Send a heartbeat; its counter is the age of the server in seconds (observed)."""
        if listeners := self.subscribers.listeners(Channel.HEARTBEATS):
            now_ns = self.moment().instant_ns
            event = heartbeat_event(now_ns, self._time.uptime_ns(), self._heartbeats)
            frame = VenueFrame(Channel.HEARTBEATS.label, now_ns, event)
            for listener in listeners:
                listener.emit(frame)

    def _repeat_status(self) -> None:
        subjects: dict[Listener, list[str]] = {}
        for name in self.feeds:
            for listener in self.subscribers.listeners(Channel.STATUS, name):
                subjects.setdefault(listener, []).append(name)
        for listener, products in subjects.items():
            listener.emit(self.status(products))
