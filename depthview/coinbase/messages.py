"""Decodes frames into typed messages; nothing else knows the venue's JSON.

There are two stages. The fast one decodes known channels directly into typed structs (msgspec, which ignores unknown
fields, as the venue asks its clients to do). What it rejects goes to the second, which decodes piece by piece: an error
frame, an unknown channel, or a known channel with damaged parts, of which the sound ones are kept and the others
counted. If a frame is not JSON, its number is still searched for, because a damaged frame uses up its number too.

Shapes are as observed in a recording of August 2026; where the venue's documents differ, both are accepted.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec

from depthview.core.fixed_point import is_number
from depthview.core.order_book import Sides, read_in_steps
from depthview.core.text import is_product_id, plain_text
from depthview.core.types import Product, Side
from depthview.errors import MalformedFrame

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_UNUSED: Final = frozenset({"candles", "ticker_batch", "user", "futures_balance_summary"})
"""Documented channels that depthview does not use."""
_BOOK_EVENTS: Final = frozenset({"snapshot", "update"})
_MAX_SEQUENCE: Final = 2**63
_COUNTER_DIGITS: Final = 19
_LARGE: Final = 8 << 20
"""Bytes above which a message can only be a book, and is not decoded piece by piece: three bytes of JSON can become a
list of 56, so this bounds what decoding takes. The largest snapshot has 5 MB (observed)."""
_LONGEST_NAME: Final = 64


class BookRow(msgspec.Struct, gc=False):
    """One book row; zero size removes (documented), and sides are ``bid`` and ``offer``, never ``ask`` (observed)."""

    side: Literal["bid", "offer"]
    price: str = msgspec.field(name="price_level")
    size: str = msgspec.field(name="new_quantity")


class BookEvent(msgspec.Struct, gc=False):
    type: Literal["snapshot", "update"]
    product_id: str
    updates: list[BookRow]
    bad_rows: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Rows that could not be decoded and are not in ``updates``."""


class ReadyEvent(BookEvent, gc=False, kw_only=True):
    """A snapshot whose rows are already the sides of a book: created here, never decoded."""

    sides: Sides


class TradeRow(msgspec.Struct, gc=False):
    """One trade. ``side`` is the maker's (documented; observed: 49 of 53 SELL at the best ask)."""

    trade_id: str
    product_id: str
    price: str
    size: str
    side: str
    time: str


class TradesEvent(msgspec.Struct, gc=False):
    """Trades; newest first in a snapshot (observed)."""

    type: str
    trades: list[TradeRow]


class TickerRow(msgspec.Struct, gc=False):
    """One product's ticker; the best prices may be absent (documented for ``ticker_batch``).

    A price may be null. The day's figures (observed) prove nothing, so one of a wrong type must not invalidate the
    frame.
    """

    product_id: str
    price: str | None = None
    best_bid: str | None = None
    best_ask: str | None = None
    high: Any = msgspec.field(name="high_24_h", default=None)
    low: Any = msgspec.field(name="low_24_h", default=None)
    volume: Any = msgspec.field(name="volume_24_h", default=None)
    change_percent: Any = msgspec.field(name="price_percent_chg_24_h", default=None)


class TickerEvent(msgspec.Struct, gc=False):
    type: str
    tickers: list[TickerRow]


class ProductRow(msgspec.Struct, gc=False):
    """A product in the status channel (documented)."""

    id: str
    base_currency: str = ""
    quote_currency: str = ""
    base_increment: str = ""
    quote_increment: str = ""
    status: str = ""
    product_type: Any = ""


class StatusEvent(msgspec.Struct, gc=False):
    type: str
    products: list[ProductRow]


class HeartbeatEvent(msgspec.Struct, gc=False):
    """One per second. The counter is a number (observed) or a string (documented)."""

    heartbeat_counter: int | str | None = None

    @property
    def counter(self) -> int | None:
        """The counter as a number; None if there is no valid one."""
        given = self.heartbeat_counter
        if isinstance(given, str):
            return int(given) if given.isascii() and given.isdigit() and len(given) < _COUNTER_DIGITS else None
        return given if given is not None and 0 <= given < _MAX_SEQUENCE else None


class SubscriptionsEvent(msgspec.Struct, gc=False):
    """All that the connection is subscribed to, by request channel name."""

    subscriptions: dict[str, list[str]]


