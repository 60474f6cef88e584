"""What work costs in figures that no machine bends: calls, objects and bytes for a fixed seed, never seconds.

A figure above its bound is a change that made the path dearer: find it, or show by ``make bench`` that it is worth it
and raise the figure below. One far below its bound is a gain: lower the figure, so that the gain is kept.
"""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING, Any, Final

import pytest
from textual._compositor import CompositorUpdate
from textual.app import App, ComposeResult

from depthview.clock import ManualClock
from depthview.coinbase.messages import Book, decode
from depthview.core.order_book import OrderBook
from depthview.core.sequence import Scope
from depthview.session.session import MarketSession
from depthview.session.views import Origin, SessionViews
from depthview.ui.ladder.widget import Ladder
from depthview.ui.themes import DARK, theme_palette
from depthview.views.market import Mode, ViewRequest
from tools.bench.pictures import DISTINCT, ladders
from tools.bench.workload import LARGE, Workload, build, sized

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from textual.screen import Screen

_SEED: Final = 1
_FRAMES: Final = 300
_FILLED: Final = 20_000
_MORE: Final = 10_000
_SLACK: Final = 1.1
CALLS_A_FRAME: Final = 104.1
"""Of 12.2 changes on average."""
CALLS_A_LEVEL: Final = 0.146
"""Of a snapshot: less than one, since whole columns are worked on at a time."""
CALLS_A_VIEW: Final = 2260
"""Of 40 rows a side after one more frame."""
CALLS_DEEPER: Final = 1.3
"""What a view takes of 60,000 levels, over what it takes of 1,000: sums over a distance reach further there."""
OBJECTS_A_LEVEL: Final = 2.0
CALLS_A_DRAW: Final = {"churn": 5670, "calm": 3410}
"""Of the ladder alone at 120 by 40, without what Textual does."""
BYTES_A_DRAW: Final = {"churn": 7120, "calm": 615}


def _calls(work: Callable[[], object]) -> int:
    """Calls of Python functions and of built-in ones."""
    counted = 0

    def count(_frame: FrameType, event: str, _: object) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return counted


def _held(make: Callable[[], object]) -> int:
    """Objects that what is made keeps alive."""
    gc.collect()
    before = sys.getallocatedblocks()
    made = make()
    gc.collect()
    held = sys.getallocatedblocks() - before
    del made
    return held


@pytest.fixture(scope="module")
def large() -> Workload:
    return build(LARGE, _SEED, _FRAMES)


def _session(work: Workload) -> tuple[MarketSession, ManualClock]:
    clock = ManualClock(1_786_309_548.0, 1000.0)
    session = MarketSession([work.shape.product], scope=Scope.CONNECTION)
    session.opened(clock.monotonic(), clock.unix())
    session.receive(work.snapshot, clock.monotonic(), clock.unix())
    return session, clock


def _feed(session: MarketSession, clock: ManualClock, work: Workload) -> None:
    for raw in work.updates:
        clock.advance(0.001)
        session.receive(raw, clock.monotonic(), clock.unix())


def test_a_frame_takes_so_many_calls(large: Workload) -> None:
    session, clock = _session(large)
    calls = _calls(lambda: _feed(session, clock, large))
    assert session.monitor.total().gaps == 0
    assert calls / _FRAMES < CALLS_A_FRAME * _SLACK


def test_a_frame_takes_no_more_calls_where_the_book_is_deeper() -> None:
    found = []
    for levels in (1_000, 100_000):
        work = build(sized(levels), _SEED, _FRAMES)
        session, clock = _session(work)
        found.append(_calls(lambda session=session, clock=clock, work=work: _feed(session, clock, work)))  # type: ignore[misc]
    assert found[1] < found[0] * _SLACK


def test_a_snapshot_takes_so_many_calls_a_level(large: Workload) -> None:
    calls = _calls(lambda: _session(large))
    assert calls / large.shape.levels < CALLS_A_LEVEL * _SLACK


def test_a_view_takes_so_many_calls_and_no_more_where_the_book_is_deeper(large: Workload) -> None:
    found = []
    for work in (build(sized(1_000), _SEED, _FRAMES), large):
        session, clock = _session(work)
        views = SessionViews(session, clock, Origin(Mode.LIVE, "loopback", "none"))
        request = ViewRequest(work.shape.product, (work.shape.product,), 40, {})
        _feed(session, clock, work)
        views.view(request)
        session.receive(
            work.updates[0].replace(b'"sequence_num":1,', b'"sequence_num":%d,' % (_FRAMES + 1)), 1001.0, 2.0
        )
        found.append(_calls(lambda views=views, request=request: views.view(request)))  # type: ignore[misc]
    assert found[1] < CALLS_A_VIEW * _SLACK
    assert found[1] < found[0] * CALLS_DEEPER


def test_a_level_takes_so_many_objects(large: Workload) -> None:
    def make() -> OrderBook:
        book, message = OrderBook(), decode(large.snapshot)
        assert isinstance(message, Book)
        book.apply_snapshot(message.events[0].updates)
        book.bids.top(40)
        book.asks.top(40)
        return book

    assert _held(make) / large.shape.levels < OBJECTS_A_LEVEL * _SLACK


def test_frames_leave_nothing_behind() -> None:
    work = build(sized(1_000), _SEED, 1_000)
    session, clock = _session(work)
    tails = [raw.partition(b'"events":')[2] for raw in work.updates]

    def feed(first: int, frames: int) -> int:
        for number in range(first, first + frames):
            clock.advance(0.001)
            tail = tails[number % len(tails)]
            raw = b'{"channel":"l2_data","timestamp":"","sequence_num":%d,"events":%s' % (number, tail)
            session.receive(raw, clock.monotonic(), clock.unix())
        gc.collect()
        return sys.getallocatedblocks()

    # What is kept on purpose, such as the last numbers, is full by then.
    before = feed(1, _FILLED)
    after = feed(_FILLED + 1, _MORE)
    assert session.monitor.total().gaps == 0
    assert after - before < _MORE / 20


class _Scene(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.theme = DARK.name
        self.ladder = Ladder()
        self.written = 0
        """Bytes that a terminal would have been sent."""

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme_palette(self.current_theme)

    def compose(self) -> ComposeResult:
        yield self.ladder

    def _display(self, screen: Screen[object], renderable: Any) -> None:  # noqa: ANN401  # as in the parent
        if isinstance(renderable, CompositorUpdate):
            self.written += len(renderable.render_segments(self.console).encode())
        super()._display(screen, renderable)


async def _drawn(kind: str) -> tuple[float, float]:
    """Calls and bytes of a draw of the ladder alone, 120 by 40."""
    views = ladders(kind, _SEED)
    app, draws, calls = _Scene(), DISTINCT // 3, 0
    async with app.run_test(size=(120, 40)) as pilot:
        app.ladder.depth = views[-1]
        await pilot.pause()
        app.written = 0
        for depth in views[:draws]:
            calls += _calls(lambda depth=depth: setattr(app.ladder, "depth", depth))  # type: ignore[misc]
            await pilot.pause()
    return calls / draws, app.written / draws


@pytest.mark.parametrize("kind", ["churn", "calm"])
async def test_a_draw_takes_so_many_calls_and_bytes(kind: str) -> None:
    calls, written = await _drawn(kind)
    assert calls < CALLS_A_DRAW[kind] * _SLACK
    assert 0 < written < BYTES_A_DRAW[kind] * _SLACK
