"""The ladder as lines: what stands where, what is withheld, and what never moves."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from depthview.core.verdict import Proof, Verdict
from depthview.ui.formats import HATCH
from depthview.ui.ladder.plan import plan
from depthview.ui.ladder.scale import Reserve
from depthview.ui.themes import LOOKS
from depthview.views.depth import LevelRow
from tests.ui.ladder_drawing import depth_of, draw, text_of

if TYPE_CHECKING:
    from depthview.ui.lines import Line
    from tests.ui.fake_market import FakeMarket

SIZES = [(76, 33), (80, 18), (108, 48), (60, 20), (50, 20), (40, 14), (36, 11), (24, 5)]


HEAD = 4
"""Lines over the rows at 31: verdict, two of figures, headers."""


def spread_at(lines: list[Line]) -> int:
    return next(y for y, row in enumerate(text_of(lines)) if " spread" in row)


def levels_of(lines: list[Line]) -> list[str]:
    """The rows of levels at 31 lines, without the thin line at their left."""
    at = spread_at(lines)
    rows = text_of(lines)
    return [row.replace("▁", " ") for row in rows[HEAD:at] + rows[at + 1 : -1]]


def test_asks_stand_over_bids_with_the_best_at_the_spread(market: FakeMarket) -> None:
    depth = depth_of(market)
    rows = text_of(draw(depth))
    at = spread_at(draw(depth))
    assert "65,083.67" in rows[at - 1]
    assert "65,083.66" in rows[at + 1]
    prices = [Decimal(row.split()[0].replace(",", "").rstrip("◂")) for row in levels_of(draw(depth))]
    assert len(prices) == 25
    assert prices == sorted(prices, reverse=True)


def test_every_number_stands_under_its_header_to_the_column(market: FakeMarket) -> None:
    depth = depth_of(market)
    rows = text_of(draw(depth))
    header = rows[HEAD - 1]
    ends = [header.index(name) + len(name) for name in ("PRICE USD", "SIZE BTC", "Σ BTC")]
    for row in (rows[HEAD], rows[-2]):
        for end in ends:
            assert row[end - 1].isdigit()
            assert row[end] == " "


def test_sizes_and_sums_of_a_product_have_its_decimals(market: FakeMarket) -> None:
    rows = levels_of(draw(depth_of(market)))
    sizes = [row.split()[1].rstrip("■") for row in rows] + [row.split()[2] for row in rows]
    assert {len(size.partition(".")[2]) for size in sizes} == {8}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("product", ["BTC-USD", "SHIB-USD", "ETH-EUR"])
def test_no_line_is_wider_or_narrower_than_the_ladder(market: FakeMarket, size: tuple[int, int], product: str) -> None:
    for verdict in Verdict:
        market.judge(verdict, "a reason that is long enough to be cut at any of these widths, surely it is")
        lines = draw(depth_of(market, product), size, counters=True)
        assert len(lines) <= size[1]
        body = [row for row in text_of(lines) if row.strip()]
        assert max(len(row) for row in body) <= size[0]


def test_columns_do_not_move_with_the_numbers(market: FakeMarket) -> None:
    small = depth_of(market)
    reserve = Reserve().grown(small)
    before = plan(small, reserve, 76)
    large = replace(small, asks=(LevelRow(Decimal("165083.67"), Decimal("12345.5"), Decimal("12345.5")),))
    grown = reserve.grown(large)
    assert grown.price == len("165,083")
    assert grown.size == 5
    after = plan(large, grown, 76)
    assert after != before
    assert plan(small, grown.grown(small), 76) == after, "what has once been reserved is kept"


def test_notionals_go_first_then_sums_then_bars_when_it_narrows(market: FakeMarket) -> None:
    depth = depth_of(market)
    reserve = Reserve().grown(depth)
    keys = {width: [c.key for c in plan(depth, reserve, width).columns] for width in (120, 80, 76, 60, 59, 44, 24)}
    assert keys[120] == ["price", "distance", "size", "total", "notional", "bar"]
    assert keys[80] == ["price", "size", "total", "notional", "bar"]
    assert keys[76] == ["price", "size", "total", "bar"]
    assert keys[60] == ["price", "size", "total", "bar"]
    assert keys[59] == ["price", "size", "bar"]
    assert keys[44] == ["price", "size", "bar"]
    assert keys[24] == ["price", "size"]


def test_the_spread_stays_on_its_line_when_rows_are_grouped(market: FakeMarket) -> None:
    plain, grouped = draw(depth_of(market)), draw(depth_of(market, group="0.50"))
    assert spread_at(plain) == spread_at(grouped)


def test_grouped_rows_keep_the_raw_touch_beside_the_raw_spread(market: FakeMarket) -> None:
    lines = draw(depth_of(market, group="5"))
    rows, at = text_of(lines), spread_at(lines)
    assert rows[at].split()[:3] == ["0.01", "raw", "spread"]
    assert rows[at - 1].split()[:2] == ["65,083.67", "0.00306385"]
    assert rows[at + 1].split()[:2] == ["65,083.66", "0.07370000"]
    assert "65,085.00" in rows[at - 2]
    assert "65,080.00" in rows[at + 2]


def test_leading_digits_are_dimmed_only_where_the_whole_ladder_shares_them(market: FakeMarket) -> None:
    depth = depth_of(market)
    lines = draw(depth)
    at = spread_at(lines)
    price_cells = [cell for line in lines[HEAD:at] + lines[at + 1 : -1] for cell in line[1:2]]
    assert {text.strip() for text, _ in price_cells} == {"65,08"}
    far = replace(depth, asks=(*depth.asks[:3], LevelRow(Decimal("70000.00"), Decimal(1), Decimal(9))))
    cells = [line[1] for line in draw(far) if len(line) > 3 and line[2][1] == "ask"]
    assert cells
    assert {text.strip() for text, _ in cells} == {""}


@pytest.mark.parametrize("verdict", [v for v in Verdict if not v.trusted])
@pytest.mark.parametrize("group", ["0", "0.50"])
def test_a_doubtful_ladder_cannot_be_missed(market: FakeMarket, verdict: Verdict, group: str) -> None:
    market.judge(verdict, "gap of 3 before 184,005")
    lines = draw(depth_of(market, group=group))
    body = lines[HEAD:-1]
    for line in body:
        text = "".join(part for part, _ in line)
        assert text.startswith(HATCH * 2)
        assert text.endswith(HATCH * 2)
    styles = {style for line in body for _, style in line}
    assert not styles & {"bid", "ask", "bid-bar", "ask-bar", "strong", "band-strong", "band-bid", "band-ask"}
    marked = [cell for line in body for cell in line if LOOKS[cell[1]].bold]
    assert len(marked) == 1, "nothing is bold but the reversed word"
    assert verdict.value in marked[0][0]
    assert LOOKS[marked[0][1]].ink == "dv-ground", "reversed"
    assert lines[0][0][0].split() == [lines[0][0][0].split()[0], *verdict.value.split()]
    assert LOOKS[lines[0][0][1]].ink == "dv-ground"


def test_the_word_stands_at_the_same_place_for_every_doubt(market: FakeMarket) -> None:
    places: set[tuple[int, int]] = set()
    for verdict in Verdict:
        if not verdict.trusted:
            market.judge(verdict, "whatever", age=9.9)
            rows = text_of(draw(depth_of(market)))
            word = f" {verdict.value} "
            places |= {(y, row.index(word)) for y, row in enumerate(rows) if y >= HEAD and word in row}
    assert len(places) == 1


def test_what_derives_from_a_doubtful_book_is_withheld_even_if_it_were_given(market: FakeMarket) -> None:
    good = depth_of(market)
    doubtful = replace(good, verdict=Verdict.STALE, reason="gap of 1 before 9")
    text = "\n".join(text_of(draw(doubtful, (120, 31))))
    assert good.top is not None
    assert "65,083.665" not in text
    assert "spread" not in text
    assert "imbalance" not in text
    assert "mid -" in text
    assert "bid -  ask -" in text
    assert "last 65,083.66" in text, "the last trade happened"
    header, *body = text_of(draw(doubtful, (120, 31)))[HEAD - 1 :]
    end = header.index("BPS TO MID") + len("BPS TO MID")
    levels = [row for row in body if row.startswith(HATCH) and any(letter.isdigit() for letter in row[:20])]
    assert levels
    assert {row[:end].split()[-1] for row in levels} == {"-"}


def test_an_empty_side_says_so(market: FakeMarket) -> None:
    market.books["BTC-USD"].asks.clear()
    rows = text_of(draw(depth_of(market)))
    at = next(y for y, row in enumerate(rows) if "spread" in row)
    assert rows[at - 1].strip() == "no asks"
    assert rows[at].split()[0] == "-"
    market.books["BTC-USD"].bids.clear()
    assert any(row.strip() == "no bids" for row in text_of(draw(depth_of(market))))


def test_the_end_of_a_thin_book_is_named(market: FakeMarket) -> None:
    book = market.books["BTC-USD"]
    for price in sorted(book.bids)[:-3]:
        del book.bids[price]
    rows = text_of(draw(depth_of(market)))
    at = spread_at(draw(depth_of(market)))
    assert rows[at + 4].strip() == "end of the bids"
    assert rows[at + 5].strip() == ""


def test_a_live_level_is_never_drawn_as_zero(market: FakeMarket) -> None:
    depth = depth_of(market)
    dust = LevelRow(Decimal("65083.67"), Decimal("1E-18"), Decimal("1E-18"))
    row = text_of(draw(replace(depth, asks=(dust,))))[spread_at(draw(depth)) - 1]
    assert row.split()[1] == "<0.00000001"
    assert "▏" in row


def test_a_tiny_price_is_whole(market: FakeMarket) -> None:
    rows = text_of(draw(depth_of(market, "SHIB-USD"), (50, 20)))
    assert any("0.00001235" in row for row in rows)


def test_counters_stand_at_the_foot_of_neighbours(market: FakeMarket) -> None:
    book = market.books["BTC-USD"]
    book.sequence = replace(book.sequence, gaps=2, missed=5)
    foot = text_of(draw(depth_of(market), counters=True))[-1]
    assert foot.split()[:4] == ["gaps", "2", "missed", "5"]


def test_one_line_tells_product_touch_verdict_and_gaps(market: FakeMarket) -> None:
    def line(width: int, tag: str = "") -> str:
        return text_of(draw(depth_of(market), (width, 1), tag=tag))[0].strip()

    assert line(60) == "BTC-USD 65,083.66/67 ● SYNCED gap 0"
    assert line(60, "REPLAY") == "REPLAY  BTC-USD 65,083.66/67 ● SYNCED gap 0"
    assert line(30) == "BTC-USD 65,083.66/67 ● SYNCED"
    assert line(20) == "BTC-USD ● SYNCED"
    assert line(8) == "● SYNCED"
    assert line(1) == "●"
    market.judge(Verdict.STALE, "gap")
    assert line(60) == "BTC-USD  ◆ STALE  gap 0"


def test_where_the_numbers_prove_nothing_it_says_so_beside_the_verdict(market: FakeMarket) -> None:
    market.books["BTC-USD"].proof = Proof.PARTIAL
    assert text_of(draw(depth_of(market), (60, 1)))[0].strip() == "BTC-USD 65,083.66/67 ● SYNCED UNPROVED gap 0"
    for width in (30, 76, 130):
        assert text_of(draw(depth_of(market), (width, 31)))[0].split()[:3] == ["●", "SYNCED", "UNPROVED"]
    market.judge(Verdict.STALE, "crossed")
    assert text_of(draw(depth_of(market), (60, 31)))[0].split()[:3] == ["◆", "STALE", "UNPROVED"]


def test_the_ticker_s_agreement_stands_in_the_second_line_where_there_is_room(market: FakeMarket) -> None:
    def second(width: int) -> str:
        return text_of(draw(depth_of(market), (width, 31)))[1]

    assert "ticker agrees,  0.2 s ago" in second(130)
    assert "ticker" not in second(76)
    market.judge(Verdict.STALE, "gap")
    assert "ticker agreed,  0.2 s ago" in second(130)
    market.books["BTC-USD"].agreed = None
    assert "ticker -: no evidence yet" in second(130)


def test_where_there_is_no_room_for_a_ladder_its_size_is_named(market: FakeMarket) -> None:
    rows = [row.rstrip() for row in text_of(draw(depth_of(market), (20, 5)))]
    assert rows == ["BTC-USD ● SYNCED", "terminal too small", "(need 24x6)"]
    assert len(draw(depth_of(market), (20, 1))) == 1
    assert all(len(row) <= 3 for row in text_of(draw(depth_of(market), (3, 40))))


def test_a_letter_says_the_side_where_marks_are_asked_for(market: FakeMarket) -> None:
    depth = depth_of(market)
    rows = text_of(draw(depth, marks=True))
    at = next(y for y, row in enumerate(rows) if " spread" in row)
    assert {row[0] for row in rows[HEAD:at]} == {"A"}
    assert {row[0] for row in rows[at + 1 : -1]} == {"B"}
    assert [row[1:] for row in rows] == [row[1:] for row in text_of(draw(depth))]


def test_an_alias_and_a_halt_are_named_beside_the_verdict(market: FakeMarket) -> None:
    book = market.books["BTC-USD"]
    book.feed_product, book.trading_state = "BTC-USDC", "post only"
    head = text_of(draw(depth_of(market), (120, 31)))[0]
    assert "data of BTC-USDC" in head
    assert " post only " in head
