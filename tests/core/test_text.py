"""The sanitiser: whatever comes in, nothing comes out that a terminal could obey."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from depthview.core.text import is_product_id, plain_text

SHOWN = "\N{REPLACEMENT CHARACTER}"
NASTY = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=["Mn", "Me", "Mc", "Cf", "Cc", "Cs", "Co"]),
        st.sampled_from(
            "\x1b\x9b\x07\n\r\u202e\u2066\u2028\u2029\ud800\udfff\ufeff\u0301\u0315\u20dd\ufe0f\u1161\u11a8e"
        ),
    ),
    max_size=120,
)

HOSTILE = [
    ("\x1b[31mred\x1b[0m", f"{SHOWN}[31mred{SHOWN}[0m"),
    ("\x1b]52;c;QUJD\x07", f"{SHOWN}]52;c;QUJD{SHOWN}"),
    ("\x1b]0;title\x1b\\", f"{SHOWN}]0;title{SHOWN}\\"),
    ("\x9b2J", f"{SHOWN}2J"),
    ("a\x00b\x7fc", f"a{SHOWN}b{SHOWN}c"),
    ("BTC\u202eDSU", f"BTC{SHOWN}DSU"),
    ("\u2066x\u2069", f"{SHOWN}x{SHOWN}"),
    ("zero\u200bwidth", f"zero{SHOWN}width"),
    ("two\nlines\r", f"two{SHOWN}lines{SHOWN}"),
    ("\u2028\u2029\t", SHOWN * 3),
    ("\ud800lone\udfff", f"{SHOWN}lone{SHOWN}"),
    ("\ue000\U000f0000", SHOWN * 2),
    ("\u0378", SHOWN),
    ("[bold]BTC[/] [/]", "[bold]BTC[/] [/]"),
    ("e\u0301", "\u00e9"),
    ("x" + "\u0336" * 50, "x" + "\u0336" * 4),
    ("x" + "\u20dd" * 50 + "y", "x" + "\u20dd" * 4 + "y"),
    ("Zürich 東京 ₿", "Zürich 東京 ₿"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "shown"), HOSTILE, ids=[ascii(text)[:40] for text, _ in HOSTILE])
def test_hostile_text_is_seen_and_does_nothing(text: str, shown: str) -> None:
    assert plain_text(text) == shown


def test_the_length_is_bounded() -> None:
    assert plain_text("x" * 5000) == "x" * 63 + "…"
    assert plain_text("x" * 64) == "x" * 64
    assert plain_text("x" * 13, 12) == "x" * 11 + "…"


@given(NASTY, st.integers(1, 80))
@example("\u1100\u1161\u11a8" * 60, 20)
@settings(max_examples=400)
def test_only_harmless_characters_come_out_and_once_is_enough(text: str, limit: int) -> None:
    shown = plain_text(text, limit)
    assert len(shown) <= limit
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert unicodedata.normalize("NFC", shown) == shown
    shown.encode()
    assert plain_text(shown, limit) == shown


@pytest.mark.parametrize("name", ["BTC-USD", "ETH-EUR", "00-USD", "1INCH-USDC", "BIT-31JAN25-CDE", "A-B-C-D"])
def test_names_of_products(name: str) -> None:
    assert is_product_id(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "BTC",
        "btc-usd",
        "BTC-",
        "-USD",
        "BTC--USD",
        "BTC-USD\n",
        "BTC_USD",
        "A-B-C-D-E",
        "BTC-\u0415UR",
        "A" * 25 + "-USD",
        None,
        5,
        b"BTC-USD",
        ["BTC-USD"],
    ],
)
def test_names_of_none(name: object) -> None:
    assert not is_product_id(name)
