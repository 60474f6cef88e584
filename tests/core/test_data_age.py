"""How old data is when it is taken in, by stamps of a clock that is known to be off by an unknown amount."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from depthview.core.clock_offset import Offset, from_date
from depthview.core.data_age import DRIFT, DataAge

_VENUE = 1_786_309_548.0
_OPENED = 10.0
_STEP = 0.1


def _measure(*, ahead: float | None = 0.0, uncertainty: float = 0.51, drift: float = 0.0) -> _Path:
    return _Path(ahead, uncertainty, drift)


class _Path:
    """A connection: frames are sent by the venue's clock and come after a delay."""

    def __init__(self, ahead: float | None, uncertainty: float, drift: float) -> None:
        self.age = DataAge()
        self.now = _OPENED
        self._drift = drift
        offset = None if ahead is None else Offset(ahead, uncertainty, "a Date")
        self.age.opened(_OPENED, _VENUE + _OPENED, offset)

    def frame(self, delay: float, *, after: float = _STEP, begun: float | None = None) -> float:
        """A frame comes; its lag."""
        self.now += after
        sent = _VENUE + self.now - delay - self._drift * (self.now - _OPENED)
        self.age.taken(sent, self.now, None if begun is None else self.now - begun)
        assert self.age.lag is not None
        return self.age.lag


@pytest.mark.parametrize("ahead", [None, 0.0, -0.4, 0.4])
def test_a_path_that_becomes_slow_is_late_by_as_much(ahead: float | None) -> None:
    path = _measure(ahead=ahead)
    assert path.frame(0.03) == pytest.approx(0.03, abs=0.03)
    assert path.frame(1.9) == pytest.approx(1.9, abs=0.05)
    assert not path.age.late
    assert path.frame(23.0) == pytest.approx(23.0, abs=0.05)
    assert path.age.late


def test_doubt_ends_below_a_second_and_not_at_two() -> None:
    path = _measure()
    path.frame(0.03)
    for delay, late in ((2.1, True), (1.5, True), (1.1, True), (0.9, False), (1.9, False), (2.1, True)):
        path.frame(delay)
        assert path.age.late is late


@pytest.mark.parametrize("lateness", [2.6, 23.0, 3600.0])
def test_frames_that_are_late_from_the_first_on_are_shown_by_the_handshake(lateness: float) -> None:
    for error in (-0.49, 0.0, 0.49):
        path = _measure(ahead=error)
        for _ in range(5):
            assert path.frame(lateness) == pytest.approx(lateness, abs=0.55)
            assert path.age.late
        assert path.age.proved(path.now)


def test_without_a_date_only_what_becomes_late_is_seen_and_it_is_said() -> None:
    path = _measure(ahead=None)
    assert path.frame(23.0) == 0.0
    assert not path.age.proved(path.now)
    assert path.frame(26.0) == pytest.approx(3.0, abs=0.01)
    assert path.frame(0.03) == 0.0
    assert path.frame(2.2) == pytest.approx(2.2, abs=0.05)


def test_a_first_frame_that_takes_long_to_come_in_counts_from_its_first_bytes() -> None:
    path = _measure(ahead=None)
    assert path.frame(20.0, after=20.1, begun=19.9) == pytest.approx(19.9)
    assert path.age.late
    assert path.frame(0.05) == pytest.approx(0.0, abs=0.05)


def test_a_venue_whose_clock_is_off_is_not_late() -> None:
    for off in (-300.0, 300.0):
        age = DataAge()
        age.opened(_OPENED, _VENUE + _OPENED, Offset(off, 0.51, "a Date"))
        age.taken(_VENUE + _OPENED - off, _OPENED + 0.03)
        assert age.lag == pytest.approx(0.03, abs=0.03)
        assert age.proved(_OPENED)


def test_a_date_that_the_stamps_are_ahead_of_proves_nothing_and_harms_nothing() -> None:
    path = _measure(ahead=40.0)
    assert path.frame(0.03) == 0.0
    assert not path.age.proved(path.now)
    assert path.frame(2.5) == pytest.approx(2.47, abs=0.001)


def test_a_handshake_that_took_long_is_no_lateness() -> None:
    # The server took 8 s to answer: the middle of what is possible is 4 s off.
    path = _measure(ahead=-4.0, uncertainty=4.5)
    assert path.frame(0.03) == pytest.approx(0.06, abs=0.06)
    assert not path.age.late


def test_a_path_that_takes_seconds_both_ways_is_late() -> None:
    # Request and answer take 3 s each: so does the handshake, and the first frame.
    path = _measure(ahead=0.2, uncertainty=3.5)
    assert path.frame(3.0, after=6.0) == pytest.approx(3.0, abs=0.6)
    assert path.age.late
    assert not path.age.proved(path.now)


@pytest.mark.parametrize("drift", [-DRIFT, DRIFT])
def test_clocks_that_drift_apart_by_100_ppm_are_never_late(drift: float) -> None:
    path = _measure(drift=drift)
    for _ in range(24 * 60):
        assert path.frame(0.03, after=60.0) < 0.1


def test_a_step_begins_anew() -> None:
    path = _measure()
    path.frame(0.03)
    path.frame(5.0)
    path.age.restart()
    assert (path.age.lag, path.age.late, path.age.behind(path.now)) == (None, False, 0.0)
    assert path.frame(3605.0) == 0.0
    assert not path.age.proved(path.now)


