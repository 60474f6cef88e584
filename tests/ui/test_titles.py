"""The title and the bell: what they say, when, and how seldom."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from depthview.core.verdict import Verdict
from depthview.ui.titles import Bell, Titles, title_text
from depthview.views.market import Mode, ViewRequest
from tests.ui.conftest import running

if TYPE_CHECKING:
    from depthview.views.market import MarketView
    from tests.ui.fake_market import FakeMarket


def view_of(market: FakeMarket, selected: str = "BTC-USD") -> MarketView:
    return market.view(ViewRequest(selected, (selected,), 5, {}))


def test_a_title_names_product_price_and_verdict(market: FakeMarket) -> None:
    assert title_text(view_of(market)) == "BTC-USD 65,083.66 SYNCED - depthview"
    assert title_text(view_of(market, "SHIB-USD")) == "SHIB-USD 0.00001235 SYNCED - depthview"
    market.judge(Verdict.STALE, "gap of 3 before 7")
    assert title_text(view_of(market)) == "BTC-USD 65,083.66 STALE - depthview"
    market.feed = replace(market.feed, mode=Mode.DEMO)
    market.books["BTC-USD"].trades.clear()
    assert title_text(view_of(market)) == "DEMO BTC-USD STALE - depthview"
    market.books.clear()
    assert title_text(view_of(market)) == "depthview"


def test_a_title_is_shown_once_and_the_newest_in_the_end(market: FakeMarket) -> None:
    titles = Titles()
    assert titles.due(view_of(market), 10.0) == "BTC-USD 65,083.66 SYNCED - depthview"
    assert titles.due(view_of(market), 12.0) is None, "the same"
    assert titles.due(view_of(market, "ETH-USD"), 12.1) is not None
    market.judge(Verdict.STALE, "gap")
    assert titles.due(view_of(market, "ETH-USD"), 12.9) is None, "not yet"
    market.judge(Verdict.SYNCED)
    market.judge(Verdict.DOWN, "closed")
    assert titles.due(view_of(market, "ETH-USD"), 13.2) == "ETH-USD 1,920.42 DOWN - depthview"
    titles.forget()
    assert titles.due(view_of(market, "ETH-USD"), 13.2) == "ETH-USD 1,920.42 DOWN - depthview"


def test_a_start_is_silent_until_trust_was_there_once(market: FakeMarket) -> None:
    bell = Bell()
    for at, verdict in enumerate((Verdict.DOWN, Verdict.SYNCING, Verdict.DOWN, Verdict.SYNCING, Verdict.SYNCED)):
        market.judge(verdict, "why")
        assert not bell.due(view_of(market), 10.0 * at)


@pytest.mark.parametrize("lost", [Verdict.STALE, Verdict.DOWN, Verdict.SYNCING, Verdict.NO_DATA])
def test_it_rings_when_trust_is_lost_and_when_it_returns(lost: Verdict, market: FakeMarket) -> None:
    bell = Bell()
    assert not bell.due(view_of(market), 0.0)
    market.judge(lost, "why", product="SHIB-USD")
    assert bell.due(view_of(market), 10.0), "any product on show"
    assert not bell.due(view_of(market), 11.0)
    market.judge(Verdict.SYNCED)
    assert bell.due(view_of(market), 20.0)
    market.judge(Verdict.QUIET)
    assert not bell.due(view_of(market), 30.0), "quiet is trusted too"


def test_rings_are_a_second_apart_and_none_is_forgotten(market: FakeMarket) -> None:
    bell = Bell()
    bell.due(view_of(market), 0.0)
    market.judge(Verdict.STALE, "gap")
    assert bell.due(view_of(market), 10.0)
    market.judge(Verdict.SYNCED)
    assert not bell.due(view_of(market), 10.4)
    assert not bell.due(view_of(market), 10.9)
    assert bell.due(view_of(market), 11.0)
    assert not bell.due(view_of(market), 12.0)


def test_products_come_and_go_in_silence(market: FakeMarket) -> None:
    bell = Bell()
    bell.due(view_of(market), 0.0)
    market.remove_product("SHIB-USD")
    assert not bell.due(view_of(market), 10.0)
    market.add_product("NEW-USD")
    market.judge(Verdict.SYNCING, "subscribed", product="NEW-USD")
    assert not bell.due(view_of(market), 20.0)
    market.judge(Verdict.SYNCED, product="NEW-USD")
    assert not bell.due(view_of(market), 30.0)


@pytest.mark.parametrize("asked", [True, False])
async def test_the_app_rings_only_when_asked_to(asked: bool, market: FakeMarket) -> None:
    async with running(market, bell=asked) as run:
        rung: list[int] = []
        run.app.bell = lambda: rung.append(1)  # type: ignore[method-assign]
        for verdict in (Verdict.STALE, Verdict.SYNCED):
            market.clock.advance(5)
            market.judge(verdict, "why")
            await run.draw()
            await run.draw()
        assert len(rung) == (2 if asked else 0)


async def test_a_frozen_picture_does_not_silence_the_bell(market: FakeMarket) -> None:
    async with running(market, bell=True) as run:
        rung: list[int] = []
        run.app.bell = lambda: rung.append(1)  # type: ignore[method-assign]
        await run.press("space", "i")
        market.judge(Verdict.STALE, "gap")
        await run.draw()
        assert rung == [1]
