"""Faults of the book: what the venue shows is wrong for a while, and what it shows afterwards is the truth again.

All but the momentary ones last for every connection, those that are opened meanwhile too: a client that asks for a
new snapshot gets one with the same fault in it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from depthview.exchange.book import Side
from depthview.exchange.faults.catalogue import BAD_UPDATES
from depthview.exchange.faults.content import encode
from depthview.exchange.faults.effect import LineEffect, Outgoing, is_snapshot, only_event
from depthview.exchange.messages import Channel, Frame, level2_event, level2_rows, rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from depthview.exchange.market import ProductMarket
    from depthview.exchange.messages import Request

_TICKER_EVERY_SECONDS: Final = 0.4
_TINY: Final = "0.000000000000000001"
_HUGE: Final = "999999999999999"

Level = tuple[Side, int]
"""A side and a price in ticks."""


class _OfBook(LineEffect):
    """Something about one product's book."""

    def market(self) -> ProductMarket:
        """The product's, true as ever."""
        return self.scene.venue.market.products[self.product()]

    def time(self) -> str:
        """Now, as printed."""
        return rfc3339(self.scene.venue.moment().instant_ns)

    def true_snapshot(self) -> Frame:
        """The whole book, true."""
        venue = self.scene.venue
        return venue.feeds[self.product()].snapshot(Channel.LEVEL2, venue.moment())

    def row(self, level: Level, size: str) -> str:
        """A row of an update."""
        side, ticks = level
        return (
            f'{{"side":"{side.value}","event_time":"{self.time()}",'
            f'"price_level":"{self.market().prices.text(ticks)}","new_quantity":"{size}"}}'
        )

    def update(self, rows: list[str]) -> Frame:
        """An update of these rows."""
        return self.frame(Channel.LEVEL2, level2_event("update", self.product(), rows), self.product())


class _Overlay(_OfBook):
    """Levels that are not true, on top of all that are: in every update and in every snapshot."""

    timed = True
    sticks = True

    def levels(self) -> Mapping[Level, str]:
        """What to show on top of the true book as it is now: sizes as printed."""
        raise NotImplementedError

    def begin(self) -> None:
        """Show it at once where there is a book."""
        self._shown: Mapping[Level, str] = {}
        if self.has_book():
            self.emit(self.update(self._rows()))
            if self.until <= self.scene.now():
                self.finish()

    def frames(self, frame: Frame) -> Iterable[Frame]:
        """Add to it."""
        if not self.is_book_of_product(frame) or any(marked is frame for marked, _ in self._marked):
            return (frame,)
        return (self.mark(with_rows(frame, self._rows()), "changed"),)

    def heal(self) -> None:
        """Show what is true at those prices."""
        if self._shown and self.has_book():
            self.emit(self.update([self.row(level, self._true_size(level)) for level in self._shown]), "restored")

    def _rows(self) -> list[str]:
        """The true size where something was shown and is no more, and then what is to be shown now."""
        before, self._shown = self._shown, self.levels()
        rows = [self.row(level, self._true_size(level)) for level in before if level not in self._shown]
        return rows + [self.row(level, size) for level, size in self._shown.items()]

    def _true_size(self, level: Level) -> str:
        market = self.market()
        return market.sizes.text(market.book.side(level[0]).size(level[1]))


class Crossed(_Overlay):
    """The best bid stands above the best ask, or at it."""

    def levels(self) -> Mapping[Level, str]:
        """A bid at the first offers."""
        market = self.market()
        offer = market.book.offers.price_at(0)
        price = offer if self.settings.flag("locked") else offer + 1
        return {(Side.BID, price): market.sizes.text(market.spec.typical_size)}


class OddSizes(_Overlay):
    """Sizes as small and as large as a number on the wire can be, near the touch."""

    _chosen: tuple[Level, Level] | None = None

    def levels(self) -> Mapping[Level, str]:
        """One of each, at prices that nobody else uses as yet, and others once the market has come past them."""
        book = self.market().book
        chosen = self._chosen
        if chosen is None or chosen[0][1] >= book.offers.price_at(0) or chosen[1][1] <= book.bids.price_at(0):
            free = (
                _free_price(book.bids.price_at(0), -1, book.bids.size),
                _free_price(book.offers.price_at(0), 1, book.offers.size),
            )
            chosen = self._chosen = (Side.BID, free[0]), (Side.OFFER, free[1])
        return dict(zip(chosen, (_TINY, _HUGE), strict=True))


