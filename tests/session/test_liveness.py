"""Silence, late heartbeats, quiet products, crossed books, and products that the venue does not answer for."""

from __future__ import annotations

from decimal import Decimal

import pytest

from depthview.core.sequence import Scope
from depthview.core.verdict import Verdict
from depthview.views.market import ConnectionState
from tests.session.bench import ASKS, BIDS, Bench, synced
from tests.support import frames

B, E = "BTC-USD", "ETH-USD"


def test_silence_is_stale_after_three_seconds_and_a_reconnect_after_ten() -> None:
    bench = synced(B)
    bench.heartbeat()
    bench.wait(3, beats=False)
    assert bench.verdict(B) is Verdict.SYNCED
    bench.wait(0.25, beats=False)
    assert (bench.verdict(B), bench.reason(B)) == (Verdict.STALE, "no message for 3 s")
    bench.wait(6.75, beats=False)
    assert bench.reason(B) == "no message for 10 s"
    assert bench.session.take_reconnect() == ""
    bench.wait(0.25, beats=False)
    assert bench.session.take_reconnect() == "no message for 10 s"


def test_silence_that_ends_without_a_loss_was_only_silence() -> None:
    bench = synced(B)
    bench.wait(6, beats=False)
    assert bench.verdict(B) is Verdict.STALE
    bench.update(B, [("99", "3")])
    bench.wait(0.25)
    assert bench.verdict(B) is Verdict.SYNCED
    assert bench.session.take_reconnect() == ""


def test_any_message_breaks_the_silence_even_one_that_cannot_be_read() -> None:
    bench = synced(B)
    for _ in range(8):
        bench.wait(2, beats=False)
        bench.feed(frames.error("subscribe or unsubscribe required"))
    assert bench.session.take_reconnect() != "no message for 10 s"


def test_heartbeats_that_stop_are_subscribed_again_and_then_end_the_connection() -> None:
    bench = synced(B)
    bench.heartbeat()
    beat_at = bench.clock.monotonic()
    bench.sent.clear()

    def flow(seconds: float) -> None:
        until = bench.clock.monotonic() + seconds
        while bench.clock.monotonic() < until - 1e-9:
            bench.update(B, [("99", "1")])
            bench.wait(0.25, beats=False)

    flow(3)
    assert bench.sent == []
    flow(0.25)
    assert bench.sent == ["subscribe heartbeats"]
    assert bench.log()[-1] == "heartbeats have stopped while data flows: subscribed again"
    assert bench.verdict(B) is Verdict.SYNCED
    flow(10)
    assert (bench.sent, bench.session.take_reconnect()) == (["subscribe heartbeats"], "")
    flow(0.25)
    assert bench.session.take_reconnect() == "no heartbeat, although subscribed again"
    assert bench.view().feed.heartbeat_age == pytest.approx(bench.clock.monotonic() - beat_at)


def test_heartbeats_that_come_back_are_fine_again() -> None:
    bench = synced(B)
    for _ in range(20):
        bench.update(B, [("99", "1")])
        bench.wait(0.25, beats=False)
    bench.heartbeat()
    assert bench.log()[-1] == "heartbeats stopped while data flowed: subscribed again, back after 1.8 s"
    bench.wait(30)
    assert bench.session.take_reconnect() == ""


def test_late_heartbeats_of_one_connection_are_not_held_against_the_next() -> None:
    bench = synced(B)
    for _ in range(20):
        bench.update(B, [("99", "1")])
        bench.wait(0.25, beats=False)
    bench.close()
    bench.wait(9, beats=False)
    bench.open()
    bench.snapshot(B)
    bench.wait(1, beats=False)
    bench.heartbeat()
    assert bench.session.take_reconnect() == ""
    assert bench.verdict(B) is Verdict.SYNCED


def test_heartbeats_that_never_begin_are_noticed_too() -> None:
    bench = Bench(B)
    bench.open()
    bench.snapshot(B)
    for _ in range(13):
        bench.update(B, [("99", "1")])
        bench.wait(0.25, beats=False)
    assert bench.sent.count("subscribe heartbeats") == 2


@pytest.mark.parametrize("as_text", [True, False])
def test_missed_heartbeats_are_counted(as_text: bool) -> None:  # a parameter of the test
    bench = synced(B)
    base = bench.beat
    for counter in (base + 1, base + 2, base + 5):
        bench.feed(frames.heartbeat(bench.number(), str(counter) if as_text else counter))
    assert bench.view().feed.heartbeats_missed == 2


