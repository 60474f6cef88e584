"""Statistics of a recording: books, sequence numbers, timing, and volume by channel and product.

Books are read from the session that the recording drives. Sequence numbers are checked in both scopes, per connection
and per product; which scope holds is the session's decision, and the breaks of both are kept. All lists are bounded: a
recording may be hostile.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from depthview.core.sequence import Kind, NumberRun, Scope, Tally
from depthview.core.text import is_product_id, plain_text
from depthview.core.verdict import SILENCE
from depthview.session.products import ProductMarket
from depthview.views.depth import SnapshotView

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from depthview.coinbase.messages import BookEvent, TradeRow
    from depthview.core.sequence import Observation, SequenceFinding
    from depthview.session.session import MarketSession

_MOST_NAMES: Final = 1_000
OTHERS: Final = "(others)"
"""Stands for the names beyond those that are kept."""


@dataclass(slots=True)
class Volume:
    frames: int = 0
    bytes: int = 0
    """Of the frames' text, as it came off the wire."""

    def add(self, size: int) -> None:
        """One frame of ``size`` bytes."""
        self.frames += 1
        self.bytes += size


class Volumes:
    """Volumes by name; a hostile recording may have any number of names."""

    def __init__(self) -> None:
        self._by_name: dict[str, Volume] = {}

    def add(self, name: str, size: int) -> None:
        volume = self._by_name.get(name)
        if volume is None:
            shown = plain_text(name) if len(self._by_name) < _MOST_NAMES else OTHERS
            volume = self._by_name.setdefault(shown, Volume())
        volume.add(size)

    def by_name(self) -> dict[str, Volume]:
        """The largest first, by bytes; names are safe to show."""
        return dict(sorted(self._by_name.items(), key=lambda item: (-item[1].bytes, item[0])))


T = TypeVar("T")
MOST: Final = 1_000
"""Items of a list that are kept; the rest is counted."""


class BoundedList(Generic[T]):
    """Keeps the first items and counts all of them.

    Args:
        limit: How many are kept.
    """

    __slots__ = ("_kept", "_limit", "count")

    def __init__(self, limit: int = MOST) -> None:
        self._limit = limit
        self._kept: list[T] = []
        self.count = 0
        """Items that were added."""

    def add(self, item: T) -> None:
        """Append an item, or only count it."""
        self.count += 1
        if len(self._kept) < self._limit:
            self._kept.append(item)

    def __iter__(self) -> Iterator[T]:
        return iter(self._kept)

    def __bool__(self) -> bool:
        return self.count > 0

    @property
    def left_out(self) -> int:
        """Items that were added and not kept."""
        return self.count - len(self._kept)


MOST_BOOKS: Final = 30
"""Books that are kept, as many as the session keeps of a recording; a connection brings no more (reported)."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Where in a recording something happened."""

    frame: int
    """The frame's place among the recording's frames, from 1."""
    at: float
    """Unix seconds."""
    product: str = ""


@dataclass(frozen=True, slots=True)
class SnapshotNote:
    moment: Moment
    bids: int
    asks: int
    size: int
    """Bytes of its frame."""
    made: bool
    """Whether depthview made it from its own book."""


@dataclass(slots=True)
class Crossing:
    """A best bid above the best ask."""

    moment: Moment
    bid: Decimal
    ask: Decimal
    seconds: float = 0.0
    """How long it lasted: to the end of the recording, or until the book was doubted, at most."""


@dataclass(slots=True)
class ProductStatistics:
    """What the recording holds of one product."""

    market: ProductMarket | None = None
    """None while no book has come."""
    updates: int = 0
    snapshots: int = 0
    trades: int = 0
    crossings: int = 0
    snapshot: SnapshotView | None = None
    """The last one."""
    crossing: Crossing | None = None
    """The one that has not ended."""
    contradictions: int = 0
    """Times that the ticker contradicted the book for seconds on end, as far as they have been noted."""

    @property
    def bad_rows(self) -> int:
        """Rows that the session could not apply."""
        return 0 if self.market is None else self.market.bad_rows

    @property
    def unknown_removals(self) -> int:
        """Removals of prices that the book did not hold."""
        return 0 if self.market is None else self.market.book.unknown_removals