@given(
    delays=st.lists(st.floats(0, 0.95), min_size=1, max_size=40),
    error=st.floats(-0.5, 0.5),
    trip=st.floats(0, 1),
)
def test_a_path_that_jitters_below_a_second_is_never_late(delays: list[float], error: float, trip: float) -> None:
    path = _measure(ahead=error * (1 + trip), uncertainty=0.5 + trip / 2)
    for delay in delays:
        path.frame(delay)
        assert not path.age.late


@given(
    delays=st.lists(st.floats(0, 60), min_size=1, max_size=40),
    error=st.floats(-0.5, 0.5),
)
def test_what_is_three_and_a_half_seconds_late_is_always_late(delays: list[float], error: float) -> None:
    path = _measure(ahead=error, uncertainty=0.51)
    for delay in delays:
        path.frame(delay)
        assert path.age.late or delay < 3.5


def _handshake(up: float, down: float, trips: int, fraction: float) -> _Path:
    """A connection over a path of so many seconds each way, whose ``Date`` left that fraction of a second out."""
    answered_at = _VENUE + down + fraction
    offset = from_date(math.floor(answered_at - down), answered_at - trips * (up + down), answered_at)
    assert offset is not None
    return _measure(ahead=offset.ahead, uncertainty=offset.uncertainty)


@given(
    up=st.floats(0.01, 0.25),
    down=st.floats(0.01, 0.24),
    trips=st.integers(1, 4),
    fraction=st.floats(0, 0.999),
    more=st.lists(st.floats(0, 60), max_size=40),
)
def test_a_lag_is_never_too_low_where_the_first_answer_came_within_half_a_second(
    up: float, down: float, trips: int, fraction: float, more: list[float]
) -> None:
    path = _handshake(up, down, trips, fraction)
    assert down - 0.001 <= path.frame(down, after=up + down) <= up + down + 0.001
    for seconds in more:
        assert down + seconds - 0.001 <= path.frame(down + seconds) <= up + down + seconds + 0.001


@given(
    fraction=st.floats(0, 0.999),
    wait=st.floats(0, 0.9),
    more=st.lists(st.floats(0, 0.95), max_size=40),
)
@example(fraction=0.5, wait=0.9, more=[0.0, 0.95])
def test_a_healthy_path_of_300_ms_is_never_late(fraction: float, wait: float, more: list[float]) -> None:
    path = _handshake(0.15, 0.15, 4, fraction)
    for seconds in (wait, *more):
        path.frame(0.15 + seconds, after=0.3 + seconds)
        assert not path.age.late


@given(
    way=st.floats(0.01, 0.35),
    trips=st.integers(1, 4),
    fraction=st.floats(0, 0.999),
    wait=st.floats(0, 0.6),
)
def test_doubt_ends_with_a_fast_frame_however_long_the_first_answer_took(
    way: float, trips: int, fraction: float, wait: float
) -> None:
    path = _handshake(way, way, trips, fraction)
    path.frame(way, after=2 * way + wait)
    path.frame(way + 2.5)
    assert path.age.late
    path.frame(way)
    assert not path.age.late


# --- how far we are behind ------------------------------------------------------------------------------------------


def test_it_is_behind_by_as_much_longer_as_frames_take_than_when_nothing_waited() -> None:
    age = DataAge()
    age.opened(10.0, _VENUE, None)
    age.taken(_VENUE, 10.2)
    age.caught_up(10.2)
    age.taken(_VENUE + 1.0, 12.7)
    assert age.behind(12.7) == pytest.approx(1.5)
    age.taken(_VENUE + 3.0, 13.2)
    assert age.behind(13.2) == 0.0


def test_a_clock_that_is_set_back_while_nothing_waits_does_not_put_us_behind() -> None:
    age = DataAge()
    age.opened(10.0, _VENUE, None)
    for second in range(5):
        stamp = _VENUE + second - (3600.0 if second > 2 else 0.0)
        age.taken(stamp, 10.0 + second)
        assert age.behind(10.0 + second) <= 1.0
        age.caught_up(10.0 + second)
        assert age.behind(10.0 + second) == 0.0


def test_nobody_is_further_behind_than_nothing_has_waited_for() -> None:
    age = DataAge()
    age.opened(10.0, _VENUE, None)
    age.taken(_VENUE, 10.0)
    age.caught_up(10.0)
    age.taken(_VENUE - 600.0, 10.5)
    assert age.behind(10.5) == pytest.approx(0.5)


def test_a_machine_that_never_caught_up_is_behind_all_the_same() -> None:
    age = DataAge()
    age.opened(10.0, _VENUE, None)
    age.taken(_VENUE, 10.1)
    age.taken(_VENUE + 1.0, 14.1)
    assert age.behind(14.1) == pytest.approx(3.0)
    age.closed()
    assert age.behind(14.1) == 0.0


def test_a_lag_is_ours_only_where_frames_have_waited_for_half_a_second() -> None:
    age = DataAge()
    age.opened(10.0, _VENUE, None)
    age.received()
    assert not age.queued(10.4)
    assert age.queued(10.6)
    age.caught_up(10.7)
    assert not age.queued(20.0)
    age.received()
    assert age.queued(20.0)
