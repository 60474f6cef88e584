"""The forms of the ladder as lines: what stands where, at which size, in which unit, and what is said in doubt."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from depthview.core.types import Side
from depthview.core.verdict import Verdict
from depthview.preferences.display import BarScale, Choices, Form, Spacing, Threshold, Unit
from depthview.ui.filters import ascii_text
from depthview.ui.formats import HATCH, bar, mirrored_bar, nice_ceiling
from depthview.ui.ladder.plan import fitting, plan
from depthview.ui.ladder.render import parts
from depthview.ui.ladder.scale import Reserve, amounts_of, large_from, next_dust
from depthview.ui.ladder.viewport import Anchor, LadderState
from depthview.ui.themes import LOOKS
from depthview.views.depth import DayView, Impact, LevelRow
from depthview.views.market import Window
from tests.ui.ladder_drawing import BOOK, chosen, depth_of, draw, rows_with, text_of

if TYPE_CHECKING:
    from depthview.ui.lines import Line
    from depthview.views.depth import DepthView
    from tests.ui.fake_market import FakeMarket

FORMS = [
    chosen(form=form, spacing=spacing, unit=unit, bars=bars)
    for form in Form
    for spacing in Spacing
    for unit, bars in ((Unit.BASE, BarScale.LINEAR), (Unit.QUOTE, BarScale.LOG))
]
SIZES = [(300, 76), (108, 57), (80, 18), (74, 33), (60, 20), (50, 20), (40, 14), (40, 10), (36, 11), (30, 9), (24, 5)]
DOM, SIDES = chosen(form=Form.DOM), chosen(form=Form.SIDES)
GRIDS = [chosen(form=form, spacing=Spacing.GRID) for form in Form]


def named(choices: object) -> str:
    """Short, for a test's name."""
    assert isinstance(choices, Choices)
    return "-".join((choices.form, choices.spacing, choices.unit, choices.bars))


def held_at(depth: DepthView, rank: int) -> LadderState:
    return LadderState(Anchor(depth.asks[rank].price, -2, Side.ASK, cursor=True))


@pytest.mark.parametrize("choices", FORMS, ids=named)
def test_every_form_fills_every_size_exactly(market: FakeMarket, choices: Choices) -> None:
    asked = Impact(Decimal(5))
    for verdict in (Verdict.SYNCED, Verdict.STALE):
        market.judge(verdict, "a reason that is long enough to be cut at any of these widths, surely it is")
        for depth in (depth_of(market, "BTC-USD", impact=asked), depth_of(market, "SHIB-USD", impact=asked)):
            for width, height in SIZES:
                for state in (LadderState(), held_at(depth, 1)):
                    lines = draw(depth, (width, height), choices, state=state, impact=asked)
                    assert len(lines) == height
                    body = text_of(lines)[parts(width, height, impact=True).figures + 1 :]
                    assert {len(row) for row in body} == {width}


@pytest.mark.parametrize("choices", FORMS, ids=named)
def test_nothing_needs_more_than_ascii_where_there_is_no_more(market: FakeMarket, choices: Choices) -> None:
    for row in text_of(draw(depth_of(market), (108, 40), choices, marks=True)):
        letters = ascii_text(row)
        assert letters.isascii()
        assert "?" not in letters
        assert len(letters) == len(row)


# -- DOM ---------------------------------------------------------------------------------------------------------------


def test_the_dom_has_sizes_on_their_side_and_sums_on_the_other(market: FakeMarket) -> None:
    depth = depth_of(market)
    lines = draw(depth, (74, 31), DOM)
    columns = plan(depth, Reserve().grown(depth), 74, choices=DOM)
    best_ask, best_bid = depth.asks[0], depth.bids[0]
    rows = text_of(lines)
    left, right = columns.find("size", -1), columns.find("size", 1)
    assert left is not None
    assert right is not None
    for level, own, other in ((best_ask, right, left), (depth.asks[3], right, left), (depth.bids[2], left, right)):
        row = next(row for row in rows[4:-1] if f"{level.price:,}" in row)
        assert row[own.x : own.x + own.width].split()[-1] == f"{level.size:f}"
        assert row[other.x : other.x + other.width].strip() == f"{level.cumulative:f}"
    assert f"{best_bid.size:f}" in rows[rows_with(lines, " spread")[0] + 1]


