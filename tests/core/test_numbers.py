"""Exact numbers: which strings are numbers, and that none of them loses a digit."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from depthview.core.numbers import (
    ALL_PLAIN,
    EXACT,
    decimals_of,
    exact,
    is_number,
    price_key,
    size_value,
    text_of,
)
from tests.support.steady import steady

NUMBERS = st.from_regex(re.compile(r"[0-9]{1,15}(\.[0-9]{1,18})?", re.ASCII), fullmatch=True)
PLAIN = st.one_of(
    st.from_regex(re.compile(r"[0-9]{1,7}(\.[0-9]{1,8})?", re.ASCII), fullmatch=True),
    st.from_regex(re.compile(r"[0-9]{8,13}(\.[0-9]{1,2})?", re.ASCII), fullmatch=True),
)
HOSTILE = [
    "", " ", "-1", "+1", "-0", "NaN", "nan", "sNaN", "Infinity", "-Infinity", "inf", "1e400", "1e999999999", "1E5",
    "9" * 4000, "0." + "9" * 4000, "1" * 16, "0." + "1" * 19, "0x10", "1_000", "1,000", "\u0661", "\uff11",
    "\u00b2", ".5", "5.", ".", "1.2.3", " 1", "1 ", "1\n", "\n1", "1\n2", "1\t",
    "1\x00", "\x001", "\u22121", "1/2", "0b1", "1j",
]  # fmt: skip


@given(NUMBERS)
@example("999999999999999.999999999999999999")
@example("0.000000000000000001")
@example("000000000000005.500000000000000000")
@example("999999999.12345678")
@example("99999999999.12345")
@steady(300)
def test_every_number_of_the_wire_is_kept_to_the_last_digit(text: str) -> None:
    assert is_number(text)
    assert exact(price_key(text)) == Decimal(text)
    assert exact(size_value(text)) == Decimal(text)
    shown = text_of(exact(size_value(text)))
    assert Decimal(shown) == Decimal(text)
    assert re.fullmatch(r"(0|[1-9][0-9]*)(\.[0-9]*[1-9])?", shown)
    assert decimals_of(Decimal(text)) == len(shown.partition(".")[2])


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_strings_are_no_numbers(text: str) -> None:
    assert not is_number(text)
    with pytest.raises(ValueError, match=r"not a decimal number|could not convert"):
        price_key(text)
    with pytest.raises(ValueError, match=r"not a decimal number|could not convert"):
        size_value(text)


@pytest.mark.parametrize("value", [None, 1, 1.5, True, b"1", Decimal(1), ["1"], {"1": 1}])
def test_only_a_string_is_a_number(value: object) -> None:
    assert not is_number(value)


@given(st.text(max_size=30))
@steady(200)
def test_what_is_taken_for_a_number_is_one(text: str) -> None:
    if is_number(text):
        assert text.isascii()
        assert Decimal(text) >= 0
    else:
        with pytest.raises(ValueError, match=r".+"):
            size_value(text)


@given(PLAIN)
@example("9999999.99999999")
@example("9999999999999.99")
@example("0000000.00000001")
@example("10000000")
@example("00000000.01")
@steady(500)
def test_a_plain_number_is_given_back_by_its_float(text: str) -> None:
    assert ALL_PLAIN(text + "\n")
    assert exact(float(text)) == Decimal(text)
    assert isinstance(size_value(text), float)


@given(st.lists(NUMBERS, min_size=2, max_size=2), st.integers(0, 3), st.integers(0, 3))
@steady(300)
def test_one_key_for_a_price_however_it_is_spelt(texts: list[str], zeros_before: int, zeros_after: int) -> None:
    one, other = texts
    assert (exact(price_key(one)) == exact(price_key(other))) == (Decimal(one) == Decimal(other))
    whole, _, fraction = one.partition(".")
    respelt = f"{'0' * zeros_before}{whole}.{fraction}{'0' * zeros_after}".rstrip(".")
    if is_number(respelt):
        assert price_key(respelt) == price_key(one)
        assert hash(price_key(respelt)) == hash(price_key(one))


@given(NUMBERS)
@steady(200)
def test_the_neighbour_in_the_last_place_has_another_key(text: str) -> None:
    value = Decimal(text)
    neighbour = text_of(EXACT.add(value, Decimal(1).scaleb(-18)))
    if is_number(neighbour):
        assert exact(price_key(neighbour)) != exact(price_key(text))


def test_keys_of_two_kinds_can_meet_and_their_exact_values_do_not() -> None:
    """Why the book never keeps both kinds in one dict."""
    short, long = price_key("10000000000000.1"), price_key("10000000000000.099609375")
    assert short == long
    assert exact(short) != exact(long)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0", "0"),
        ("0.00", "0"),
        ("100", "100"),
        ("1E+2", "100"),
        ("1E-18", "0.000000000000000001"),
        ("65083.660", "65083.66"),
    ],
)
def test_the_shortest_spelling(number: str, text: str) -> None:
    assert text_of(Decimal(number)) == text