class Books:
    """Watches the books of a session.

    Args:
        session: A passive one that follows every book of the recording.
    """

    def __init__(self, session: MarketSession) -> None:
        self.snapshots: Final[BoundedList[SnapshotNote]] = BoundedList()
        self.crossings: Final[BoundedList[Crossing]] = BoundedList()
        self.contradictions: Final[BoundedList[Moment]] = BoundedList()
        self._session = session
        self._by_product: dict[str, ProductStatistics] = {}

    def by_product(self) -> dict[str, ProductStatistics]:
        """By product, in order of appearance."""
        return dict(self._by_product)

    def taken(self, events: Iterable[BookEvent], frame: int, at: float, size: int, *, made: bool) -> None:
        """The session has processed a frame of snapshots and updates.

        Args:
            events: As decoded.
            frame: The frame's place among the recording's frames, from 1.
            at: Unix seconds.
            size: Bytes of the frame.
            made: It was made from depthview's own book.
        """
        for event in events:
            statistics = self._statistics_of(event.product_id)
            if statistics is None:
                continue
            statistics.updates += event.type != "snapshot"
            if statistics.market is None:
                statistics.market = next(iter(self._session.products.known_as(event.product_id)), None)
            market = statistics.market
            if market is None:
                continue
            if market.snapshot is not statistics.snapshot:
                statistics.snapshot = market.snapshot
                statistics.snapshots += 1
                moment = Moment(frame, at, event.product_id)
                self.snapshots.add(SnapshotNote(moment, len(market.book.bids), len(market.book.asks), size, made))
            if market.crossed_since is not None or statistics.crossing is not None:
                self._look_at_crossing(statistics, market, Moment(frame, at, event.product_id))

    def trades(self, rows: Iterable[TradeRow]) -> None:
        for row in rows:
            statistics = self._statistics_of(row.product_id)
            if statistics is not None:
                statistics.trades += 1

    def passed(self, frame: int, at: float) -> None:
        """Time has passed, or the connection has begun or ended; ``frame`` is the newest one."""
        for product, statistics in self._by_product.items():
            market = statistics.market
            if market is None:
                continue
            if statistics.crossing is not None:
                self._look_at_crossing(statistics, market, Moment(frame, at, product))
            if market.contradictions != statistics.contradictions:
                statistics.contradictions = market.contradictions
                self.contradictions.add(Moment(frame, at, product))

    def finish(self, at: float) -> None:
        for statistics in self._by_product.values():
            self._end_crossing(statistics, at)

    def _statistics_of(self, product: str) -> ProductStatistics | None:
        statistics = self._by_product.get(product)
        if statistics is None and len(self._by_product) < MOST_BOOKS and is_product_id(product):
            statistics = self._by_product[product] = ProductStatistics()
        return statistics

    def _look_at_crossing(self, statistics: ProductStatistics, market: ProductMarket, moment: Moment) -> None:
        if market.crossed_since is None or market.doubt:
            self._end_crossing(statistics, moment.at)
            return
        bid, ask = market.book.bids.best(), market.book.asks.best()
        if statistics.crossing is None and bid is not None and ask is not None:
            statistics.crossing = Crossing(moment, bid.price, ask.price)
            statistics.crossings += 1
            self.crossings.add(statistics.crossing)

    def _end_crossing(self, statistics: ProductStatistics, at: float) -> None:
        if statistics.crossing is not None:
            statistics.crossing.seconds = at - statistics.crossing.moment.at
            statistics.crossing = None


_MOST_RUNS: Final = 4_096
"""Products with numbers of their own; the venue has about 920 (observed in its product list)."""