def test_bars_of_sums_have_a_scale_of_their_own(market: FakeMarket) -> None:
    depth = depth_of(market, levels=14)
    columns = plan(depth, Reserve().grown(depth), 108, choices=DOM)
    bars = columns.find("bar", -1)
    assert bars is not None
    level = depth.asks[10]
    row = next(row for row in text_of(draw(depth, (108, 31), DOM)) if f"{level.price:,}" in row)
    full = nice_ceiling(max(depth.asks[-1].cumulative, depth.bids[-1].cumulative))
    assert row[bars.x : bars.x + bars.width] == mirrored_bar(level.cumulative, full, bars.width).blocks


def test_the_dom_s_halves_mirror_each_other_and_the_price_is_in_the_centre(market: FakeMarket) -> None:
    depth = depth_of(market)
    for width in (74, 80, 108, 50):
        columns = plan(depth, Reserve().grown(depth), width, choices=DOM)
        middle = columns.price
        assert abs((2 * middle.x + middle.width) - width) <= 1
        mirrored = {(column.key, 2 * middle.x + middle.width - column.x - column.width) for column in columns.columns}
        assert mirrored == {(column.key, column.x) for column in columns.columns}


def test_a_crossed_row_of_the_dom_shows_both_sizes(market: FakeMarket) -> None:
    book = market.books["BTC-USD"]
    book.bids[6_508_367] = 123_456_789
    lines = draw(depth_of(market), (74, 31), chosen(form=Form.DOM, spacing=Spacing.GRID))
    row = next(row for row in text_of(lines) if " 65,083.67" in row and "1.23456789" in row)
    assert "0.00306385" in row


def test_bars_of_the_left_half_grow_to_the_left() -> None:
    assert mirrored_bar(Decimal("0.5"), Decimal(1), 4).blocks == "  ██"
    assert mirrored_bar(Decimal("0.4"), Decimal(1), 4).blocks == "  ▐█"
    assert mirrored_bar(Decimal("0.3"), Decimal(1), 4).blocks == "  ▕█"
    assert mirrored_bar(Decimal("0.46875"), Decimal(1), 4).blocks == "  🮋█"
    assert mirrored_bar(Decimal("0.0001"), Decimal(1), 4).blocks == "   ▕"
    assert mirrored_bar(Decimal(2), Decimal(1), 4) == ("◀███", True)
    assert mirrored_bar(Decimal(2), None, 4).blocks == "    "


# -- side by side ------------------------------------------------------------------------------------------------------


def test_equal_ranks_share_a_row(market: FakeMarket) -> None:
    depth = depth_of(market)
    rows = text_of(draw(depth, (80, 18), SIDES))[4:]
    for row, bid, ask in zip(rows, depth.bids, depth.asks, strict=False):
        assert row.index(f"{bid.price:,}") < 40 < row.index(f"{ask.price:,}") + 10
        assert f"{bid.size:f}" in row[:40]
        assert f"{ask.size:f}" in row[40:]


def test_a_side_that_ends_leaves_its_half_empty(market: FakeMarket) -> None:
    book = market.books["BTC-USD"]
    for price in sorted(book.bids)[:-3]:
        del book.bids[price]
    rows = text_of(draw(depth_of(market), (80, 18), SIDES))
    assert "65,083.61" in rows[6]
    assert rows[7][:40].strip() == ""
    assert "65,083.73" in rows[7][40:]


def test_too_narrow_for_two_halves_the_book_form_takes_over(market: FakeMarket) -> None:
    depth = depth_of(market)
    reserve = Reserve().grown(depth)
    assert fitting(depth, reserve, 40, SIDES).form is Form.SIDES
    assert fitting(depth, reserve, 30, SIDES).form is Form.BOOK
    assert fitting(depth, reserve, 24, DOM).form is Form.BOOK
    assert "65,083.67" in "\n".join(text_of(draw(depth, (30, 9), SIDES)))


# -- grids and grouped rows --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("choices", GRIDS, ids=named)
def test_over_a_grid_the_spread_has_a_line_of_its_own(market: FakeMarket, choices: Choices) -> None:
    lines = draw(depth_of(market), (80, 18), choices)
    assert rows_with(lines, " spread") == [2]
    assert "65,083.64" in "\n".join(text_of(lines)), "a price without a size"


