"""Exact numbers: which strings are numbers, and that none of them loses a digit."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from depthview.core.numbers import (
    ALL_PLACES,
    ALL_PLAIN,
    CENTS,
    EXACT,
    PLAIN_PLACES,
    decimal_number,
    decimals_of,
    exact,
    is_number,
    plain_units,
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
    assert decimal_number(text) == Decimal(text)
    assert exact(size_value(text)) == Decimal(text)
    shown = text_of(exact(size_value(text)))
    assert Decimal(shown) == Decimal(text)
    assert re.fullmatch(r"(0|[1-9][0-9]*)(\.[0-9]*[1-9])?", shown)
    assert decimals_of(Decimal(text)) == len(shown.partition(".")[2])


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_strings_are_no_numbers(text: str) -> None:
    assert not is_number(text)
    with pytest.raises(ValueError, match=r"not a decimal number|could not convert"):
        decimal_number(text)
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


@given(PLAIN)
@example("9999999.99999999")
@example("9999999999999.99")
@example("0.29")
@example("0.00000001")
@steady(500)
def test_units_of_a_plain_number(text: str) -> None:
    for places in (PLAIN_PLACES, ALL_PLACES):
        assert Decimal(plain_units(float(text), places)).scaleb(-places, EXACT) == Decimal(text)
    if decimals_of(Decimal(text)) <= CENTS:
        assert Decimal(plain_units(float(text), CENTS)).scaleb(-CENTS, EXACT) == Decimal(text)
    else:
        with pytest.raises(ValueError, match="more decimals"):
            plain_units(float(text), CENTS)


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
