"""Time and sales: lines, thresholds, gaps, and the keys that show, filter and hide them."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING

import pytest

from depthview.preferences.display import Threshold, TradeShare, Unit
from depthview.ui.lines import width_of
from depthview.ui.tape import Tape, TapeMemory, plan, tape_lines
from depthview.views.market import ViewRequest
from tests.ui.conftest import running
from tests.ui.fake_market import FakeMarket, shib
from tests.ui.many import GAP, busy_tape, trades_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from depthview.ui.lines import Line
    from depthview.views.depth import DepthView, Trade
    from tests.ui.conftest import Running


def text_of(lines: Iterable[Line]) -> list[str]:
    return ["".join(text for text, _ in line).rstrip() for line in lines]


def depth_of(market: FakeMarket, product: str = "BTC-USD") -> DepthView:
    return market.view(ViewRequest(product, (product,), 5, {})).depths[0]


def drawn(
    market: FakeMarket, size: tuple[int, int] = (46, 64), share: TradeShare = TradeShare.ALL, product: str = "BTC-USD"
) -> list[Line]:
    trades, depth = trades_of(market, product), depth_of(market, product)
    return tape_lines(trades, depth, size, TapeMemory().grown(trades, depth, share), local=False)


def sizes(lines: Sequence[Line], trades: Sequence[Trade]) -> list[Decimal]:
    """Sizes of the trades that are on show, in their order."""
    rows = "\n".join(text_of(lines))
    return [trade.size for trade in trades if f"{trade.size:f}" in rows]


def share(run: Running) -> TradeShare:
    found = run.app.market_screen.mode.trade_filter
    assert isinstance(found, TradeShare)
    return found


def tape(run: Running) -> Tape:
    (found,) = [tape for tape in run.app.screen.query(Tape) if tape.size.height > 0 and tape.region.area]
    return found


def test_each_trade_says_when_who_at_what_price_and_how_much() -> None:
    market = busy_tape()
    rows, lines = text_of(drawn(market)), drawn(market)
    assert rows[1].split()[:6] == ["TIME", "TAKER", "PRICE", "USD", "SIZE", "BTC"]
    first = trades_of(market)[0]
    assert rows[2].split()[:5] == ["21:14:06", "▼", "sell", "65,083.66", f"{first.size:f}"]
    for trade, line in zip(trades_of(market)[:3], lines[2:5], strict=True):
        side, glyph = ("bid", "▲") if trade.aggressor == "buy" else ("ask", "▼")
        assert glyph in text_of([line])[0]
        assert any(style.endswith(side) for _, style in line)


def test_a_size_is_never_rounded_and_never_reads_zero() -> None:
    market = busy_tape()
    trades = market.books["BTC-USD"].trades
    trades[0] = replace(trades[0], size=Decimal("0.00000001"))
    trades[1] = replace(trades[1], size=Decimal("123456.99999999"))
    rows = text_of(drawn(market))
    assert "0.00000001" in rows[2]
    assert "123456.99999999" in rows[3]


@pytest.mark.parametrize("width", range(20, 120, 7))
@pytest.mark.parametrize("product", ["BTC-USD", "SHIB-USD"])
def test_lines_fit_and_stand_under_each_other(width: int, product: str) -> None:
    market = busy_tape()
    lines = drawn(market, (width, 30), product=product)
    assert all(width_of(line) <= width for line in lines)
    ends = {row.index(".") for row in text_of(lines[2:]) if "." in row and GAP not in row and product == "BTC-USD"}
    assert len(ends) <= 1, "points of prices stand under each other"


@pytest.mark.parametrize(
    ("width", "there"),
    [(28, (False, False, False)), (38, (True, True, False)), (46, (True, True, True)), (70, (True, True, True))],
)
def test_columns_come_with_the_width(width: int, there: tuple[bool, bool, bool]) -> None:
    market = busy_tape()
    depth = depth_of(market)
    columns = plan(width, TapeMemory().grown(trades_of(market), depth, TradeShare.ALL), depth)
    assert (columns.time > 0, columns.bar > 0, columns.word > 0) == there
    assert (columns.time > 8) == (width == 70), "milliseconds last"


def test_big_prints_are_marked_by_glyph_and_ground() -> None:
    market = busy_tape()
    lines = drawn(market)
    big = [line for line in lines[2:] if line[0][0] == "■"]
    assert [row.split()[4] for row in text_of(big)] == ["1.25000000", "0.98310000", "2.00000000"]
    assert all(any(style.startswith("big-") for _, style in line) for line in big)
    assert "■ from 0.98 BTC" in text_of(lines)[0]


def test_a_few_trades_have_no_big_ones_among_them() -> None:
    market = busy_tape()
    del market.books["BTC-USD"].trades[19:]
    assert all(line[0][0] != "■" for line in drawn(market))


def test_a_gap_stands_where_the_trades_may_be_missing() -> None:
    market = busy_tape()
    rows = text_of(drawn(market))
    at = next(index for index, row in enumerate(rows) if GAP in row)
    before, after = trades_of(market)[6], trades_of(market)[7]
    assert f"{before.size:f}" in rows[at - 1]
    assert f"{after.size:f}" in rows[at + 1]
    narrow = text_of(drawn(market, (24, 30)))
    assert any("gap of 3" in row for row in narrow)


@pytest.mark.parametrize("share", [TradeShare.HALF, TradeShare.QUARTER, TradeShare.TENTH])
def test_the_filter_hides_the_small_ones_and_counts_them(share: TradeShare) -> None:
    market = busy_tape()
    trades, depth = trades_of(market), depth_of(market)
    held = TapeMemory().grown(trades, depth, share)
    assert held.least is not None
    lines = tape_lines(trades, depth, (60, 90), held, local=False)
    wanted = [trade.size for trade in trades if trade.size >= held.least.size]
    assert len(trades) // share.divisor <= len(wanted) < len(trades)
    assert sizes(lines, trades) == wanted
    assert f"{len(trades) - len(wanted)} hidden" in text_of(lines)[0]
    assert any(GAP in row for row in text_of(lines)), "a gap is not a size"


def test_a_threshold_stands_still_while_trades_come_in() -> None:
    market = busy_tape()
    depth, trades = depth_of(market), trades_of(market)
    held = TapeMemory().grown(trades, depth, TradeShare.QUARTER)
    large = tuple(replace(trade, trade_id=f"x{n}", size=Decimal(9)) for n, trade in enumerate(trades))
    later = held.grown(large + trades, depth, TradeShare.QUARTER)
    assert later.least == held.least
    assert later.grown(large + trades, depth, TradeShare.HALF).least != held.least
    assert later.grown(large, depth, TradeShare.ALL).least is None


def test_nothing_is_said_as_such() -> None:
    market = busy_tape()
    depth = depth_of(market)
    assert "no trade yet" in text_of(tape_lines((), depth, (40, 9), TapeMemory(), local=False))[1]
    assert "no trade yet" in text_of(tape_lines((), None, (40, 9), TapeMemory(), local=True))[1]
    held = replace(TapeMemory().grown(trades_of(market), depth, TradeShare.TENTH), least=Threshold(Decimal(1000)))
    assert (
        text_of(tape_lines(trades_of(market), depth, (40, 9), held, local=False))[-1].strip() == "no trade of that size"
    )


def test_an_unknown_side_is_no_side() -> None:
    market = busy_tape()
    market.books["BTC-USD"].trades[0] = replace(market.books["BTC-USD"].trades[0], aggressor="\x1b[31m")
    line = drawn(market)[2]
    assert not any(style.endswith(("bid", "ask")) for _, style in line)
    assert "\x1b" not in text_of([line])[0]


def test_shares_go_round() -> None:
    share, seen = TradeShare.ALL, []
    for _ in range(4):
        seen.append(share)
        share = share.next
    assert seen == [TradeShare.ALL, TradeShare.HALF, TradeShare.QUARTER, TradeShare.TENTH]
    assert share is TradeShare.ALL


async def test_t_shows_the_tape_beside_the_ladder_and_hides_it_again() -> None:
    async with running(busy_tape(), (80, 24)) as run:
        assert "TRADES" not in run.text()
        await run.press("t")
        assert "TRADES" in run.text()
        assert "SYNCED" in run.text()
        assert "65,083.67" in run.text()
        assert GAP in run.text()
        await run.press("t")
        assert "TRADES" not in run.text()


async def test_the_tape_is_there_by_itself_where_there_is_room() -> None:
    for size in ((120, 40), (200, 60)):
        async with running(busy_tape(), size) as run:
            assert "TRADES" in run.text()
            await run.press("t")
            assert "TRADES" not in run.text()
            await run.press("t")
            assert "TRADES" in run.text()


@pytest.mark.parametrize("size", [(60, 20), (40, 12), (80, 16), (100, 40), (120, 25), (170, 30)])
async def test_t_finds_room_at_every_size_and_keeps_the_verdict(size: tuple[int, int]) -> None:
    async with running(busy_tape(), size) as run:
        before = "TRADES" in run.text()
        await run.press("t")
        if before:
            await run.press("t")
        assert "TRADES" in run.text()
        assert "SYNCED" in run.text()
        assert {len(row) for row in run.rows()} == {size[0]}


async def test_without_room_it_says_so() -> None:
    async with running(busy_tape(), (39, 11)) as run:
        await run.press("t")
        assert [notice.message for notice in run.app._notifications] == ["no room for the trades"]
        await run.pilot.resize_terminal(80, 24)
        await run.draw()
        assert "TRADES" not in run.text()


async def test_several_ladders_and_the_grid_keep_the_tape() -> None:
    async with running(busy_tape(), (160, 40), ladders=2) as run:
        assert "TRADES" not in run.text()
        await run.press("t")
        assert "TRADES" in run.text()
        await run.press("w", "w")
        assert run.app.market_screen.mode.grid
        await run.draw()
        assert "TRADES" in run.text()
        await run.pilot.resize_terminal(80, 24)
        await run.draw()
        assert "TRADES" in run.text()


async def test_capital_t_and_a_click_on_the_heading_filter() -> None:
    async with running(busy_tape(), (200, 60)) as run:
        assert "hidden" not in run.text()
        await run.press("T")
        assert "hidden" in run.text()
        assert share(run) is TradeShare.HALF
        await run.pilot.click(tape(run), offset=(5, 0))
        await run.pilot.pause()
        assert share(run) is TradeShare.QUARTER
        await run.pilot.click(tape(run), offset=(5, 5))
        await run.pilot.pause()
        assert share(run) is TradeShare.QUARTER, "only the heading"
        await run.press("T", "T")
        assert "hidden" not in run.text()


async def test_capital_s_asks_for_a_size_in_either_currency() -> None:
    async with running(busy_tape(), (200, 60)) as run:
        await run.press("S", *"0.1", "enter")
        assert run.app.market_screen.mode.trade_filter == Threshold(Decimal("0.1"))
        large = [trade for trade in trades_of(busy_tape()) if trade.size >= Decimal("0.1")]
        assert sizes([((tape(run).text(), ""),)], trades_of(busy_tape()))[:5] == [trade.size for trade in large][:5]
        assert "≥ 0.1 BTC" in run.text()
        await run.press("S", *"$50k", "enter")
        assert "≥ 50k USD" in run.text()
        await run.press("S", "escape")
        assert "≥ 50k USD" in run.text(), "thinking better of it changes nothing"
        await run.press("S", "enter")
        assert "hidden" not in run.text()


async def test_a_size_that_was_set_makes_way_for_all_trades() -> None:
    async with running(busy_tape(), (200, 60)) as run:
        await run.press("S", *"0.1", "enter", "T")
        assert share(run) is TradeShare.ALL


async def test_the_tape_counts_in_what_the_ladder_counts_in() -> None:
    market = busy_tape()
    async with running(market, (200, 60)) as run:
        assert "SIZE BTC" in tape(run).text()
        await run.press("b")
        first = trades_of(market)[0]
        rows = tape(run).text().splitlines()
        assert "SIZE USD" in rows[1]
        worth = (first.price * first.size).quantize(Decimal("0.01"), ROUND_DOWN)
        assert rows[2].split()[4] == str(worth)
        assert " USD, times UTC" in rows[0], "what is big is told in the same currency"
        await run.press("b")
        assert "SIZE BTC" in tape(run).text()


def test_a_threshold_in_quote_currency_is_held_against_price_times_size() -> None:
    market = busy_tape()
    trades, depth = trades_of(market), depth_of(market)
    for unit in Unit:
        held = TapeMemory().grown(trades, depth, Threshold(Decimal(1000), in_quote=True), unit)
        hidden = [trade for trade in trades if held.hides(trade)]
        assert hidden == [trade for trade in trades if trade.price * trade.size < 1000]
        assert 0 < len(hidden) < len(trades)
    drawn_from_trades = TapeMemory().grown(trades, depth, TradeShare.HALF, Unit.QUOTE).least
    assert drawn_from_trades is not None
    assert drawn_from_trades.in_quote


async def test_a_tape_that_is_not_seen_is_not_filtered() -> None:
    async with running(busy_tape(), (80, 24)) as run:
        await run.press("T")
        assert [notice.message for notice in run.app._notifications] == ["the trades are hidden: t shows them"]
        assert share(run) is TradeShare.ALL


async def test_a_frozen_tape_stands_still_and_can_still_be_filtered() -> None:
    market = busy_tape()
    async with running(market, (200, 60)) as run:
        await run.press("space")
        before = tape(run).text()
        book = market.books["BTC-USD"]
        book.trades.insert(0, replace(book.trades[0], trade_id="new", size=Decimal(77), at=book.trades[0].at + 1))
        market.version += 1
        await run.draw()
        assert tape(run).text() == before
        await run.press("T")
        assert "77.00000000" not in tape(run).text()
        assert "hidden" in tape(run).text()
        await run.press("space")
        assert "77.00000000" in tape(run).text()


async def test_another_product_has_its_own_trades_and_threshold() -> None:
    market = FakeMarket([*busy_tape().books.values()])
    async with running(market, (200, 60)) as run:
        await run.press("T")
        first = tape(run).text().splitlines()[0]
        await run.press("4")
        rows = tape(run).text().splitlines()
        assert "SHIB" in rows[0]
        assert rows[0] != first
        assert "BTC" not in "\n".join(rows)
        assert f"{shib().trades[0].price:f}"[:7] in "\n".join(rows)
        await run.press("1")
        assert tape(run).text().splitlines()[0] == first