@pytest.mark.parametrize("choices", [DOM, SIDES, *GRIDS], ids=named)
@pytest.mark.parametrize("width", [108, 74, 60])
def test_grouped_rows_keep_the_raw_touch_beside_the_spread(market: FakeMarket, choices: Choices, width: int) -> None:
    lines = draw(depth_of(market, group="0.50"), (width, 31), choices)
    at = rows_with(lines, "raw spread")[0]
    near = "\n".join(text_of(lines)[at - 1 : at + 2])
    for words in ("65,083.66", "0.0737", "65,083.67", "0.00306385"):
        assert words in near


def test_skipped_prices_are_marked_by_a_thin_line_and_neighbours_are_not(market: FakeMarket) -> None:
    rows = text_of(draw(depth_of(market), (74, 31)))
    marked = {row[2:11]: row[1] for row in rows[4:-1] if row[2:8] == "65,083"}
    assert marked["65,083.81"] == " ", "65,083.80 is there"
    assert marked["65,083.80"] == " ", "65,083.79 is there"
    assert marked["65,083.79"] == "▁"
    assert marked["65,083.67"] == " ", "nothing lies between best ask and spread"
    assert marked["65,083.66"] == "▁"
    assert marked["65,083.24"] == " ", "65,083.23 is there"
    assert marked["65,083.22"] == "▁"


# -- marks and units ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("choices", "mark"), [(BOOK, "◂"), (DOM, "◂"), (SIDES, "▸"), *((grid, "") for grid in GRIDS)])
def test_the_last_trade_is_marked_at_its_price_on_the_side_that_was_taken(
    market: FakeMarket, choices: Choices, mark: str
) -> None:
    rows = text_of(draw(depth_of(market), (80, 18), choices))
    wanted = {"◂", "▸"} if not mark else {mark}
    marked = [row for row in rows[1:] if wanted & set(row)]
    assert len(marked) == 1
    assert "65,083.66" in marked[0]


def test_large_levels_are_marked_by_themselves_or_from_a_size_on(market: FakeMarket) -> None:
    depth = depth_of(market, levels=14)
    by_itself = {row[2:11] for row in text_of(draw(depth, (74, 31))) if "■" in row}
    assert by_itself == {"65,083.85"}
    large = Decimal("0.4")
    rows = text_of(draw(depth, (74, 31), chosen(large=Threshold(large))))[4:-1]
    expected = {f"{row.price:,}" for row in (*depth.asks[:12], *depth.bids[:13]) if row.size >= large}
    assert {row[2:11] for row in rows if "■" in row} == expected


def test_a_size_in_one_currency_marks_what_is_shown_in_the_other_at_the_price_of_the_touch(market: FakeMarket) -> None:
    depth = depth_of(market)
    ask = depth.asks[0].price
    for unit, in_quote, expected in (
        (Unit.BASE, False, Decimal(3)),
        (Unit.QUOTE, False, 3 * ask),
        (Unit.BASE, True, 3 / ask),
        (Unit.QUOTE, True, Decimal(3)),
    ):
        choices = chosen(unit=unit, large=Threshold(Decimal(3), in_quote))
        assert large_from(depth, choices, amounts_of(depth, choices)) == expected
    bare = replace(depth, asks=(), bids=())
    assert large_from(bare, chosen(unit=Unit.QUOTE, large=Threshold(Decimal(3))), []) is None


def test_a_price_of_both_sides_on_a_grid_says_so(market: FakeMarket) -> None:
    depth = depth_of(market)
    both = replace(depth, asks=(depth.asks[0]._replace(price=depth.bids[0].price), *depth.asks[1:]))
    rows = text_of(draw(both, (74, 31), chosen(spacing=Spacing.GRID)))
    assert [f"{depth.bids[0].price:,}×" in row for row in rows].count(True) == 1
    assert not any("×" in row for row in text_of(draw(depth, (74, 31), chosen(spacing=Spacing.GRID))))


def test_few_levels_or_level_sizes_mark_nothing_as_large(market: FakeMarket) -> None:
    few = depth_of(market, levels=3)
    assert large_from(few, BOOK, amounts_of(few, BOOK)) is None
    book = market.books["BTC-USD"]
    book.bids = dict.fromkeys(book.bids, 5)
    book.asks = dict.fromkeys(book.asks, 5)
    assert "■" not in "".join(text_of(draw(depth_of(market))))


