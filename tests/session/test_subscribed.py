"""What the venue says is subscribed, and our own unsubscribe: a book that may have been left alone is never trusted."""

from __future__ import annotations

from itertools import pairwise, permutations

import pytest

from depthview.core.sequence import Scope
from depthview.core.verdict import Verdict
from tests.session.bench import CHANNELS, Bench, synced
from tests.support import frames

B, C, E = "BTC-USD", "BTC-USDC", "ETH-USD"
DROPPED = "the venue no longer lists it as subscribed"
RESYNC = [f"unsubscribe level2 {B}", f"subscribe level2 {B}"]


def _acknowledge(bench: Bench, **channels: list[str]) -> None:
    """One acknowledgement: everything of B and E, but for the channels given."""
    shown = {"heartbeats": ["heartbeats"], **{channel: [B, E] for channel in CHANNELS}, **channels}
    bench.feed(frames.acknowledgement(bench.number(), bench.clock.unix(), **shown))


def _numbered_heartbeat(bench: Bench, late: float = 0.0) -> None:
    """A heartbeat of the run without a product arrives so many seconds late."""
    bench.feed(frames.heartbeat(bench.number(), bench.beat, unix=bench.clock.unix() - late))


def _lose(bench: Bench) -> None:
    """A gap, for which a resync goes out."""
    bench.skip()
    bench.heartbeat()
    assert bench.verdict(B) is Verdict.STALE


# --- dropped by the venue ----------------------------------------------------------------------------------------


def test_a_book_that_the_venue_no_longer_lists_is_stale_and_subscribed_again() -> None:
    bench = synced(B, E)
    _acknowledge(bench, level2=[E])
    assert (bench.verdict(B), bench.verdict(E)) == (Verdict.STALE, Verdict.SYNCED)
    assert bench.reason(B) == f"{DROPPED}; requesting a new snapshot"
    assert bench.level2() == RESYNC
    _acknowledge(bench, level2=[E])
    _acknowledge(bench)
    assert bench.verdict(B) is Verdict.STALE
    bench.snapshot(B)
    assert bench.verdict(B) is Verdict.SYNCED
    assert bench.log()[-1] == f"{DROPPED}: healed in 0 ms, 1 book"
    bench.wait(10)
    assert (bench.verdict(B), bench.level2(), bench.session.take_reconnect()) == (Verdict.SYNCED, [], "")


def test_where_numbers_count_per_product_a_lost_acknowledgement_is_asked_for_again() -> None:
    bench = synced(B, E, scope=Scope.PRODUCT)
    _acknowledge(bench)
    bench.skip()  # this one told that B was dropped
    bench.feed(frames.heartbeat(bench.number(), bench.beat, unix=bench.clock.unix()))
    assert (bench.verdict(B), bench.sent) == (Verdict.SYNCED, ["subscribe heartbeats"])
    _acknowledge(bench, level2=[E])
    assert (bench.verdict(B), bench.level2()) == (Verdict.STALE, RESYNC)
    bench.snapshot(B)
    assert bench.verdict(B) is Verdict.SYNCED


def test_a_lost_acknowledgement_is_asked_for_until_one_comes_and_four_times_at_most() -> None:
    bench = synced(B, E, scope=Scope.PRODUCT)
    _acknowledge(bench)
    bench.skip()
    _numbered_heartbeat(bench)
    bench.wait(1, beats=False)
    assert bench.sent == ["subscribe heartbeats"] * 2
    _acknowledge(bench, level2=[E])
    assert bench.verdict(B) is Verdict.STALE
    bench.snapshot(B)
    _acknowledge(bench)
    bench.wait(1, beats=False)
    bench.sent.clear()
    bench.skip()
    _numbered_heartbeat(bench)
    bench.wait(10)
    assert (bench.verdict(B), bench.sent) == (Verdict.SYNCED, ["subscribe heartbeats"] * 4)


def test_a_book_that_comes_late_is_not_trusted_again_before_a_lost_acknowledgement_has_come() -> None:
    bench = synced(B, E, scope=Scope.PRODUCT)
    _acknowledge(bench)
    bench.wait(1, beats=False)
    _numbered_heartbeat(bench, late=5.0)
    assert bench.reason(B) == "data is 5 s old: it arrives late"
    bench.skip()  # this one told that B was dropped
    _numbered_heartbeat(bench)
    assert (bench.verdict(B), bench.reason(B)) == (Verdict.STALE, "asking the venue whether it is still subscribed")
    _acknowledge(bench, level2=[E])
    bench.wait(0.25)
    assert (bench.verdict(B), bench.verdict(E)) == (Verdict.STALE, Verdict.SYNCED)
    bench.snapshot(B)
    assert bench.verdict(B) is Verdict.SYNCED


