"""Faults of the book: what the venue shows is wrong for a while, and then true again.

All but the momentary ones act on every connection, including those that are opened meanwhile: a client that asks for
a new snapshot gets one with the same fault in it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from depthview.exchange.book import WireSide
from depthview.exchange.faults.fault import ConnectionFault, OneShot, fault, is_snapshot, only_event
from depthview.exchange.faults.parameters import Duration, flag, one_of, whole
from depthview.exchange.messages import Channel, VenueFrame, encode, level2_event, level2_rows, rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from depthview.exchange.market import SimulatedMarket
    from depthview.exchange.requests import ClientRequest

_TICKER_EVERY_SECONDS: Final = 0.4
_TINY: Final = "0.000000000000000001"
_HUGE: Final = "999999999999999"

BAD_UPDATES: Final[dict[str, object]] = {"null": None, "missing": ..., "text": "none", "object": {}, "row": [None]}
"""By kind: what replaces the list of rows in a level2 event; ``...`` for no field at all."""

Level = tuple[WireSide, int]
"""A side and a price in ticks."""


class _BookFault(ConnectionFault):
    def market(self) -> SimulatedMarket:
        """The product's true market."""
        return self.venue.market.products[self.product()]

    def time(self) -> str:
        """Now, as printed."""
        return rfc3339(self.venue.moment().instant_ns)

    def row(self, level: Level, size: str) -> str:
        side, ticks = level
        return (
            f'{{"side":"{side.value}","event_time":"{self.time()}",'
            f'"price_level":"{self.market().prices.text(ticks)}","new_quantity":"{size}"}}'
        )

    def update(self, rows: list[str]) -> VenueFrame:
        return self.frame(Channel.LEVEL2, level2_event("update", self.product(), rows), self.product())


class _Overlay(_BookFault):
    """Shows levels on top of the true ones, in every update and in every snapshot."""

    affects_new_connections = True

    def overlay(self) -> Mapping[Level, str]:
        """What to show on top of the true book as it is now: sizes as printed."""
        raise NotImplementedError

    def begin(self) -> None:
        self._shown: Mapping[Level, str] = {}
        if self.has_book():
            self.emit(self.update(self._rows()))
            if self.until <= self.context.now():
                self.finish()

    def frames(self, frame: VenueFrame) -> Iterable[VenueFrame]:
        if not self.is_book_of_product(frame) or any(marked is frame for marked, _ in self._marked):
            return (frame,)
        return (self.mark(with_rows(frame, self._rows()), "changed"),)

    def undo(self) -> None:
        if self._shown and self.has_book():
            self.emit(self.update([self.row(level, self._true_size(level)) for level in self._shown]), "restored")

    def _rows(self) -> list[str]:
        """The true size of what was shown and is no more, then what is to be shown now."""
        before, self._shown = self._shown, self.overlay()
        rows = [self.row(level, self._true_size(level)) for level in before if level not in self._shown]
        return rows + [self.row(level, size) for level, size in self._shown.items()]

    def _true_size(self, level: Level) -> str:
        market = self.market()
        return market.sizes.text(market.book.side(level[0]).size(level[1]))


@fault("crossed", "cross the book for SECONDS (0: for one frame), in snapshots too; with LOCKED, bid equals ask")
class Crossed(_Overlay):
    seconds = Duration(3)
    locked = flag()

    def overlay(self) -> Mapping[Level, str]:
        market = self.market()
        offer = market.book.offers.price_at(0)
        price = offer if self.locked else offer + 1
        return {(WireSide.BID, price): market.sizes.text(market.spec.typical_size)}


@fault("odd_sizes", "show a tiny and a huge size, both valid, near the touch for SECONDS")
class OddSizes(_Overlay):
    seconds = Duration(5)
    _chosen: tuple[Level, Level] | None = None

    def overlay(self) -> Mapping[Level, str]:
        # At prices where nothing rests, and at others once the market has moved past them.
        book = self.market().book
        chosen = self._chosen
        if chosen is None or chosen[0][1] >= book.offers.price_at(0) or chosen[1][1] <= book.bids.price_at(0):
            free = (
                _free_price(book.bids.price_at(0), -1, book.bids.size),
                _free_price(book.offers.price_at(0), 1, book.offers.size),
            )
            chosen = self._chosen = (WireSide.BID, free[0]), (WireSide.OFFER, free[1])
        return dict(zip(chosen, (_TINY, _HUGE), strict=True))


