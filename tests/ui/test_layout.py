"""The products of a screen, their arrangement, and where the panels stand: plain values."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest

from depthview.ui.layout import GRID_LEAST, LADDER_LEAST, Layout, Notice, ProductTabs, ViewMode, arrange
from depthview.views.market import ViewRequest
from tests.ui.fake_market import FakeMarket, btc


def round_trip(stage: ViewMode, *, fit: int, products: int = 12) -> list[tuple[int, bool]]:
    """Arrangements on the way round, until the first one comes again."""
    seen: list[tuple[int, bool]] = []
    while (stage.ladders, stage.grid) not in seen:
        seen.append((stage.ladders, stage.grid))
        stage.next(shown=min(stage.ladders, fit), fit=fit, products=products)
    return seen


@pytest.mark.parametrize(("fit", "counts"), [(1, [1]), (2, [1, 2]), (3, [1, 2, 3]), (4, [1, 2, 4])])
def test_the_way_leads_over_several_ladders_to_the_grid_and_back(fit: int, counts: list[int]) -> None:
    assert round_trip(ViewMode(), fit=fit) == [*((count, False) for count in counts), (1, True)]


def test_one_product_has_no_grid() -> None:
    assert round_trip(ViewMode(), fit=1, products=1) == [(1, False)]


def test_a_zoomed_ladder_leads_back_to_the_grid() -> None:
    stage = ViewMode(grid=True)
    stage.zoom()
    assert (stage.grid, stage.zoomed, stage.ladders) == (False, True, 1)
    assert stage.back()
    assert (stage.grid, stage.zoomed) == (True, False)
    stage.zoom()
    stage.next(shown=1, fit=4, products=12)
    assert stage.grid
    assert stage.back()
    assert (stage.grid, stage.ladders) == (False, 1)
    assert not stage.back()


def test_there_is_no_zoom_outside_the_grid() -> None:
    stage = ViewMode(ladders=3)
    stage.zoom()
    assert (stage.ladders, stage.zoomed) == (3, False)


def test_a_shelf_keeps_its_place_when_a_product_goes() -> None:
    market = FakeMarket()
    shelf = ProductTabs(market, {})
    assert shelf.slot(3)
    assert shelf.remove("u").text == "ETH-EUR removed; u restores it"
    assert shelf.front == "SHIB-USD"
    assert shelf.remove("u").text == "SHIB-USD removed; u restores it"
    assert shelf.front == "ETH-USD"
    assert shelf.restore() is None
    assert shelf.front == "SHIB-USD"


def test_a_shelf_tells_what_cannot_be() -> None:
    market = FakeMarket([btc()])
    shelf = ProductTabs(market, {})
    assert not shelf.slot(2)
    assert not shelf.bring_forward("ETH-USD")
    assert shelf.remove("u") == Notice("the last product cannot be removed")
    assert shelf.restore() == Notice("nothing to restore")
    market.refusal = "not now"
    assert shelf.add("ETH-USD") == Notice("not now", severe=True)
    assert shelf.front == "BTC-USD"
    market.books.clear()
    assert shelf.front == ""
    assert not shelf.cycle(1)


def test_groups_are_each_products_own() -> None:
    market = FakeMarket()
    shelf = ProductTabs(market, {"ETH-USD": Decimal(1)})
    view = market.view(ViewRequest("BTC-USD", ("BTC-USD",), 5, {}))
    assert shelf.regroup(view.depths[0], -1) == Notice("no finer rows")
    assert shelf.regroup(view.depths[0], 1) is None
    assert shelf.groups == {"ETH-USD": Decimal(1), "BTC-USD": Decimal("0.02")}


def rows_taken(layout: Layout) -> int:
    """Rows that are not left to the ladder."""
    fixed = layout.source + layout.folded + layout.tabs + layout.keys + layout.replay_rows
    return fixed + layout.health_rows + layout.event_rows + layout.tape_rows


@pytest.mark.parametrize("height", [1, 2, 5, 11, 12, 13, 14, 16, 20, 24, 30, 40, 60, 90])
def test_ladder_tape_and_grid_never_take_more_than_there_is(height: int) -> None:
    asked = product(range(1, 260, 17), (False, True), (None, True, False), (0, 2), (1, 2, 4))
    for width, grid, tape, replay_rows, ladders in asked:
        layout = arrange(width, height, ladders, banner=True, grid=grid, tape=tape, replay_rows=replay_rows)
        assert rows_taken(layout) < max(2, height)
        rest = width - layout.sidebar - layout.tape_column
        assert rest >= min(width, GRID_LEAST if grid and layout.tape_column else LADDER_LEAST)
        assert not (tape is False and layout.tape)
        assert sum(map(bool, (layout.tape_column, layout.tape_in_sidebar, layout.tape_rows))) <= 1


def test_a_tape_that_was_asked_for_is_there_from_40x12_on() -> None:
    for width in range(40, 260, 5):
        for height in range(12, 90, 3):
            assert arrange(width, height, 1, banner=False, tape=True).tape, (width, height)


def test_controls_of_a_replay_have_their_rows_where_there_are_any() -> None:
    assert arrange(80, 24, 1, banner=True, replay_rows=2).replay_rows == 2
    assert arrange(80, 13, 1, banner=True, replay_rows=2).replay_rows == 0
    assert arrange(120, 26, 1, banner=True).sidebar
    assert not arrange(120, 26, 1, banner=True, replay_rows=2).sidebar, "panels would be cut at their end"