def test_an_acknowledgement_that_cannot_be_read_is_asked_for_again() -> None:
    bench = synced(B, E)
    bench.feed({"channel": "subscriptions", "sequence_num": bench.number(), "events": None})
    assert (bench.verdict(B), bench.sent) == (Verdict.SYNCED, ["subscribe heartbeats"])
    _acknowledge(bench, level2=[E])
    assert (bench.verdict(B), bench.level2()) == (Verdict.STALE, RESYNC)
    bench.snapshot(B)
    assert bench.verdict(B) is Verdict.SYNCED


def test_an_empty_acknowledgement_drops_everything() -> None:
    bench = synced(B, E)
    bench.feed(frames.acknowledgement(bench.number()))
    assert {bench.verdict(B), bench.verdict(E)} == {Verdict.STALE}
    bench.wait(2)
    again = {f"subscribe {channel} {product}" for channel in CHANNELS[1:] for product in (B, E)}
    assert set(bench.sent) == {
        f"unsubscribe level2 {B},{E}", f"subscribe level2 {B},{E}", "subscribe heartbeats", *again,
    }  # fmt: skip
    bench.snapshot(B)
    bench.snapshot(E)
    assert {bench.verdict(B), bench.verdict(E)} == {Verdict.SYNCED}


def test_only_an_acknowledgement_since_the_last_subscribe_counts() -> None:
    bench = Bench(B, E)
    bench.open()
    bench.snapshot(B)
    bench.snapshot(E)
    for level2 in ([], [E], [E]):
        _acknowledge(bench, level2=level2)
        assert {bench.verdict(B), bench.verdict(E)} == {Verdict.SYNCED}
    _acknowledge(bench)
    _acknowledge(bench, level2=[E])
    assert (bench.verdict(B), bench.verdict(E)) == (Verdict.STALE, Verdict.SYNCED)


@pytest.mark.parametrize("order", list(permutations(["before", "gone", "back"])))
@pytest.mark.parametrize("snapshot_after", [0, 1, 2, 3])
def test_acknowledgements_around_a_resync_raise_no_alarm_in_any_order(
    order: tuple[str, ...], snapshot_after: int
) -> None:
    bench = synced(B, E)
    bench.session.subscriptions.renew_heartbeats()
    bench.flush()
    _lose(bench)
    bench.sent.clear()
    for place in range(4):
        if place == snapshot_after:
            bench.snapshot(B)
            bench.snapshot(E)
        if place < 3:
            _acknowledge(bench, level2=[] if order[place] == "gone" else [B, E])
        bench.wait(0.25)
    assert {bench.verdict(B), bench.verdict(E)} == {Verdict.SYNCED}
    for _ in range(20):
        bench.update(B)
        bench.update(E)
        bench.wait(0.25)
        assert {bench.verdict(B), bench.verdict(E)} == {Verdict.SYNCED}
    assert (bench.level2(), bench.session.take_reconnect()) == ([], "")
    assert not any(DROPPED in line for line in bench.log())


def test_another_name_of_the_same_book_is_as_good() -> None:
    bench = Bench(C)
    bench.open()
    bench.snapshot(B)
    bench.acknowledge(B)
    bench.wait(3)
    bench.sent.clear()
    bench.acknowledge(B, times=1)
    assert (bench.verdict(C), bench.level2()) == (Verdict.SYNCED, [])
    bench.acknowledge(E, times=1)
    assert bench.verdict(C) is Verdict.STALE
    assert bench.level2() == [f"unsubscribe level2 {C}", f"subscribe level2 {C}"]
    bench.snapshot(B)
    assert bench.verdict(C) is Verdict.SYNCED


def test_a_resync_of_one_name_is_no_drop_of_the_other() -> None:
    bench = synced(B)
    bench.session.add_product(C)
    bench.wait(2)
    bench.acknowledge(B, times=4)
    _lose(bench)
    bench.sent.clear()
    bench.acknowledge(times=1)
    bench.acknowledge(B, times=1)
    bench.snapshot(B)
    bench.wait(8)
    assert (bench.verdict(B), bench.verdict(C), bench.level2()) == (Verdict.SYNCED, Verdict.SYNCED, [])


@pytest.mark.parametrize(
    ("channel", "shown", "message"),
    [
        ("ticker", [E], f"subscribe ticker {B}"),
        ("market_trades", [E], f"subscribe market_trades {B}"),
        ("status", [E], f"subscribe status {B}"),
        ("heartbeats", [], "subscribe heartbeats"),
    ],
)
def test_any_other_channel_is_subscribed_again_and_costs_no_trust(channel: str, shown: list[str], message: str) -> None:
    bench = synced(B, E)
    asked: list[float] = []
    for _ in range(4 * 200):
        _acknowledge(bench, **{channel: shown})
        bench.wait(0.25)
        if bench.sent:
            assert bench.sent == [message]
            bench.sent.clear()
            asked.append(bench.clock.monotonic())
            _acknowledge(bench)
        assert bench.verdict(B).trusted
    assert [round(after - before) for before, after in pairwise(asked)] == [5, 15, 60, 60]
    words = channel if channel == "heartbeats" else f"{channel} {B}"
    assert any(line.startswith(f"the venue no longer lists {words} as subscribed: subscrib") for line in bench.log())


