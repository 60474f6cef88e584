"""The simulated markets: makers, takers and walls acting on one book per product, step by step.

A step is 50 ms of market time. What happens in it depends only on the seed, the product, the settings and the steps
before it: no clock, no client.

* A hidden **fair price** moves in jumps, more often and in one direction during a burst.
* **Takers** hit the book: at random, and whenever the fair price has moved past what makers still offer. They take
  the best levels first, so every trade removes exactly its size from the book.
* **Makers** add, amend and cancel around the fair price, mostly near the touch, and keep the number of levels.
* **Walls** are single levels of a hundred times the usual size that stand for a while and are withdrawn.

The initial book is dense at the touch and thinner with every level outwards. Random numbers are seeded integers.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Final

from depthview.exchange.book import IntegerBook, IntegerBookSide, Scale, WireSide
from depthview.exchange.products import choose

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from depthview.exchange.options import ExchangeOptions
    from depthview.exchange.products import ProductSpec


def initial_book(spec: ProductSpec, rng: SeededRandom, levels: int) -> IntegerBook:
    """A full book around the product's starting price.

    Args:
        spec: The product.
        rng: Its random numbers.
        levels: Levels per side; a cheap product may have fewer bids, since prices stay above 0.
    """
    book = IntegerBook()
    best_bid = spec.price - (spec.spread + 1) // 2
    best_offer = max(best_bid + 1, best_bid + spec.spread)
    _fill(book.bids, best_bid, spec, rng, min(levels, spec.price * 9 // 10))
    _fill(book.offers, best_offer, spec, rng, levels)
    return book


def reach(spec: ProductSpec, levels: int) -> int:
    """How far from the touch orders rest, in ticks: an eighth of the price, or more where the levels need it."""
    return max(spec.price // 8, min(4 * levels, spec.price * 9 // 10), levels + 1)


def _fill(side: IntegerBookSide, best: int, spec: ProductSpec, rng: SeededRandom, levels: int) -> None:
    """Give a side its levels, at distances that grow with the square of the rank."""
    away = -1 if side.side is WireSide.BID else 1
    span = reach(spec, levels)
    if away < 0:
        span = min(span, best - 1)
    made: list[tuple[int, int]] = []
    for rank in range(levels):
        distance = rank + (span - levels) * rank * rank // (levels * levels)
        following = rank + 1 + (span - levels) * (rank + 1) * (rank + 1) // (levels * levels)
        jitter = rng.below(following - distance) if rank else 0
        made.append((best + away * (distance + jitter), rng.size(spec.typical_size)))
    side.load(made)


SIZE_SHAPE: Final = (4, 10, 24, 53, 100, 180, 260, 460, 660, 1_000, 1_450, 2_400, 3_700, 6_000, 10_700, 19_300, 38_000)
"""Sizes of levels in thousandths of the median, at equal steps of probability (observed in one BTC-USD snapshot)."""


class SeededRandom:
    """One product's own random numbers.

    Args:
        seed: What the stream depends on, and nothing else.
    """

    __slots__ = ("_random", "below")

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)  # noqa: S311  # a market to look at, and it has to repeat itself
        self.below: Callable[[int], int] = self._random.randrange
        """``below(n)``: a whole number from 0 to ``n - 1``."""

    def chance(self, one_in: int) -> bool:
        """True once in ``one_in`` calls, on average."""
        return self.below(one_in) == 0

    def near(self, limit: int) -> int:
        """From 0 to ``limit - 1``, each power of two equally likely: most are small, some are large."""
        octave: int = 1 << self.below(limit.bit_length() + 1)
        return self.below(min(limit, octave))

    def size(self, typical: int) -> int:
        """The size of a level or an order in units, 1 or more; one in six is a round number."""
        units = typical * SIZE_SHAPE[self.below(len(SIZE_SHAPE))] * (700 + self.below(600)) // 1_000_000
        if units > 10 and self.chance(6):
            magnitude: int = 10 ** (len(str(units)) - 1)
            return units // magnitude * magnitude
        return max(1, units)


class Pace:
    """Turns an average number of events per minute into a whole number for each step.

    Args:
        per_minute: The average.
        steps_per_minute: How often :meth:`due` is called per minute.
    """

    __slots__ = ("_credit", "_per_step", "_whole")

    def __init__(self, per_minute: int, steps_per_minute: int) -> None:
        self._per_step = per_minute
        self._whole = steps_per_minute
        self._credit = 0

    def due(self, rng: SeededRandom, times: int = 1) -> int:
        """How many events this step has: random, with an exact average.

        Args:
            rng: Makes it random.
            times: How many times as active as usual this step is.
        """
        self._credit += rng.below(2 * self._per_step * times + 1)
        events, self._credit = divmod(self._credit, self._whole)
        return events


STEP_MICROSECONDS: Final = 50_000
"""Market time of a step: about as often as the venue sends a product's changes (observed)."""
STEPS_PER_MINUTE: Final = 1_200

