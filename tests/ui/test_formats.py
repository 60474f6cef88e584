"""Numbers as text: exact, never rounded up, never zero for what lives, never scientific."""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depthview.ui.formats import (
    balance,
    bar,
    bar_scale,
    compact,
    fixed,
    nice_ceiling,
    price_text,
    rate_strip,
    round_text,
    shared_prefix,
    significant,
    size_text,
    zero_run,
)

WIDE = Context(prec=80, rounding=ROUND_DOWN)
LIVE = st.decimals(min_value="1e-18", max_value="999999999999999", places=18, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        ("65083.66", 2, "65,083.66"),
        ("65083.669", 2, "65,083.66"),
        ("0.01", 2, "0.01"),
        ("0.004", 2, "<0.01"),
        ("0", 2, "0.00"),
        ("1234567", 0, "1,234,567"),
        ("999999999999999.999999999999999999", 18, "999,999,999,999,999.999999999999999999"),
        ("1E+3", 2, "1,000.00"),
    ],
)
def test_prices(value: str, decimals: int, text: str) -> None:
    assert fixed(Decimal(value), decimals, separators=True) == text


@given(LIVE, st.integers(0, 18))
def test_a_live_value_is_cut_and_neither_zero_nor_scientific(value: Decimal, decimals: int) -> None:
    text = fixed(value, decimals, separators=True)
    if text.startswith("<"):
        assert 0 < value < Decimal(text[1:])
        return
    assert re.fullmatch(r"\d{1,3}(,\d{3})*(\.\d+)?", text)
    shown = Decimal(text.replace(",", ""))
    assert shown > 0
    assert 0 <= WIDE.subtract(value, shown) < Decimal(1).scaleb(-decimals)


@pytest.mark.parametrize(
    ("value", "text"),
    [("0.00000123", "0.0₅123"), ("0.00001234", "0.0₄1234"), ("0.000000000000000001", "0.0₁₇1")],
)
def test_zero_run_counts_the_zeros_after_the_point(value: str, text: str) -> None:
    assert zero_run(Decimal(value), 12) == text


def test_a_tiny_price_stands_in_full_where_it_fits_and_as_a_run_of_zeros_where_not() -> None:
    price = Decimal("0.00000123")
    assert price_text(price, 8, 10) == "0.00000123"
    assert price_text(price, 8, 9) == "0.0₅123"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1234567", "1.234M"),
        ("12345678", "12.34M"),
        ("999999", "999.9k"),
        ("50", "50.00"),
        ("1E+30", ">999Y"),
        ("123456789012345", "123.4T"),
    ],
)
def test_compact_has_four_digits_and_is_cut(value: str, text: str) -> None:
    assert compact(Decimal(value)) == text


def test_a_size_is_compact_only_where_it_does_not_fit() -> None:
    assert size_text(Decimal("11440000"), 0, 8) == "11440000"
    assert size_text(Decimal("11440000"), 0, 7) == "11.44M"


@pytest.mark.parametrize(
    ("text", "end"), [("0.09330000", 6), ("1.00000000", 1), ("1.38320", 6), ("120", 3), ("0.1", 3)]
)
def test_trailing_zeros_begin_after_the_last_significant_digit(text: str, end: int) -> None:
    assert significant(text) == end


@pytest.mark.parametrize(
    ("texts", "shared"),
    [
        (["65,090.50", "65,089.50"], 4),
        (["65,083.66", "65,083.67"], 8),
        (["65,083.66"], 0),
        (["9.99", "10.00"], 0),
        (["5.00", "5.00"], 3),
        ([], 0),
    ],
)
def test_only_digits_that_all_rows_share_count_as_shared(texts: list[str], shared: int) -> None:
    assert shared_prefix(texts) == shared


@given(LIVE)
def test_a_scale_is_the_next_of_1_2_5(value: Decimal) -> None:
    scale = nice_ceiling(value)
    assert scale >= value
    assert scale < value * Decimal("2.5000001")
    assert str(scale.normalize().as_tuple().digits[0]) in "125"


@pytest.mark.parametrize(
    ("value", "text"),
    [("0.05", "0.05"), ("2", "2"), ("250", "250"), ("20000000", "20M"), ("25000", "25k"), ("2.5", "2.5")],
)
def test_round_figures_are_short(value: str, text: str) -> None:
    assert round_text(Decimal(value)) == text


def test_the_scale_stays_while_sizes_use_a_good_part_of_it() -> None:
    first = bar_scale([Decimal("1.4"), Decimal("0.9"), Decimal("0.5")], None)
    assert first == 2
    assert bar_scale([Decimal("0.7"), Decimal("0.65"), Decimal("0.6")], first) == 2
    assert bar_scale([Decimal("0.6"), Decimal("0.5"), Decimal("0.5")], first) == 1
    assert bar_scale([Decimal("0.3"), Decimal("0.2"), Decimal("0.2")], first) == Decimal("0.5")
    assert bar_scale([Decimal("2.1"), Decimal("2"), Decimal("2")], first) == 5
    assert bar_scale([], first) == 2


def test_an_outlier_is_clipped_instead_of_flattening_the_others() -> None:
    scale = bar_scale([Decimal(900), Decimal(1), Decimal("0.8")], None)
    assert scale == 1
    assert bar(Decimal(900), scale, 10) == ("█████████▶", True)


@pytest.mark.parametrize(
    ("size", "blocks"), [("0", ""), ("0.0001", "▏"), ("0.25", "██▌"), ("0.5", "█████"), ("1", "██████████")]
)
def test_bars_are_drawn_in_eighths(size: str, blocks: str) -> None:
    assert bar(Decimal(size), Decimal(1), 10) == (blocks, False)


@given(st.decimals(min_value=0, max_value=10**15, allow_nan=False, places=8), st.integers(1, 80))
def test_no_bar_is_longer_than_its_column(size: Decimal, width: int) -> None:
    assert len(bar(size, Decimal(2), width).blocks) <= width


def test_balance_grows_from_the_centre_to_the_side_that_weighs_more() -> None:
    assert balance(Decimal("0.5"), 4) == ("    ", "██  ")
    assert balance(Decimal("-0.5"), 4) == ("  ██", "    ")
    assert balance(Decimal("-0.6"), 4) == (" 🮈██", "    ")
    assert balance(Decimal("0.6"), 4) == ("    ", "██▍ ")
    assert balance(Decimal(1), 4) == ("    ", "████")


def test_the_rate_strip_is_as_tall_as_its_busiest_second() -> None:
    assert rate_strip((0, 7, 14), 3) == "▁▄█"
    assert rate_strip((1, 2, 3, 4), 2) == "▆█"
    assert rate_strip((0, 0), 2) == "▁▁"
    assert rate_strip((), 5) == ""