class _Replacement(_BookFault):
    """Shows the whole book in another form, and then the true one again."""

    affects_new_connections = True

    def in_place_of(self, frame: VenueFrame) -> Iterable[VenueFrame]:
        """What a client is shown instead of a true level2 frame of the product."""
        raise NotImplementedError

    def begin(self) -> None:
        if self.has_book():
            self.connection.emit(self.true_snapshot())

    def frames(self, frame: VenueFrame) -> Iterable[VenueFrame]:
        return self.in_place_of(frame) if self.is_book_of_product(frame) else (frame,)

    def undo(self) -> None:
        if self.has_book():
            self.emit(self.true_snapshot(), "restored")


@fault("empty_snapshot", "show the book empty for SECONDS, then whole again")
class EmptySnapshot(_Replacement):
    seconds = Duration(3)

    def sides(self) -> tuple[WireSide, ...]:
        return ()

    def in_place_of(self, frame: VenueFrame) -> Iterable[VenueFrame]:
        if not is_snapshot(frame):  # there is nothing to update
            return self.left_out(frame)
        market, time = self.market(), self.time()
        rows: list[str] = []
        for side in self.sides():
            rows += level2_rows(side, time, market.book.side(side).levels(), (market.prices, market.sizes))
        return self.changed(frame, level2_event("snapshot", self.product(), rows))

    def frames(self, frame: VenueFrame) -> Iterable[VenueFrame]:
        # The ticker would contradict the book.
        if frame.channel in {"ticker", "ticker_batch"} and frame.product == self.product():
            return self.left_out(frame)
        return super().frames(frame)


@fault("one_sided", "show the book without its MISSING side for SECONDS, then whole again")
class OneSided(EmptySnapshot):
    missing = one_of("bid", "offer")

    def sides(self) -> tuple[WireSide, ...]:
        return (WireSide(self.missing).opposite,)


@fault("huge_snapshot", "send a snapshot with LEVELS more levels (100 bytes each), and the true one after SECONDS")
class HugeSnapshot(_Replacement):
    """They are far out on the offer side; updates are as ever."""

    levels = whole(100_000, 1, 250_000)
    seconds = Duration(5)

    def in_place_of(self, frame: VenueFrame) -> Iterable[VenueFrame]:
        if not is_snapshot(frame):
            return (frame,)
        market = self.market()
        offers = market.book.offers
        last, size = offers.price_at(len(offers) - 1), market.spec.typical_size
        levels = ((last + away, size) for away in range(1, self.levels + 1))
        rows = level2_rows(WireSide.OFFER, self.time(), levels, (market.prices, market.sizes))
        return (self.mark(with_rows(frame, rows), "changed"),)


@fault("wrong_ticker", "the ticker's best prices are 2 % too high for SECONDS")
class WrongTicker(_BookFault):
    """Tickers come so often that a client has enough of them to judge."""

    affects_new_connections = True
    seconds = Duration(6)

    def begin(self) -> None:
        self._next = self.context.now()

    def tick(self, now: float) -> None:
        if now >= self._next and self._is_subscribed():
            self._next = now + _TICKER_EVERY_SECONDS
            self.connection.emit(self.venue.feeds[self.product()].ticker(self.venue.moment()))

    def frames(self, frame: VenueFrame) -> Iterable[VenueFrame]:
        if frame.channel != Channel.TICKER.label or frame.product != self.product():
            return (frame,)
        event, market = only_event(frame), self.market()
        rows = event.get("tickers")
        if not rows:
            return (frame,)
        off = market.book.bids.price_at(0) // 50 + 1
        rows[0]["best_bid"] = market.prices.text(market.book.bids.price_at(0) + off)
        rows[0]["best_ask"] = market.prices.text(market.book.offers.price_at(0) + off)
        return self.changed(frame, encode(event))

    def undo(self) -> None:
        if self._is_subscribed():
            self.emit(self.venue.feeds[self.product()].ticker(self.venue.moment()), "restored")

    def _is_subscribed(self) -> bool:
        return bool(self.product()) and self.product() in self.connection.subscribed(Channel.TICKER)


