"""Wall clocks that jump under a running feed: ages and countdowns run on, and the book is doubted at the most."""

from __future__ import annotations

import pytest

from depthview.core.trust import Verdict
from tests.session.bench import synced

B = "BTC-USD"


@pytest.mark.parametrize("step", [-3600.0, -30.0, 30.0, 3600.0])
def test_a_clock_that_is_stepped_either_way_moves_no_age_and_costs_no_more_than_a_doubt(step: float) -> None:
    bench = synced(B, signed=True)
    before, expires_in = bench.depth(B).book_age, bench.view().token.expires_in
    assert before is not None
    assert expires_in is not None
    bench.clock.advance(0.25)
    bench.session.tick(bench.clock.monotonic(), bench.clock.unix() + step)
    bench.flush()
    assert bench.depth(B).book_age == pytest.approx(before + 0.25)
    assert expires_in - 0.25 <= (bench.view().token.expires_in or 0.0) <= 120.0
    assert bench.session.take_reconnect() == ""
    if step > 0:
        # It looks as though the machine had slept.
        assert (bench.verdict(B), bench.session.resyncs()) == (Verdict.STALE, 1)
        bench.snapshot(B)
    assert bench.verdict(B) is Verdict.SYNCED
    assert bench.depth(B).verdict_age <= 3.25