@dataclass(frozen=True, slots=True)
class Break:
    """A sequence number that was not the expected one."""

    kind: Kind
    frame: int
    """The frame's place among the recording's frames, from 1."""
    at: float
    """Unix seconds."""
    channel: str
    product: str
    """Of the frame; empty for none or several."""
    before: int | None
    """The highest number until then."""
    number: int
    missed: int


class Reading:
    """The numbers checked in one scope, over all connections, by the session's own rules (:class:`NumberRun`)."""

    def __init__(self) -> None:
        self.tally: Final = Tally()
        self.breaks: Final[BoundedList[Break]] = BoundedList()
        self._runs: dict[str, NumberRun] = {}

    def opened(self) -> None:
        """A new connection: new runs. The tally stays."""
        self._runs.clear()

    def observe(
        self, run: str, number: int, frame: int, at: float, channel: str, product: str, text: int | None
    ) -> None:
        """Judge a frame's number.

        Args:
            run: What the number counts in this reading.
            number: The frame's ``sequence_num``.
            frame: Its place among the recording's frames, from 1.
            at: Unix seconds.
            channel: Where it came.
            product: What it concerned.
            text: A hash of the whole frame; None where it is damaged.
        """
        count = self._runs.get(run)
        if count is None:
            if len(self._runs) >= _MOST_RUNS:
                run = OTHERS
            count = self._runs.setdefault(run, NumberRun())
        elif count.follows(number, text):
            return
        before = count.last
        self.note(count.observe(number, text), frame, at, channel, product, before)

    def note(self, seen: Observation, frame: int, at: float, channel: str, product: str, before: int | None) -> None:
        """Keep a break; ignores a number that was expected."""
        if not seen.in_sequence:
            self.tally.add(seen)
            self.breaks.add(Break(seen.kind, frame, at, channel, product, before, seen.number, seen.missed))


class SequenceReport:
    """The numbers checked in both scopes, and the session's choice between them.

    Args:
        sockets: Connections that the recording holds at once; where there are several, the reading by connection is
            the session's, which tells them apart.
        partial: Whether the numbers prove nothing, because some were left out of the recording.
    """

    def __init__(self, *, sockets: int = 1, partial: bool = False) -> None:
        self._sockets = sockets
        self._partial = partial
        self.connection: Final = Reading()
        self.product: Final = Reading()
        self.numbered = 0
        """Frames that carry a number."""
        self._scope = Scope.AUTO
        self._decided = {Scope.CONNECTION: 0, Scope.PRODUCT: 0}

    def opened(self) -> None:
        """A new connection."""
        self.connection.opened()
        self.product.opened()
        self._scope = Scope.AUTO

    def observe(
        self,
        number: int,
        frame: int,
        at: float,
        channel: str,
        product: str,
        text: int | None,
        findings: Sequence[SequenceFinding],
    ) -> None:
        """Judge a frame's number; arguments as for :meth:`Reading.observe`, and what the session has found."""
        self.numbered += 1
        if self._sockets == 1:
            self.connection.observe("", number, frame, at, channel, product, text)
        else:
            for finding in findings:
                seen = finding.seen
                before = seen.number - seen.missed - 1 if seen.kind is Kind.GAP else None
                self.connection.note(seen, frame, at, channel, product, before)
        self.product.observe(product, number, frame, at, channel, product, text)

    def chosen(self, scope: Scope) -> None:
        """The session's scope on the present connection; ``AUTO`` while it is undecided."""
        if scope is not self._scope:
            self._scope = scope
            if scope in self._decided:
                self._decided[scope] += 1

    @property
    def decided(self) -> bool:
        """Whether the numbers themselves show their scope."""
        return not self._partial and self._decided[Scope.CONNECTION] != self._decided[Scope.PRODUCT]

    @property
    def better(self) -> Scope:
        """The scope that holds better.

        The one that the session chose, on most connections if they differ. Where the numbers do not tell, the
        connection (observed: so the venue counts), since a few frames of many products fit the other scope whatever is
        missing between them. ``NONE`` for a partial recording.
        """
        if self._partial:
            return Scope.NONE
        return Scope.PRODUCT if self._decided[Scope.PRODUCT] > self._decided[Scope.CONNECTION] else Scope.CONNECTION


