"""What a future's ladder, tape and tab say: contracts and their values, or none where those are not known."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from depthview.core.fixed_point import notional
from depthview.core.verdict import Verdict
from depthview.preferences.display import Choices, TradeShare, Unit
from depthview.ui.formats import state_mark
from depthview.ui.ladder.plan import plan
from depthview.ui.ladder.scale import Reserve, parse_amount, showable
from depthview.ui.screens.actions import FinderScreen
from depthview.ui.status_bars import DETAILS, Widths, tab_line
from depthview.ui.tape import TapeMemory
from depthview.views.market import TabView, ViewRequest
from tests.ui.conftest import running
from tests.ui.fake_market import FakeMarket

if TYPE_CHECKING:
    from depthview.views.depth import DepthView


def _future(multiplier: Decimal | None) -> DepthView:
    depth = FakeMarket().view(ViewRequest("BTC-USD", ("BTC-USD",), 20, {}, notional=True)).depths[0]
    return replace(depth, base="contracts", multiplier=multiplier, contract="1 contract = 0.01 BTC")


@pytest.mark.parametrize("width", [58, 79, 120, 200])
def test_without_a_multiplier_there_is_no_column_of_values(width: int) -> None:
    known, unknown = _future(Decimal("0.01")), _future(None)
    in_quote = Choices(unit=Unit.QUOTE)
    assert showable(known, in_quote) == in_quote
    chosen = showable(unknown, in_quote)
    assert chosen.unit is Unit.BASE
    columns = plan(unknown, Reserve().grown(unknown), width, choices=chosen)
    assert columns.find("notional") is None
    assert plan(known, Reserve().grown(known), 200).find("notional") is not None


def test_the_tape_tells_values_with_the_multiplier_and_sizes_without() -> None:
    market = FakeMarket()
    trades = tuple(market.books["BTC-USD"].trades)
    for multiplier in (Decimal("0.01"), None, Decimal(1)):
        held = TapeMemory().grown(trades, _future(multiplier), TradeShare.ALL, Unit.QUOTE)
        first = trades[0]
        expected = first.size if multiplier is None else notional(first.price, first.size, multiplier)
        assert held.amount(first, in_quote=held.unit is Unit.QUOTE) == expected
    assert TapeMemory().grown(trades, _future(None), TradeShare.ALL, Unit.QUOTE).unit is Unit.BASE


def test_what_is_held_of_a_tape_follows_the_multiplier_once_it_is_known() -> None:
    trades = tuple(FakeMarket().books["BTC-USD"].trades)
    held = TapeMemory().grown(trades, _future(None), TradeShare.ALL, Unit.QUOTE)
    now = held.grown(trades, _future(Decimal("0.01")), TradeShare.ALL, Unit.QUOTE)
    assert (now.unit, now.multiplier) == (Unit.QUOTE, Decimal("0.01"))


@pytest.mark.parametrize(
    ("text", "size", "in_quote"),
    [("5", "5", False), ("5 contracts", "5", False), ("5kCONTRACTS", "5000", False), ("$250k", "250000", True)],
)
def test_contracts_can_be_typed(text: str, size: str, in_quote: bool) -> None:
    asked = parse_amount(text, "contracts", "USD")
    assert (asked.size, asked.in_quote) == (Decimal(size), in_quote)


@pytest.mark.parametrize(
    ("state", "mark"),
    [
        ("", ""),
        ("cancel only", "cancel only"),
        ("trading disabled", "disabled"),
        ("delisted", "delisted"),
        ("post only, limit only", "post only"),
        ("a state of a length beyond words", "a state of a…"),
    ],
)
def test_a_trading_state_stands_on_the_tab_however_little_else_fits(state: str, mark: str) -> None:
    assert state_mark(state) == mark
    tab = TabView("BTC-USD", Verdict.SYNCED, 0, 2, None, 0, None, trading_state=state)
    for detail in DETAILS:
        drawn = "".join(text for text, _ in tab_line(1, tab, detail, Widths(1, 1), selected=False))
        assert mark in drawn


async def test_the_finder_marks_what_is_no_ordinary_spot_product() -> None:
    market = FakeMarket()
    market.catalogue = ("BIT-29AUG25-CDE", "BTC-USD", "MKR-USD")
    market.catalogue_marks = {"BIT-29AUG25-CDE": "future", "MKR-USD": "delisted"}
    async with running(market, (80, 24)) as run:
        await run.press("/")
        assert isinstance(run.app.screen, FinderScreen)
        text = run.text()
    for line in ("BIT-29AUG25-CDE   future", "BTC-USD   on screen", "MKR-USD   delisted"):
        assert line in text
