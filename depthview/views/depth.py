"""A frozen view of one product: its book, trades, day and verdict."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from depthview.core.ladder import LevelRow as LevelRow
from depthview.core.verdict import Proof, Verdict


@dataclass(frozen=True, slots=True)
class TopOfBook:
    """The raw (never grouped) touch and what follows from it; exists for a trusted book only."""

    best_bid: LevelRow | None
    best_ask: LevelRow | None
    spread: Decimal | None
    """Quote currency; None when a side is empty, or the book is crossed."""
    spread_bps: Decimal | None
    """Spread in basis points of the mid."""
    mid: Decimal | None
    microprice: Decimal | None
    """(bid x ask size + ask x bid size) / (bid size + ask size)."""
    imbalance: Decimal | None
    """(bids - asks) / (bids + asks), raw levels: -1 to 1."""
    imbalance_levels: int
    """Over so many levels a side; 0 where it is over a distance."""
    imbalance_bps: int = 0
    """Over all levels within so many basis points of the mid; 0 where it is over a number of levels."""


@dataclass(frozen=True, slots=True)
class SequenceStats:
    """What the sequence monitor has counted since the start; ``last`` is of the present connection."""

    scope: str
    """``connection``, ``product``, ``undecided`` while the numbers fit both readings, or ``none`` where they are not
    judged."""
    last: int | None = None
    gaps: int = 0
    """Each counts once, however many messages it skips."""
    missed: int = 0
    """Messages that the gaps skipped."""
    duplicates: int = 0
    out_of_order: int = 0
    resets: int = 0


@dataclass(frozen=True, slots=True)
class Trade:
    trade_id: str
    price: Decimal
    size: Decimal
    aggressor: str
    """``buy`` or ``sell``: the taker's side. (The wire gives the maker's: observed, 49 of 53 SELL at the ask.)"""
    at: float
    """Unix seconds."""
    missing_before: str = ""
    """Why trades may be missing between this one and the one before it, in words; empty where none can be."""


@dataclass(frozen=True, slots=True)
class DepthWithin:
    bps: int
    """Distance from the mid in basis points (1/10,000 of it)."""
    bids: Decimal
    """Base currency, exact."""
    asks: Decimal


@dataclass(frozen=True, slots=True)
class Impact:
    """A size whose price impact is requested."""

    size: Decimal
    in_quote: bool = False
    """Whether ``size`` is an amount of quote currency to spend or to get, and not of base currency."""


@dataclass(frozen=True, slots=True)
class ImpactView:
    """What taking a size from one side of a trusted book would cost. No fees, no hidden orders."""

    side: str
    """``buy`` takes asks, ``sell`` takes bids."""
    filled: Decimal
    """Base currency of the requested size that the book holds: exact, except for an amount of quote currency that ends
    within a level, where it has 28 digits."""
    average: Decimal | None
    """Price paid or received per unit, quote currency, 28 digits; None if nothing could be filled."""
    slippage_bps: Decimal | None
    """Distance of the average from the mid, 28 digits; above 0 is worse than the mid. None without a mid."""
    levels: int
    """Raw levels touched."""
    worst: Decimal | None
    """Price of the last level touched."""
    complete: bool
    """Whether the book holds enough."""


@dataclass(frozen=True, slots=True)
class DayView:
    """The last 24 hours as the ticker channel tells them; whatever it left out is None."""

    high: Decimal | None
    low: Decimal | None
    volume: Decimal | None
    """Base currency."""
    change_percent: Decimal | None
    """Of the price."""


@dataclass(frozen=True, slots=True)
class SnapshotView:
    levels: int
    bytes: int
    """Of the frame that brought it."""
    seconds: float | None
    """From its arrival until its book was ready; None where not measured, as in a replay."""


class Reach(NamedTuple):
    """How far from the touch a frozen view goes, where the book goes on; quote currency."""

    lowest: Decimal | None
    """Price of the last bid that is known; None where all bids are."""
    highest: Decimal | None


@dataclass(frozen=True, slots=True)
class TickerDiffers:
    """A top of the book that the ticker shows and the book does not."""

    seconds: float
    """For how long."""
    bid: Decimal | None
    ask: Decimal | None


@dataclass(frozen=True, slots=True)
class DepthView:
    product: str
    """The name requested."""
    feed_product: str
    """The name under which its data comes (an alias's other name; else the same)."""
    base: str
    """What sizes are counted in: the base currency, or ``contracts``."""
    quote: str
    price_decimals: int
    """Decimals that every price of this product fits in: reserve the column from these."""
    size_decimals: int
    verdict: Verdict
    reason: str | None
    verdict_age: float
    """Seconds since the verdict came to hold."""
    bids: tuple[LevelRow, ...]
    """Best first, at most as many as requested; grouped if ``group`` is above ``tick``."""
    asks: tuple[LevelRow, ...]
    tick: Decimal
    group: Decimal
    """Width of a row in quote currency; equal to ``tick`` when not grouped."""
    top: TopOfBook | None
    """None unless the book is trusted."""
    last_trade: Trade | None
    last_direction: int
    """1 when the last trade's price was above the one before it, -1 below, 0 unknown."""
    bid_levels: int
    """Raw levels in the whole book."""
    ask_levels: int
    book_age: float | None
    """Seconds since the last applied update of this product; None before the first snapshot."""
    sequence: SequenceStats
    trading_state: str
    """What is unusual about trading it, in words (``auction``, ``post only``, ``cancel only``, ``limit only``,
    ``trading disabled``, ``delisted`` or whatever the venue says); empty while unknown or ``online``."""
    ticker_age: float | None = None
    """Seconds since a ticker message last agreed with the top of this book; None while none has."""
    ticker_differs: TickerDiffers | None = None
    """Set while the ticker contradicts this book, and while the book is doubted because of it."""
    asks_before: int = 0
    """Rows of this width between the touch and the first of ``asks``; 0 where there are none, or no :class:`Window` was
    asked for."""
    bids_before: int = 0
    within: tuple[DepthWithin, ...] = ()
    """Nearest first; empty unless the book is trusted and has a mid."""
    impacts: tuple[ImpactView, ...] = ()
    """Buying and selling the size requested; empty unless one was, and the book is trusted."""
    day: DayView | None = None
    snapshot: SnapshotView | None = None
    multiplier: Decimal | None = Decimal(1)
    """The factor that turns price x size into quote currency, not 1 for a future; None if it is not known, and nothing
    is shown in quote currency."""
    contract: str = ""
    """What a contract is, in words; empty for what is no future."""
    reach: Reach | None = None
    """Of a frozen view; None if all of the book is available."""
    proof: Proof = Proof.FULL
    """``partial`` where the sequence numbers prove nothing (scope ``none``): shown as UNPROVED beside the verdict."""