def test_sizes_and_sums_in_quote_currency_are_price_times_size_exactly(market: FakeMarket) -> None:
    depth = depth_of(market)
    rows = text_of(draw(depth, (66, 31), chosen(unit=Unit.QUOTE)))
    assert rows[3].split()[2:6] == ["SIZE", "USD", "Σ", "USD"]
    first, second = depth.asks[0], depth.asks[1]
    exact = first.price * first.size + second.price * second.size
    row = next(row for row in rows if f"{second.price:,}" in row)
    assert row.split()[-2 if "█" in row else -1].startswith(str(exact)[: str(exact).index(".") + 3])


def test_what_is_not_known_in_quote_currency_is_not_made_up(market: FakeMarket) -> None:
    depth = depth_of(market)
    bare = tuple(LevelRow(row.price, row.size, row.cumulative) for row in depth.asks)
    rows = text_of(draw(replace(depth, asks=bare), (66, 31), chosen(unit=Unit.QUOTE)))
    row = next(row for row in rows[4:] if "65,083.70" in row)
    assert row.replace("▁", " ").split()[1:] == ["-", "-"]


def test_logarithmic_bars_are_equal_lengths_for_equal_factors() -> None:
    lengths = [len(bar(Decimal(size), Decimal(10_000), 40, log=True).blocks) for size in (10_000, 1000, 100, 10)]
    assert lengths == [40, 30, 20, 10]
    assert bar(Decimal("0.001"), Decimal(10_000), 40, log=True).blocks == "▏"
    assert bar(Decimal(20_000), Decimal(10_000), 40, log=True).clipped


def test_the_header_says_which_scale_is_shown(market: FakeMarket) -> None:
    assert "log 10 BTC" in text_of(draw(depth_of(market), (74, 31), chosen(bars=BarScale.LOG)))[3]
    assert "log" not in text_of(draw(depth_of(market), (74, 31)))[3]
    assert "Σ 10 BTC" in text_of(draw(depth_of(market, levels=20), (108, 31), DOM))[3], "the sums have a scale too"


def test_a_change_is_bold_with_its_sign(market: FakeMarket) -> None:
    for choices in (BOOK, DOM, SIDES):
        lines = draw(depth_of(market), (80, 18), choices, flashes={("ask", "65,083.70"): "-"})
        cell = next(cell for line in lines for cell in line if "0.19824268" in cell[0] and "-" in cell[0])
        assert LOOKS[cell[1]].bold


# -- doubt -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("choices", FORMS, ids=named)
@pytest.mark.parametrize("held", [False, True])
def test_a_doubtful_ladder_is_dim_and_hatched_in_every_form(market: FakeMarket, choices: Choices, held: bool) -> None:
    market.judge(Verdict.STALE, "gap of 3 before 184,005")
    depth = depth_of(market)
    state = held_at(depth, 12) if held else LadderState()
    places = set()
    for age in (0.4, 99.0, 4000.0):
        market.judge(Verdict.STALE, "gap of 3 before 184,005", age=age)
        lines = draw(depth_of(market), (74, 31), choices, state=state)
        body = lines[3:-1]
        for line in body:
            if "BTC" not in "".join(text for text, _ in line) and "USD" not in "".join(text for text, _ in line):
                text = "".join(part for part, _ in line)
                assert text.startswith(HATCH * 2)
                assert text.endswith(HATCH * 2)
        styles = {style for line in body for _, style in line}
        assert not styles & {"bid", "ask", "bid-bar", "ask-bar", "sum-bar", "strong", "band-strong", "band-bid"}
        bold = [(y, cell) for y, line in enumerate(body) for cell in line if LOOKS[cell[1]].bold]
        assert len(bold) == 1, "the reversed word and nothing else"
        y, (word, style) = bold[0]
        assert "STALE" in word
        assert LOOKS[style].ink == "dv-ground", "reversed"
        places.add((y, text_of(lines)[y + 3].index("STALE")))
    assert len(places) == 1


