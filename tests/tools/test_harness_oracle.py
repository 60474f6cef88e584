"""The oracle itself: what it lets pass, and what it does not."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import msgspec
import pytest

from tools.harness.chance import chance
from tools.harness.oracle import Failure, Line, Oracle, read_line
from tools.harness.schedule import VirtualTime, true_unix
from tools.harness.screen import Picture, is_like, judge_picture
from tools.harness.venue import Traits, Venue

if TYPE_CHECKING:
    from tools.harness.market import Rows

PRODUCT = "ETH-USD"


class _Bench:
    """A venue whose book moves once a second, and lines about it."""

    def __init__(self) -> None:
        self.time = VirtualTime()
        self.venue = Venue(self.time, lambda: true_unix(self.time), chance(7), Traits(), [PRODUCT])
        self.venue.conduct.publishes = False
        self.oracle = Oracle(self.venue)
        self.market = self.venue.markets[PRODUCT]
        self.states: list[tuple[Rows, Rows]] = [self.market.rows()]
        self.began = self.time.now()
        for second in range(1, 20):
            self.market.move(self.began + second)
            self.states.append(self.market.rows())

    def line(self, bids: Rows | None, asks: Rows | None, verdict: str = "SYNCED", product: str = PRODUCT) -> Line:
        text = msgspec.json.encode(
            {
                "at": 0.0,
                "product": product,
                "verdict": verdict,
                "reason": None,
                "bids": bids,
                "asks": asks,
                "best_bid": bids[0][0] if bids else None,
                "best_ask": asks[0][0] if asks else None,
                "spread": None,
                "mid": None,
                "sequence": {"gaps": 0},
                "connection": {"resyncs": 0},
            }
        )
        return read_line(text)

    def judged(self, line: Line, second: float, heard: float | None = None) -> None:
        for before in (0.4, 0.0):
            self.oracle.heard(self.began + (second if heard is None else heard) - before)
        self.oracle.judge(line, self.began + second)


def test_the_present_state_passes_and_so_does_one_of_a_moment_ago() -> None:
    bench = _Bench()
    bench.judged(bench.line(*bench.states[5]), 5.5)
    bench.judged(bench.line(*bench.states[5]), 8.4)
    assert bench.oracle.totals.oldest == pytest.approx(2.4)


def test_numbers_may_be_spelt_otherwise() -> None:
    bench = _Bench()
    bids, asks = bench.states[5]
    bench.judged(bench.line([[f"{price}0" if "." in price else price, size] for price, size in bids], asks), 5.5)


def test_an_old_state_does_not_pass_unless_nothing_comes() -> None:
    bench = _Bench()
    line = bench.line(*bench.states[5])
    with pytest.raises(Failure, match=r"version 5, which was over 2\.70 s ago"):
        bench.judged(line, 8.7)
    bench.judged(line, 9.4, heard=5.9)
    with pytest.raises(Failure, match=r"over 3\.70 s ago"):
        bench.judged(line, 9.7, heard=5.9)


def test_what_no_client_can_know_is_no_more_than_the_error_of_the_date() -> None:
    bench = _Bench()
    line = bench.line(*bench.states[5])
    bench.oracle.least_seconds = lambda: 1.6
    bench.judged(line, 10.1)
    assert bench.oracle.totals.unknowable == 1
    bench.oracle.date_within = lambda: 1.04
    bench.judged(line, 9.6)
    with pytest.raises(Failure, match=r"over 4\.10 s ago"):
        bench.judged(line, 10.1)


def test_a_level_too_many_too_few_or_of_another_size_does_not_pass() -> None:
    bench = _Bench()
    bids, asks = bench.states[5]
    for wrong in (bids[:-1], bids[1:], [*bids[:-1], ["0.5", "1"]], [[bids[0][0], "7.7"], *bids[1:]], bids[::-1]):
        with pytest.raises(Failure, match="never was so"):
            bench.judged(bench.line(wrong, asks), 5.5)


def test_a_book_of_two_states_does_not_pass() -> None:
    bench = _Bench()
    with pytest.raises(Failure, match="it claims version 5; ask"):
        bench.judged(bench.line(bench.states[5][0], bench.states[6][1]), 5.5)


def test_a_book_that_is_not_trusted_shows_nothing() -> None:
    bench = _Bench()
    bench.judged(bench.line(None, None, "STALE"), 5.5)
    with pytest.raises(Failure, match="shows a book"):
        bench.judged(bench.line(*bench.states[5], "STALE"), 5.5)


def test_a_product_that_there_is_not_is_never_trusted() -> None:
    bench = _Bench()
    with pytest.raises(Failure, match="no such product"):
        bench.judged(bench.line(*bench.states[5], product="ETH-EUR"), 5.5)


def _picture(bids: Rows, asks: Rows) -> Picture:
    shown = [[(price, size) for price, size in rows[:8]] for rows in (bids, asks)]
    return Picture(PRODUCT, "SYNCED", {}, (shown[0][0], shown[1][0]), shown[0], shown[1])


def test_a_screen_is_compared_row_by_row() -> None:
    bench = _Bench()
    right = _picture(*bench.states[5])
    assert judge_picture(bench.market, right, bench.began + 7.0) == ("", 1.0)
    left_out = dataclasses.replace(right, asks=right.asks[:3] + right.asks[4:])
    assert "never so" in judge_picture(bench.market, left_out, bench.began + 7.0)[0]
    other_best = dataclasses.replace(right, best=(right.bids[1], right.asks[0]))
    assert "best prices" in judge_picture(bench.market, other_best, bench.began + 7.0)[0]
    assert judge_picture(bench.market, dataclasses.replace(right, bids=[]), bench.began)[0] == "shows no rows"


@pytest.mark.parametrize(
    ("size", "like"), [("0.50", True), ("0.5", True), ("0.49", True), ("0.48", False), ("<0.6", True), ("<0.4", False)]
)
def test_a_size_is_compared_as_the_screen_rounds(size: str, like: bool) -> None:
    assert is_like(("1,234.5", size), ("1234.50", "0.495")) is like
    assert not is_like(("1,234.6", size), ("1234.50", "0.495"))
