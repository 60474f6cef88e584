"""Text that would like to be more than text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from depthview.core.trust import Verdict
from depthview.view import EventView
from tests.ui.conftest import running
from tests.ui.fake_market import NOON, FakeMarket, make_book

if TYPE_CHECKING:
    from tests.ui.conftest import Running

HOSTILE = [
    "[/]",
    "[red]x",
    "[@click=app.quit]x[/]",
    "[BTC-USD] gone",
    "\x1b]0;owned\x07",
    "\x1b]52;c;b3duZWQ=\x07",
    "\x9b31m",
    "line\nbreak\ttab\rreturn",
    "\u202egnirts",
    "\ud800",
    "漢" * 60,
    "e" + "\u0301" * 200,
    "x" * 5000,
    "",
]


def harmless(run: Running) -> None:
    for row in run.rows():
        assert row.isprintable(), repr(row)


@pytest.mark.parametrize(
    ("text", "size"),
    [(text, (120, 40)) for text in HOSTILE]
    + [("[red]\x1b]0;x\x07 漢漢[/] \u202e", size) for size in ((80, 24), (200, 60), (38, 10), (30, 1))],
)
async def test_hostile_text_is_shown_and_does_nothing(text: str, size: tuple[int, int]) -> None:
    book = make_book("SAFE-USD", 100_000, 2, 4, 50_000, seed=3)
    book.name, book.feed_product, book.trading_state = f"P{text}-USD", text, text
    market = FakeMarket([make_book("BTC-USD", 6_508_366, 2, 8, 120_000_000, seed=7), book])
    market.feed = replace(
        market.feed,
        host=text,
        key_source=text,
        key_hint=text,
        detail=text,
        proxy=text,
        recording=text,
        subscriptions_missing=(text,),
    )
    market.token = replace(market.token, detail=text, algorithm=text, key_tail=text)
    market.events = (EventView(1, NOON, text, text, text),)
    market.catalogue = (text, "ETH-USD")
    market.judge(Verdict.STALE, text)
    book.trades = [replace(trade, aggressor=text, trade_id=text) for trade in book.trades]
    async with running(market, size) as run:
        for keys in (("2",), ("w",), ("i",), ("escape", "e"), ("escape", "slash"), ("escape", "x"), ("u",), ("r",)):
            market.refusal = text or None
            await run.press(*keys)
            harmless(run)
            market.refusal = None
        assert run.app.is_running


async def test_brackets_are_shown_as_they_are() -> None:
    market = FakeMarket()
    market.events = (EventView(1, NOON, "note", "", "[red]not red[/] [BTC-USD] [/]"),)
    async with running(market) as run:
        assert "[red]not red[/] [BTC-USD] [/]" in run.text()
        market.refusal = "[bold]no[/bold] [/]"
        await run.press("r")
        await run.pilot.pause()
        assert "[bold]no[/bold] [/]" in run.text()


async def test_a_name_of_the_list_is_no_markup_in_the_finder() -> None:
    market = FakeMarket()
    market.catalogue = ("[/]", "[red]RED-USD", "\x1b]0;x\x07-USD")
    async with running(market) as run:
        await run.press("slash")
        text = run.text()
        assert "[red]RED-USD" in text
        assert "[/]" in text
        harmless(run)
