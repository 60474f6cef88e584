"""More comes than can be taken in: it is said, believed, and forgotten once it is over."""

from __future__ import annotations

import pytest

from depthview.core.trust import Verdict
from depthview.session.backlog import Backlog
from tests.session.bench import Bench, synced
from tests.support import frames

_VENUE = frames.UNIX


def _pass(bench: Bench, late: float) -> None:
    """A tenth of a second, and a change that was published ``late`` seconds before it is taken in."""
    bench.clock.advance(0.1)
    bench.feed(frames.update(bench.number(), "A", [("99", "1")], unix=bench.clock.unix() - late))
    bench.session.tick(bench.clock.monotonic(), bench.clock.unix())


def test_it_is_behind_by_as_much_longer_as_frames_take_than_when_nothing_waited() -> None:
    backlog = Backlog()
    backlog.opened(10.0)
    backlog.taken(_VENUE, 10.2)
    backlog.caught_up(10.2)
    backlog.taken(_VENUE + 1.0, 12.7)
    assert backlog.behind(12.7) == pytest.approx(1.5)
    backlog.taken(_VENUE + 3.0, 13.2)
    assert backlog.behind(13.2) == 0.0


def test_a_clock_that_is_set_back_while_nothing_waits_does_no_harm() -> None:
    backlog = Backlog()
    backlog.opened(10.0)
    for second in range(5):
        stamp = _VENUE + second - (3600.0 if second > 2 else 0.0)
        backlog.taken(stamp, 10.0 + second)
        assert backlog.behind(10.0 + second) <= 1.0
        backlog.caught_up(10.0 + second)
        assert backlog.behind(10.0 + second) == 0.0


def test_nobody_is_further_behind_than_nothing_has_waited_for() -> None:
    backlog = Backlog()
    backlog.opened(10.0)
    backlog.taken(_VENUE, 10.0)
    backlog.caught_up(10.0)
    backlog.taken(_VENUE - 600.0, 10.5)
    assert backlog.behind(10.5) == pytest.approx(0.5)


def test_a_machine_that_never_caught_up_is_behind_all_the_same() -> None:
    backlog = Backlog()
    backlog.opened(10.0)
    backlog.taken(_VENUE, 10.1)
    backlog.taken(_VENUE + 1.0, 14.1)
    assert backlog.behind(14.1) == pytest.approx(3.0)
    backlog.closed()
    assert backlog.behind(14.1) == 0.0


def test_the_verdict_says_by_how_much_and_comes_back_by_itself() -> None:
    bench = synced("A")
    bench.flooded = True
    for tenth in range(30):
        assert bench.verdict("A") is (Verdict.SYNCED if tenth < 23 else Verdict.STALE)
        _pass(bench, 0.09 * (tenth + 1))
    assert bench.reason("A") == "we are behind by 2.7 s: more comes than can be taken in"
    assert bench.depth("A").top is None
    assert bench.view().feed.behind == pytest.approx(2.7, abs=0.01)
    for late in (1.5, 1.1):
        _pass(bench, late)
        assert bench.verdict("A") is Verdict.STALE
    bench.flooded = False
    _pass(bench, 0.0)
    assert bench.verdict("A") is Verdict.SYNCED
    assert bench.view().feed.behind == 0.0
    assert bench.view().feed.resyncs == 0
    told = [event for event in bench.view().events if "behind" in event.text]
    assert [event.level for event in told] == ["good"]
    assert told[0].text.startswith("we were behind by up to 2.7 s: caught up after")


def test_a_little_behind_is_said_and_believed() -> None:
    bench = synced("A")
    bench.flooded = True
    for _ in range(30):
        _pass(bench, 1.5)
    assert bench.verdict("A") is Verdict.SYNCED
    assert bench.view().feed.behind == pytest.approx(1.5, abs=0.01)


def test_a_replay_is_never_behind() -> None:
    bench = synced("A", passive=True)
    bench.flooded = True
    for tenth in range(40):
        _pass(bench, 0.1 * tenth)
    assert bench.verdict("A") is Verdict.SYNCED
    assert bench.view().feed.behind == 0.0
