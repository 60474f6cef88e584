"""The rows of the three tables (trades, top, depth), which moments are sampled, and the rules of the options.

All numbers are exact, as text. Trades are accepted by the rules of the session.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from depthview.coinbase import messages as wire
from depthview.coinbase.messages import unix_time
from depthview.config.options import DEPTH
from depthview.config.values import product_list, read_flag, seconds
from depthview.core.fixed_point import is_number, text_of
from depthview.core.measures import mid, spread
from depthview.core.sequence import Scope
from depthview.core.text import is_product_id, plain_text
from depthview.core.verdict import Proof
from depthview.errors import MalformedFrame, UsageError
from depthview.recordings.cursor import RecordedEnd

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Sequence

    from depthview.clock import ManualClock
    from depthview.coinbase.messages import TradeRow
    from depthview.core.types import Level
    from depthview.core.verdict import Judgement
    from depthview.recordings.cursor import Record
    from depthview.recordings.driver import Driver
    from depthview.recordings.reader import RecordedFrame
    from depthview.session.products import ProductMarket
    from depthview.session.session import MarketSession


AGGRESSORS: Final = {"SELL": "buy", "BUY": "sell"}
"""Who crossed the spread, by the maker's side that the wire gives (documented)."""


def is_valid_trade(row: TradeRow) -> bool:
    """Whether price, size, time and side can be read."""
    return is_number(row.price) and is_number(row.size) and row.side in AGGRESSORS and unix_time(row.time) is not None


MOST_SAMPLES_IN_A_SILENCE: Final = 100_000
"""A recording may claim a silence of centuries: a day of seconds is sampled, the rest is skipped."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A moment to sample: everything that came until then is in the books, and nothing later."""

    at: Decimal
    """Unix seconds."""
    now: float
    """Monotonic seconds of the session's clock."""
    frames: int
    """Frames of the venue's that had come."""


class Sampling:
    """Whole multiples of a time, from the first entry on.

    Args:
        clock: The session's.
        every: Seconds between two samples.
    """

    def __init__(self, clock: ManualClock, every: Decimal) -> None:
        self._clock = clock
        self._every = every
        self._next: Decimal | None = None
        self._left = 0

    def after(self, driver: Driver, record: Record | None, frames: int) -> Iterator[Sample]:
        """The samples between a step and the next one, and behind the end the last one.

        Args:
            driver: Has just done the step.
            record: What it has handed over; None for a tick.
            frames: How many have come.
        """
        if isinstance(record, RecordedEnd):
            yield self._sample(_exact(self._clock.unix()), frames)
            return
        if record is not None:
            self._left = MOST_SAMPLES_IN_A_SILENCE
        due = driver.due()
        assert due is not None  # noqa: S101  # the end is to come
        if self._next is None:
            self._next = self._multiple_from(driver.at)
        while float(self._next) < due:
            if not self._left:
                self._next = self._multiple_from(due)
                return
            self._left -= 1
            yield self._sample(self._next, frames)
            self._next += self._every

    def _sample(self, at: Decimal, frames: int) -> Sample:
        return Sample(at, self._clock.monotonic() + max(0.0, float(at) - self._clock.unix()), frames)

    def _multiple_from(self, at: float) -> Decimal:
        """The first whole multiple that is not before ``at``."""
        steps, rest = divmod(_exact(at), self._every)
        return (steps + bool(rest)) * self._every


def _exact(at: float) -> Decimal:
    """Unix seconds to the microsecond, which is what a recording keeps."""
    return Decimal(f"{at:.6f}")


_PLAIN: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})?")
DEFAULT_LEVELS: Final = "10"
DEFAULT_EVERY: Final = "1"


class TableKind(StrEnum):
    TRADES = "trades"
    TOP = "top"
    DEPTH = "depth"