class Book(msgspec.Struct, gc=False, tag_field="channel", tag="l2_data"):
    """A ``level2`` frame; the names of the channel in requests and in frames differ (documented)."""

    events: list[BookEvent]
    sequence_num: int | None = None
    timestamp: str = ""


class PartBook(Book, gc=False, kw_only=True, tag_field="channel", tag="l2_data"):
    """A ``level2`` frame without its events of unknown types: created here, never decoded."""

    left_out: tuple[str, ...]
    """The product that each of these events names; empty if it names none."""


class Trades(msgspec.Struct, gc=False, tag_field="channel", tag="market_trades"):
    events: list[TradesEvent]
    sequence_num: int | None = None
    timestamp: str = ""


class Ticker(msgspec.Struct, gc=False, tag_field="channel", tag="ticker"):
    events: list[TickerEvent]
    sequence_num: int | None = None
    timestamp: str = ""


class Status(msgspec.Struct, gc=False, tag_field="channel", tag="status"):
    events: list[StatusEvent]
    sequence_num: int | None = None
    timestamp: str = ""


class Heartbeat(msgspec.Struct, gc=False, tag_field="channel", tag="heartbeats"):
    events: list[HeartbeatEvent]
    sequence_num: int | None = None
    timestamp: str = ""


class Subscribed(msgspec.Struct, gc=False, tag_field="channel", tag="subscriptions"):
    """An acknowledgement; it may come after the data it announces (observed)."""

    events: list[SubscriptionsEvent]
    sequence_num: int | None = None
    timestamp: str = ""


class Other(msgspec.Struct, gc=False):
    """A channel or an event that is not used here. Its number counts like any other."""

    product: str
    known: bool
    """Whether the channel is a documented one."""
    sequence_num: int | None = None
    timestamp: str = ""
    left_out: tuple[str, ...] = ()
    """As :attr:`PartBook.left_out`, if no event of a ``level2`` frame is known."""


class ErrorMessage(msgspec.Struct, gc=False):
    """An error frame: no channel, no number (observed)."""

    message: str
    """The venue's words, safe to show."""
    sequence_num: None = None
    timestamp: str = ""


Message = Book | Trades | Ticker | Status | Heartbeat | Subscribed | Other | ErrorMessage

_decode_fast: Final = msgspec.json.Decoder(Book | Trades | Ticker | Status | Heartbeat | Subscribed).decode
_decode_any: Final = msgspec.json.Decoder().decode
_KINDS: Final = frozenset({"market_trades", "ticker", "status", "heartbeats", "subscriptions"})
_WITHOUT_BOOK: Final = _KINDS | _UNUSED
_WITHOUT_TRADES: Final = (_WITHOUT_BOOK | {"l2_data"}) - {"market_trades"}
_find_number: Final = re.compile(rb'"sequence_num"\s*:\s*(\d{1,18})\s*[,}]').search
_find_products: Final = re.compile(rb'"product_id"\s*:\s*"([A-Z0-9-]{1,64})"').findall
_find_channels: Final = re.compile(rb'"channel"\s*:\s*"?([a-z0-9_]{0,32})"?').findall


def decode(raw: bytes | str) -> Message:
    """Decode a frame.

    Raises:
        MalformedFrame: It is not a JSON object, or not one that the venue sends; carries the frame's number if one was
            found.
    """
    if len(raw) > _LARGE:
        _refuse_large(raw)
    try:
        message: Message = _decode_fast(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError):
        return _decode_slowly(raw)
    number = message.sequence_num
    if number is not None and not 0 <= number < _MAX_SEQUENCE:
        raise _misnumbered(product_of(message), str(type(message).__struct_config__.tag))
    if isinstance(message, Book) and len(message.events) > 1:
        message.events = _one_snapshot_each(message.events)
    return message


def decode_ahead(raw: bytes) -> Message | None:
    """Decode a frame that is taken in a moment later; None if it cannot be decoded, which is reported then."""
    try:
        return decode(raw)
    except MalformedFrame:
        return None


def ready_ahead(message: Message | None) -> Iterator[None]:
    """Replace the rows of every snapshot in a message by the sides of a book; yields between steps."""
    if not isinstance(message, Book):
        return
    for place, event in enumerate(message.events):
        if event.type == "snapshot":
            sides = yield from read_in_steps(event.updates)
            yield
            message.events[place] = ReadyEvent(event.type, event.product_id, [], event.bad_rows, sides=sides)
            # Freeing so many rows is a step as well.
            del event
            yield


