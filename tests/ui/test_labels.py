"""Ages, times and verdicts in words of known width."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depthview.core.verdict import Verdict
from depthview.ui.formats import (
    VERDICT_WIDTH,
    clock_text,
    countdown,
    data_rate,
    duration,
    latency,
    percent,
    verdict_block,
    verdict_style,
)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "-"),
        (0.04, "0.0 s"),
        (7.2, "7.2 s"),
        (99.96, "1m39s"),
        (846, "14m06s"),
        (7500, "2h05m"),
        (273_600, "3d04h"),
        (-1.0, "0.0 s"),
    ],
)
def test_ages_carry_their_unit(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


@given(st.floats(0, 1e9))
def test_ages_never_take_more_than_seven_columns(seconds: float) -> None:
    assert len(duration(seconds)) <= (6 if seconds < 8_640_000 else 7)


def test_a_countdown_stops_at_zero() -> None:
    assert [countdown(s) for s in (81.9, 60, 0.4, -5)] == ["1:21", "1:00", "0:00", "0:00"]


def test_the_verdict_takes_the_same_room_whatever_it_is() -> None:
    assert {len(verdict_block(verdict)) for verdict in Verdict} == {VERDICT_WIDTH}
    assert len({verdict_block(verdict)[1] for verdict in Verdict}) == len(Verdict)


def test_only_a_trusted_verdict_is_plain() -> None:
    assert {verdict for verdict in Verdict if verdict_style(verdict) == "good"} == {Verdict.SYNCED, Verdict.QUIET}


def test_times_of_day_survive_absurd_stamps() -> None:
    assert clock_text(1_786_310_046.721, local=False, millis=True) == "21:14:06.721"
    assert clock_text(1e300, local=False) == "--:--:--"
    assert clock_text(float("nan"), local=True, millis=True) == "--:--:--.---"


@pytest.mark.parametrize(("rate", "text"), [(12, "12 B/s"), (13_240, "13.2 kB/s"), (5.1e6, "5.1 MB/s")])
def test_rates_of_bytes(rate: float, text: str) -> None:
    assert data_rate(rate) == text


def test_a_share_has_its_sign() -> None:
    assert [percent(Decimal(s)) for s in ("0.129", "-0.58", "0")] == ["+12 %", "-58 %", "+0 %"]


@pytest.mark.parametrize(
    ("ms", "shown"),
    [(None, "-"), (-16.4, "-16 ms"), (9_999.0, "9999 ms"), (300_001.0, "300 s"), (-300_001.0, "-300 s")],
)
def test_a_latency_keeps_its_column_whatever_the_clock_says(ms: float | None, shown: str) -> None:
    assert latency(ms) == shown
