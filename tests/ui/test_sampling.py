from __future__ import annotations

from typing import TYPE_CHECKING

from depthview.ui.sampling import RedrawRate
from depthview.views.market import ViewRequest
from tests.ui.fake_market import FakeMarket

if TYPE_CHECKING:
    from depthview.views.market import MarketView


def _view() -> MarketView:
    return FakeMarket().view(ViewRequest("BTC-USD", ("BTC-USD",), 1, {}))


def test_every_tick_draws_while_something_comes_and_two_a_second_while_nothing_does() -> None:
    beat, view = RedrawRate(10), _view()
    drawn: list[int] = []
    for tick in range(30):
        version = min(tick, 9)
        if beat.due(version):
            beat.drawn(version, view, tick=True)
            drawn.append(tick)
    assert drawn == [*range(10), 14, 19, 24, 29]


def test_what_comes_after_a_rest_is_drawn_at_once() -> None:
    beat, view = RedrawRate(10), _view()
    for version in (1, 1, 1):
        if beat.due(version):
            beat.drawn(version, view, tick=True)
    assert beat.due(2)


def test_health_is_drawn_about_as_often_whether_something_comes_or_not() -> None:
    for coming in (True, False):
        beat, view = RedrawRate(10), _view()
        health = 0
        for tick in range(100):
            version = tick if coming else 0
            if beat.due(version):
                health += beat.drawn(version, view, tick=True)
        assert 18 <= health <= 26
