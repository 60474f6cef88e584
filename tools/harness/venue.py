"""The simulated venue: markets, subscriptions, numbering and frames, as the wire facts have them.

It shares no code with the package and none with its embedded exchange. It does no I/O: whoever carries its messages
hands each of the client's to :meth:`Connection.request` and is handed each of the venue's. Faults change what it does
through a few attributes (:class:`Conduct`, :attr:`Connection.tampers`) and through the numbers of a connection.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tools.harness.chance import chance
from tools.harness.market import Market, Shape

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from tools.harness.schedule import Schedule

_encode: Final = msgspec.json.encode
_HEARTBEAT: Final = 1.0
_RATE_LIMIT: Final = 8
"""Unauthenticated messages a second (documented)."""
LABELS: Final = {"level2": "l2_data"}
"""Channels whose frames carry another name than they are asked for by (documented)."""
SHAPES: Final = {
    "BTC-USD": Shape(6_508_110, 2, 24, 0.12),
    "ETH-USD": Shape(251_345, 2, 16, 0.3),
    "SOL-USD": Shape(14_210, 2, 12, 0.8),
    "XLM-EUR": Shape(284_310, 6, 10, 6.0),
    "USDT-USD": Shape(99_987, 5, 8, 1.5),
    "USDT-USDC": Shape(9_998, 4, 8, 2.5),
    "EURC-USDC": Shape(11_642, 4, 10, 0.6),
}
"""The venue's books by the name that their data carries."""
ALIASES: Final = {"BTC-USDC": "BTC-USD", "ETH-USDC": "ETH-USD"}
"""Products that share another one's book (observed); USDT-USDC and EURC-USDC do not (observed)."""


@dataclass(frozen=True)
class Traits:
    """What stays the same during a run."""

    per_product: bool = False
    """Numbers count per product, as the guide says; else per connection, as observed."""
    ack_first: bool = False
    """Acknowledgements come before the data they announce; else after it (both observed)."""
    client_id: bool = False
    """Whether the envelope has one (both observed)."""
    pace: float = 1.0
    """Seconds between updates are multiplied by this."""
    alias_has_own_snapshot: bool = False
    """Subscribing a second name of a book that is subscribed already brings its snapshot once more."""
    lists_products: bool = True
    """Whether the product list can be had."""


@dataclass
class Conduct:
    """How the venue behaves at present; faults change it."""

    answers_after: float = 0.0
    """Seconds from a request to its answer."""
    ignores: int = 0
    """So many of the next requests are not answered at all."""
    refuses: str = ""
    """Error text with which level2 subscriptions are answered."""
    heartbeats: bool = True
    acknowledges: bool = True
    """Whether acknowledgements are sent; one that is not uses up no number."""
    accepts: bool = True
    """Whether connections are taken."""
    ticker_is_wrong: bool = False
    snapshot_before_unsubscribing: bool = False
    """Just before it obeys an unsubscribe it sends a snapshot of its own."""
    publishes: bool = True
    """Whether books move."""


@dataclass(frozen=True, slots=True)
class Frame:
    """An envelope that is about to be sent."""

    channel: str
    """As its subscription is called."""
    kind: str
    """Of its events: ``snapshot``, ``update`` or empty."""
    product: str
    """Empty for frames of none."""
    number: int
    timestamp: str
    events: bytes
    """As JSON."""
    client_id: bool = False

    def text(self, *, number: str | None = None, events: bytes | None = None) -> str:
        """The JSON text.

        Args:
            number: JSON in place of the number; an empty text leaves it out.
            events: JSON in place of the events.
        """
        label = LABELS.get(self.channel, self.channel)
        shown = str(self.number) if number is None else number
        sequence = f'"sequence_num":{shown},' if shown else ""
        client = '"client_id":"",' if self.client_id else ""
        body = (self.events if events is None else events).decode()
        return f'{{"channel":"{label}",{client}"timestamp":"{self.timestamp}",{sequence}"events":{body}}}'


@dataclass(eq=False)
class Tamper:
    """Something that happens to the next frames that fit.

    Args:
        fits: Which.
        act: Gives the messages to send in a frame's place.
        left: To how many.
        done: Called after the last.
    """

    fits: Callable[[Frame], bool]
    act: Callable[[Frame], Iterable[str | bytes]]
    left: int = 1
    done: Callable[[], None] = lambda: None