class _InPlace(_OfBook):
    """The whole book is shown in another form, and then whole and true again."""

    timed = True
    sticks = True

    def in_place_of(self, frame: Frame) -> Iterable[Frame]:
        """What a client is shown instead of a true level2 frame of the product."""
        raise NotImplementedError

    def begin(self) -> None:
        """Show it at once where there is a book."""
        if self.has_book():
            self.line.emit(self.true_snapshot())

    def frames(self, frame: Frame) -> Iterable[Frame]:
        """Change what is of the book."""
        return self.in_place_of(frame) if self.is_book_of_product(frame) else (frame,)

    def heal(self) -> None:
        """Show the whole."""
        if self.has_book():
            self.emit(self.true_snapshot(), "restored")


class EmptySnapshot(_InPlace):
    """There are no levels at all."""

    def sides(self) -> tuple[Side, ...]:
        """Those that are shown."""
        return ()

    def in_place_of(self, frame: Frame) -> Iterable[Frame]:
        """A snapshot of the sides that are shown; no updates, as there would be nothing to update."""
        if not is_snapshot(frame):
            self.touched(Outgoing(b"", frame), "left out")
            return ()
        market, time = self.market(), self.time()
        rows: list[str] = []
        for side in self.sides():
            rows += level2_rows(side, time, market.book.side(side).levels(), (market.prices, market.sizes))
        event = level2_event("snapshot", self.product(), rows)
        return (self.mark(replace(frame, event=event), "changed"),)

    def frames(self, frame: Frame) -> Iterable[Frame]:
        """Change the book, and leave the ticker out, which would speak against it."""
        if frame.channel in {"ticker", "ticker_batch"} and frame.product == self.product():
            self.touched(Outgoing(b"", frame), "left out")
            return ()
        return super().frames(frame)


class OneSided(EmptySnapshot):
    """There are no levels on one side."""

    def sides(self) -> tuple[Side, ...]:
        """The one that is not missing."""
        return (Side(self.settings.word("missing")).opposite,)


class HugeSnapshot(_InPlace):
    """Snapshots have many more levels, far out on the offer side; updates are as ever."""

    def in_place_of(self, frame: Frame) -> Iterable[Frame]:
        """Add levels behind the last."""
        if not is_snapshot(frame):
            return (frame,)
        market = self.market()
        offers = market.book.offers
        last = offers.price_at(len(offers) - 1)
        count, size = self.settings.whole("levels"), market.spec.typical_size
        levels = ((last + away, size) for away in range(1, count + 1))
        rows = level2_rows(Side.OFFER, self.time(), levels, (market.prices, market.sizes))
        return (self.mark(with_rows(frame, rows), "changed"),)


class WrongTicker(_OfBook):
    """The ticker's best prices are 2 % too high; so often that a client has enough of them to judge."""

    timed = True
    sticks = True

    def begin(self) -> None:
        """Start at the next tick."""
        self._next = self.scene.now()

    def tick(self, now: float) -> None:
        """Send one out of turn if one is due."""
        if now >= self._next and self._is_on():
            self._next = now + _TICKER_EVERY_SECONDS
            venue = self.scene.venue
            self.line.emit(venue.feeds[self.product()].ticker(venue.moment()))

    def frames(self, frame: Frame) -> Iterable[Frame]:
        """Make it wrong."""
        if frame.channel != Channel.TICKER.label or frame.product != self.product():
            return (frame,)
        event, market = only_event(frame), self.market()
        rows = event.get("tickers")
        if not rows:
            return (frame,)
        off = market.book.bids.price_at(0) // 50 + 1
        rows[0]["best_bid"] = market.prices.text(market.book.bids.price_at(0) + off)
        rows[0]["best_ask"] = market.prices.text(market.book.offers.price_at(0) + off)
        return (self.mark(replace(frame, event=encode(event)), "changed"),)

    def heal(self) -> None:
        """Tell the truth, at once."""
        if self._is_on():
            venue = self.scene.venue
            self.emit(venue.feeds[self.product()].ticker(venue.moment()), "restored")

    def _is_on(self) -> bool:
        return bool(self.product()) and self.product() in self.line.subscribed(Channel.TICKER)


