"""What the command line may say."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from depthview.config.load import Configuration, load
from depthview.config.options import COUNT, DEPTH, FOR, GROUP, SPEED
from depthview.config.run_options import CredentialOptions, DemoSource, LiveSource, ReplaySource, RunOptions
from depthview.config.values import InvalidValue, product_list
from depthview.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

FILE = Path("file")


def given(**flags: object) -> Configuration:
    return load(flags, {}, FILE, must_exist=False)


def exactly(number: Decimal | None) -> object:
    return number and number.as_tuple()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], ()),
        (["", " , "], ()),
        (["BTC-USD"], ("BTC-USD",)),
        (["btc-usd,Eth-Usd", "SOL-USD"], ("BTC-USD", "ETH-USD", "SOL-USD")),
        (["b-c d-e,\tf-g,,"], ("B-C", "D-E", "F-G")),
        (["ETH-USD", "eth-usd", "BTC-USD", "ETH-USD"], ("ETH-USD", "BTC-USD")),
        (["BIT-28NOV25-CDE", "00-USD", "1INCH-USDC"], ("BIT-28NOV25-CDE", "00-USD", "1INCH-USDC")),
    ],
)
def test_products_are_told_apart_by_spaces_and_commas(words: list[str], expected: tuple[str, ...]) -> None:
    assert product_list(words) == expected


@pytest.mark.parametrize(
    "word", ["BTC", "BTC_USD", "-USD", "BTC-", "BTC--USD", "ßTC-USD", "BTC-USD/", "\x1b[31m-USD", "A-" * 40 + "B"]
)
def test_what_is_no_product_is_refused_in_one_line(word: str) -> None:
    with pytest.raises(InvalidValue, match="not a product name") as caught:
        product_list(["ETH-USD", word])
    assert str(caught.value).isprintable()


def test_the_31st_product_is_refused_and_a_repeated_one_is_not_counted() -> None:
    names = [f"P{number}-USD" for number in range(30)]
    assert product_list([*names, "p7-usd"]) == tuple(names)
    with pytest.raises(InvalidValue, match="31 products were named: one connection takes 30 at most"):
        product_list([*names, "P30-USD"])


@pytest.mark.parametrize(
    ("text", "expected"), [("max", None), ("MAX", None), ("1", 1.0), ("10", 10.0), ("0.5x", 0.5), (" 2X ", 2.0)]
)
def test_speeds(text: str, expected: float | None) -> None:
    assert given(speed=text).value(SPEED) == expected


@pytest.mark.parametrize("text", ["", "x", "0", "0.0x", "-1", "nan", "inf", "1e3", "1_0", "٣", "10xx", "fast"])
def test_speeds_that_are_none(text: str) -> None:
    with pytest.raises(UsageError, match="--speed"):
        given(speed=text)


def test_a_group_is_exactly_as_written() -> None:
    assert exactly(given(group="0.10").value(GROUP)) == exactly(Decimal("0.10"))
    assert given(group=" 25 ").value(GROUP) == 25


@pytest.mark.parametrize("text", ["", "0", "0.00", "-1", "NaN", "Infinity", "1e-2", "1,5", "1_0", "9" * 16])
def test_groups_that_are_none(text: str) -> None:
    with pytest.raises(UsageError, match="--group"):
        given(group=text)


def test_whole_numbers_have_bounds() -> None:
    assert (given(depth="0").value(DEPTH), given(depth="25").value(DEPTH)) == (0, 25)
    assert given(count="1").value(COUNT) == 1
    cases = [("depth", text) for text in ("7.5", "", "-1", "1000001")] + [("count", "0"), ("count", "9" * 5000)]
    for name, text in cases:
        with pytest.raises(UsageError, match=f"--{name} .* is not a whole number from"):
            given(**{name: text})


def test_seconds_are_above_0() -> None:
    assert given(**{"for": "2.5"}).value(FOR) == 2.5
    for text in ["", "0", "-1", "nan", "1e9", "soon"]:
        with pytest.raises(UsageError, match="--for"):
            given(**{"for": text})


def test_only_a_key_that_the_command_names_is_explicit() -> None:
    assert not CredentialOptions().explicit
    assert not CredentialOptions(public=True).explicit
    assert CredentialOptions(key_file=FILE).explicit
    assert CredentialOptions(env_key=True).explicit


def test_options_that_contradict_each_other_are_refused() -> None:
    contradictions: list[tuple[str, Callable[[], object]]] = [
        ("--key-name requires", lambda: CredentialOptions(key_name="x")),
        ("--record", lambda: RunOptions(source=ReplaySource(FILE), record=FILE)),
        ("do not use your key", lambda: RunOptions(source=DemoSource(), credentials=CredentialOptions(key_file=FILE))),
        (
            "do not use your key",
            lambda: RunOptions(source=ReplaySource(FILE), credentials=CredentialOptions(env_key=True)),
        ),
        ("--dump-book", lambda: RunOptions(include_untrusted=True)),
    ]
    for words, make in contradictions:
        with pytest.raises(UsageError, match=words):
            make()


def test_nothing_said_means_coinbase_and_a_small_set() -> None:
    nothing = RunOptions()
    assert nothing.source == LiveSource(url=None)
    assert nothing.products == ("BTC-USD", "ETH-USD", "SOL-USD")
    assert (nothing.stream.depth, nothing.stream.every_seconds) == (10, 1)