@dataclass(eq=False)
class Connection:
    """One client's connection."""

    venue: Venue
    send: Callable[[str | bytes], None]
    close: Callable[[int, str], None]
    """Closes it with a code and a reason; code 1006 cuts it off."""
    tampers: list[Tamper] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    """The next number of each run; a run of the whole connection is called by an empty name."""
    is_open: bool = True
    subscribed: dict[str, dict[str, None]] = field(default_factory=dict)
    """Products by channel, by the names of their data; heartbeats has an empty one."""
    asked: dict[str, None] = field(default_factory=dict)
    """Level2 names as they were asked for."""
    acknowledgement_lost_at: float | None = None
    """Seconds at which an acknowledgement was lost last."""
    on_request: list[Callable[[dict[str, Any]], None]] = field(default_factory=list)
    _answers_at: float = 0.0
    _counter: int = 41_691

    # --- requests ---------------------------------------------------------------------------------------------

    def request(self, text: bytes) -> None:
        """Take a message of the client's."""
        if not self.is_open:
            return
        venue, now = self.venue, self.venue.schedule.now()
        message = msgspec.json.decode(text)
        venue.requests.append((now, message))
        for listener in tuple(self.on_request):
            listener(message)
        if not venue.takes_request(now):
            self.send(error("rate limit exceeded"))
            return
        if venue.conduct.ignores:
            venue.conduct.ignores -= 1
            return
        # Answers keep the order of their requests.
        self._answers_at = max(self._answers_at, now + venue.conduct.answers_after)
        if self._answers_at <= now:
            self._obey(message)
        else:
            venue.schedule.at(self._answers_at, lambda: self._obey(message))

    def _obey(self, message: dict[str, Any]) -> None:
        if not self.is_open:
            return
        channel, names = message["channel"], message.get("product_ids", [])
        subscribes = message["type"] == "subscribe"
        if channel == "level2" and subscribes and self.venue.conduct.refuses:
            self.send(error(self.venue.conduct.refuses))
            return
        if not subscribes:
            if channel == "level2" and self.venue.conduct.snapshot_before_unsubscribing:
                for product in self._labels(names):
                    self.snapshot(product)
            self.leave(channel, names)
            self.acknowledge()
            return
        new = self._join(channel, names)
        if self.venue.traits.ack_first:
            self.acknowledge()
        for product in new:
            self.snapshot(product, channel)
        if channel == "heartbeats" and new:
            self._beat()
        if not self.venue.traits.ack_first:
            self.acknowledge()

    def _labels(self, names: Sequence[str]) -> list[str]:
        return [label for name in names if (label := self.venue.label_of(name))]

    def _join(self, channel: str, names: Sequence[str]) -> list[str]:
        places = self.subscribed.setdefault(channel, {})
        if channel == "heartbeats":
            new = [] if places else [""]
            places[""] = None
            return new
        new = []
        for name in names:
            label = self.venue.label_of(name)
            if label is None:
                continue
            again = self.venue.traits.alias_has_own_snapshot and channel == "level2" and name not in self.asked
            if label not in places or again:
                new.append(label)
            places[label] = None
            if channel == "level2":
                self.asked[name] = None
        return new

    def leave(self, channel: str, names: Sequence[str]) -> None:
        places = self.subscribed.get(channel, {})
        for label in self._labels(names) if names else tuple(places):
            places.pop(label, None)
            if channel == "level2":
                self.asked = {name: None for name in self.asked if self.venue.label_of(name) != label}
        if not places:
            self.subscribed.pop(channel, None)

    # --- frames -----------------------------------------------------------------------------------------------

    def has(self, channel: str, product: str) -> bool:
        """Whether it is subscribed."""
        return product in self.subscribed.get(channel, ())

    def acknowledgement(self) -> bytes:
        """The events of an acknowledgement: all that the connection is subscribed to (observed)."""
        shown = {channel: [place or channel for place in places] for channel, places in self.subscribed.items()}
        return _encode([{"subscriptions": shown}])

    def acknowledge(self) -> None:
        """Say what is subscribed."""
        if self.venue.conduct.acknowledges:
            self.emit("subscriptions", "", "", self.acknowledgement())

    def snapshot(self, product: str, channel: str = "level2") -> None:
        """Send what a new subscriber gets first."""
        venue = self.venue
        if channel == "level2":
            self.emit(channel, "snapshot", product, venue.snapshot_events(product))
        elif channel == "ticker":
            self.emit(channel, "snapshot", product, venue.ticker_events(product, "snapshot"))
        elif channel == "market_trades":
            self.emit(channel, "snapshot", product, venue.trades_events(product, "snapshot"))

    def emit(self, channel: str, kind: str, product: str, events: bytes) -> None:
        """Number a frame and send it, unless a fault has it otherwise."""
        if not self.is_open:
            return
        run = product if self.venue.traits.per_product else ""
        number = self.numbers.get(run, 0)
        self.numbers[run] = number + 1
        frame = Frame(channel, kind, product, number, self.venue.timestamp(), events, self.venue.traits.client_id)
        tamper = next((armed for armed in self.tampers if armed.fits(frame)), None)
        if tamper is None:
            self.send(frame.text())
            return
        tamper.left -= 1
        if not tamper.left:
            self.tampers.remove(tamper)
        messages = tuple(tamper.act(frame))
        if frame.channel == "subscriptions" and not messages:
            self.acknowledgement_lost_at = self.venue.schedule.now()
        for message in messages:
            self.send(message)
        if not tamper.left:
            tamper.done()

    def end(self) -> None:
        """The connection is gone."""
        self.is_open = False
        self.venue.connections.remove(self)
        for tamper in self.tampers:
            tamper.done()

    def _beat(self) -> None:
        if not self.is_open or not self.has("heartbeats", ""):
            return
        self._counter += 1
        if self.venue.conduct.heartbeats:
            at = f"{self.venue.moment():%Y-%m-%d %H:%M:%S.%f} +0000 UTC m=+{self._counter}.26"
            self.emit("heartbeats", "", "", _encode([{"current_time": at, "heartbeat_counter": self._counter}]))
        self.venue.schedule.at(self.venue.schedule.now() + _HEARTBEAT, self._beat)