@pytest.mark.parametrize("choices", [BOOK, DOM], ids=named)
@pytest.mark.parametrize("width", [30, 40, 60, 74, 108])
@pytest.mark.parametrize("rank", [-14, 14])
def test_the_word_leaves_price_and_size_of_a_held_level_in_sight(
    market: FakeMarket, choices: Choices, width: int, rank: int
) -> None:
    market.judge(Verdict.STALE, "gap of 3 before 184,005")
    depth = depth_of(market)
    level = depth.bids[rank] if rank > 0 else depth.asks[-rank]
    state = LadderState(Anchor(level.price, 0, Side.BID if rank > 0 else Side.ASK, cursor=True))
    rows = text_of(draw(depth, (width, 31), choices, state=state))
    (row,) = [row for row in rows[3:-1] if f"{level.price:,}" in row]
    assert str(level.size)[:6] in row
    assert any("STALE" in row for row in rows)
    numbers = re.findall(r"[0-9]+\.[0-9]+", row.replace(f"{level.price:,}", "").replace("7.2 s", ""))
    shown = {f"{value:f}" for value in (level.size, level.cumulative, level.notional) if value is not None}
    assert all(any(value.startswith(number) for value in shown) for number in numbers)
    lengths = {len(number.partition(".")[2]) for number in numbers if not str(level.notional).startswith(number)}
    assert len(lengths) <= 1, "no number is cut in two"


@pytest.mark.parametrize("choices", [BOOK, DOM, SIDES, *GRIDS], ids=named)
def test_the_word_stands_at_one_place_grouped_or_not(market: FakeMarket, choices: Choices) -> None:
    market.judge(Verdict.STALE, "gap of 3 before 184,005")
    places = set()
    for group in ("0", "0.50"):
        rows = text_of(draw(depth_of(market, group=group), (74, 31), choices))[1:]
        places |= {(y, row.index("STALE")) for y, row in enumerate(rows) if "STALE" in row}
    assert len(places) == 1


def test_the_readout_of_a_doubtful_book_withholds_the_distance_and_the_price_of_a_size(market: FakeMarket) -> None:
    market.judge(Verdict.STALE, "gap")
    depth = depth_of(market, impact=Impact(Decimal(5)))
    lines = draw(depth, (108, 40), state=held_at(depth, 4), impact=Impact(Decimal(5)))
    assert "- bps" in text_of(lines)[-1]
    assert sum("withheld" in row for row in text_of(lines)) == 2


# -- readouts ----------------------------------------------------------------------------------------------------------


def test_the_readout_adds_up_to_the_cursor(market: FakeMarket) -> None:
    depth = depth_of(market)
    level = depth.asks[4]
    foot = text_of(draw(depth, (108, 40), state=held_at(depth, 4)))[-1]
    assert depth.top is not None
    assert depth.top.mid is not None
    away = (level.price - depth.top.mid) / depth.top.mid * 10_000
    total = sum(row.size for row in depth.asks[:5])
    worth = sum(row.size * row.price for row in depth.asks[:5])
    assert f"ask {level.price:,}" in foot
    assert f"+{str(away)[:4]} bps" in foot, "cut, not rounded"
    assert f"Σ to here {total:f} BTC" in foot
    assert f"{str(worth)[: str(worth).index('.') + 3]} USD" in foot


def test_a_low_ladder_has_the_readout_in_place_of_its_figures(market: FakeMarket) -> None:
    depth = depth_of(market)
    plain, held = draw(depth, (80, 18)), draw(depth, (80, 18), state=held_at(depth, 3))
    assert "last 65,083.66" in text_of(plain)[1]
    assert "ask 65,083.73" in text_of(held)[1]
    assert len(plain) == len(held), "the rows stay where they are"


def test_an_empty_price_under_the_cursor_says_so(market: FakeMarket) -> None:
    depth = depth_of(market, window=Window(Decimal("65083.69"), 20, 20))
    state = LadderState(Anchor(Decimal("65083.69"), 0, Side.ASK, cursor=True))
    assert "65,083.69  nothing rests here" in text_of(draw(depth, (108, 40), state=state))[-1]


def test_held_says_which_way_and_how_far_the_market_is(market: FakeMarket) -> None:
    whole = depth_of(market)
    price = whole.asks[40].price
    depth = depth_of(market, window=Window(price, 12, 14))
    lines = draw(depth, (74, 31), state=LadderState(Anchor(price, 0, Side.ASK, cursor=False)))
    shown = [row for row in whole.asks if any(f"{row.price:,}" in line for line in text_of(lines)[4:-1])]
    away = whole.asks.index(min(shown, key=lambda row: row.price)) + 1
    assert f" HELD ▼ {away} " in text_of(lines)[0]
    assert f"HELD, market {away} rows down" in text_of(lines)[-1]