def test_a_counter_that_cannot_be_read_says_nothing() -> None:
    bench = synced(B)
    base = bench.beat
    for counter in ("x", "", None):
        bench.feed(frames.heartbeat(bench.number(), counter))
    bench.feed(frames.heartbeat(bench.number(), base + 1))
    assert bench.view().feed.heartbeats_missed == 0
    bench.close()
    bench.open()
    bench.feed(frames.heartbeat(0, 900_000))
    assert bench.view().feed.heartbeats_missed == 0


def test_a_quiet_product_is_quiet_and_never_stale() -> None:
    bench = synced(B, E)
    for _ in range(120):
        bench.wait(1)
        bench.update(E, [("99", "1")])
        assert bench.verdict(B) in (Verdict.SYNCED, Verdict.QUIET)
    assert bench.verdict(B) is Verdict.QUIET
    assert bench.reason(B).endswith("heartbeats fine")
    assert bench.verdict(E) is Verdict.SYNCED
    assert bench.depth(B).top is not None
    bench.update(B, [("99", "2")])
    bench.wait(0.25)
    assert bench.verdict(B) is Verdict.SYNCED


# --- crossed -----------------------------------------------------------------------------------------------------


def test_a_crossed_book_is_shown_at_a_quarter_second_and_resynced_at_one() -> None:
    bench = synced(B, E)
    bench.update(B, [("101.5", "1")])
    assert bench.verdict(B) is Verdict.SYNCED
    top = bench.depth(B).top
    assert top is not None
    assert (top.spread, top.spread_bps, top.mid, top.microprice) == (None, None, None, None)
    assert bench.view().tabs[0].spread is None
    bench.wait(0.25)
    assert bench.verdict(B) is Verdict.SYNCED
    bench.wait(0.05, step=0.05)
    assert (bench.verdict(B), bench.reason(B)) == (Verdict.STALE, "best bid above best ask for 0.3 s")
    assert bench.verdict(E) is Verdict.SYNCED
    bench.wait(0.7, step=0.05)
    assert bench.level2() == []
    bench.wait(0.05, step=0.05)
    assert bench.level2() == [f"unsubscribe level2 {B}", f"subscribe level2 {B}"]
    assert bench.reason(B) == "best bid above best ask; requesting a new snapshot"
    bench.snapshot(B)
    assert bench.verdict(B) is Verdict.SYNCED


def test_a_crossing_that_passes_is_none() -> None:
    bench = synced(B)
    bench.update(B, [("101.5", "1")])
    bench.wait(0.2)
    bench.update(B, [("101.5", "0")])
    bench.wait(2)
    assert bench.verdict(B) is Verdict.SYNCED
    assert bench.level2() == []


def test_a_crossing_that_is_shown_and_passes_is_counted_and_one_entry_of_the_log() -> None:
    bench = synced(B, E)
    before = len(bench.log())
    bench.update(B, [("101.5", "1")])
    bench.wait(0.5, step=0.05)
    assert (bench.verdict(B), bench.view().feed.crossed) == (Verdict.STALE, 1)
    assert bench.log()[before:] == ["best bid above best ask"]
    bench.update(B, [("101.5", "0")])
    bench.wait(0.1)
    assert bench.verdict(B) is Verdict.SYNCED
    assert bench.log()[before:] == ["best bid above best ask: over after 500 ms"]
    bench.update(B, [("101.5", "1")])
    bench.wait(1.1, step=0.05)
    bench.snapshot(B)
    assert bench.view().feed.crossed == 2
    assert [line.partition(" in ")[0] for line in bench.log()[before + 1 :]] == ["best bid above best ask: healed"]


def test_a_crossed_book_that_goes_with_its_connection_or_product_leaves_no_open_entry() -> None:
    bench = synced(B, E)
    bench.update(B, [("101.5", "1")])
    bench.update(E, [("101.5", "1")])
    bench.wait(0.5)
    bench.session.remove_product(E)
    bench.wait(0.1)
    bench.close()
    assert {"best bid above best ask: until it was removed", "best bid above best ask: until the connection ended"} < {
        *bench.log()
    }


def test_a_crossing_within_one_message_is_not_seen() -> None:
    bench = synced(B)
    event = frames.book_event("update", B, [("101.5", "1")], [("101", "0")])
    bench.feed(frames.frame("l2_data", bench.number(), [event]))
    assert bench.session.products.market(B).crossed_since is None