@fault("early_update", "send an update before the next snapshot of its product", after=0)
class EarlyUpdate(_BookFault):
    """What it says is not true: nobody should use it."""

    def frames(self, frame: VenueFrame) -> Iterable[VenueFrame]:
        if not self.is_book_of_product(frame) or not is_snapshot(frame):
            return (frame,)
        market = self.market()
        bids = market.book.bids
        level = WireSide.BID, _free_price(bids.price_at(0), -1, bids.size)
        early = self.update([self.row(level, market.sizes.text(market.spec.typical_size))])
        self.finish()
        return (self.mark(early, "added"), frame)


@fault("second_snapshot", "send an unrequested snapshot; with UNSUBSCRIBE, just before an unsubscribe is carried out")
class SecondSnapshot(OneShot):
    unsubscribe = flag()

    def attempt(self) -> bool:
        if self.unsubscribe or not self.has_book():
            return False
        self.emit(self.true_snapshot())
        return True

    def swallows(self, request: ClientRequest) -> bool:
        if self.has_book() and (request.type, request.channel) == ("unsubscribe", Channel.LEVEL2):
            self.emit(self.true_snapshot())
            self.finish()
        return False


@fault("split_snapshot", "send a snapshot as two snapshot events in one frame: bids, then offers")
class SplitSnapshot(ConnectionFault):
    def begin(self) -> None:
        if self.has_book():
            self.connection.emit(self.true_snapshot())

    def frames(self, frame: VenueFrame) -> Iterable[VenueFrame]:
        if not self.is_book_of_product(frame) or not is_snapshot(frame):
            return (frame,)
        self.finish()
        rows = only_event(frame).get("updates") or ()
        halves = (
            encode({"type": "snapshot", "product_id": frame.product, "updates": [r for r in rows if r["side"] == side]})
            for side in ("bid", "offer")
        )
        return self.changed(frame, b",".join(halves))


@fault("bad_updates", "send a level2 event whose updates are KIND")
class BadUpdates(OneShot):
    kind = one_of(*BAD_UPDATES)

    def attempt(self) -> bool:
        if not self.has_book():
            return False
        event: dict[str, object] = {"type": "update", "product_id": self.product()}
        updates = BAD_UPDATES[self.kind]
        if updates is not ...:
            event["updates"] = updates
        self.emit(self.frame(Channel.LEVEL2, encode(event), self.product()))
        return True


@fault(
    "misnamed", "COUNT level2 updates misspell their product in FORM: in lower case, or with a space before or behind"
)
class Misnamed(ConnectionFault):
    form = one_of("lower", "before", "behind")
    count = whole(1, 1, 1_000)

    def frames(self, frame: VenueFrame) -> Iterable[VenueFrame]:
        if not self.is_book_of_product(frame) or is_snapshot(frame):
            return (frame,)
        name = self.product()
        written = {"lower": name.lower(), "before": f" {name}", "behind": f"{name} "}[self.form]
        self.use_up(self.count)
        return self.changed(frame, frame.event.replace(f'"{name}"'.encode(), f'"{written}"'.encode(), 1), "renamed")


@fault("bare_ticker", "send a ticker whose prices are KIND, or a ticker event without a ticker")
class BareTicker(OneShot):
    kind = one_of("missing", "null", "empty", "none")

    def attempt(self) -> bool:
        products = self.connection.subscribed(Channel.TICKER)
        product = self.order.product or next(iter(products), "")
        if product not in products:
            return False
        row: dict[str, object] = {"type": "ticker", "product_id": product}
        if self.kind in {"null", "empty"}:
            row |= dict.fromkeys(("price", "best_bid", "best_ask"), None if self.kind == "null" else "")
        event = encode({"type": "update", "tickers": [] if self.kind == "none" else [row]})
        self.emit(self.frame(Channel.TICKER, event, product))
        return True


def with_rows(frame: VenueFrame, rows: list[str]) -> VenueFrame:
    """A level2 frame with more rows behind its own; one that has no rows, as another effect made it, stays as it is."""
    if not frame.event.endswith(b"]}"):
        return frame
    body = frame.event.removesuffix(b"]}")
    comma = b"" if body.endswith(b"[") or not rows else b","
    return replace(frame, event=b"".join((body, comma, ",".join(rows).encode(), b"]}")))


def _free_price(best: int, step: int, size: Callable[[int], int]) -> int:
    """The first price behind the best at which nothing rests."""
    price = best + step
    while size(price):
        price += step
    return price