@pytest.mark.parametrize("asked", [Impact(Decimal(5)), Impact(Decimal(250_000), in_quote=True)])
def test_a_size_is_priced_both_ways(market: FakeMarket, asked: Impact) -> None:
    depth = depth_of(market, impact=asked)
    rows = text_of(draw(depth, (108, 40), impact=asked))
    for view in depth.impacts:
        row = next(row for row in rows if row.split()[:1] == [view.side])
        assert ("250,000 USD" if asked.in_quote else "5 BTC") in row
        assert view.average is not None
        assert f"{view.average:,.9f}"[:11] in row
        assert f"{view.levels} levels" in row
        assert view.worst is not None
        assert f"to {view.worst:,}" in row


def test_a_book_that_holds_too_little_says_so_in_reverse(market: FakeMarket) -> None:
    asked = Impact(Decimal(100_000))
    depth = depth_of(market, impact=asked)
    for width in (108, 74, 50):
        lines = draw(depth, (width, 40), impact=asked)
        cells = [cell for line in lines for cell in line if "holds only" in cell[0]]
        assert len(cells) == 2
        assert all(LOOKS[style].ink == "dv-ground" for _, style in cells)


# -- figures -----------------------------------------------------------------------------------------------------------


def test_the_header_block_grows_with_the_height(market: FakeMarket) -> None:
    market.books["BTC-USD"].day = DayView(Decimal(66_000), Decimal(64_000), Decimal(2867), Decimal("-1.27"))
    depth = depth_of(market)

    def head(height: int) -> str:
        return "\n".join(text_of(draw(depth, (108, height)))[1 : 1 + parts(108, height).figures])

    assert [parts(108, height).figures for height in (13, 14, 23, 24, 31, 32)] == [0, 1, 1, 2, 2, 3]
    assert "last 65,083.66" in head(14)
    assert "mid 65,083.665" in head(14)
    two = head(30)
    for words in ("bid 65,083.66 0.07370000", "ask 65,083.67 0.00306385", "micro 65,083.66", "in 10 bps", "in 50 bps"):
        assert words in two
    assert "24 h 64,000.00 to 66,000.00   -1.27 %   2.867k BTC" in head(57)


def test_depth_within_is_bids_then_asks_and_withheld_in_doubt(market: FakeMarket) -> None:
    depth = depth_of(market)
    near = depth.within[0]
    assert f"in 10 bps {near.bids:.1f}"[:14] in "\n".join(text_of(draw(depth, (108, 30))))
    market.judge(Verdict.STALE, "gap")
    assert "depth -" in "\n".join(text_of(draw(depth_of(market), (108, 30))))


def test_the_imbalance_says_over_what_it_is(market: FakeMarket) -> None:
    depth = depth_of(market)
    assert depth.top is not None
    lines = draw(depth, (108, 30))
    assert "imbalance of 10 levels" in "\n".join(text_of(lines))
    near = replace(depth, top=replace(depth.top, imbalance_levels=0, imbalance_bps=50))
    assert "imbalance of 50 bps" in "\n".join(text_of(draw(near, (108, 30))))
    band: Line = next(line for line in lines if any(" spread" in text for text, _ in line))
    at = next(index for index, (text, _) in enumerate(band) if text == "┃")
    assert len(band[at - 1][0]) == len(band[at + 1][0]), "zero is in the centre"


# -- dust --------------------------------------------------------------------------------------------------------------


def test_steps_of_dust_go_up_by_1_2_5_and_down_to_none(market: FakeMarket) -> None:
    depth = depth_of(market)
    seen = []
    dust = None
    for _ in range(4):
        dust = next_dust(depth, dust, 1)
        seen.append(dust)
    assert all(step is not None and step.normalize().as_tuple().digits in {(1,), (2,), (5,)} for step in seen)
    assert seen == sorted(seen, key=lambda step: step or Decimal(0))
    assert len(set(seen)) == 4
    while dust is not None:
        lower = next_dust(depth, dust, -1)
        assert lower is None or lower < dust
        dust = lower
    assert next_dust(depth, None, -1) is None


def test_hidden_dust_is_counted(market: FakeMarket) -> None:
    depth = depth_of(market, levels=13)
    lines = draw(depth, (74, 31), chosen(dust=Decimal("0.05")))
    hidden = sum(row.size < Decimal("0.05") for row in (*depth.bids, *depth.asks))
    assert f"{hidden} levels under 0.05 BTC hidden" in text_of(lines)[-1]