def test_a_book_that_is_dropped_each_time_is_asked_for_every_2_to_5_s() -> None:
    bench = synced(B, E)
    asked: list[float] = []
    for _ in range(4 * 160):
        _acknowledge(bench, level2=[E])
        if bench.level2():
            asked.append(bench.clock.monotonic())
            _acknowledge(bench, level2=[E])
            bench.snapshot(B)
            _acknowledge(bench)
        bench.wait(0.25)
        assert bench.verdict(E).trusted
    assert [round(after - before) for before, after in pairwise(asked)][:3] == [2, 2, 3]
    assert {round(after - before) for before, after in pairwise(asked[3:])} == {5}


def test_a_dropped_book_of_a_recording_is_stale_until_its_next_snapshot() -> None:
    bench = Bench(B, E, passive=True)
    bench.open()
    bench.snapshot(B)
    bench.snapshot(E)
    _acknowledge(bench)
    bench.update(B)
    _acknowledge(bench, level2=[E])
    assert (bench.verdict(B), bench.verdict(E)) == (Verdict.STALE, Verdict.SYNCED)
    assert bench.reason(B) == f"{DROPPED}; waiting for the recording's next snapshot"
    bench.wait(30)
    assert bench.verdict(B) is Verdict.STALE
    bench.snapshot(B)
    assert bench.verdict(B) is Verdict.SYNCED
    bench.wait(30)
    assert (bench.verdict(B), bench.sent, bench.session.take_reconnect()) == (Verdict.SYNCED, [], "")


def test_a_resync_that_a_recording_tells_of_is_no_drop() -> None:
    bench = Bench(B, E, passive=True)
    bench.open()
    bench.snapshot(B)
    bench.snapshot(E)
    _acknowledge(bench)
    bench.session.replayed("resync")
    _acknowledge(bench, level2=[])
    assert {bench.verdict(B), bench.verdict(E)} == {Verdict.SYNCED}
    bench.snapshot(B)
    bench.snapshot(E)
    _acknowledge(bench)
    _acknowledge(bench, level2=[B])
    assert (bench.verdict(B), bench.verdict(E)) == (Verdict.SYNCED, Verdict.STALE)


# --- our own unsubscribe -----------------------------------------------------------------------------------------


def test_a_snapshot_that_comes_before_the_resync_goes_out_takes_it_back() -> None:
    bench = synced(B)
    _lose(bench)
    bench.snapshot(B)
    bench.acknowledge(times=1)
    bench.acknowledge(B, times=1)
    _lose(bench)
    assert bench.level2() == RESYNC
    bench.snapshot(B, [("98", "1")])
    bench.wait(5)
    assert (bench.verdict(B), bench.level2()) == (Verdict.SYNCED, [])


def test_a_snapshot_between_unsubscribe_and_subscribe_does_not_count() -> None:
    """Seven messages may go out in a second and a half, so that the two halves may lie that far apart."""
    bench = synced(B)
    bench.session.add_product(E)
    bench.wait(0.25)
    for _ in range(2):
        bench.session.subscriptions.renew_heartbeats()
        bench.flush()
    bench.sent.clear()
    _lose(bench)
    assert bench.level2() == RESYNC[:1]
    bench.snapshot(B, [("98", "1")])
    bench.update(B, [("98", "2")])
    assert bench.verdict(B) is Verdict.STALE
    bench.wait(2)
    assert bench.level2() == RESYNC[1:]
    assert bench.verdict(B) is Verdict.STALE
    bench.snapshot(B)
    assert bench.verdict(B) is Verdict.SYNCED


