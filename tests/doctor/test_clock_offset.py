"""The clock's offset as intervals: the truth always lies inside."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depthview.core.clock_offset import Offset, combined, from_date, from_detail, from_frames, in_words, to_detail
from depthview.doctor.judgements import clock
from depthview.doctor.report import StepStatus
from depthview.feed.websocket import http_date

NOW = 1_786_309_548.25


@given(
    ahead=st.floats(-1000, 1000),
    out=st.floats(0, 2),
    back=st.floats(0, 2),
    delays=st.lists(st.floats(0, 1), min_size=1, max_size=5),
    start=st.floats(1e9, 2e9),
)
def test_the_true_offset_is_inside_both_intervals_and_their_overlap(
    ahead: float, out: float, back: float, delays: list[float], start: float
) -> None:
    sent, written = start + ahead, start + out
    answered = written + back + ahead
    date = from_date(http_date(formatdate(written, usegmt=True)), sent, answered)
    # The fastest frame is no slower than the round trip: that is what the reckoning assumes.
    frames = from_frames([ahead + delay for delay in [*delays, min(out + back, 0.5)]], out + back)
    assert date is not None
    assert frames is not None
    for offset in (date, frames, combined(date, frames)):
        assert offset is not None
        assert abs(offset.ahead - ahead) <= offset.uncertainty + 1e-4


def test_frames_narrow_what_the_date_leaves_open() -> None:
    date = Offset(0.3, 0.6, "a")
    frames = Offset(0.1, 0.05, "b")
    both = combined(date, frames)
    assert both is not None
    assert (round(both.ahead, 9), round(both.uncertainty, 9), both.source) == (0.1, 0.05, "a and b")


def test_frames_are_believed_where_the_date_is_of_another_clock() -> None:
    frames = Offset(-300.0, 0.1, "b")
    assert combined(Offset(0.0, 0.6, "a"), frames) is frames
    assert combined(None, frames) is frames
    assert combined(Offset(0.0, 0.6, "a"), None) == Offset(0.0, 0.6, "a")
    assert combined(None, None) is None


@pytest.mark.parametrize("date", [None, "", "yesterday", "Sun, 99 Aug 2026 99:00:00 GMT"])
def test_a_date_that_is_none(date: str | None) -> None:
    assert from_date(http_date(date), NOW, NOW) is None


def test_frames_are_never_surer_than_10_ms() -> None:
    assert from_frames([0.5, 0.75], 0.0) == Offset(0.49, 0.01, "frame timestamps")
    assert from_frames([0.5, 0.75], 0.25) == Offset(0.375, 0.125, "frame timestamps")


def test_no_frames_no_offset() -> None:
    assert from_frames([], 0.1) is None


@pytest.mark.parametrize(
    ("ahead", "signs", "status", "words"),
    [
        (0.4, True, StepStatus.OK, "0.40 s ahead of the venue, to within 0.10 s"),
        (-0.9, True, StepStatus.OK, "0.90 s behind the venue"),
        (3.0, True, StepStatus.WARNING, "tokens still work"),
        (-100.0, True, StepStatus.WARNING, "tokens still work"),
        (300.0, True, StepStatus.FAILURE, "not yet valid"),
        (-300.0, True, StepStatus.FAILURE, "have expired"),
        (300.0, False, StepStatus.WARNING, "not yet valid"),
    ],
)
def test_the_judgement(ahead: float, signs: bool, status: StepStatus, words: str) -> None:
    result = clock(Offset(ahead, 0.1, "b"), signs=signs)
    assert result.status is status
    assert words in result.what
    assert bool(result.cure) is (status is not StepStatus.OK)
    assert ("--clock-offset auto" in result.cure) is (status is StepStatus.FAILURE)


def test_without_a_measurement_the_step_is_skipped() -> None:
    assert clock(None, signs=True).status is StepStatus.SKIPPED


def test_in_words() -> None:
    assert in_words(Offset(-1234.5, 0.05, "b")) == "1,234.50 s behind the venue, to within 0.05 s"


@given(ahead=st.floats(-1e9, 1e9), uncertainty=st.floats(0, 1e5))
def test_a_recording_keeps_an_offset(ahead: float, uncertainty: float) -> None:
    kept = from_detail(to_detail(Offset(ahead, uncertainty, "a")))
    assert kept is not None
    assert abs(kept.ahead - ahead) <= 1e-6
    assert abs(kept.uncertainty - uncertainty) <= 1e-6


@pytest.mark.parametrize(
    "detail", ["", "clock", "clock 1 2", "clock +1.000000", "clock +nan 0.1", f"clock +{'9' * 400}.000000 1.000000"]
)
def test_any_other_detail_tells_no_offset(detail: str) -> None:
    assert from_detail(detail) is None
