"""When the numbers are steady again, books that were put off for a minute are asked for at once."""

from __future__ import annotations

from depthview.core.trust import Verdict
from tests.session.bench import synced

B = "BTC-USD"


def test_a_book_does_not_wait_for_its_minute_once_the_numbers_are_steady() -> None:
    bench = synced(B)
    began = bench.clock.monotonic()
    while bench.clock.monotonic() - began < 45:
        bench.skip()
        bench.heartbeat()
        bench.skip()
        bench.update(B)
        if bench.level2():
            bench.snapshot(B)
        bench.wait(0.5, beats=False)
    assert "asking for a new snapshot in 60 s" in bench.reason(B)
    steady_at = bench.clock.monotonic()
    while not bench.level2():
        bench.heartbeat()
        bench.wait(0.5, beats=False)
    assert 9.0 < bench.clock.monotonic() - steady_at < 11.5
    bench.snapshot(B)
    assert bench.verdict(B) is Verdict.SYNCED
