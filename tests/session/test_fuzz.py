"""A venue that goes wrong in every way, against the session: never an exception, never a wrong trusted book."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from depthview.coinbase.messages import decode
from depthview.core.sequence import Scope
from depthview.errors import MalformedFrame
from tests.session.bench import ASKS, BIDS, Bench, levels
from tests.support import frames
from tests.support.frames import Frame, Rows, wire
from tests.support.mutations import JSON, mutated

if TYPE_CHECKING:
    from collections.abc import Callable

B, E = "BTC-USD", "ETH-USD"
PRODUCTS = (B, E)
BID_PRICES = [f"{n}" for n in range(90, 100)] + ["95.5", "95.50", "95.000000000000000001", "0.00000001"]
ASK_PRICES = [f"{n}" for n in range(101, 111)] + ["105.5", "105.50", "105.000000000000000001", "99999999.5"]
SIZES = ["0", "0.00", "1", "2.5", "0.1", "0.2", "0.000000000000000001", "123456789012345.123456789012345678"]
UNNUMBERED = [frames.update(None, B, [("95", "1")]), frames.heartbeat(None), frames.candles(None, E)]
LINES = st.lists(st.tuples(st.integers(0, 13), st.sampled_from(SIZES)), max_size=4)


class Venue(RuleBasedStateMachine):
    """Books and numbers as the venue knows them, and what it takes to lose some of it on the way."""

    truth = Scope.CONNECTION
    scope = Scope.CONNECTION

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench(*PRODUCTS, scope=self.scope)
        self.bench.per_product = self.truth is Scope.PRODUCT
        self.books: dict[str, tuple[dict[Decimal, Decimal], dict[Decimal, Decimal]]] = {}
        self.subscribed: dict[str, bool] = {}
        self.lost: dict[str, int] = {}
        """The highest number of each run that did not arrive."""
        self.altered: set[str] = set()
        """Products of which a frame came with a sound number and a false content, which nobody can notice."""
        self.highest: dict[str, int] = {}
        self.held: tuple[Frame, str] | None = None
        self.last: Frame | None = None
        self.counted = 0
        self.since_beat = 0

    @initialize()
    def begin(self) -> None:
        self._open()

    # --- the venue's frames ----------------------------------------------------------------------------------------

    def _open(self) -> None:
        self.bench.open()
        self.books = {product: (levels(BIDS), levels(ASKS)) for product in PRODUCTS}
        self.subscribed = dict.fromkeys(PRODUCTS, False)
        self.lost.clear()
        self.altered.clear()
        self.held = self.last = None
        self.highest.clear()
        self._answer()

    def _run(self, product: str) -> str:
        return "" if self.truth is Scope.CONNECTION else product

    def _lose(self, whole: Frame, product: str) -> None:
        number = whole["sequence_num"]
        assert isinstance(number, int)
        self.lost[self._run(product)] = max(number, self.lost.get(self._run(product), -1))

    def _is_behind(self, product: str) -> bool:
        """Whether something was lost that no number above it has shown yet."""
        return self.lost.get(self._run(product), -1) > self.highest.get(self._run(product), -1)

    def _deliver(self, whole: Frame, product: str) -> None:
        self.bench.feed(whole)
        self.last = whole
        number = whole.get("sequence_num")
        if isinstance(number, int):
            self.highest[self._run(product)] = max(number, self.highest.get(self._run(product), -1))
        if whole["channel"] == "l2_data" and '"snapshot"' in json.dumps(whole):
            self.altered.discard(product)

    def _snapshot(self, product: str) -> Frame:
        bids, asks = self.books[product]
        number = self.bench.number(product)
        return frames.snapshot(number, product, _rows(bids), _rows(asks), unix=self.bench.clock.unix())

    def _change(self, product: str, bids: list[tuple[int, str]], asks: list[tuple[int, str]]) -> Frame:
        bid_rows = [(BID_PRICES[n], size) for n, size in bids]
        ask_rows = [(ASK_PRICES[n], size) for n, size in asks]
        for side, rows in zip(self.books[product], (bid_rows, ask_rows), strict=True):
            for price, size in rows:
                side.pop(Decimal(price), None)
                if Decimal(size):
                    side[Decimal(price)] = Decimal(size)
        return frames.update(self.bench.number(product), product, bid_rows, ask_rows, unix=self.bench.clock.unix())

    def _answer(self) -> None:
        """Do what the session has asked for."""
        while self.bench.sent:
            asked, self.bench.sent = list(self.bench.sent), []
            for line in asked:
                action, channel, *names = line.split()
                if channel == "level2":
                    for product in names[0].split(","):
                        self.subscribed[product] = action == "subscribe"
                        if action == "subscribe":
                            self._deliver(self._snapshot(product), product)
                on = [product for product, is_on in self.subscribed.items() if is_on]
                number = None if self.bench.per_product else self.bench.number()
                self._deliver(frames.acknowledgement(number, level2=on, heartbeats=["heartbeats"]), "")

    # --- what happens ----------------------------------------------------------------------------------------------

    @rule(product=st.sampled_from(PRODUCTS), bids=LINES, asks=LINES)
    def change(self, product: str, bids: list[tuple[int, str]], asks: list[tuple[int, str]]) -> None:
        if self.subscribed[product]:
            self._deliver(self._change(product, bids, asks), product)

    @rule(product=st.sampled_from(PRODUCTS), count=st.integers(1, 3))
    def lose(self, product: str, count: int) -> None:
        for _ in range(count if self.subscribed[product] else 0):
            self._lose(self._change(product, [(0, "7"), (3, "0")], []), product)

    @rule(product=st.sampled_from(PRODUCTS))
    def hold_back(self, product: str) -> None:
        if self.held is None and self.subscribed[product]:
            self.held = self._change(product, [(1, "5")], [(1, "0")]), product
            self._lose(self.held[0], product)

    @rule()
    def come_late(self) -> None:
        if self.held is not None:
            held, self.held = self.held, None
            self._deliver(*held)

    @rule()
    def repeat(self) -> None:
        if self.last is not None:
            self.bench.feed(self.last)

    @rule(raw=mutated(UNNUMBERED), cut=st.booleans())
    def garbage(self, raw: bytes, *, cut: bool) -> None:
        """Frames that were never sent; with a number of their own they could pass for one that was lost."""
        self.bench.feed(raw[: len(raw) // 2] if cut else b"\xff" + raw, binary=cut)

    @rule(product=st.sampled_from(PRODUCTS), data=st.data())
    def damage(self, product: str, data: st.DataObject) -> None:
        self.damage_by(product, lambda sound: bytes(data.draw(mutated([sound]))))

    def damage_by(self, product: str, damage: Callable[[Frame], bytes]) -> None:
        """A frame arrives damaged."""
        if not self.subscribed[product]:
            return
        sound = self._change(product, [(2, "3")], [(2, "4")])
        raw = damage(sound)
        try:
            same = decode(raw) == decode(wire(sound))
        except MalformedFrame:
            same = True
        self.bench.feed(raw)
        if not same:
            self.altered |= set(PRODUCTS)
        self._lose(sound, product)

    @rule(value=JSON)
    def other(self, value: object) -> None:
        self._deliver(frames.frame("novelty", self.bench.number(B), [{"product_id": B, "x": value}]), B)

    @rule(seconds=st.sampled_from([0.1, 0.25, 1.0, 2.5, 6.0]))
    def wait(self, seconds: float) -> None:
        for _ in range(max(1, int(seconds * 4))):
            self.bench.wait(0.25, beats=False)
            self.since_beat += 1
            if self.since_beat >= 4:
                self.since_beat = 0
                self.bench.beat += 1
                number = None if self.bench.per_product else self.bench.number()
                self._deliver(frames.heartbeat(number, self.bench.beat), "")
        if self.bench.session.take_reconnect():
            self.bench.close()
            self._open()
        self._answer()

    @rule()
    def answer(self) -> None:
        self._answer()

    @rule()
    def reconnect(self) -> None:
        self.bench.close()
        assert not any(self.bench.verdict(product).trusted for product in PRODUCTS)
        self._open()

    @rule()
    def wish(self) -> None:
        self.bench.session.resync()
        self.bench.flush()

    # --- what must hold --------------------------------------------------------------------------------------------

    @invariant()
    def a_trusted_book_is_the_venues(self) -> None:
        monitor = self.bench.session.monitor
        if monitor.scope is not self.truth:
            return
        for product in PRODUCTS:
            if self.bench.verdict(product).trusted and not self._is_behind(product) and product not in self.altered:
                assert self.bench.book(product) == self.books[product], product

    @invariant()
    def counters_never_go_down(self) -> None:
        feed, total = self.bench.view().feed, self.bench.session.monitor.total()
        counted = sum(
            (
                feed.frames,
                feed.bad_frames,
                feed.bad_rows,
                feed.unknown_removals,
                feed.resyncs,
                feed.reconnects,
                total.gaps,
                total.missed,
                total.duplicates,
                total.out_of_order,
                total.resets,
            )
        )
        assert counted >= self.counted
        self.counted = counted

    def teardown(self) -> None:
        """When all is calm again every book is trusted, and equal."""
        for _ in range(4):
            self.wait(seconds=6.0)
            for product in PRODUCTS:
                self.change(product, [(4, "1")], [])
            self._answer()
        if self.bench.session.monitor.scope is self.truth:
            assert {self.bench.verdict(product).trusted for product in PRODUCTS} == {True}
            self.a_trusted_book_is_the_venues()


def _rows(side: dict[Decimal, Decimal]) -> Rows:
    return [(format(price, "f"), format(size, "f")) for price, size in side.items()]


class ProductVenue(Venue):
    """Numbers count per product."""

    truth = scope = Scope.PRODUCT


class GuessedVenue(Venue):
    """What the numbers count is to be found out."""

    scope = Scope.AUTO


_SETTINGS = settings(max_examples=40)
TestVenue = Venue.TestCase
TestVenue.settings = _SETTINGS
TestProductVenue = ProductVenue.TestCase
TestProductVenue.settings = _SETTINGS
TestGuessedVenue = GuessedVenue.TestCase
TestGuessedVenue.settings = _SETTINGS

ANY = st.one_of(
    st.binary(max_size=40),
    mutated(
        [
            frames.snapshot(3, B, BIDS, ASKS),
            frames.update(4, B, [("99", "5")]),
            frames.heartbeat(5),
            frames.trades(6, frames.trade(B, "1", "100")),
            frames.ticker(7, E),
            frames.error("authentication failure"),
            frames.acknowledgement(8, level2=[B, E]),
            frames.status(9, {"id": B, "quote_increment": "0.01"}),
        ]
    ),
)


@given(st.lists(ANY, max_size=30), st.sampled_from(list(Scope)), st.booleans(), st.booleans())
@settings(max_examples=150)
def test_no_sequence_of_frames_is_ever_an_exception(
    raws: list[bytes], scope: Scope, passive: bool, signed: bool
) -> None:
    bench = Bench(B, "ETH-USDC", scope=scope, passive=passive, signed=signed, follow=passive)
    bench.open()
    for place, raw in enumerate(raws):
        bench.feed(raw, binary=place % 7 == 6)
        if place % 5 == 4:
            bench.wait(0.5, step=0.5)
        for depth in bench.view(levels=3).depths:
            assert depth.top is None or depth.verdict.trusted
            for row in (*depth.bids, *depth.asks):
                assert row.price > 0
                assert row.size > 0
        for text in bench.log():
            assert text.isprintable()