@pytest.mark.parametrize("acknowledged", [True, False])
def test_a_snapshot_on_its_way_and_a_refused_subscribe_leave_the_book_in_doubt(*, acknowledged: bool) -> None:
    bench = synced(B, E)
    _acknowledge(bench)
    bench.feed(frames.update(bench.number(), B, [], [], unix=0))
    event = frames.book_event("update", B, [], [], [frames.row("ask", "5", "1")])
    bench.feed(frames.frame("l2_data", bench.number(), [event]))
    assert bench.level2() == RESYNC
    bench.snapshot(B)
    bench.update(B, [("99", "4")])
    if acknowledged:
        _acknowledge(bench, level2=[E])
    bench.feed(frames.error("too many L2 streams requested in a single session"))
    if not acknowledged:
        bench.feed(frames.error("too many L2 streams requested in a single session"))
    reason = "the venue refused to subscribe it again: too many L2 streams requested in a single session"
    asked: list[float] = []
    for _ in range(4 * 22):
        assert bench.verdict(B) is Verdict.STALE
        assert bench.reason(B).startswith(reason)
        bench.wait(0.25)
        if bench.level2():
            asked.append(bench.clock.monotonic())
            bench.feed(frames.error("too many L2 streams requested in a single session"))
            if not acknowledged and len(asked) == 1:
                bench.feed(frames.error("too many L2 streams requested in a single session"))
        assert bench.session.take_reconnect() == ""
    assert [round(after - before) for before, after in pairwise(asked)] == [15]
    bench.wait(60)
    assert bench.level2()[-1] == RESYNC[-1]
    bench.snapshot(B)
    assert bench.verdict(B) is Verdict.SYNCED


def test_a_snapshot_on_its_way_is_not_trusted_for_long_where_the_subscribe_is_ignored() -> None:
    bench = synced(B)
    _lose(bench)
    assert bench.level2() == RESYNC
    bench.snapshot(B)
    bench.update(B, [("99", "4")])
    bench.wait(1.75)
    assert bench.verdict(B) is Verdict.SYNCED
    bench.wait(0.25)
    assert bench.verdict(B) is Verdict.STALE
    assert bench.reason(B) == "the venue has not confirmed it as subscribed; requesting a new snapshot"
    assert bench.level2() == RESYNC
    bench.snapshot(B)
    bench.acknowledge(times=3)
    bench.acknowledge(B, times=1)
    bench.wait(10)
    assert (bench.verdict(B), bench.level2()) == (Verdict.SYNCED, [])


def test_a_drop_is_seen_although_an_acknowledgement_before_was_lost() -> None:
    bench = synced(B, E)
    _lose(bench)
    bench.snapshot(B)
    bench.snapshot(E)
    _acknowledge(bench)
    for _ in range(44):
        bench.update(B)
        bench.update(E)
        bench.wait(0.25)
    bench.sent.clear()
    assert {bench.verdict(B), bench.verdict(E)} == {Verdict.SYNCED}
    _acknowledge(bench, level2=[E])
    assert (bench.verdict(B), bench.level2()) == (Verdict.STALE, RESYNC)


def test_changes_that_go_on_prove_a_book_where_nothing_is_acknowledged() -> None:
    bench = synced(B)
    _lose(bench)
    bench.sent.clear()
    bench.snapshot(B)
    for step in range(40):
        bench.update(B, [("99", str(step + 1))])
        bench.wait(0.25)
        assert bench.verdict(B) is Verdict.SYNCED
    bench.wait(5)
    assert (bench.verdict(B), bench.level2()) == (Verdict.SYNCED, [])


@pytest.mark.parametrize("late", [0.5, 3.0])
def test_an_acknowledgement_that_shows_it_gone_calls_an_earlier_snapshot_in_question(late: float) -> None:
    """The venue obeys the unsubscribe late, and the subscribe never."""
    bench = synced(B, E)
    event = frames.book_event("update", B, [], [], [frames.row("ask", "5", "1")])
    bench.feed(frames.frame("l2_data", bench.number(), [event]))
    bench.snapshot(B)
    for _ in range(round(late * 4)):
        bench.update(B)
        bench.wait(0.25)
    assert bench.verdict(B) is Verdict.SYNCED
    _acknowledge(bench, level2=[E])
    bench.wait(2.25)
    assert bench.verdict(B) is Verdict.STALE


def test_a_quiet_book_is_proven_by_the_acknowledgements_alone() -> None:
    bench = synced(B, E)
    for late in (False, True):
        _lose(bench)
        if not late:
            _acknowledge(bench, level2=[])
        bench.snapshot(B)
        bench.snapshot(E)
        if late:
            _acknowledge(bench, level2=[])
        _acknowledge(bench)
        bench.sent.clear()
        for _ in range(20):
            bench.wait(0.25)
            assert {bench.verdict(B), bench.verdict(E)} == {Verdict.SYNCED}
        assert bench.level2() == []


def test_a_product_that_comes_back_does_not_trust_what_was_on_its_way() -> None:
    bench = synced(B, E)
    bench.session.remove_product(B)
    bench.wait(0.25)
    bench.session.add_product(B)
    bench.session.tick(bench.clock.monotonic(), bench.clock.unix())
    bench.snapshot(B)
    assert bench.verdict(B) is Verdict.SYNCING
    bench.wait(2)
    assert f"subscribe level2 {B}" in bench.sent
    bench.snapshot(B)
    assert bench.verdict(B) is Verdict.SYNCED
