"""What drawing and pages leave behind: nothing that only the search for cyclic garbage would find, or not even that."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING

import pytest
from textual.strip import Strip
from textual.widget import Widget

from depthview.ui.screens.pages import DetailScreen
from tests.support.waiting import until
from tests.ui.conftest import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.ui.fake_market import FakeMarket


@pytest.fixture
def unsearched() -> Iterator[None]:
    """No search for garbage but those that the test asks for."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("unsearched")
async def test_a_closed_page_is_freed_and_nothing_of_its_picture_is_kept(market: FakeMarket) -> None:
    async with running(market) as run:
        left: list[weakref.ref[object]] = []
        for key in ("i", "a", "e", "question_mark"):
            await run.press(key)
            page = run.app.screen
            assert isinstance(page, DetailScreen)
            left.append(weakref.ref(page))
            left += [weakref.ref(widget._styles_cache) for widget in page.query(Widget)]
            del page
            await run.press("escape")
        assert len(left) > 12
        await until(lambda: _freed(left), "all of them freed")


def _freed(left: list[weakref.ref[object]]) -> bool:
    """Whether none is left, once a page that is still being taken down is gone too."""
    gc.collect()
    return all(found() is None for found in left)


@pytest.mark.usefixtures("unsearched")
async def test_a_row_is_gone_once_another_is_in_its_place(market: FakeMarket) -> None:
    async with running(market) as run:
        for _ in range(5):
            await run.draw()
        gc.collect()
        for _ in range(20):
            market.clock.advance(1)
            market.churn()
            await run.draw()
        gc.set_debug(gc.DEBUG_SAVEALL)
        try:
            gc.collect()
            rows = [found for found in gc.garbage if isinstance(found, Strip)]
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
        assert rows == []