class TableFormat(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class ExportOptions:
    what: TableKind
    format: TableFormat = TableFormat.CSV
    products: tuple[str, ...] = ()
    """Empty for all that the recording holds."""
    every: Decimal = Decimal(1)
    """Seconds between two samples, of which each lies on a whole multiple."""
    levels: int = 10
    """Per side; 0 for all."""
    include_untrusted: bool = False
    """Give the prices of untrusted books too."""


def options_from(args: argparse.Namespace) -> ExportOptions:
    """The options of a command line.

    Raises:
        UsageError: One of them is invalid, or they do not go together.
    """
    what = TableKind(args.what)
    if what is TableKind.TRADES and args.every is not None:
        raise UsageError("--every is for --what top and --what depth: every trade is written")
    if what is not TableKind.DEPTH and args.levels is not None:
        raise UsageError("--levels is for --what depth")
    if what is TableKind.TRADES and args.include_untrusted:
        raise UsageError("--include-untrusted is for --what top and --what depth: every trade is written")
    every = args.every or DEFAULT_EVERY
    read_flag("--every", seconds, every)
    if not _PLAIN.fullmatch(every.strip()):
        raise UsageError(f"--every {every!r} is finer than a microsecond, or longer than any recording")
    if args.format is not None:
        chosen = TableFormat(args.format)
    else:
        chosen = TableFormat.JSONL if (args.output or "").endswith((".jsonl", ".ndjson")) else TableFormat.CSV
    return ExportOptions(
        what,
        chosen,
        read_flag("", product_list, args.product or ()),
        Decimal(every.strip()),
        read_flag("--levels", DEPTH.read, args.levels or DEFAULT_LEVELS),
        args.include_untrusted,
    )


Row: TypeAlias = "tuple[str | int | None, ...]"

COLUMNS: Final[dict[TableKind, tuple[str, ...]]] = {
    TableKind.TRADES: (
        "at", "at_utc", "product", "trade_id", "price", "size", "aggressor", "maker_side", "verdict", "event",
        "received_at", "received_utc", "frame", "proof",
    ),
    TableKind.TOP: (
        "at", "at_utc", "product", "verdict", "reason", "bid", "bid_size", "ask", "ask_size", "spread", "mid",
        "sequence", "frame", "proof",
    ),
    TableKind.DEPTH: (
        "at", "at_utc", "product", "verdict", "reason", "side", "level", "price", "size", "cumulative", "sequence",
        "frame", "proof",
    ),
}  # fmt: skip
_REMEMBERED: Final = 5_000
"""Trades of a product that are known again: each new snapshot brings the last hundred once more (observed)."""
_MOST_PRODUCTS: Final = 1_000
_STAMP: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
_TRADE_ID: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}")
_FORMULA: Final = ("=", "+", "-", "@")
_MARKET_TRADES: Final = b'"market_trades"'