_BURST_EVERY: Final = 300
"""Average steps between bursts."""
_BURST_STEPS: Final = 40
_BURST_LIVELINESS: Final = 4
_CHANGES_PER_JUMP: Final = 120
"""Book changes for one move of the fair price, on average."""
_WIDE: Final = 3
"""How many times the usual spread makes a maker narrow it."""
_LAST_LEVELS: Final = 6
"""Takers leave these, so that no side becomes empty."""
_SWEEP_LEVELS: Final = 10
"""Levels that one order may take from."""
_WALL_EVERY: Final = 260
_MOST_WALLS: Final = 3


@dataclass(frozen=True, slots=True)
class SimulatedTrade:
    """One trade: all or part of one level."""

    trade_id: int
    price: int
    """Ticks."""
    size: int
    """Units."""
    maker: WireSide
    """Where the level stood."""
    at_us: int
    """Microseconds of market time."""


@dataclass(frozen=True, slots=True)
class _Wall:
    side: WireSide
    price: int
    until: int
    """Step at which it is withdrawn."""


class SimulatedMarket:
    """One product's book and its traders.

    Args:
        spec: The product.
        seed: Of the whole exchange.
        levels: Levels per side, or None for the product's own.
        rate: Book changes per second, or None for the product's own.
    """

    def __init__(self, spec: ProductSpec, seed: int, levels: int | None = None, rate: int | None = None) -> None:
        self.spec = spec
        self.steps = 0
        self.prices = spec.prices
        """Ticks to quote currency."""
        self.sizes = Scale(spec.size_decimals)
        """Units to base currency."""
        self._levels = _levels_of(spec, levels)
        changes = spec.changes_per_minute if rate is None else rate * 60
        orders = spec.orders_per_minute * changes // spec.changes_per_minute
        self._rng = SeededRandom(f"{seed}/{spec.product_id}")
        self.book: IntegerBook = initial_book(spec, self._rng, self._levels)
        self._changes = Pace(changes, STEPS_PER_MINUTE)
        self._orders = Pace(orders, STEPS_PER_MINUTE)
        self._jumps = Pace(changes // _CHANGES_PER_JUMP, STEPS_PER_MINUTE)
        self._fair = spec.price
        self._reach = reach(spec, self._levels)
        self._burst_until = 0
        self._trend = 0
        self._walls: list[_Wall] = []
        self._next_trade_id = 1_000_000 + self._rng.below(1_000_000_000)
        self._last_trade_us = 0

    def step(self) -> list[SimulatedTrade]:
        """Let 50 ms of market time pass; returns the trades in it, in order. Book changes are in the book."""
        self.steps += 1
        if self.steps >= self._burst_until and self._rng.chance(_BURST_EVERY):
            self._start_burst()
        liveliness = _BURST_LIVELINESS if self.steps < self._burst_until else 1
        if self._jumps.due(self._rng, liveliness):
            self._move_fair_price()
        trades = self._take_what_is_mispriced()
        for _ in range(self._orders.due(self._rng, liveliness)):
            trades += self._take_at_random()
        for _ in range(self._changes.due(self._rng, liveliness)):
            self._make()
        self._tend_walls()
        return trades

    def _start_burst(self) -> None:
        jump = self.spec.jump
        self._burst_until = self.steps + _BURST_STEPS // 2 + self._rng.below(_BURST_STEPS)
        self._trend = self._rng.below(2 * jump + 1) - jump

    def _move_fair_price(self) -> None:
        jump = self.spec.jump
        pull = (self.spec.price - self._fair) // 400  # keeps the price of a market that runs for days realistic
        trend = self._trend if self.steps < self._burst_until else 0
        move = self._rng.below(2 * jump + 1) - jump + pull + trend
        self._fair = max(self.spec.spread + 2, self._fair + move)

    def _take_what_is_mispriced(self) -> list[SimulatedTrade]:
        """Take every offer below the fair price and every bid above it."""
        best_bid, best_offer = self.book.bids.best(), self.book.offers.best()
        plenty = self.spec.typical_size * 200
        if best_offer is not None and best_offer < self._fair:
            return self._sweep(WireSide.OFFER, self._fair - 1, plenty)
        if best_bid is not None and best_bid > self._fair:
            return self._sweep(WireSide.BID, self._fair + 1, plenty)
        return []

    def _take_at_random(self) -> list[SimulatedTrade]:
        rng = self._rng
        size = rng.size(max(1, self.spec.typical_size // 4))
        if rng.chance(20):
            size *= 25
        side = WireSide.BID if rng.chance(2) else WireSide.OFFER
        allowance = self._fair // 100 + self.spec.spread
        limit = self._fair - allowance if side is WireSide.BID else self._fair + allowance
        return self._sweep(side, limit, size)

    def _sweep(self, side: WireSide, limit: int, size: int) -> list[SimulatedTrade]:
        """Take up to ``size`` units from a side, best level first, none worse than ``limit`` ticks."""
        levels = self.book.side(side)
        # Trades of one order share an instant, and instants of a product never decrease.
        within_step = self._rng.below(STEP_MICROSECONDS)
        at_us = max(self._last_trade_us, (self.steps - 1) * STEP_MICROSECONDS + within_step)
        trades: list[SimulatedTrade] = []
        while size and len(levels) > _LAST_LEVELS and len(trades) < _SWEEP_LEVELS:
            price = levels.price_at(0)
            if price < limit if side is WireSide.BID else price > limit:
                break
            resting = levels.size(price)
            taken = min(size, resting)
            self.book.set_level(side, price, resting - taken)
            size -= taken
            trades.append(SimulatedTrade(self._next_trade_id, price, taken, side, at_us))
            self._next_trade_id += 1
            self._last_trade_us = at_us
        return trades

    def _make(self) -> None:
        rng = self._rng
        side = WireSide.BID if rng.chance(2) else WireSide.OFFER
        levels = self.book.side(side)
        if self._is_wide() and rng.chance(2):
            self._quote(side, beyond=rng.near(self.spec.spread))
            return
        choice = rng.below(100)
        if len(levels) < self._levels * 19 // 20 or len(levels) <= _LAST_LEVELS:
            choice = max(choice, 50)
        if choice >= 75 and len(levels) <= self._levels:
            self._quote(side, beyond=rng.near(self._reach))
        elif choice >= 50 and len(levels) <= self._levels * 21 // 20:
            self._quote(side, beyond=rng.near(min(self._reach, 16 * self.spec.spread)))
        elif choice >= 25 and len(levels) > _LAST_LEVELS:
            self.book.set_level(side, levels.price_at(rng.near(len(levels))), 0)
        else:
            price = levels.price_at(rng.near(len(levels)))
            self.book.set_level(side, price, rng.size(self.spec.typical_size))

    def _is_wide(self) -> bool:
        best_bid, best_offer = self.book.bids.best(), self.book.offers.best()
        return best_bid is None or best_offer is None or best_offer - best_bid > _WIDE * self.spec.spread

    def _quote(self, side: WireSide, beyond: int) -> None:
        """Rest an order ``beyond`` ticks behind the best price of a maker."""
        half = (self.spec.spread + 1) // 2
        price = self._fair - half - beyond if side is WireSide.BID else self._fair + half + beyond
        self._rest(side, price, self._rng.size(self.spec.typical_size))

    def _rest(self, side: WireSide, price: int, size: int) -> int:
        """Put ``size`` at ``price``, or one tick away from the other side where it would trade.

        Returns:
            The price it rests at; 0 where there was none above zero.
        """
        facing = self.book.side(side.opposite).best()
        if facing is not None:
            price = min(price, facing - 1) if side is WireSide.BID else max(price, facing + 1)
        if price <= 0:
            return 0
        self.book.set_level(side, price, size)
        return price

    def _tend_walls(self) -> None:
        for wall in [wall for wall in self._walls if wall.until <= self.steps]:
            self._walls.remove(wall)
            levels = self.book.side(wall.side)
            if levels.size(wall.price) > self.spec.typical_size and len(levels) > _LAST_LEVELS:
                self.book.set_level(wall.side, wall.price, 0)
        if len(self._walls) < _MOST_WALLS and self._rng.chance(_WALL_EVERY):
            self._build_wall()

    def _build_wall(self) -> None:
        rng, spec = self._rng, self.spec
        side = WireSide.BID if rng.chance(2) else WireSide.OFFER
        levels = self.book.side(side)
        price = levels.price_at(min(len(levels) - 1, 3 + rng.below(40)))
        magnitude = 10 ** max(0, len(str(spec.price)) - 4)
        round_price = price // magnitude * magnitude if side is WireSide.BID else -(-price // magnitude) * magnitude
        size = spec.typical_size * (80 + rng.below(320))
        at = self._rest(side, round_price, size)
        if at:
            self._walls.append(_Wall(side, at, self.steps + 60 + rng.below(1_200)))


def _levels_of(spec: ProductSpec, levels: int | None) -> int:
    if levels is None:
        return spec.levels
    return max(_LAST_LEVELS + 2, levels if spec.deep else min(levels, spec.levels))


STEPS_PER_SECOND: Final = 1_000_000 // STEP_MICROSECONDS
WARM_UP_STEPS: Final = 200
"""Steps taken before anybody can connect, so that there are trades and no book looks new."""
_HISTORY: Final = 100


class SimulatedMarkets:
    """The products of an exchange, and their common time.

    Args:
        options: Products, seed, levels, rate, and when the market stops.

    Raises:
        UsageError: A product is not traded here.
    """

    def __init__(self, options: ExchangeOptions) -> None:
        self.products: Mapping[str, SimulatedMarket] = {
            spec.product_id: SimulatedMarket(spec, options.seed, options.levels, options.rate)
            for spec in choose(options.products)
        }
        self.history: Mapping[str, list[SimulatedTrade]] = {
            name: [trade for _ in range(WARM_UP_STEPS) for trade in product.step()][-_HISTORY:]
            for name, product in self.products.items()
        }
        """The last trades of the warm-up, in order."""
        self.steps = 0
        """Taken since the warm-up."""
        self.frozen: set[str] = set()
        """Products in which nothing happens for now."""
        quiet = options.quiet_after_seconds
        self._last_step = None if quiet is None else int(quiet * STEPS_PER_SECOND)

    @property
    def is_quiet(self) -> bool:
        return self._last_step is not None and self.steps >= self._last_step

    def step(self) -> dict[str, list[SimulatedTrade]]:
        """Let 50 ms pass for every product, unless the market is quiet.

        Returns:
            The trades of each product that had any, in order.
        """
        if self.is_quiet:
            return {}
        self.steps += 1
        return {
            name: trades
            for name, product in self.products.items()
            if name not in self.frozen and (trades := product.step())
        }

    def truth(self) -> dict[str, dict[str, list[list[str]]]]:
        """Every book whole: ``{"BTC-USD": {"bids": [["65083.66","0.5"], ...], "asks": [...]}}``, best first."""
        return {name: _plain(product) for name, product in self.products.items()}


def _plain(product: SimulatedMarket) -> dict[str, list[list[str]]]:
    price, size = product.prices.text, product.sizes.text
    return {
        "bids": [[price(ticks), size(units)] for ticks, units in product.book.bids.levels()],
        "asks": [[price(ticks), size(units)] for ticks, units in product.book.offers.levels()],
    }
