"""A product whose data changes its name while it is on show: ETH-USD becomes ETH-USDC, or the other way round."""

from __future__ import annotations

from decimal import Decimal

from depthview.core.verdict import Verdict
from tests.session.bench import ASKS, BIDS, Bench, synced

D, C = "ETH-USD", "ETH-USDC"


def test_asked_for_by_its_own_name_it_lands_on_its_ladder_under_either() -> None:
    bench = synced(D)
    bench.update(C, [("99", "42")])
    assert bench.verdict(D) is Verdict.SYNCED
    assert bench.book(D)[0][Decimal(99)] == 42
    bench.snapshot(C, [("90", "1")], ASKS)
    assert bench.book(D)[0] == {Decimal(90): Decimal(1)}
    assert bench.session.products.names() == (D,)


def test_changes_under_the_other_name_cost_the_book_its_trust_until_a_snapshot_under_either() -> None:
    for again in (D, C):
        bench = Bench(C)
        bench.open()
        bench.snapshot(D)
        assert bench.verdict(C) is Verdict.SYNCED
        bench.update(C, [("99", "42")])
        assert bench.verdict(C) is Verdict.STALE
        assert bench.reason(C) == "its changes come under its other name; requesting a new snapshot"
        assert bench.level2()[-2:] == [f"unsubscribe level2 {C}", f"subscribe level2 {C}"]
        bench.snapshot(again, [("90", "1")], ASKS)
        assert bench.verdict(C) is Verdict.SYNCED
        assert bench.book(C)[0] == {Decimal(90): Decimal(1)}
        bench.update(again, [("89", "3")])
        assert bench.book(C)[0] == {Decimal(90): Decimal(1), Decimal(89): Decimal(3)}
        assert "healed in" in bench.log()[-1]


def test_it_may_change_its_name_to_and_fro() -> None:
    bench = Bench(C)
    bench.open()
    for label in (D, C, D, C, C, D):
        bench.snapshot(label, [(str(90 + bench.beat % 7), "1")], ASKS)
        bench.heartbeat()
        bench.update(label, [("80", "5")])
        assert bench.verdict(C) is Verdict.SYNCED
        assert bench.book(C)[0][Decimal(80)] == 5
        other = C if label == D else D
        bench.update(other, [("80", "6")])
        assert bench.verdict(C) is Verdict.STALE


def test_a_new_connection_under_the_other_name_is_no_endless_wait() -> None:
    bench = Bench(C)
    bench.open()
    bench.snapshot(C)
    assert bench.verdict(C) is Verdict.SYNCED
    bench.close()
    bench.open()
    bench.snapshot(D)
    assert bench.verdict(C) is Verdict.SYNCED
    assert bench.depth(C).feed_product == D


def test_two_names_with_books_of_their_own_are_told_apart_and_cost_a_resync_once() -> None:
    bench = synced(D, C)
    assert bench.verdict(D) is Verdict.STALE
    bench.snapshot(D)
    bench.update(C, [("99", "42")])
    bench.update(D, [("99", "41")])
    assert (bench.book(C)[0][Decimal(99)], bench.book(D)[0][Decimal(99)]) == (Decimal(42), Decimal(41))
    assert {bench.verdict(C), bench.verdict(D)} == {Verdict.SYNCED}
    bench.close()
    bench.open()
    bench.snapshot(D, BIDS, ASKS)
    assert (bench.verdict(D), bench.verdict(C)) == (Verdict.SYNCED, Verdict.SYNCING)
    bench.snapshot(C, BIDS, ASKS)
    assert {bench.verdict(C), bench.verdict(D)} == {Verdict.SYNCED}


def test_changes_under_the_other_name_are_no_repeat_while_every_snapshot_has_the_same_name() -> None:
    bench = Bench(C)
    bench.open()
    for _ in range(5):
        bench.snapshot(D)
        bench.acknowledge(C)
        bench.wait(2.5)
        bench.update(C, [("99", "42")])
        assert bench.reason(C) == "its changes come under its other name; requesting a new snapshot"
