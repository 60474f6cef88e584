"""Wall clocks that jump under a running feed: ages and countdowns run on, and the book is doubted at the most."""

from __future__ import annotations

import pytest

from depthview.core.verdict import Verdict
from tests.session.bench import synced

B = "BTC-USD"


def test_a_step_is_told_without_the_time_that_has_passed() -> None:
    bench = synced(B)
    bench.clock.advance(1.4)
    bench.clock.set_back(bench.clock.unix() - 30.0, bench.clock.monotonic())
    bench.session.tick(bench.clock.monotonic(), bench.clock.unix())
    assert bench.reason(B).startswith("this machine's clock was stepped by -30 s")


@pytest.mark.parametrize("step", [-3600.0, -30.0, 30.0, 3600.0])
def test_a_clock_that_is_stepped_either_way_moves_no_age_and_costs_no_more_than_a_doubt(step: float) -> None:
    bench = synced(B, signed=True)
    before, expires_in = bench.depth(B).book_age, bench.view().token.expires_in
    assert before is not None
    assert expires_in is not None
    bench.clock.advance(0.25)
    bench.clock.set_back(bench.clock.unix() + step, bench.clock.monotonic())
    bench.session.tick(bench.clock.monotonic(), bench.clock.unix())
    bench.flush()
    assert bench.depth(B).book_age == pytest.approx(before + 0.25)
    assert expires_in - 0.25 <= (bench.view().token.expires_in or 0.0) <= 120.0
    assert bench.session.take_reconnect() == ""
    # A step ahead looks as though the machine had been suspended.
    words = (
        f"this program did not run for {step:.0f} s"
        if step > 0
        else f"this machine's clock was stepped by {step:.0f} s"
    )
    assert (bench.verdict(B), bench.reason(B)) == (Verdict.STALE, f"{words}; requesting a new snapshot")
    bench.heartbeat()
    bench.wait(0.5)
    assert (bench.verdict(B), bench.session.subscriptions.resyncs) == (Verdict.STALE, 1)
    bench.snapshot(B)
    assert bench.verdict(B) is Verdict.SYNCED
    bench.acknowledge(B, times=2)
    assert bench.depth(B).verdict_age <= 3.25
    bench.wait(5)
    assert (bench.verdict(B), bench.session.subscriptions.resyncs, bench.view().feed.age_proved) == (
        Verdict.SYNCED,
        1,
        False,
    )