def test_a_locked_book_is_fine() -> None:
    bench = synced(B)
    bench.update(B, [("101", "1")])
    bench.wait(5)
    assert bench.verdict(B) is Verdict.SYNCED
    top = bench.depth(B).top
    assert top is not None
    assert (top.spread, top.mid) == (Decimal(0), Decimal(101))


# --- silence -----------------------------------------------------------------------------------------------------


def test_a_silence_is_one_entry_of_the_log_with_its_duration() -> None:
    bench = synced(B)
    before = len(bench.log())
    bench.wait(3.5, beats=False)
    assert bench.log()[before:] == ["no message for 3 s: books are in doubt until one comes"]
    bench.wait(1.5, beats=False)
    bench.heartbeat()
    assert bench.log()[before:] == ["no message for 5.0 s; they have resumed"]


def test_a_silence_that_ends_the_connection_is_one_entry_with_it() -> None:
    bench = synced(B)
    before = len(bench.log())
    bench.wait(10.5, beats=False)
    why = bench.session.take_reconnect()
    assert why == "no message for 10 s"
    bench.close(why, again_in=0.5)
    assert bench.log()[before:] == ["no message for 10 s; next try in 0.5 s"]
    bench.wait(0.5, beats=False)
    bench.open()
    assert bench.log()[before:] == ["no message for 10 s: connected again after 500 ms"]


def test_heartbeats_that_do_not_come_back_are_one_entry_with_the_new_connection() -> None:
    bench = synced(B)
    before = len(bench.log())
    for _ in range(56):
        bench.wait(0.25, beats=False)
        bench.update(B, [("99", "2")])
    why = bench.session.take_reconnect()
    bench.close(why, again_in=0.5)
    bench.open()
    assert bench.log()[before:] == ["no heartbeat, although subscribed again: connected again after 0 ms"]


# --- no answer ---------------------------------------------------------------------------------------------------


def test_a_product_that_nothing_is_heard_of_has_no_data_after_five_seconds() -> None:
    bench = Bench(B, "NOPE-USD")
    bench.open()
    bench.snapshot(B)
    bench.acknowledge(B)
    bench.wait(5)
    assert bench.verdict("NOPE-USD") is Verdict.SYNCING
    bench.wait(0.25)
    assert (bench.verdict("NOPE-USD"), bench.verdict(B)) == (Verdict.NO_DATA, Verdict.SYNCED)
    assert bench.reason("NOPE-USD") == "the venue has not answered for 5 s"
    for _ in range(400):
        bench.wait(0.25)
        assert bench.verdict("NOPE-USD") is Verdict.NO_DATA
    assert bench.session.take_reconnect() == ""
    bench.snapshot("NOPE-USD")
    assert bench.verdict("NOPE-USD") is Verdict.SYNCED


def test_a_product_that_the_venue_refuses_has_no_data_at_once_and_keeps_it_while_asked_again() -> None:
    bench = synced(B)
    assert bench.session.add_product("nope-usd") is None
    bench.flush()
    bench.feed(frames.error("NOPE-USD is not a valid product\x1b[2J"))
    bench.wait(0.25)
    assert bench.verdict("NOPE-USD") is Verdict.NO_DATA
    assert bench.reason("NOPE-USD") == "the venue answered: NOPE-USD is not a valid product\ufffd[2J"
    for _ in range(30):
        bench.wait(0.25)
        assert bench.verdict("NOPE-USD") is Verdict.NO_DATA
    assert bench.level2() == ["subscribe level2 NOPE-USD"] * 2
    assert bench.verdict(B).trusted


def test_a_confirmed_product_without_a_snapshot_has_no_data_and_is_asked_for_more_and_more_rarely() -> None:
    bench = Bench(B, "SOL-USD")
    bench.open()
    bench.snapshot(B)
    bench.acknowledge(B, "SOL-USD")
    bench.wait(5)
    assert bench.verdict("SOL-USD") is Verdict.SYNCING
    asked: list[float] = []
    began = bench.clock.monotonic() - 5
    bench.level2()
    while bench.clock.monotonic() - began < 90:
        bench.wait(0.25)
        assert bench.verdict("SOL-USD") is Verdict.NO_DATA
        lines = bench.level2()
        if lines:
            assert lines == ["unsubscribe level2 SOL-USD", "subscribe level2 SOL-USD"]
            asked.append(bench.clock.monotonic() - began)
    assert asked == pytest.approx([5.25, 20.5, 80.75])
    assert bench.reason("SOL-USD") == "confirmed by the venue, but no snapshot for 90 s"
    assert bench.session.take_reconnect() == ""
    assert bench.verdict(B).trusted
    bench.snapshot("SOL-USD")
    assert bench.verdict("SOL-USD") is Verdict.SYNCED


