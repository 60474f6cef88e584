"""Which ladders stand side by side, groups, and products by letters."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from depthview.ui.layout import next_group, window
from depthview.ui.screens.actions import matches
from depthview.views.market import MarketView, ViewRequest

if TYPE_CHECKING:
    from tests.ui.fake_market import FakeMarket

NAMES = ("A", "B", "C", "D", "E")


@pytest.mark.parametrize(
    ("selected", "count", "start", "expected"),
    [("A", 2, 0, 0), ("B", 2, 0, 0), ("C", 2, 0, 1), ("E", 2, 0, 3), ("B", 2, 3, 1), ("A", 9, 4, 0), ("?", 2, 1, 1)],
)
def test_the_window_moves_no_further_than_it_must(selected: str, count: int, start: int, expected: int) -> None:
    assert window(NAMES, selected, count, start) == expected


def view_of(market: FakeMarket, *names: str, groups: dict[str, Decimal] | None = None) -> MarketView:
    return market.view(ViewRequest(names[0], names, 10, groups or {}))


def test_groups_step_from_the_present_width_to_the_next(market: FakeMarket) -> None:
    depth = view_of(market, "BTC-USD").depths[0]
    assert next_group(depth, 1) == Decimal("0.02")
    assert next_group(depth, -1) is None
    odd = replace(depth, group=Decimal("0.3"))
    assert next_group(odd, 1) == Decimal("0.50")
    assert next_group(odd, -1) == Decimal("0.25")
    assert next_group(replace(depth, bids=(), asks=(), last_trade=None), 1) is None


def test_products_are_found_by_letters_in_their_order() -> None:
    catalogue = ["BTC-USD", "ETH-USD", "ETH-BTC", "ETH-EUR", "DOGE-USD"]
    assert matches(catalogue, "etheur") == ["ETH-EUR"]
    assert matches(catalogue, "eth")[0].startswith("ETH")
    assert matches(catalogue, "zzz") == []
    assert matches(catalogue, "") == catalogue
    assert len(matches([f"T{n}-USD" for n in range(900)], "t")) == 50