def product_of(message: Message) -> str:
    """The one product that a message concerns; empty for none or several, or a name that is too long."""
    match message:
        case PartBook(events=events, left_out=left_out):
            names = {*(event.product_id for event in events), *left_out}
        case Book(events=[event]):
            return event.product_id if len(event.product_id) <= _LONGEST_NAME else ""
        case Book(events=events):
            names = {event.product_id for event in events}
        case Trades(events=events):
            names = {trade.product_id for event in events for trade in event.trades}
        case Ticker(events=events):
            names = {ticker.product_id for event in events for ticker in event.tickers}
        case Other(product=product):
            return product
        case _:
            return ""
    return names.pop() if len(names) == 1 and all(len(name) <= _LONGEST_NAME for name in names) else ""


def meant_product(label: str) -> str:
    """The product id that differs from ``label`` only in case or blanks; empty if there is none."""
    name = "".join(label[: 2 * _LONGEST_NAME].split()).upper()
    return name if is_product_id(name) else ""


def product_from(row: ProductRow) -> Product | None:
    """A product of the status channel; None if its name is invalid."""
    if not is_product_id(row.id):
        return None
    named = Product.named(row.id)
    product = Product(
        row.id,
        plain_text(row.base_currency, 12) or named.base,
        plain_text(row.quote_currency, 12) or named.quote,
        increment_from(row.quote_increment),
        increment_from(row.base_increment),
        "" if row.status == "online" else plain_text(row.status, 24),
        product_type=plain_text(row.product_type, 24) if isinstance(row.product_type, str) else "",
    )
    # For a future the price increment differs from the quote increment (reported).
    return replace(product, price_increment=None) if product.is_future else product


def increment_from(text: object) -> Decimal | None:
    """A price or size increment; None if ``text`` is not a positive decimal string."""
    return (Decimal(text) or None) if is_number(text) else None


def unix_time(timestamp: str) -> float | None:
    """Unix seconds of an RFC 3339 timestamp with up to nine decimals; None if it is invalid, or before 1971.

    The snapshot example of the venue's documentation carries a time in 1970, which means no time.
    """
    try:
        at = datetime.fromisoformat(timestamp)
    except ValueError:
        return None
    if at.tzinfo is None:
        return None
    seconds = at.timestamp()
    return seconds if seconds > 31_536_000 else None


def book_rows(side: Side, levels: Iterable[tuple[str, str]]) -> bytes:
    """The rows of one side as the venue writes them in a snapshot, separated by commas."""
    word: Literal["bid", "offer"] = "bid" if side is Side.BID else "offer"
    return msgspec.json.encode([BookRow(word, price, size) for price, size in levels])[1:-1]


class _Envelope(msgspec.Struct, gc=False):
    channel: str = ""
    sequence_num: int | None = None


_decode_envelope: Final = msgspec.json.Decoder(_Envelope).decode


def _refuse_large(raw: bytes | str) -> None:
    """Reject a large message that is not a book.

    Raises:
        MalformedFrame: It is something else.
    """
    try:
        envelope = _decode_envelope(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError) as e:
        raise _damaged(raw[:_LARGE], plain_text(str(e))) from None
    if envelope.channel != "l2_data":
        number = envelope.sequence_num
        raise MalformedFrame(
            f"a {plain_text(envelope.channel, 24) or 'nameless'} frame of {len(raw) >> 20} MiB",
            number if number is not None and 0 <= number < _MAX_SEQUENCE else None,
            may_hold_book=False,
            may_hold_trades=envelope.channel == "market_trades",
        )


