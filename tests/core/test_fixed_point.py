"""Exact numbers: which strings are numbers, and that none of them loses a digit."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from depthview.core.fixed_point import (
    ALL_PLACES,
    CENTS,
    EIGHT_PLACES,
    EXACT,
    all_units,
    decimal_number,
    decimal_of,
    decimals_of,
    is_number,
    text_of,
    units_in,
    units_of,
)

NUMBERS = st.from_regex(re.compile(r"[0-9]{1,15}(\.[0-9]{1,18})?", re.ASCII), fullmatch=True)
SHORT = st.one_of(
    st.from_regex(re.compile(r"(0|[1-9][0-9]{0,6})(\.[0-9]{1,8})?", re.ASCII), fullmatch=True),
    st.from_regex(re.compile(r"[1-9][0-9]{0,6}(\.[0-9]{1,2})?", re.ASCII), fullmatch=True),
)
NEAR = st.from_regex(re.compile(r"[0-9.]{1,18}", re.ASCII), fullmatch=True)
"""Numbers and what is nearly one."""
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
@settings(max_examples=300)
def test_every_number_of_the_wire_is_kept_to_the_last_digit(text: str) -> None:
    assert is_number(text)
    assert decimal_number(text) == Decimal(text)
    units = units_in(text, ALL_PLACES)
    assert units == units_of(Decimal(text), ALL_PLACES)
    assert units is not None
    assert decimal_of(units, ALL_PLACES) == Decimal(text)
    shown = text_of(Decimal(text))
    assert Decimal(shown) == Decimal(text)
    assert re.fullmatch(r"(0|[1-9][0-9]*)(\.[0-9]*[1-9])?", shown)
    assert decimals_of(Decimal(text)) == len(shown.partition(".")[2])


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_strings_are_no_numbers(text: str) -> None:
    assert not is_number(text)
    with pytest.raises(ValueError, match=r"not a decimal number|could not convert"):
        decimal_number(text)
    assert units_in(text, ALL_PLACES) is None
    for texts in ([text], ["1", text], [text, "1"], [text, text]):
        assert all_units(texts, CENTS) is None
        assert all_units(texts, EIGHT_PLACES) is None


@pytest.mark.parametrize("value", [None, 1, 1.5, True, b"1", Decimal(1), ["1"], {"1": 1}])
def test_only_a_string_is_a_number(value: object) -> None:
    assert not is_number(value)


@given(st.text(max_size=30))
@settings(max_examples=200)
def test_what_is_taken_for_a_number_is_one(text: str) -> None:
    if is_number(text):
        assert text.isascii()
        assert Decimal(text) >= 0
    else:
        assert units_in(text, ALL_PLACES) is None
        assert all_units([text], EIGHT_PLACES) is None


@given(st.lists(SHORT, min_size=1, max_size=12))
@example(["9999999.99999999", "0.00000001"])
@example(["90071992.54", "0", "999999999999.99"])
@example(["0.29"])
@settings(max_examples=500)
def test_short_numbers_become_units_all_at_once(texts: list[str]) -> None:
    found = all_units(texts, EIGHT_PLACES)
    assert found == [units_of(Decimal(text), EIGHT_PLACES) for text in texts]
    whole = [text for text in texts if decimals_of(Decimal(text)) <= CENTS]
    if len(whole) == len(texts):
        assert all_units(texts, CENTS) == [units_of(Decimal(text), CENTS) for text in texts]
    else:
        assert all_units(texts, CENTS) is None


@given(st.lists(st.one_of(NEAR, NUMBERS, SHORT), min_size=1, max_size=4), st.sampled_from([CENTS, EIGHT_PLACES]))
@example(["9007199254740993"], CENTS)
@example(["90071992547409.93"], CENTS)
@example(["90071992.54740993"], EIGHT_PLACES)
@example(["0.1234567800000001"], EIGHT_PLACES)
@example(["0.12345678000001"], EIGHT_PLACES)
@example(["99999999999999.9"], CENTS)
@example(["0.00000000000001"], EIGHT_PLACES)
@settings(max_examples=800)
def test_the_quick_way_is_exact_or_says_that_it_cannot_prove_it(texts: list[str], places: int) -> None:
    found = all_units(texts, places)
    if found is not None:
        assert all(map(is_number, texts))
        assert found == [EXACT.scaleb(Decimal(text), places) for text in texts]


@given(NUMBERS, st.sampled_from([CENTS, EIGHT_PLACES, ALL_PLACES]))
@example("5.1000", CENTS)
@example("5.1001", CENTS)
@settings(max_examples=300)
def test_a_number_in_units_or_none_where_it_has_more_decimals(text: str, places: int) -> None:
    found = units_in(text, places)
    if decimals_of(Decimal(text)) <= places:
        assert found is not None
        assert decimal_of(found, places) == Decimal(text)
    else:
        assert found is None


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