def test_a_product_that_never_came_is_asked_for_at_once_on_a_wish() -> None:
    bench = Bench(B, "SOL-USD")
    bench.open()
    bench.snapshot(B)
    bench.acknowledge(B, "SOL-USD")
    bench.wait(30)
    bench.level2()
    assert bench.session.resync() is None
    bench.wait(0.25)
    asked = [f"{action} level2 {product}" for product in (B, "SOL-USD") for action in ("unsubscribe", "subscribe")]
    assert bench.level2() == asked
    bench.snapshot(B)
    bench.acknowledge(B, "SOL-USD", times=4)
    assert bench.session.resync() is not None
    bench.wait(10)
    assert not bench.level2()


def test_what_waits_behind_a_big_message_on_a_slow_line_is_not_asked_for_again() -> None:
    bench = Bench(B, "SOL-USD")
    bench.open()
    bench.acknowledge(B, "SOL-USD", times=1)
    bench.level2()
    for megabytes in range(1, 21):
        bench.wait(1, beats=False, step=0.1)
        bench.session.part_came(1_000_000, bench.clock.monotonic())
        bench.session.tick(bench.clock.monotonic(), bench.clock.unix())
        assert bench.verdict(B) is bench.verdict("SOL-USD") is Verdict.SYNCING
        assert bench.reason("SOL-USD") == f"a message is coming in, {megabytes}.0 MB so far"
    bench.snapshot(B)
    bench.wait(4.75)
    assert (bench.verdict(B), bench.verdict("SOL-USD")) == (Verdict.SYNCED, Verdict.SYNCING)
    assert not bench.level2()
    bench.wait(0.5)
    assert bench.verdict("SOL-USD") is Verdict.NO_DATA
    assert bench.level2() == ["unsubscribe level2 SOL-USD", "subscribe level2 SOL-USD"]


def test_a_product_that_is_not_in_the_list_says_so() -> None:
    bench = Bench(B, "NOPE-USD")
    bench.session.list_products([], complete=True)
    bench.open()
    bench.wait(5.5)
    assert bench.reason("NOPE-USD") == "not in the venue's product list, and no answer"
    assert bench.session.add_product("SOL-USD") == "SOL-USD is not in the venue's product list"


# --- the connection ----------------------------------------------------------------------------------------------


def test_without_a_connection_every_book_is_down() -> None:
    bench = Bench(B)
    bench.session.connecting(bench.clock.monotonic())
    bench.session.tick(bench.clock.monotonic(), bench.clock.unix())
    assert (bench.verdict(B), bench.reason(B)) == (Verdict.DOWN, "connecting")
    bench.close("connection refused", again_in=4.0)
    assert bench.reason(B) == "connection refused; next try in 4 s"
    assert bench.view().feed.next_try_in == pytest.approx(4.0)
    bench.close("certificate not trusted", again_in=None)
    assert bench.view().feed.state is ConnectionState.FAILED
    assert bench.log()[-1].startswith("certificate not trusted; not trying again")
    bench.session.crashed(bench.clock.monotonic(), bench.clock.unix(), "a bug")
    assert (bench.verdict(B), bench.reason(B)) == (Verdict.DOWN, "a bug")


def test_counters_never_go_down_over_reconnects_and_removals() -> None:
    bench = synced(B, E, scope=Scope.CONNECTION)

    def counters() -> tuple[int, ...]:
        feed = bench.view().feed
        stats = bench.depth(E).sequence
        return (
            feed.frames,
            feed.bad_frames,
            feed.bad_rows,
            feed.crossed,
            feed.unknown_frames,
            feed.unknown_removals,
            feed.resyncs,
            feed.reconnects,
            feed.heartbeats_missed,
            stats.gaps,
            stats.missed,
            stats.duplicates,
            stats.out_of_order,
            stats.resets,
        )

    before = counters()

    def rises() -> None:
        nonlocal before
        now = counters()
        assert all(new >= old for new, old in zip(now, before, strict=True))
        before = now

    bench.update(B, [("12", "0"), ("13", "0"), ("x", "1")])
    bench.feed(b"garbage")
    bench.feed(frames.frame("novelty", bench.number(), []))
    bench.skip(3)
    bench.heartbeat()
    rises()
    assert before[1:7] == (1, 1, 0, 1, 2, 1)
    bench.close()
    rises()
    bench.open()
    bench.snapshot(B)
    bench.snapshot(E)
    bench.update(B, [("12", "0")])
    rises()
    assert bench.session.remove_product(B) is None
    rises()
    assert bench.session.add_product(B) is None
    rises()
    assert (before[5], before[7], before[9], before[10]) == (3, 1, 1, 3)