def _decode_slowly(raw: bytes | str) -> Message:
    if len(raw) > _LARGE:
        raise _damaged(raw[:_LARGE], "damaged, and too large to decode in part")
    try:
        whole = _decode_any(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError) as e:
        raise _damaged(raw, plain_text(str(e))) from None
    if not isinstance(whole, dict):
        raise MalformedFrame("not a JSON object", may_hold_book=False)
    channel, events = whole.get("channel"), whole.get("events")
    if channel is None and whole.get("type") == "error":
        said = (text for text in (whole.get("message"), whole.get("reason")) if isinstance(text, str) and text)
        return ErrorMessage(plain_text(next(said, "error"), 200))
    number = whole.get("sequence_num")
    if not isinstance(number, int) or isinstance(number, bool):
        number = None
    elif not 0 <= number < _MAX_SEQUENCE:
        raise _misnumbered(_product_in(events), channel if isinstance(channel, str) else "")
    if not isinstance(channel, str):
        raise MalformedFrame("neither a channel nor an error", number, product=_product_in(events))
    timestamp = whole["timestamp"] if isinstance(whole.get("timestamp"), str) else ""
    if channel == "l2_data" and isinstance(events, list):
        known = [event for event in events if not _is_other_event(event)]
        left_out = tuple(_label_of(event) for event in events if _is_other_event(event))
        if events and not known:
            return Other(_product_in(events), False, number, timestamp, left_out)
        sound = [event for event in map(_book_event, known) if event is not None]
        if len(sound) == len(known):
            sound = _one_snapshot_each(sound)
            return PartBook(sound, number, timestamp, left_out=left_out) if left_out else Book(sound, number, timestamp)
    elif channel not in _KINDS and channel != "l2_data":
        return Other(_product_in(events), channel in _UNUSED, number, timestamp)
    raise MalformedFrame(
        f"a {plain_text(channel, 24)} frame of an unknown shape",
        number,
        product=_product_in(events),
        may_hold_book=channel == "l2_data",
        may_hold_trades=channel == "market_trades",
    )


def _misnumbered(product: str, channel: str) -> MalformedFrame:
    return MalformedFrame(
        "sequence number out of range",
        product=product,
        misnumbered=True,
        may_hold_book=channel not in _WITHOUT_BOOK,
        may_hold_trades=channel not in _WITHOUT_TRADES,
    )


def _damaged(raw: bytes | str, why: str) -> MalformedFrame:
    text = raw if isinstance(raw, bytes) else raw.encode("utf-8", "surrogatepass")
    number, products, channels = _find_number(text), set(_find_products(text)), _find_channels(text)
    # Only a frame with exactly one channel name surely belongs to that channel.
    channel = channels[0].decode() if len(channels) == 1 else ""
    return MalformedFrame(
        f"not JSON: {why}",
        int(number.group(1)) if number else None,
        product=products.pop().decode() if len(products) == 1 else "",
        may_hold_book=channel not in _WITHOUT_BOOK,
        may_hold_trades=channel not in _WITHOUT_TRADES,
    )


def _is_other_event(event: object) -> bool:
    kind = event.get("type") if isinstance(event, dict) else None
    return isinstance(kind, str) and kind not in _BOOK_EVENTS


def _label_of(event: dict[str, object]) -> str:
    product = event.get("product_id")
    return product if isinstance(product, str) else ""


def _one_snapshot_each(events: list[BookEvent]) -> list[BookEvent]:
    """The events with several snapshots of one product merged into the first."""
    first: dict[str, BookEvent] = {}
    kept: list[BookEvent] = []
    for event in events:
        if event.type == "snapshot":
            whole = first.setdefault(event.product_id, event)
            if whole is not event:
                whole.updates += event.updates
                whole.bad_rows += event.bad_rows
                continue
        kept.append(event)
    return kept


def _book_event(event: object) -> BookEvent | None:
    if not isinstance(event, dict):
        return None
    kind, product, updates = event.get("type"), event.get("product_id"), event.get("updates")
    if kind not in ("snapshot", "update") or not isinstance(product, str) or not meant_product(product):
        return None
    if updates is None:
        return BookEvent(kind, product, [], 1)
    if not isinstance(updates, list):
        return None
    rows: list[BookRow] = []
    for update in updates:
        if not isinstance(update, dict):
            continue
        side, price, size = update.get("side"), update.get("price_level"), update.get("new_quantity")
        if side in ("bid", "offer") and is_number(price) and is_number(size):
            rows.append(BookRow(side, price, size))
    return BookEvent(kind, product, rows, len(updates) - len(rows))


def _product_in(events: object) -> str:
    names: set[str] = set()
    for event in events if isinstance(events, list) else ():
        if not isinstance(event, dict):
            continue
        parts = [event, *(part for value in event.values() if isinstance(value, list) for part in value)]
        for part in parts:
            if isinstance(part, dict) and is_product_id(part.get("product_id")):
                names.add(part["product_id"])
    return names.pop() if len(names) == 1 else ""