_FINE_BELOW: Final = 1_000.0
"""Milliseconds that are told to a tenth; above, to one per cent."""
_FINE_STEPS: Final = 10
_STEP: Final = math.log(1.01)


class Latencies:
    """Arrival less the venue's stamp, by the clock of the machine that recorded, whose offset is in it.

    Kept as counts by size, so that memory does not grow with the recording: to 0.1 ms below a second, to 1 % above.
    """

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self.count = 0

    def add(self, milliseconds: float) -> None:
        """One frame's; below 0 where the recording machine's clock was behind the venue's."""
        size = abs(milliseconds)
        if size < _FINE_BELOW:
            bucket = round(milliseconds * _FINE_STEPS)
        else:
            coarse = round(_FINE_BELOW * _FINE_STEPS) + round(math.log(size / _FINE_BELOW) / _STEP)
            bucket = coarse if milliseconds > 0 else -coarse
        self._counts[bucket] = self._counts.get(bucket, 0) + 1
        self.count += 1

    def percentiles(self, *shares: float) -> tuple[float, ...] | None:
        """For each share from 0 to 1 the milliseconds that so many did not exceed (nearest rank); None without any.

        Args:
            shares: In rising order.
        """
        if not self.count:
            return None
        found: list[float] = []
        buckets = iter(sorted(self._counts.items()))
        bucket, passed = next(buckets)
        for share in shares:
            rank = max(1, math.ceil(share * self.count))
            while passed < rank:
                bucket, more = next(buckets)
                passed += more
            found.append(_milliseconds(bucket))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Silence:
    """A span on an open connection in which nothing came."""

    seconds: float
    frame: int
    """The last frame before it, by its place among the recording's frames, from 1; 0 for none."""
    at: float
    """Unix seconds of its beginning."""


class Timing:
    def __init__(self) -> None:
        self.first_at: float | None = None
        """Unix seconds of the first entry."""
        self.last_at = 0.0
        self.busiest = 0
        """Most frames within one second of the clock."""
        self.largest: Silence | None = None
        self.long_silences: Final[BoundedList[Silence]] = BoundedList()
        """Those longer than what costs a book its trust."""
        self._heard_at: float | None = None
        self._second = -1
        self._in_second = 0

    @property
    def seconds(self) -> float:
        return 0.0 if self.first_at is None else self.last_at - self.first_at

    def entry(self, at: float) -> None:
        """An entry at ``at``, unix seconds."""
        if self.first_at is None:
            self.first_at = at
        self.last_at = at

    def opened(self, at: float) -> None:
        self._heard_at = at

    def closed(self, frame: int, at: float) -> None:
        """The connection has closed; ``frame`` was the last one."""
        self._heard(frame, at)
        self._heard_at = None

    def message(self, frame: int, at: float) -> None:
        """The frame at this place, from 1."""
        self._heard(frame - 1, at)
        second = int(at)
        if second != self._second:
            self._second, self._in_second = second, 0
        self._in_second += 1
        self.busiest = max(self.busiest, self._in_second)

    def _heard(self, frame: int, at: float) -> None:
        since, self._heard_at = self._heard_at, at
        if since is None or (self.largest is not None and at - since <= min(self.largest.seconds, SILENCE)):
            return
        silence = Silence(at - since, frame, since)
        if self.largest is None or silence.seconds > self.largest.seconds:
            self.largest = silence
        if silence.seconds > SILENCE:
            self.long_silences.add(silence)


def _milliseconds(bucket: int) -> float:
    fine = round(_FINE_BELOW * _FINE_STEPS)
    if abs(bucket) < fine:
        return bucket / _FINE_STEPS
    return math.copysign(_FINE_BELOW * math.exp((abs(bucket) - fine) * _STEP), bucket)
