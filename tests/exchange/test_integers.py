"""Decimal strings, instants and the integer book."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depthview.exchange.book import IntegerBook, Scale, WireSide
from depthview.exchange.messages import go_time, rfc3339


@given(st.integers(0, 10**30), st.integers(0, 18))
def test_an_amount_is_spelt_exactly_and_as_short_as_can_be(units: int, decimals: int) -> None:
    text = Scale(decimals).text(units)
    assert Fraction(text) == Fraction(units, 10**decimals)
    assert "e" not in text.lower()
    assert "." not in text or not text.endswith(("0", "."))


def test_amounts_below_zero_keep_their_sign() -> None:
    assert Scale(2).signed_text(-150) == "-1.5"
    assert Scale(2).signed_text(0) == "0"


@pytest.mark.parametrize(
    ("instant_ns", "text"),
    [
        (1_786_309_548_123_456_789, "2026-08-09T21:05:48.123456789Z"),
        (1_786_309_548_100_000_000, "2026-08-09T21:05:48.1Z"),
        (1_786_309_548_000_000_000, "2026-08-09T21:05:48Z"),
    ],
)
def test_timestamps_have_up_to_nine_digits(instant_ns: int, text: str) -> None:
    assert rfc3339(instant_ns) == text
    assert datetime.fromisoformat(text).timestamp() == pytest.approx(instant_ns / 1e9)


def test_heartbeats_print_time_as_go_does() -> None:
    printed = go_time(1_786_309_548_854_840_045, 41_691_260_485_341)
    assert printed == "2026-08-09 21:05:48.854840045 +0000 UTC m=+41691.260485341"


_changes = st.lists(st.tuples(st.sampled_from(WireSide), st.integers(1, 40), st.integers(0, 5)), max_size=80)


@given(_changes, st.integers(0, 80))
def test_the_book_agrees_with_a_dict_and_drains_each_change_once(
    changes: list[tuple[WireSide, int, int]], drain_at: int
) -> None:
    book = IntegerBook()
    oracle: dict[WireSide, dict[int, int]] = {WireSide.BID: {}, WireSide.OFFER: {}}
    shown: dict[WireSide, dict[int, int]] = {WireSide.BID: {}, WireSide.OFFER: {}}

    def drain() -> None:
        rows = book.drain()
        assert len({(side, price) for side, price, _ in rows}) == len(rows)
        for side, price, size in rows:
            shown[side][price] = size

    for position, (side, price, size) in enumerate(changes):
        if position == drain_at:
            drain()
        facing = oracle[side.opposite]
        meets = size and facing and (price >= min(facing) if side is WireSide.BID else price <= max(facing))
        if meets:
            with pytest.raises(ValueError, match="would meet"):
                book.set_level(side, price, size)
            continue
        book.set_level(side, price, size)
        oracle[side].pop(price, None)
        if size:
            oracle[side][price] = size
    drain()
    assert book.drain() == []
    for side, levels in oracle.items():
        best_first = sorted(levels.items(), reverse=side is WireSide.BID)
        assert list(book.side(side).levels()) == best_first
        assert [book.side(side).price_at(rank) for rank in range(len(levels))] == [price for price, _ in best_first]
        assert {price: size for price, size in shown[side].items() if size} == levels


def test_rows_drain_bids_falling_then_offers_rising() -> None:
    book = IntegerBook()
    for side, price, size in [
        (WireSide.OFFER, 9, 1),
        (WireSide.BID, 2, 1),
        (WireSide.OFFER, 8, 1),
        (WireSide.BID, 3, 4),
    ]:
        book.set_level(side, price, size)
    book.set_level(WireSide.BID, 2, 0)
    assert book.drain() == [(WireSide.BID, 3, 4), (WireSide.BID, 2, 0), (WireSide.OFFER, 8, 1), (WireSide.OFFER, 9, 1)]


@pytest.mark.parametrize(("price", "size"), [(0, 1), (-3, 1), (1, -1)])
def test_levels_that_cannot_be_are_refused(price: int, size: int) -> None:
    with pytest.raises(ValueError, match="no such level"):
        IntegerBook().set_level(WireSide.BID, price, size)
