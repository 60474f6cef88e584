"""Which names are one market: the product list's aliases, and the documented rule where there is no list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from depthview.core.products import OWN_MARKET, ProductNames
from depthview.feed.product_list import parse_products

if TYPE_CHECKING:
    from pathlib import Path

LISTED = {"BTC-USD": "", "BTC-USDC": "BTC-USD", "USDT-USD": "", "USDT-USDC": "", "FOO-USD": "", "FOO-USDC": ""}


@pytest.mark.parametrize(
    ("name", "market"),
    [
        ("BTC-USDC", "BTC-USD"),
        ("BTC-USD", "BTC-USD"),
        ("BTC-EUR", "BTC-EUR"),
        ("USDC-EUR", "USDC-EUR"),
        *((name, name) for name in sorted(OWN_MARKET)),
    ],
)
def test_without_a_list_the_rule_decides_but_for_its_exceptions(name: str, market: str) -> None:
    assert ProductNames().market_of(name) == market


def test_the_list_decides_on_what_it_names_and_the_rule_on_the_rest() -> None:
    names = ProductNames()
    names.learn(LISTED | {"USDT-USDC": "USDT-USD", "PEPE-EUR": "PEPE-USD"})
    assert names.market_of("FOO-USDC") == "FOO-USDC"
    assert names.market_of("USDT-USDC") == "USDT-USD"
    assert names.same("PEPE-EUR", "PEPE-USD")
    assert names.market_of("BAR-USDC") == "BAR-USD"
    assert names.is_listed("FOO-USDC")
    assert not names.is_listed("BAR-USDC")


def test_what_data_has_shown_holds_until_a_list_says_otherwise() -> None:
    names = ProductNames()
    names.separate("FOO-USDC")
    assert not names.same("FOO-USDC", "FOO-USD")
    names.learn({"FOO-USDC": "FOO-USD"})
    assert names.same("FOO-USDC", "FOO-USD")


@pytest.mark.parametrize(
    "aliases",
    [
        {"A-B": "C-D", "C-D": "A-B"},
        {"A-B": "A-B"},
        {"A-B": "C-D", "C-D": "E-F"},
        {"FOO-USD": "FOO-USDC"},
    ],
)
def test_whatever_the_list_says_a_market_is_its_own_market(aliases: dict[str, str]) -> None:
    names = ProductNames()
    names.learn(aliases)
    for name in {*aliases, *aliases.values()}:
        market = names.market_of(name)
        assert names.market_of(market) == market


def test_among_prefers_the_very_name() -> None:
    names = ProductNames()
    assert names.among(("BTC-USDC", "BTC-USD"), "BTC-USD") == "BTC-USD"
    assert names.among(("ETH-USD", "BTC-USDC"), "BTC-USD") == "BTC-USDC"
    assert names.among(("USDT-USDC",), "USDT-USD") is None


def test_the_rule_and_its_exceptions_are_those_of_the_real_list(shared_data: Path) -> None:
    file = shared_data / "products_2026-08-09_min.json"
    if not file.is_file():
        pytest.skip("the product list is not there")
    products = parse_products(b'{"products":' + file.read_bytes() + b"}")
    assert len(products) == 920
    by_rule, by_list = ProductNames(), ProductNames()
    by_list.learn({product.product_id: product.alias for product in products})
    assert {p.product_id for p in products if p.alias} == {
        p.product_id for p in products if by_rule.market_of(p.product_id) != p.product_id
    }
    assert all(by_rule.market_of(p.product_id) == by_list.market_of(p.product_id) for p in products)
    assert len({by_list.market_of(product.product_id) for product in products}) == 520
