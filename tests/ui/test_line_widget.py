"""The drawing technique: only rows that changed are drawn anew, and line filters are not forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.geometry import Region

from depthview.ui.ladder.widget import Ladder
from tests.ui.conftest import running
from tests.ui.fake_market import FakeMarket, btc

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def one() -> FakeMarket:
    return FakeMarket([btc()])


@pytest.fixture
def regions(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Region]]:
    """Every region of a ladder that was marked for painting; the whole widget counts as one of its size."""
    marked: list[Region] = []
    original = Ladder.refresh

    def refresh(
        self: Ladder, *asked: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Ladder:
        marked.extend(asked or [self.size.region])
        return original(self, *asked, repaint=repaint, layout=layout, recompose=recompose)

    monkeypatch.setattr(Ladder, "refresh", refresh)
    return iter([marked])


async def test_one_changed_level_paints_one_row(one: FakeMarket, regions: Iterator[list[Region]]) -> None:
    marked = next(regions)
    async with running(one, (120, 40)) as run:
        best = min(one.books["BTC-USD"].asks)
        farthest = sorted(one.books["BTC-USD"].asks)[12]
        one.books["BTC-USD"].trading_state = ""
        marked.clear()
        await run.draw()
        assert marked == [], "nothing changed, nothing is painted"
        one.books["BTC-USD"].asks[farthest] += 1
        await run.draw()
        assert [region.height for region in marked] == [1], "the size farthest out: no other sum depends on it"
        marked.clear()
        one.books["BTC-USD"].asks[best] += 1
        await run.draw()
        rows = {y for region in marked for y in range(region.y, region.bottom)}
        assert rows == {1, *range(5, 18)}, "the best size is in the sum of every ask, and in the figures"


async def test_rows_keep_their_strips(one: FakeMarket) -> None:
    async with running(one, (120, 40)) as run:
        ladder = run.app.screen.query_one("#ladder-0", Ladder)
        area = Region(0, 0, ladder.size.width, ladder.size.height)
        before = ladder.render_lines(area)
        one.books["BTC-USD"].bids[max(one.books["BTC-USD"].bids)] += 1
        await run.draw()
        after = ladder.render_lines(area)
        kept = sum(a is b for a, b in zip(before, after, strict=True))
        assert kept == ladder.size.height - 14, "the sums of 13 bids changed, and the best size in the figures"


async def test_a_part_of_a_panel_is_cut_to_the_column(one: FakeMarket) -> None:
    async with running(one, (120, 40)) as run:
        ladder = run.app.screen.query_one("#ladder-0", Ladder)
        whole = [strip.text for strip in ladder.render_lines(Region(0, 0, ladder.size.width, 10))]
        part = [strip.text for strip in ladder.render_lines(Region(5, 2, 20, 6))]
        assert part == [row[5:25] for row in whole[2:8]]


async def test_no_color_is_obeyed(one: FakeMarket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with running(one, (120, 40)) as run:
        ladder = run.app.screen.query_one("#ladder-0", Ladder)
        strips = ladder.render_lines(Region(0, 0, ladder.size.width, ladder.size.height))
        colours = {
            colour.get_truecolor()
            for strip in strips
            for segment in strip
            if segment.style is not None
            for colour in (segment.style.color, segment.style.bgcolor)
            if colour is not None
        }
        assert len(colours) > 2
        assert all(red == green == blue for red, green, blue in colours)


async def test_a_hidden_panel_catches_up_when_it_is_seen(one: FakeMarket) -> None:
    async with running(one, (120, 40)) as run:
        ladder = run.app.screen.query_one("#ladder-0", Ladder)
        ladder.display = False
        one.books["BTC-USD"].bids[max(one.books["BTC-USD"].bids)] = 987_654_321_00
        await run.draw()
        ladder.display = True
        await run.pilot.pause()
        await run.draw()
        assert "987.65432100" in run.text()
