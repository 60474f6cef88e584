"""How far the machine's clock is from the venue's, by handshake and frames, and what latency is worth with it."""

from __future__ import annotations

import pytest

from depthview.core.clock_offset import Offset
from depthview.session.liveness import OffsetMeter
from depthview.session.statistics import LatencyMeter
from tests.session.bench import Bench
from tests.support import frames

_DATE = Offset(0.3, 0.55, "the handshake's Date")


def _clock(*latencies_ms: float, offset: Offset | None = _DATE) -> OffsetMeter:
    latency = LatencyMeter()
    clock = OffsetMeter(latency)
    clock.measured(offset)
    for at, ms in enumerate(latencies_ms):
        latency.add(ms, float(at))
    return clock


def test_frames_narrow_the_date_down() -> None:
    offset = _clock(140.0, 120.0).estimate
    assert offset is not None
    assert offset.ahead == pytest.approx(0.07, abs=0.051)
    assert offset.uncertainty <= 0.051


def test_frames_that_are_all_late_do_not_move_the_clock() -> None:
    assert _clock(23_000.0).estimate == _DATE


def test_frames_from_the_future_of_the_date_show_it_to_be_of_another_clock() -> None:
    offset = _clock(-5_000.0).estimate
    assert offset is not None
    assert offset.ahead == pytest.approx(-5.05, abs=0.05)


def test_after_a_step_only_new_frames_tell() -> None:
    clock = _clock(140.0)
    clock.stepped()
    assert clock.estimate is None


def test_without_a_date_nothing_is_known() -> None:
    assert _clock(140.0, offset=None).estimate is None


def test_a_latency_that_is_below_zero_is_corrected_by_the_handshake() -> None:
    bench = Bench("A")
    bench.session.clock_measured(Offset(-0.4, 0.55, "the handshake's Date"))
    bench.open()
    for _ in range(10):
        bench.clock.advance(0.1)
        unix = bench.clock.unix() + 0.015
        bench.feed(frames.update(bench.number(), "A", [("99", "1")], unix=unix))
    feed = bench.view().feed
    assert feed.latency_ms is not None
    assert feed.latency_ms == pytest.approx(-15, abs=1)
    assert feed.clock_ahead is not None
    assert 0 <= feed.latency_ms - 1000 * feed.clock_ahead <= 101