class Rows:
    """Makes rows of what a session has been driven to.

    Args:
        session: That the recording drives.
        options: What was asked for.
    """

    def __init__(self, session: MarketSession, options: ExportOptions) -> None:
        self._session = session
        self._options = options
        self._known: dict[str, tuple[set[str], deque[str]]] = {}
        self.left_out = 0
        """Trades that could not be read."""
        self.found: Final[set[str]] = set()
        """Products that there is something of, by the names asked for or, without any, by those in the recording."""

    def of_sample(self, sample: Sample) -> Iterator[Row]:
        """Top of book or depth of every product."""
        for product in self._session.products.names():
            market = self._session.products.market(product)
            if market.ever_had_book:
                self.found.add(product)
            judged = self._session.judgement(market, sample.now)
            if self._options.what is TableKind.TOP:
                yield self._top(sample, product, market, judged)
            else:
                yield from self._depth(sample, product, market, judged)

    def of_frame(self, frame: RecordedFrame, number: int) -> Iterator[Row]:
        """The trades that a frame has brought, once the session has taken it in.

        Args:
            frame: As recorded.
            number: Its place among the recording's frames, from 1; those that were made are not counted.
        """
        raw = frame.frame
        if _MARKET_TRADES not in raw or frame.binary:
            return
        try:
            message = wire.decode(raw)
        except MalformedFrame:
            return  # the session has counted it
        if not isinstance(message, wire.Trades):
            return
        received = _exact(frame.at)
        for event in message.events:
            fresh: list[tuple[Decimal, Row]] = []
            # Newest first in a snapshot (observed); the sort keeps the order of those of one moment.
            for row in reversed(event.trades):
                product = self._asked(row.product_id)
                if product is None:
                    continue
                at = exact_time(row.time) if is_valid_trade(row) else None
                if at is None or not _TRADE_ID.fullmatch(row.trade_id):
                    self.left_out += 1
                elif self._is_fresh(row.product_id, row.trade_id):
                    self.found.add(product)
                    fresh.append((
                        at,
                        (
                            format(at, "f"), utc(at), product, row.trade_id, row.price, row.size,
                            AGGRESSORS[row.side], row.side, self._verdict(row.product_id),
                            "snapshot" if event.type == "snapshot" else "update",
                            format(received, "f"), utc(received), number, self._proof(),
                        ),
                    ))  # fmt: skip
            fresh.sort(key=lambda found: found[0])
            yield from (row for _, row in fresh)

    def _asked(self, label: str) -> str | None:
        """The name that a product was asked for by, given the name that its data carries; None where it was not."""
        if not is_product_id(label):
            return None
        asked = self._options.products
        return self._session.subscriptions.names.among(asked, label) if asked else label

    def _is_fresh(self, product: str, trade_id: str) -> bool:
        if product not in self._known and len(self._known) >= _MOST_PRODUCTS:
            return True
        known, order = self._known.setdefault(product, (set(), deque()))
        if trade_id in known:
            return False
        if len(order) >= _REMEMBERED:
            known.discard(order.popleft())
        known.add(trade_id)
        order.append(trade_id)
        return True

    def _verdict(self, label: str) -> str | None:
        markets = self._session.products.known_as(label)
        return self._session.judgement(markets[0]).verdict.value if markets else None

    def _top(self, sample: Sample, product: str, market: ProductMarket, judged: Judgement) -> Row:
        head = _head(sample, product, judged)
        tail = (self._session.monitor.last(market.feed_product), sample.frames, self._proof())
        if not self._may_show(judged):
            return (*head, *[None] * 6, *tail)
        bid, ask = market.book.bids.best(), market.book.asks.best()
        # A negative spread is no spread, also in the moment before a crossed book is doubted.
        whole = (bid, ask) if bid is not None and ask is not None and bid.price <= ask.price else None
        return (
            *head,
            *_level(bid),
            *_level(ask),
            None if whole is None else text_of(spread(*whole)),
            None if whole is None else text_of(mid(*whole)),
            *tail,
        )

    def _depth(self, sample: Sample, product: str, market: ProductMarket, judged: Judgement) -> Iterator[Row]:
        head = _head(sample, product, judged)
        tail = (self._session.monitor.last(market.feed_product), sample.frames, self._proof())
        sides = (market.book.bids, market.book.asks)
        if not self._may_show(judged) or not any(map(len, sides)):
            yield (*head, *[None] * 5, *tail)
            return
        for side in sides:
            for level, (price, size, cumulative) in enumerate(side.top(self._options.levels or len(side)), 1):
                yield (*head, side.side.value, level, text_of(price), text_of(size), text_of(cumulative), *tail)

    def _proof(self) -> str | None:
        """``partial`` where sequence numbers prove nothing; None where they do."""
        return Proof.PARTIAL.value if self._session.monitor.scope is Scope.NONE else None

    def _may_show(self, judged: Judgement) -> bool:
        return judged.verdict.trusted or self._options.include_untrusted


def _head(sample: Sample, product: str, judged: Judgement) -> Row:
    at = format(sample.at, "f")
    return at, utc(sample.at), product, judged.verdict.value, _harmless(judged.reason)


def exact_time(stamp: str) -> Decimal | None:
    """Unix seconds of an RFC 3339 time to its last digit; None where it is none."""
    match = _STAMP.fullmatch(stamp)
    if match is None:
        return None
    try:
        whole = datetime.fromisoformat(stamp).replace(microsecond=0).timestamp()
    except (ValueError, OverflowError):
        return None
    return Decimal(f"{whole:.0f}{match[1] or ''}")


def utc(at: Decimal) -> str:
    """Unix seconds as an ISO 8601 time in UTC, with all their decimals."""
    whole, _, decimals = format(at, "f").partition(".")
    return f"{datetime.fromtimestamp(int(whole), UTC):%Y-%m-%dT%H:%M:%S}{'.' if decimals else ''}{decimals}Z"


def _level(level: Level | None) -> tuple[str | None, str | None]:
    return (None, None) if level is None else (text_of(level.price), text_of(level.size))


def _harmless(text: str | None) -> str | None:
    """Words that may be the recording's own, so that no spreadsheet takes them for a formula."""
    if text is None:
        return None
    shown = plain_text(text, 200)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def row_format(form: TableFormat, columns: Sequence[str]) -> tuple[bytes, Callable[[Row], bytes]]:
    """The heading of a table, empty for none, and a function that formats a row as a line, with its line end."""
    if form is TableFormat.JSONL:
        return b"", lambda row: msgspec.json.encode(dict(zip(columns, row, strict=True))) + b"\n"
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")

    def line(row: Sequence[object]) -> bytes:
        writer.writerow(row)
        text = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        return text.encode()

    return line(columns), line
