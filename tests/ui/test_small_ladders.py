"""Small ladders and the shape of their pages: pure functions."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depthview.core.verdict import Proof
from depthview.ui.grid import MOST, shape
from depthview.ui.ladder.scale import SMALL_MEMORY
from depthview.ui.ladder.small import SMALL_LEAST, GridPosition, levels_wanted, small_lines
from depthview.ui.lines import width_of
from depthview.views.market import ViewRequest
from tests.ui.many import twelve

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.ui.lines import Line
    from depthview.views.depth import DepthView

HERE, THERE = GridPosition(3, here=True), GridPosition(3, here=False)


def text_of(lines: Iterable[Line]) -> list[str]:
    return ["".join(text for text, _ in line).rstrip() for line in lines]


def depth_of(product: str = "BTC-USD", levels: int = 8) -> DepthView:
    return twelve().view(ViewRequest(product, (product,), levels, {})).depths[0]


def drawn(depth: DepthView, width: int = 40, height: int = 11, cursor: GridPosition = THERE) -> list[Line]:
    return small_lines(depth, SMALL_MEMORY.grown_small(depth), (width, height), cursor)


def test_it_says_product_verdict_last_price_gaps_levels_and_spread() -> None:
    rows = text_of(drawn(depth_of()))
    assert rows[0].split() == ["●", "SYNCED", "3", "BTC-USD"]
    assert rows[1].split() == ["last", "65,083.66", "▲", "gaps", "0"]
    assert [row.split()[0] for row in rows[2:6]] == ["65,083.73", "65,083.72", "65,083.70", "65,083.67"]
    assert rows[6].split() == ["0.01", "spread", "0.001", "bps"]
    assert [row.split()[0] for row in rows[7:11]] == ["65,083.66", "65,083.63", "65,083.61", "65,083.55"]
    assert rows[7].split()[1] == "0.07370000"


def test_sides_have_their_colours_and_their_places() -> None:
    lines = drawn(depth_of())
    assert all("ask" in {style for _, style in line} for line in lines[2:6])
    assert all("bid" in {style for _, style in line} for line in lines[7:11])


@pytest.mark.parametrize("product", ["BTC-USD", "SHIB-USD", "DOGE-USD", "ADA-USD", "LTC-USD", "USDT-USDC"])
def test_it_fits_at_every_size(product: str) -> None:
    depth = depth_of(product)
    for width in range(10, 70, 5):
        for height in (1, 2, 3, 4, 5, 9, 17):
            lines = drawn(depth, width, height)
            assert len(lines) <= height
            assert all(width_of(line) <= width for line in lines), (width, height)


def test_prices_are_never_cut_and_sizes_never_rounded_up() -> None:
    rows = text_of(drawn(depth_of("SOL-USD"), SMALL_LEAST, 9))
    assert "172.42" in rows[3]
    assert "172.43" not in rows[3]
    assert all(
        row.split()[0] == f"{level.price:f}"
        for row, level in zip(rows[2:5], depth_of("SOL-USD").asks[2::-1], strict=True)
    )
    shib = text_of(drawn(depth_of("SHIB-USD"), SMALL_LEAST, 9))
    assert shib[2].split()[:2] == ["0.00001240", "19469"]


def test_a_doubtful_one_is_grey_hatched_and_withholds_what_derives_from_its_book() -> None:
    depth = depth_of("DOGE-USD")
    lines = drawn(depth, 40, 11)
    rows = text_of(lines)
    assert "◆ STALE" in rows[0]
    assert "for 7.2 s" in rows[0]
    assert "gap of 3 before" in rows[1]
    assert rows[1].endswith("gaps 1")
    assert "╱ STALE 7.2 s ╱" in rows[6]
    assert "spread" not in "\n".join(rows)
    styles = {style for line in lines for _, style in line}
    assert not any(style in styles for style in ("bid", "ask", "bid-bar", "ask-bar"))
    assert "bid -  ask -" in text_of(drawn(depth, 40, 3))[2]


def test_without_a_snapshot_it_waits_and_without_a_side_it_says_so() -> None:
    assert "\n".join(text_of(drawn(depth_of("ADA-USD")))).count("waiting for a snapshot") == 1
    rows = "\n".join(text_of(drawn(replace(depth_of(), bids=()))))
    assert "no bids" in rows
    assert "no asks" not in rows


def test_the_trading_state_is_told_and_the_price_stays() -> None:
    rows = text_of(drawn(depth_of("LTC-USD"), SMALL_LEAST + 4))
    assert "post only" in rows[1]
    assert "93.42" in rows[1]


def test_where_the_numbers_prove_nothing_it_says_so() -> None:
    rows = text_of(drawn(replace(depth_of(), proof=Proof.PARTIAL)))
    assert rows[1].split() == ["UNPROVED", "last", "65,083.66", "▲", "gaps", "0"]


def test_the_cursor_is_seen_without_colours() -> None:
    rows = text_of(drawn(depth_of(), cursor=HERE))
    assert "▸3 BTC-USD" in rows[0]
    assert all(row.startswith("▌") for row in rows[1:])
    assert not any(row.startswith("▌") for row in text_of(drawn(depth_of())))
    assert text_of(drawn(depth_of(), 60, 1, HERE))[0].startswith("▸ 3 BTC-USD")


def test_a_line_is_enough_for_what_matters() -> None:
    assert text_of(drawn(depth_of(), 40, 1)) == ["  3 BTC-USD   ● SYNCED  gaps 0 65,083.66"]
    assert text_of(drawn(depth_of("DOGE-USD"), 40, 1))[0].split()[2:6] == ["◆", "STALE", "gaps", "1"]
    assert text_of(drawn(depth_of(), 80, 1))[0].endswith("65,083.66  65,083.67")


def test_only_an_old_book_tells_its_age() -> None:
    assert "old" not in text_of(drawn(depth_of()))[0]
    assert "12.0 s old" in text_of(drawn(replace(depth_of(), book_age=12.0)))[0]


def test_columns_and_scale_stand_still() -> None:
    depth = depth_of()
    held = SMALL_MEMORY.grown_small(depth)
    smaller = replace(depth, bids=tuple(row._replace(size=row.size / 3) for row in depth.bids))
    assert held.grown_small(smaller) == held
    larger = replace(depth, asks=(*depth.asks[:-1], depth.asks[-1]._replace(price=Decimal(123_456))))
    assert held.grown_small(larger).reserve.price == len("123,456")
    assert held.grown_small(replace(depth, group=Decimal("0.50"))).group == Decimal("0.50")


@pytest.mark.parametrize(
    ("products", "width", "height", "expected"),
    [
        (12, 80, 19, (3, 2)),
        (12, 120, 35, (4, 3)),
        (12, 200, 53, (4, 3)),
        (4, 120, 35, (2, 2)),
        (2, 120, 35, (2, 1)),
        (6, 80, 19, (3, 2)),
        (12, 40, 11, (1, 10)),
        (12, 60, 15, (2, 6)),
        (1, 80, 24, (1, 1)),
    ],
)
def test_pages_have_the_shape_that_shows_most(
    products: int, width: int, height: int, expected: tuple[int, int]
) -> None:
    assert shape(products, width, height) == expected


@given(st.integers(0, 40), st.integers(0, 320), st.integers(0, 100))
def test_a_page_always_fits(products: int, width: int, height: int) -> None:
    found = shape(products, width, height)
    assert 1 <= found.places <= MOST
    if height >= 2 and products:
        assert found.rows + (products > found.places) <= height
    if products <= found.places and levels_wanted(width // found.columns, height // found.rows) >= 3:
        assert width // found.columns >= SMALL_LEAST