def test_a_recording_is_followed_and_nothing_is_sent() -> None:
    bench = Bench(B, passive=True)
    bench.open()
    assert bench.sent == []
    bench.snapshot(B)
    bench.skip(2)
    bench.update(B)
    assert bench.verdict(B) is Verdict.STALE
    assert bench.log()[-1].endswith("waiting for the recording's next snapshot")
    bench.wait(20, beats=False)
    assert (bench.sent, bench.session.take_reconnect()) == ([], "")
    bench.session.replayed("resync")
    bench.snapshot(B)
    assert (bench.verdict(B), bench.view().feed.resyncs) == (Verdict.SYNCED, 1)
    assert bench.session.resync() == "a replay cannot request snapshots"
    bench.close("the recorded connection closed", again_in=None)
    assert bench.verdict(B) is Verdict.DOWN
    bench.open()
    bench.snapshot(B)
    assert (bench.verdict(B), bench.depth(B).sequence.gaps) == (Verdict.SYNCED, 1)
    bench.session.ended(bench.clock.monotonic(), bench.clock.unix())
    assert bench.view().feed.state is ConnectionState.ENDED
    assert bench.verdict(B) is Verdict.SYNCED
    assert bench.log()[-1] == "end of the recording"


def test_a_recording_without_the_product_has_no_data() -> None:
    bench = Bench(B, passive=True)
    bench.open()
    bench.wait(0.25)
    for _ in range(24):
        bench.feed(frames.ticker(bench.number(), E))
        bench.wait(0.25)
    assert bench.verdict(B) is Verdict.NO_DATA


def test_following_a_recording_puts_every_book_on_show() -> None:
    bench = Bench(passive=True, follow=True)
    bench.open()
    bench.feed(frames.trades(bench.number(), frames.trade("SOL-USD", "1", "5")))
    bench.snapshot(B, BIDS, ASKS)
    bench.snapshot("evil\x1b", BIDS, ASKS)
    bench.snapshot(E, BIDS, ASKS)
    assert bench.session.products.names() == (B, E)


def test_a_connection_is_good_for_as_long_as_all_that_comes_can_be_read() -> None:
    bench = Bench(B)
    bench.open()
    bench.wait(3, beats=False)
    assert bench.session.good_for() == 0
    bench.snapshot(B)
    bench.wait(9)
    assert bench.session.good_for() == pytest.approx(9)
    bench.feed(b"garbage")
    assert bench.session.good_for() == 0
    bench.heartbeat()
    bench.wait(2)
    assert bench.session.good_for() == pytest.approx(2)
    bench.close()
    bench.open()
    assert bench.session.good_for() == 0


def _receive(bench: Bench, seconds: float, size: int) -> str:
    """So many bytes of one message come each second; why the connection is given up, if it is."""
    for _ in range(round(seconds)):
        bench.wait(1.0, beats=False, step=0.5)
        bench.session.part_came(size, bench.clock.monotonic())
        why = bench.session.take_reconnect()
        if why:
            return why
    return ""


@pytest.mark.parametrize(("size", "lost"), [(100, True), (1_000, True), (1_100, False), (90_000, False)])
def test_a_minute_without_a_whole_message_and_with_less_than_64_kb_of_one_is_a_lost_connection(
    size: int, lost: bool
) -> None:
    bench = synced(B)
    assert _receive(bench, 58, size) == ""
    why = "no complete message for 60 s, and hardly any bytes"
    assert _receive(bench, 5, size) == (why if lost else "")
    assert lost or _receive(bench, 200, size) == ""
    assert bench.verdict(B) is Verdict.STALE


def test_any_minute_counts_and_not_only_the_first() -> None:
    bench = synced(B)
    assert _receive(bench, 90, 50_000) == ""
    assert _receive(bench, 57, 100) == ""
    assert _receive(bench, 6, 100) != ""


def test_a_whole_message_begins_the_minute_anew() -> None:
    bench = synced(B)
    for _ in range(4):
        assert _receive(bench, 50, 100) == ""
        bench.heartbeat()
