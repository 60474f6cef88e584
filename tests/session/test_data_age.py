"""Data that comes late is doubted, by whose ever fault, and trusted again by itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from depthview.commands.book_dump import BookDump
from depthview.commands.stream import sample
from depthview.core.clock_offset import Offset
from depthview.core.verdict import Verdict
from tests.session.bench import ASKS, BIDS, Bench, synced
from tests.support import frames

if TYPE_CHECKING:
    from pathlib import Path

A = "A"
B = "B"


def _pass(bench: Bench, late: float) -> None:
    """A tenth of a second, and a change that was published ``late`` seconds before it is taken in."""
    bench.clock.advance(0.1)
    _change(bench, late)


def _change(bench: Bench, late: float) -> None:
    bench.feed(frames.update(bench.number(), A, [("99", "1")], unix=bench.clock.unix() - late))
    bench.session.tick(bench.clock.monotonic(), bench.clock.unix())


def _whole(bench: Bench, late: float) -> None:
    """A snapshot that was published ``late`` seconds before it comes."""
    stamp = bench.clock.unix() - late
    bench.feed(frames.snapshot(bench.number(), A, [("99", "1")], [("101", "1")], unix=stamp))


def _sample(bench: Bench) -> dict[str, Any]:
    return sample(bench.views, A, 0, now=bench.clock.monotonic(), unix=bench.clock.unix())


def test_where_we_are_behind_the_verdict_says_how_old_the_data_is_and_comes_back_by_itself() -> None:
    bench = synced(A)
    bench.flooded = True
    for tenth in range(30):
        assert bench.verdict(A) is (Verdict.SYNCED if 0.09 * tenth < 2 else Verdict.STALE)
        _pass(bench, 0.09 * (tenth + 1))
    assert bench.reason(A) == "data is 3 s old: we are behind"
    assert bench.depth(A).top is None
    assert bench.view().feed.behind == pytest.approx(2.7, abs=0.01)
    for late in (1.5, 1.1):
        _pass(bench, late)
        assert bench.verdict(A) is Verdict.STALE
    bench.flooded = False
    _pass(bench, 0.0)
    assert bench.verdict(A) is Verdict.SYNCED
    assert bench.view().feed.behind == 0.0
    assert bench.view().feed.resyncs == 0
    told = [event for event in bench.view().events if "old" in event.text]
    assert [(event.level, event.is_open) for event in told] == [("warn", False)]
    assert told[0].text.startswith("data was up to 2.7 s old: in time again after")


def test_a_little_behind_is_said_and_believed() -> None:
    bench = synced(A)
    bench.flooded = True
    for _ in range(30):
        _pass(bench, 1.5)
    assert bench.verdict(A) is Verdict.SYNCED
    assert bench.view().feed.behind == pytest.approx(1.5, abs=0.01)


def test_a_replay_is_never_behind_but_shows_what_came_late() -> None:
    bench = synced(A, passive=True)
    bench.flooded = True
    for tenth in range(40):
        _pass(bench, 0.1 * tenth)
        assert bench.view().feed.behind == 0.0
    assert (bench.verdict(A), bench.reason(A)) == (Verdict.STALE, "data is 4 s old: it arrives late")
    _pass(bench, 0.2)
    assert bench.verdict(A) is Verdict.SYNCED


def test_a_path_that_becomes_slow_is_doubted_with_the_first_frame_that_comes_late() -> None:
    bench = synced(A)
    before = len(bench.log())
    bench.clock.advance(0.1)
    raw = frames.wire(frames.update(bench.number(), A, [("99", "7")], unix=bench.clock.unix() - 23))
    # Judged by the frame itself, and not by the next tick: nobody may see its book under the old verdict.
    bench.session.receive(raw, bench.clock.monotonic(), bench.clock.unix())
    shown = _sample(bench)
    assert (shown["verdict"], shown["reason"]) == ("STALE", "data is 23 s old: it arrives late")
    assert (shown["bids"], shown["mid"]) == (None, None)
    assert shown["connection"]["age_s"] == pytest.approx(23, abs=0.01)
    bench.session.caught_up(bench.clock.monotonic())
    assert bench.log()[before:] == ["data is 23 s old: it arrives late; books are in doubt, nothing is skipped"]
    _pass(bench, 1.01)
    assert bench.verdict(A) is Verdict.STALE
    _pass(bench, 0.99)
    assert bench.verdict(A) is Verdict.SYNCED
    assert bench.log()[before:] == ["data was up to 23.0 s old: in time again after 200 ms, nothing was skipped"]
    assert bench.view().feed.resyncs == 0


def test_lag_and_silence_count_together() -> None:
    bench = synced(A)
    _pass(bench, 1.5)
    bench.wait(1.75, beats=False)
    assert bench.verdict(A) is Verdict.SYNCED
    bench.wait(0.5, beats=False)
    assert (bench.verdict(A), bench.reason(A)) == (Verdict.STALE, "data is 4 s old: it arrives late")
    assert _sample(bench)["connection"]["age_s"] == pytest.approx(3.75)
    _pass(bench, 1.5)
    assert bench.verdict(A) is Verdict.SYNCED


def test_jitter_below_a_second_is_no_doubt() -> None:
    bench = synced(A)
    for number in range(200):
        _pass(bench, 0.95 * (number * 7 % 10) / 10)
        assert bench.verdict(A) is Verdict.SYNCED


@pytest.mark.parametrize("late", [23.0, 3600.0])
def test_books_that_are_late_from_the_first_frame_on_are_never_trusted(late: float) -> None:
    bench = Bench(A)
    bench.session.clock_measured(Offset(0.3, 0.52, "the handshake's Date"))
    bench.open()
    bench.feed(frames.snapshot(bench.number(), A, [("99", "1")], [("101", "1")], unix=bench.clock.unix() - late))
    assert bench.verdict(A) is Verdict.STALE
    for _ in range(50):
        _pass(bench, late)
        assert bench.verdict(A) is Verdict.STALE
        assert bench.reason(A).endswith(" s old: it arrives late")
    assert bench.view().feed.age_proved
    assert bench.view().feed.age == pytest.approx(late, abs=0.6)
    _pass(bench, 0.02)
    assert bench.verdict(A) is Verdict.SYNCED


def test_without_the_venues_time_the_age_is_unproved() -> None:
    bench = Bench(A)
    bench.open()
    bench.feed(frames.snapshot(bench.number(), A, [("99", "1")], [("101", "1")], unix=bench.clock.unix() - 23))
    bench.session.tick(bench.clock.monotonic(), bench.clock.unix())
    assert bench.verdict(A) is Verdict.SYNCED
    assert not bench.view().feed.age_proved


def test_a_big_first_snapshot_on_a_slow_line_is_as_old_as_it_took_to_come() -> None:
    bench = Bench(A)
    bench.open()
    sent_at = bench.clock.unix()
    for _ in range(200):
        bench.wait(0.1, beats=False, step=0.1)
        bench.session.part_came(25_000, bench.clock.monotonic())
    bench.feed(frames.snapshot(bench.number(), A, [("99", "1")], [("101", "1")], unix=sent_at))
    assert (bench.verdict(A), bench.reason(A)) == (Verdict.STALE, "data is 20 s old: it arrives late")
    for waited in (15.0, 6.0, 1.7):
        # What has waited behind it comes faster than it was sent.
        _pass(bench, waited)
        assert bench.verdict(A) is Verdict.STALE
    _pass(bench, 0.4)
    assert bench.verdict(A) is Verdict.SYNCED
    assert bench.view().feed.resyncs == 0


@pytest.mark.parametrize("dated", [True, False])
def test_timestamps_that_fall_back_have_the_venues_clock_measured_anew(dated: bool) -> None:
    bench = Bench(A)

    def connect(back: float) -> None:
        bench.session.clock_measured(Offset(0.02 + back, 0.51, "the handshake's Date") if dated else None)
        bench.open()
        _whole(bench, back)

    connect(0.0)
    bench.acknowledge(A)
    for _ in range(10):
        _pass(bench, 0.02)
    assert bench.verdict(A) is Verdict.SYNCED
    _pass(bench, 5.02)
    assert bench.verdict(A) is Verdict.STALE
    why = bench.session.take_reconnect()
    assert why == "the venue's timestamps fell back by 5 s"
    bench.close(why)
    # The venue's clock was set back, as its new handshake tells.
    connect(5.0)
    for _ in range(10):
        _pass(bench, 5.02)
        assert bench.verdict(A) is Verdict.SYNCED
    assert bench.view().feed.age_proved is dated


def test_timestamps_that_are_old_remain_so_with_the_next_handshake() -> None:
    bench = Bench(A)
    for back in (0.02, 3600.0):
        bench.session.clock_measured(Offset(0.02, 0.51, "the handshake's Date"))
        bench.open()
        _whole(bench, back)
        _pass(bench, back)
        _pass(bench, 3600.0)
        assert bench.verdict(A) is Verdict.STALE
        bench.session.take_reconnect()
        bench.close()
    bench.session.clock_measured(Offset(0.02, 0.51, "the handshake's Date"))
    bench.open()
    _whole(bench, 3600.0)
    for _ in range(30):
        _pass(bench, 3600.0)
        assert bench.verdict(A) is Verdict.STALE
        assert bench.session.take_reconnect() == ""
    assert bench.reason(A) == "data is 3600 s old: it arrives late"


# --- pauses of ours -----------------------------------------------------------------------------------------------


def test_after_a_pause_nothing_is_trusted_until_what_waits_has_been_read(tmp_path: Path) -> None:
    bench = synced(A)
    bench.clock.advance(1.2)
    # Whoever looks first, before any tick and any frame.
    shown = _looked(bench)
    words = "this program did not run for 1 s; reading what came meanwhile"
    assert (shown["verdict"], shown["reason"], shown["bids"]) == ("STALE", words, None)
    assert _dumped(bench, tmp_path) == {A: None}
    bench.session.tick(bench.clock.monotonic(), bench.clock.unix())
    assert bench.verdict(A) is Verdict.STALE
    for late in (1.1, 0.8, 0.1):
        bench.flooded = late > 0.1
        _change(bench, late)
        assert bench.verdict(A) is (Verdict.STALE if bench.flooded else Verdict.SYNCED)
    assert bench.view().tabs[0].verdict is Verdict.SYNCED
    assert bench.view().feed.resyncs == 0


def test_the_screen_too_finds_a_pause_before_it_draws() -> None:
    bench = synced(A)
    bench.clock.advance(1.2)
    before = bench.session.version + bench.session.statistics.verdict_changes
    assert bench.views.version > before
    view = bench.view()
    assert (view.tabs[0].verdict, view.depths[0].verdict, view.depths[0].top) == (Verdict.STALE, Verdict.STALE, None)


@pytest.mark.parametrize("monotonic", [True, False])
def test_a_suspend_is_found_by_the_first_look_whichever_clock_tells_it(monotonic: bool) -> None:
    bench = synced(A)
    if monotonic:
        bench.clock.advance(60)
    else:
        bench.clock.set_back(bench.clock.unix() + 60, bench.clock.monotonic())
    assert _looked(bench)["verdict"] == "STALE"
    assert bench.reason(A) == "this program did not run for 60 s; requesting a new snapshot"
    bench.heartbeat()
    assert bench.verdict(A) is Verdict.STALE
    bench.snapshot(A)
    assert bench.verdict(A) is Verdict.SYNCED
    assert bench.view().feed.resyncs == 1


def test_a_snapshot_that_waited_through_a_suspend_does_not_end_its_doubt() -> None:
    bench = synced(A, B)
    sent_before = frames.snapshot(bench.number(A), A, BIDS, ASKS, unix=bench.clock.unix())
    bench.clock.set_back(bench.clock.unix() + 60, bench.clock.monotonic())
    bench.flooded = True  # more waits behind it, as after a suspend
    bench.feed(sent_before)
    bench.flooded = False
    bench.heartbeat()
    assert (bench.verdict(A), bench.verdict(B)) == (Verdict.STALE, Verdict.STALE)
    bench.snapshot(A)
    bench.snapshot(B)
    assert (bench.verdict(A), bench.verdict(B)) == (Verdict.SYNCED, Verdict.SYNCED)
    assert bench.view().feed.resyncs == 1


def test_a_snapshot_that_waited_through_a_pause_before_the_clocks_are_measured_again_does_not_count() -> None:
    bench = synced(A)
    bench.clock.set_back(bench.clock.unix() + 60, bench.clock.monotonic())
    assert _looked(bench)["verdict"] == "STALE"
    bench.session.caught_up(bench.clock.monotonic())
    sent_before = frames.snapshot(bench.number(), A, BIDS, ASKS, unix=bench.clock.unix())
    bench.clock.advance(9)
    bench.flooded = True
    bench.feed(sent_before)
    bench.flooded = False
    bench.heartbeat()
    assert bench.verdict(A) is Verdict.STALE
    bench.snapshot(A)
    assert bench.verdict(A) is Verdict.SYNCED


def test_a_second_without_running_is_no_pause() -> None:
    bench = synced(A)
    bench.clock.advance(0.99)
    assert _looked(bench)["verdict"] == "SYNCED"
    bench.session.tick(bench.clock.monotonic(), bench.clock.unix())
    assert bench.verdict(A) is Verdict.SYNCED


def test_a_silence_that_lasts_through_a_pause_is_a_silence() -> None:
    bench = synced(A)
    bench.wait(1.5, beats=False)
    bench.clock.advance(2.5)
    assert _looked(bench)["verdict"] == "STALE"
    bench.session.caught_up(bench.clock.monotonic())
    assert (bench.verdict(A), bench.reason(A)) == (Verdict.STALE, "no message for 4 s")
    bench.heartbeat()
    bench.session.tick(bench.clock.monotonic(), bench.clock.unix())
    assert bench.verdict(A) is Verdict.SYNCED


def test_a_pause_counts_as_not_trusted() -> None:
    bench = synced(A)
    share = bench.session.trusted_time.shares[A]
    trusted, shown = share.trusted, share.shown
    bench.clock.advance(2.0)
    bench.session.tick(bench.clock.monotonic(), bench.clock.unix())
    assert share.shown == pytest.approx(shown + 2.0)
    assert share.trusted == trusted


def test_a_step_of_the_recording_machines_clock_is_followed_in_its_replay() -> None:
    bench = synced(A, passive=True)
    bench.clock.advance(30.0)
    bench.session.replayed("clock stepped")
    _change(bench, 30.0)
    assert bench.verdict(A) is Verdict.STALE
    stamp = bench.clock.unix() - 30
    bench.feed(frames.snapshot(bench.number(), A, [("99", "1")], [("101", "1")], unix=stamp))
    for _ in range(10):
        bench.clock.advance(0.1)
        _change(bench, 30.0)
        assert bench.verdict(A) is Verdict.SYNCED


def _looked(bench: Bench) -> dict[str, Any]:
    bench.views.look()
    return _sample(bench)


def _dumped(bench: Bench, folder: Path) -> Any:  # noqa: ANN401  # JSON
    dump = BookDump(folder / "books.json", force=True, include_untrusted=False)
    dump.write(bench.session)
    return json.loads((folder / "books.json").read_text())
