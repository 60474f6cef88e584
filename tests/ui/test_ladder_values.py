"""What the ladder makes of typed sizes, of changes over time, and of rows that are copied. Pure."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depthview.preferences.display import Form
from depthview.ui.ladder.controls import best_row, ladder_text, row_text
from depthview.ui.ladder.scale import FLASH_INTERVAL, FLASH_SECONDS, Flashes, NotAnAmountError, parse_amount
from depthview.views.depth import Impact
from tests.ui.ladder_drawing import chosen, depth_of, visible_of

if TYPE_CHECKING:
    from tests.ui.fake_market import FakeMarket


@pytest.mark.parametrize(
    ("text", "size", "in_quote"),
    [
        ("5", "5", False),
        (" 0.5 ", "0.5", False),
        (".5", "0.5", False),
        ("250k", "250000", False),
        ("250K USD", "250000", True),
        ("250k usd", "250000", True),
        ("$250k", "250000", True),
        ("$ 1,250,000", "1250000", True),
        ("$1.5m", "1500000", True),
        ("5 BTC", "5", False),
        ("5BTC", "5", False),
        ("5 btc", "5", False),
        ("2k BTC", "2000", False),
        ("1b", "1000000000", False),
        ("0.000000000000000001", "0.000000000000000001", False),
        ("100 USD", "100", True),
    ],
)
def test_sizes_are_typed_in_base_or_quote(text: str, size: str, in_quote: bool) -> None:
    assert parse_amount(text, "BTC", "USD") == Impact(Decimal(size), in_quote)


def test_a_bare_number_is_in_the_unit_that_is_shown() -> None:
    assert parse_amount("5", "BTC", "USD", in_quote=True) == Impact(Decimal(5), in_quote=True)
    assert parse_amount("5 BTC", "BTC", "USD", in_quote=True) == Impact(Decimal(5))


def test_a_currency_may_begin_with_the_letter_of_a_power() -> None:
    assert parse_amount("3 MATIC", "MATIC", "USD") == Impact(Decimal(3))
    assert parse_amount("3M MATIC", "MATIC", "USD") == Impact(Decimal(3_000_000))
    assert parse_amount("3k", "K", "USD") == Impact(Decimal(3000)), "a lone letter is the power"
    assert parse_amount("€5k", "BTC", "EUR") == Impact(Decimal(5000), in_quote=True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "type a number"),
        ("five", "type a number"),
        ("-5", "type a number"),
        ("1e6", "E6 is neither BTC nor USD"),
        ("0", "above 0"),
        ("$0.000", "above 0"),
        ("5 ETH", "ETH is neither BTC nor USD"),
        ("5 kEUR", "KEUR is neither BTC nor USD"),
        ("€5", "€ is not USD"),
        ("$5 BTC", "either $ or BTC"),
        ("9" * 16, "too many digits"),
        ("1." + "1" * 19, "too many digits"),
        ("٣", "type a number"),
        ("[red]5[/]", "type a number"),
    ],
)
def test_what_is_no_size_is_refused_with_a_reason(text: str, why: str) -> None:
    with pytest.raises(NotAnAmountError, match=why.replace("$", r"\$")):
        parse_amount(text, "BTC", "USD")


@given(st.decimals(min_value="0.00000001", max_value="999999999999", places=8, allow_nan=False))
def test_a_typed_number_is_taken_exactly(value: Decimal) -> None:
    assert parse_amount(f"{value:f}", "BTC", "USD").size == value
    assert parse_amount(f"${value:,f}", "BTC", "USD") == Impact(value, in_quote=True)


# -- flashes -----------------------------------------------------------------------------------------------------------

Row = tuple[str, str, Decimal, Decimal]


def row(price: str, size: str, side: str = "bid") -> Row:
    return side, price, Decimal(price), Decimal(size)


def test_only_changes_stand_out_and_only_for_a_moment() -> None:
    flashes = Flashes()
    assert flashes.seen([row("9", "1"), row("8", "2"), row("7", "3")], 0.0) == {}, "the first sight is no change"
    assert flashes.seen([row("9", "1"), row("8", "3"), row("7", "2")], 0.1) == {("bid", "8"): "+", ("bid", "7"): "-"}
    assert flashes.seen([row("9", "1"), row("8", "3"), row("7", "2")], 0.1 + FLASH_SECONDS * 0.9) != {}
    assert flashes.seen([row("9", "1"), row("8", "3"), row("7", "2")], 0.1 + FLASH_SECONDS) == {}


def test_a_new_level_stands_out_where_one_could_have_been_seen_before() -> None:
    flashes = Flashes()
    flashes.seen([row("9", "1"), row("7", "3")], 0.0)
    shown = flashes.seen([row("9", "1"), row("8", "2"), row("7", "3"), row("6", "9")], 0.1)
    assert shown == {("bid", "8"): "+"}, "6 came into sight by scrolling"


def test_a_side_does_not_speak_for_the_other() -> None:
    flashes = Flashes()
    flashes.seen([row("9", "1", "bid")], 0.0)
    assert flashes.seen([row("9", "2", "ask")], 0.1) == {}


def test_a_row_that_changes_all_the_time_stands_out_for_a_third_of_it() -> None:
    flashes = Flashes()
    begun, out = [], 0
    for tick in range(200):
        now = tick * 0.02
        out += bool(flashes.seen([row("9", str(1 + tick))], now))
        found = flashes._flashes.get(("bid", "9"))
        if found is not None and found.at == now:
            begun.append(now)
    assert len(begun) == 4
    assert out / 200 == pytest.approx(FLASH_SECONDS / FLASH_INTERVAL, abs=0.05)
    assert all(after - before >= FLASH_INTERVAL for before, after in itertools.pairwise(begun))
    assert FLASH_INTERVAL > 1 / 3, "no more than three flashes a second"


def test_what_is_forgotten_is_seen_anew() -> None:
    flashes = Flashes()
    flashes.seen([row("9", "1")], 0.0)
    flashes.forget()
    assert flashes.seen([row("9", "2")], 0.1) == {}


# -- copies ------------------------------------------------------------------------------------------------------------


def test_a_ladder_is_copied_as_it_is_shown_and_to_the_last_digit(market: FakeMarket) -> None:
    depth = depth_of(market)
    visible = visible_of(depth, 11)
    header, *rows = ladder_text(depth, visible).splitlines()
    assert header.split("\t")[:4] == ["product", "side", "price", "size"]
    shown = [*depth.asks[:5][::-1], *depth.bids[:5]]
    assert [tuple(map(Decimal, row.split("\t")[2:5])) for row in rows] == [
        (level.price, level.size, level.cumulative) for level in shown
    ]
    assert {row.split("\t")[0] for row in rows} == {"BTC-USD"}
    assert [row.split("\t")[1] for row in rows] == ["ask"] * 5 + ["bid"] * 5
    assert "E" not in "".join(rows)


def test_a_row_of_two_ranks_is_copied_as_two_lines(market: FakeMarket) -> None:
    depth = depth_of(market)
    slot = visible_of(depth, 11, chosen(form=Form.SIDES)).row_at(0)
    assert [line.split("\t")[1] for line in row_text(depth, slot).splitlines()] == ["bid", "ask"]


def test_the_best_row_is_the_best_bid_or_else_the_best_ask(market: FakeMarket) -> None:
    depth = depth_of(market)
    best = best_row(visible_of(depth, 11))
    assert best is not None
    assert best.bid == depth.bids[0]
    market.books["BTC-USD"].bids.clear()
    depth = depth_of(market)
    best = best_row(visible_of(depth, 11))
    assert best is not None
    assert best.ask == depth.asks[0]
