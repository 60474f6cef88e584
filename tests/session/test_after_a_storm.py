"""After a storm of jumps a book waits for its next snapshot no longer than the storm's own pace."""

from __future__ import annotations

from depthview.core.verdict import Verdict
from tests.session.bench import synced

B = "BTC-USD"


def test_a_book_is_asked_for_within_five_seconds_of_the_last_jump() -> None:
    bench = synced(B)
    began = bench.clock.monotonic()
    while bench.clock.monotonic() - began < 45:
        bench.skip()
        bench.heartbeat()
        bench.skip()
        bench.update(B)
        if bench.level2():
            bench.snapshot(B)
        bench.wait(0.25, beats=False)
    assert "it keeps coming back; requesting a new snapshot in " in bench.reason(B)
    steady_at = bench.clock.monotonic()
    while not bench.level2():
        bench.heartbeat()
        bench.wait(0.5, beats=False)
    assert bench.clock.monotonic() - steady_at <= 5.5
    bench.snapshot(B)
    assert bench.verdict(B) is Verdict.SYNCED
