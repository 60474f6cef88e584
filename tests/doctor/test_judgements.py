"""What is made of what was receiveded: heartbeats, numbers, snapshots, silence."""

from __future__ import annotations

import json
from typing import Any

import pytest

from depthview.doctor.judgements import heartbeats, sequence, silent, snapshot
from depthview.doctor.probe import Received
from depthview.doctor.report import StepStatus
from depthview.doctor.route_checks import judge_certificate
from depthview.errors import ConnectionFailed

NOW = 1_786_309_548.0


def _frame(channel: str, number: int | None, event: dict[str, Any]) -> str:
    frame = {"channel": channel, "timestamp": "2026-08-09T21:05:48Z", "sequence_num": number, "events": [event]}
    return json.dumps(frame)


def _beating(*beats: tuple[float, object]) -> Received:
    received = Received()
    for number, (at, counter) in enumerate(beats):
        received.take(_frame("heartbeats", number, {"heartbeat_counter": counter}), at, NOW)
    return received


@pytest.mark.parametrize(
    ("beats", "status", "words"),
    [
        ([(1.0, 7), (2.0, 8), (3.0, 9)], StepStatus.OK, "3 received, longest silence 1.5 s"),
        ([(1.0, "7"), (2.0, "8")], StepStatus.OK, "longest silence 2.5 s"),
        ([(1.0, 7), (2.0, 10), (3.0, 11)], StepStatus.WARNING, "2 missed by their counter"),
        ([(0.5, 7), (4.0, 8)], StepStatus.WARNING, "longest silence 3.5 s"),
        ([(1.0, 7)], StepStatus.WARNING, "longest silence 3.5 s"),
        ([], StepStatus.FAILURE, "none within 4.5 s"),
    ],
)
def test_heartbeats(beats: list[tuple[float, object]], status: StepStatus, words: str) -> None:
    result = heartbeats(_beating(*beats), 0.0, 4.5, lost=False)
    assert result.status is status
    assert words in result.what


def test_a_lost_connection_is_no_silence_of_theirs() -> None:
    assert heartbeats(_beating(), 0.0, 9.0, lost=True).status is StepStatus.SKIPPED
    assert heartbeats(_beating((1.0, 7)), 0.0, 9.0, lost=True).status is StepStatus.OK


@pytest.mark.parametrize("counter", ["", "-5", "nine", "9" * 5000, "٣"])
def test_a_counter_that_is_none_counts_nothing(counter: str) -> None:
    received = _beating((1.0, 7), (2.0, counter), (3.0, 8))
    assert (len(received.heartbeats), received.session.liveness.heartbeats_missed) == (3, 0)


@pytest.mark.parametrize(
    ("numbers", "status", "words"),
    [
        ([0, 1, 2, 3], StepStatus.OK, "4 frames, numbered per connection, without a gap"),
        ([0, 1, 4, 5], StepStatus.FAILURE, "1 gap, 2 messages missed"),
        ([0, 1, 1, 2], StepStatus.WARNING, "1 duplicate"),
        ([0, 1, 0, 1], StepStatus.FAILURE, "1 reset"),
    ],
)
def test_numbers(numbers: list[int], status: StepStatus, words: str) -> None:
    received = Received()
    seen: list[int] = []
    for at, number in enumerate(numbers):
        # A duplicate is the same text again; after a reset another text has the number.
        repeated = number == numbers[at - 1]
        seen.append(seen[-1] if repeated else at)
        received.take(_frame("heartbeats", number, {"heartbeat_counter": seen[-1]}), 1.0, NOW)
    result = sequence(received, None, 1.0)
    assert result.status is status
    assert words in result.what


def test_a_damaged_frame_uses_up_its_number() -> None:
    received = Received()
    for text in (_frame("heartbeats", 0, {}), '{"channel":"l2_data","sequence_num":1,', _frame("heartbeats", 2, {})):
        received.take(text, 1.0, NOW)
    result = sequence(received, None, 1.0)
    assert (result.status, received.session.statistics.bad_frames) == (StepStatus.WARNING, 1)
    assert "1 damaged frame" in result.what
    assert "gap" not in result.what


def test_a_snapshot_of_an_alias_counts_for_it() -> None:
    received = Received()
    row = {"side": "bid", "price_level": "1", "new_quantity": "1"}
    received.take(_frame("l2_data", 0, {"type": "snapshot", "product_id": "BTC-USD", "updates": [row]}), 2.0, NOW)
    result = snapshot(received, ("BTC-USDC",), (), None, began=1.0, now=3.0, limit=10_000)
    assert (result.status, result.seconds) == (StepStatus.OK, 1.0)
    assert result.what.startswith("BTC-USDC: 1 level, ")


@pytest.mark.parametrize(
    ("refusals", "lost", "words"),
    [
        ([], None, "no snapshot received for X-USD"),
        (["too many L2 streams"], None, "refused: too many L2 streams"),
        ([], ConnectionFailed("too big", code=1009), "over the limit of 10,000 bytes"),
        ([], ConnectionFailed("closed (1011)", code=1011), "lost before the snapshot arrived: closed (1011)"),
    ],
)
def test_a_snapshot_that_does_not_come(refusals: list[str], lost: ConnectionFailed | None, words: str) -> None:
    result = snapshot(Received(), ("X-USD",), refusals, lost, began=1.0, now=3.0, limit=10_000)
    assert result.status is StepStatus.FAILURE
    assert words in result.what
    assert result.cure


def test_kinds_of_silence() -> None:
    talkative = _beating((1.0, 7))
    assert "silence" in silent(Received(), None, 1.0).what
    assert "no answer to the subscription" in silent(talkative, None, 1.0).what
    assert "was lost" in silent(Received(), ConnectionFailed("closed"), 1.0).what


def test_a_certificate_without_words_is_trusted_all_the_same() -> None:
    assert judge_certificate({}, NOW) == (StepStatus.OK, "trusted, issued by an unnamed issuer", "")
