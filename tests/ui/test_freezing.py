"""Frozen pictures: one moment, as deep as one scrolls, and never more trusted than the book is by now."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from depthview.core.types import Side
from depthview.core.verdict import Verdict
from depthview.preferences.display import Choices, Form, Spacing
from depthview.ui.ladder.viewport import Anchor, LadderState, visible_rows
from depthview.ui.ladder.widget import Ladder
from depthview.ui.sampling import DEEP, Freezer, part
from depthview.views.depth import DepthView, Impact, LevelRow
from depthview.views.market import MarketView, ViewRequest, Window
from tests.support import naive
from tests.ui.conftest import running
from tests.ui.fake_market import FakeMarket

if TYPE_CHECKING:
    from tests.ui.conftest import Running


def asking(*names: str, **wishes: object) -> ViewRequest:
    return replace(ViewRequest(names[0], names, 10, {}), **wishes)  # type: ignore[arg-type]


def seen(freezer: Freezer, market: FakeMarket, request: ViewRequest) -> MarketView:
    return freezer.shown(market.view(request), request)


def frozen(market: FakeMarket) -> Freezer:
    freezer = Freezer(market.view)
    freezer.toggle()
    return freezer


def test_a_frozen_picture_keeps_rows_and_trades_but_not_the_verdict(market: FakeMarket) -> None:
    freezer, request = Freezer(market.view), asking("BTC-USD")
    first = market.view(request)
    assert freezer.shown(first, request) is first
    assert freezer.age(first) is None
    freezer.toggle()
    freezer.shown(first, request)
    market.churn()
    market.clock.advance(14)
    market.judge(Verdict.STALE, "gap of 1 before 7")
    later = market.view(request)
    shown = freezer.shown(later, request)
    assert later.depths[0].bids != first.depths[0].bids
    assert [row._replace(notional=None, cumulative_notional=None) for row in shown.depths[0].bids] == list(
        first.depths[0].bids
    )
    assert shown.trades == first.trades
    assert shown.depths[0].verdict is Verdict.STALE
    assert shown.depths[0].reason == "gap of 1 before 7"
    assert shown.depths[0].top is None
    assert shown.depths[0].within == ()
    assert freezer.age(later) == pytest.approx(14.1)
    freezer.toggle()
    assert freezer.shown(later, request) is later


def test_another_product_is_frozen_when_it_comes_to_the_front(market: FakeMarket) -> None:
    freezer = frozen(market)
    seen(freezer, market, asking("BTC-USD"))
    market.clock.advance(5)
    assert seen(freezer, market, asking("ETH-USD")).depths[0].product == "ETH-USD"
    assert freezer.age(market.view(asking("ETH-USD"))) == 0
    assert freezer.age(market.view(asking("BTC-USD"))) == pytest.approx(5)


def test_a_neighbours_picture_is_not_its_tape(market: FakeMarket) -> None:
    freezer = frozen(market)
    seen(freezer, market, asking("BTC-USD", "ETH-USD"))
    assert seen(freezer, market, asking("ETH-USD", "BTC-USD")).trades[0].price < 10_000


def test_what_lies_further_out_is_of_the_same_moment(market: FakeMarket) -> None:
    freezer = frozen(market)
    whole = market.view(asking("BTC-USD", levels=300)).depths[0]
    seen(freezer, market, asking("BTC-USD"))
    for _ in range(5):
        market.churn()
    far = Window(whole.bids[150].price, 10, 10)
    shown = seen(freezer, market, asking("BTC-USD", windows={"BTC-USD": far})).depths[0]
    assert [(row.price, row.size) for row in shown.bids] == [(row.price, row.size) for row in whole.bids[141:161]]
    assert shown.bids_before == 141
    assert all(row.notional == row.price * row.size for row in shown.bids), "whatever unit comes to be shown"


@pytest.mark.parametrize(
    "wishes", [{"groups": {"BTC-USD": Decimal(1)}}, {"impact": Impact(Decimal(5))}, {"imbalance_levels": 20}]
)
def test_what_the_picture_does_not_hold_is_taken_anew_and_says_its_age(
    market: FakeMarket, wishes: dict[str, object]
) -> None:
    freezer = frozen(market)
    seen(freezer, market, asking("BTC-USD"))
    market.clock.advance(9)
    shown = seen(freezer, market, asking("BTC-USD", **wishes))
    assert freezer.age(shown) == 0
    if "impact" in wishes:
        assert [impact.side for impact in shown.depths[0].impacts] == ["buy", "sell"]


def ladder_of(random_: random.Random, crossed: int) -> DepthView:
    """Rows of both sides at odd prices, overlapping by ``crossed``."""
    market = FakeMarket()
    base = market.view(asking("BTC-USD")).depths[0]
    prices = sorted(random_.sample(range(1, 400), 60))
    bids = [LevelRow(Decimal(price), Decimal(1), Decimal(1)) for price in reversed(prices[: 30 + crossed])]
    asks = [LevelRow(Decimal(price), Decimal(2), Decimal(2)) for price in prices[30 - crossed :]]
    return replace(base, bids=tuple(bids), asks=tuple(asks))


@pytest.mark.parametrize("seed", range(60))
def test_a_part_is_what_the_book_itself_would_have_given(seed: int) -> None:
    random_ = random.Random(seed)  # noqa: S311  # a seed, not a secret
    depth = ladder_of(random_, crossed=random_.choice((0, 0, 4)))
    window = Window(Decimal(random_.randrange(0, 420)), random_.randrange(0, 80), random_.randrange(0, 80))
    found = part(depth, 5, window)
    assert (found.bids, found.asks, found.bids_before, found.asks_before) == naive.window(
        depth.bids, depth.asks, window
    )
    near = part(depth, 5, None)
    assert (near.bids, near.asks) == (depth.bids[:5], depth.asks[:5])


def deep(rows: int) -> DepthView:
    market = FakeMarket()
    base = market.view(asking("BTC-USD")).depths[0]
    bids = tuple(LevelRow(Decimal(90_000 - n) / 100, Decimal(1), Decimal(n + 1)) for n in range(rows))
    asks = tuple(LevelRow(Decimal(90_001 + n) / 100, Decimal(1), Decimal(n + 1)) for n in range(rows))
    return replace(base, bids=bids, asks=asks, bid_levels=rows + 500, ask_levels=rows + 500)


@pytest.mark.parametrize("spacing", Spacing)
def test_beyond_the_picture_nothing_is_claimed(spacing: Spacing) -> None:
    depth = deep(DEEP)
    last = depth.bids[-1].price
    state = LadderState(Anchor(last, 0, Side.BID, cursor=True))
    shown = part(depth, 10, Window(last, 12, 12))
    visible = visible_rows(shown, Choices(spacing=spacing), state, 21, 1)
    after = visible.shown[11:]
    assert all(slot.price is None and slot.level is None for slot in after), "no empty row is drawn as if it were known"
    assert all(slot.price is not None for slot in visible.shown[:11])
    if spacing is Spacing.COMPACT:
        assert after[0].note == "the frozen book ends here"


def test_where_the_book_itself_ends_that_is_said() -> None:
    depth = replace(deep(50), bid_levels=50)
    state = LadderState(Anchor(depth.bids[-1].price, 0, Side.BID, cursor=True))
    shown = part(depth, 10, Window(depth.bids[-1].price, 12, 12))
    assert "end of the bids" in [slot.note for slot in visible_rows(shown, Choices(), state, 21, 1).shown]


def rows_of(run: Running) -> list[str]:
    ladder = run.app.screen.query_one("#ladder-0", Ladder)
    visible = ladder.visible_rows
    assert visible is not None
    return [str(slot.price) for slot in visible.shown if slot.price is not None]


@pytest.mark.parametrize("form", [Form.BOOK, Form.DOM])
async def test_a_frozen_ladder_can_be_scrolled_while_the_market_goes_on(form: Form) -> None:
    market = FakeMarket()
    async with running(market, (120, 40)) as run:
        run.app.market_screen._panels.controls.choose(Choices(form=form))
        await run.draw()
        await run.press("space")
        whole = market.view(asking("BTC-USD", levels=200)).depths[0]
        for _ in range(3):
            market.churn()
        await run.press("pagedown", "pagedown", "pagedown")
        await run.draw()
        shown = rows_of(run)
        assert len(shown) >= 25
        prices = [str(row.price) for row in whole.bids]
        at = prices.index(shown[0])
        assert shown == prices[at : at + len(shown)]
        assert "FROZEN" in run.text()