class Venue:
    """The venue.

    Args:
        schedule: The world's.
        unix: Its wall clock, in unix seconds.
        random: Moves its markets.
        traits: What stays the same.
        products: The books it has, by the names that their data carries.
    """

    def __init__(
        self, schedule: Schedule, unix: Callable[[], float], random: Random, traits: Traits, products: Iterable[str]
    ) -> None:
        self.schedule: Final = schedule
        self.traits: Final = traits
        self.conduct: Final = Conduct()
        self.markets: Final = {
            name: Market(name, SHAPES[name], chance(random.random()), schedule.now()) for name in products
        }
        self.connections: list[Connection] = []
        self.opened = 0
        """Connections since the start."""
        self.requests: list[tuple[float, dict[str, Any]]] = []
        self.rate_exceeded = 0
        """Requests that came faster than the documented limit."""
        self.clock_ahead = 0.0
        """Seconds by which its wall clock is ahead of the true time."""
        self._requested_at: deque[float] = deque(maxlen=_RATE_LIMIT)
        self._unix = unix
        self._random = random
        self._trade = 900_000
        for market in self.markets.values():
            self._move_later(market)
            self._tick_later(market)

    def label_of(self, name: str) -> str | None:
        """The name that a product's data carries; None for a product that there is not."""
        label = ALIASES.get(name, name)
        return label if label in self.markets else None

    def takes_request(self, now: float) -> bool:
        """Count a request; False where it comes faster than the documented limit."""
        recent = self._requested_at
        if len(recent) == _RATE_LIMIT and now - recent[0] < 1.0:
            self.rate_exceeded += 1
            return False
        recent.append(now)
        return True

    def connect(self, send: Callable[[str | bytes], None], close: Callable[[int, str], None]) -> Connection:
        """Take a new connection."""
        connection = Connection(self, send, close)
        self.connections.append(connection)
        self.opened += 1
        return connection

    def unix(self) -> float:
        """Its wall clock."""
        return self._unix() + self.clock_ahead

    def moment(self) -> datetime:
        """Its wall clock."""
        return datetime.fromtimestamp(self.unix(), UTC)

    def timestamp(self) -> str:
        """Now, as an envelope has it: RFC 3339, trailing zeros trimmed (observed)."""
        return f"{self.moment():%Y-%m-%dT%H:%M:%S.%f}".rstrip("0").rstrip(".") + "Z"

    def product_list(self) -> bytes:
        """The answer of the product list's address, with the fields that were observed."""
        rows = [self._listed(name, "") for name in self.markets]
        rows += [self._listed(name, label) for name, label in ALIASES.items() if label in self.markets]
        return _encode({"products": rows})

    def snapshot_events(self, product: str) -> bytes:
        """A book whole."""
        bids, asks = self.markets[product].rows()
        rows = [("bid", *row) for row in bids] + [("offer", *row) for row in asks]
        return self.book_events(product, rows, "snapshot")

    def book_events(self, product: str, rows: Iterable[Sequence[str]], kind: str = "update") -> bytes:
        """One event of a book."""
        at = self.timestamp()
        updates = [
            {"side": side, "event_time": at, "price_level": price, "new_quantity": size} for side, price, size in rows
        ]
        return _encode([{"type": kind, "product_id": product, "updates": updates}])

    def ticker_events(self, product: str, kind: str = "update") -> bytes:
        """A ticker with the best prices of the moment."""
        bid, ask = self.markets[product].best()
        if self.conduct.ticker_is_wrong:
            bid, ask = f"1{bid}", f"1{ask}"
        ticker = {
            "type": "ticker",
            "product_id": product,
            "price": bid,
            "volume_24_h": "1234.5",
            "low_24_h": bid,
            "high_24_h": ask,
            "price_percent_chg_24_h": "1.5",
            "best_bid": bid,
            "best_ask": ask,
            "best_bid_quantity": "1",
            "best_ask_quantity": "1",
        }
        return _encode([{"type": kind, "tickers": [ticker]}])

    def trades_events(self, product: str, kind: str = "update") -> bytes:
        """A trade at the best bid."""
        self._trade += 1
        trade = {
            "trade_id": str(self._trade),
            "product_id": product,
            "price": self.markets[product].best()[0],
            "size": "0.01",
            "side": "BUY",
            "time": self.timestamp(),
        }
        return _encode([{"type": kind, "trades": [trade]}])

    # --- inside -----------------------------------------------------------------------------------------------

    def _move_later(self, market: Market) -> None:
        wait = self._random.expovariate(1.0) * market.shape.interval * self.traits.pace
        self.schedule.at(self.schedule.now() + max(0.005, wait), lambda: self._move(market))

    def _move(self, market: Market) -> None:
        if self.conduct.publishes:
            changes = market.move(self.schedule.now())
            events = self.book_events(market.name, changes)
            for connection in self._listeners("level2", market.name):
                connection.emit("level2", "update", market.name, events)
            if self._random.random() < 0.1:
                self._send("market_trades", market.name, self.trades_events)
        self._move_later(market)

    def _tick_later(self, market: Market) -> None:
        self.schedule.at(self.schedule.now() + self._random.uniform(0.4, 1.2), lambda: self._tick(market))

    def _tick(self, market: Market) -> None:
        if self.conduct.publishes:
            self._send("ticker", market.name, self.ticker_events)
        self._tick_later(market)

    def _send(self, channel: str, product: str, events: Callable[[str], bytes]) -> None:
        listeners = self._listeners(channel, product)
        if listeners:
            made = events(product)
            for connection in listeners:
                connection.emit(channel, "update", product, made)

    def _listeners(self, channel: str, product: str) -> list[Connection]:
        return [connection for connection in self.connections if connection.has(channel, product)]

    def _listed(self, name: str, alias: str) -> dict[str, Any]:
        base, quote = name.rsplit("-", 1)
        shape = SHAPES[alias or name]
        return {
            "product_id": name,
            "base_currency_id": base,
            "quote_currency_id": quote,
            "base_increment": "0.0001",
            "quote_increment": f"{10**-shape.decimals:.{shape.decimals}f}",
            "price_increment": f"{10**-shape.decimals:.{shape.decimals}f}",
            "status": "online",
            "alias": alias,
            "alias_to": [other for other, label in ALIASES.items() if label == name],
            "product_type": "SPOT",
        }


def error(text: str) -> str:
    """An error frame: no channel, no number, no events (observed)."""
    return _encode({"type": "error", "message": text}).decode()
