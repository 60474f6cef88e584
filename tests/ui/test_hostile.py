"""Text that would like to be more than text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from depthview.core.verdict import Verdict
from depthview.ui.terminal import title_sequence
from depthview.ui.titles import title_text
from depthview.views.market import EventView, FaultOffer, ViewRequest
from tests.ui.conftest import running
from tests.ui.fake_market import NOON, TOKEN, FakeMarket, btc, make_book

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


def poison(market: FakeMarket, text: str) -> None:
    """Put ``text`` wherever text can come from."""
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
    market.token = replace(TOKEN, detail=text, algorithm=text, key_tail=text)
    market.events = (EventView(1, NOON, text, text, text),)
    market.catalogue = (text, "ETH-USD")
    market.offers = (FaultOffer(text, text),)
    market.judge(Verdict.STALE, text)
    book = market.books.pop(list(market.books)[-1])
    book.name, book.feed_product, book.trading_state = f"P{text}-USD", text, text
    book.trades = [replace(trade, aggressor=text, trade_id=text) for trade in book.trades]
    market.books[book.name] = book


def two_products() -> FakeMarket:
    return FakeMarket([btc(), make_book("SAFE-USD", 100_000, 2, 4, 50_000, seed=3)])


@pytest.mark.parametrize("page", ["market", "i", "e"])
async def test_hostile_text_is_shown_and_does_nothing(page: str) -> None:
    market = two_products()
    async with running(market, (200, 60) if page == "market" else (80, 24), ladders=2) as run:
        await run.press("2", *([page] if page != "market" else []))
        for text in HOSTILE:
            poison(market, text)
            await run.draw()
            harmless(run)
        assert run.app.is_running


async def test_hostile_answers_and_names_do_nothing() -> None:
    market = two_products()
    market.catalogue = tuple(HOSTILE)
    async with running(market, (120, 40)) as run:
        for text in HOSTILE[:-1]:
            market.refusal = text
            await run.press("r")
            harmless(run)
        await run.press("slash")
        harmless(run)
        await run.press("enter")
        harmless(run)


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (30, 1)])
async def test_hostile_text_does_nothing_at_any_size(size: tuple[int, int]) -> None:
    market = two_products()
    poison(market, "[red]\x1b]0;x\x07 漢漢[/] \u202e")
    async with running(market, size) as run:
        for keys in (
            ("2",),
            ("w",),
            ("i",),
            ("escape", "e"),
            ("escape", "slash"),
            ("escape", "ctrl+p"),
            ("escape", "x"),
        ):
            await run.press(*keys)
            harmless(run)
        await run.press("u")
        harmless(run)
        assert run.app.is_running


def test_no_hostile_text_gets_out_of_the_title() -> None:
    for text in HOSTILE:
        market = two_products()
        poison(market, text)
        name = list(market.books)[-1]
        sequence = title_sequence(title_text(market.view(ViewRequest(name, (name,), 5, {}))))
        assert sequence.startswith("\x1b]0;")
        assert sequence.endswith("- depthview\x07")
        assert sequence[4:-1].isprintable()


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