class EarlyUpdate(_OfBook):
    """An update comes before the snapshot that it would belong to. What it says is not true: nobody should use it."""

    def frames(self, frame: Frame) -> Iterable[Frame]:
        """Put it before the snapshot."""
        if not self.is_book_of_product(frame) or not is_snapshot(frame):
            return (frame,)
        market = self.market()
        bids = market.book.bids
        level = Side.BID, _free_price(bids.price_at(0), -1, bids.size)
        early = self.update([self.row(level, market.sizes.text(market.spec.typical_size))])
        self.finish()
        return (self.mark(early, "added"), frame)


class SecondSnapshot(_OfBook):
    """A snapshot that nobody asked for; it is true."""

    def begin(self) -> None:
        """Send it, if there is a book; else wait."""
        if self.has_book() and not self.settings.flag("unsubscribe"):
            self.emit(self.true_snapshot())
            self.finish()

    def swallows(self, request: Request) -> bool:
        """Send it to who is about to leave."""
        if self.has_book() and (request.type, request.channel) == ("unsubscribe", Channel.LEVEL2):
            self.emit(self.true_snapshot())
            self.finish()
        return False

    def tick(self, now: float) -> None:
        """Send it as soon as there is a book."""
        self.begin()


class SplitSnapshot(_OfBook):
    """A snapshot comes in two events of one frame."""

    def begin(self) -> None:
        """Send one, if there is a book; else split the one that comes."""
        if self.has_book():
            self.line.emit(self.true_snapshot())

    def frames(self, frame: Frame) -> Iterable[Frame]:
        """Split it."""
        if not self.is_book_of_product(frame) or not is_snapshot(frame):
            return (frame,)
        self.finish()
        rows = only_event(frame).get("updates") or ()
        halves = (
            encode({"type": "snapshot", "product_id": frame.product, "updates": [r for r in rows if r["side"] == side]})
            for side in ("bid", "offer")
        )
        return (self.mark(replace(frame, event=b",".join(halves)), "changed"),)


class BadUpdates(_OfBook):
    """A level2 event without a list of rows."""

    def begin(self) -> None:
        """Send it, if there is a book; else wait."""
        if not self.has_book():
            return
        event: dict[str, object] = {"type": "update", "product_id": self.product()}
        updates = BAD_UPDATES[self.settings.word("kind")]
        if updates is not ...:
            event["updates"] = updates
        self.emit(self.frame(Channel.LEVEL2, encode(event), self.product()))
        self.finish()

    def tick(self, now: float) -> None:
        """Send it as soon as there is a book."""
        self.begin()


class Misnamed(_OfBook):
    """Updates name their product otherwise than it is written."""

    def begin(self) -> None:
        """Know how many."""
        self._left = self.settings.whole("count")

    def frames(self, frame: Frame) -> Iterable[Frame]:
        """Rename an update."""
        if not self.is_book_of_product(frame) or is_snapshot(frame):
            return (frame,)
        name = self.product()
        written = {"lower": name.lower(), "before": f" {name}", "behind": f"{name} "}[self.settings.word("form")]
        event = frame.event.replace(f'"{name}"'.encode(), f'"{written}"'.encode(), 1)
        self._left -= 1
        if not self._left:
            self.finish()
        return (self.mark(replace(frame, event=event), "renamed"),)


class BareTicker(_OfBook):
    """A ticker that tells no prices."""

    def begin(self) -> None:
        """Send it to who listens; else wait."""
        products = self.line.subscribed(Channel.TICKER)
        product = self.order.product or next(iter(products), "")
        if product not in products:
            return
        row: dict[str, object] = {"type": "ticker", "product_id": product}
        kind = self.settings.word("kind")
        if kind in {"null", "empty"}:
            row |= dict.fromkeys(("price", "best_bid", "best_ask"), None if kind == "null" else "")
        event = encode({"type": "update", "tickers": [] if kind == "none" else [row]})
        self.emit(self.frame(Channel.TICKER, event, product))
        self.finish()

    def tick(self, now: float) -> None:
        """Send it as soon as somebody listens."""
        self.begin()


def with_rows(frame: Frame, rows: list[str]) -> Frame:
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
