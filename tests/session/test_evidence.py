"""Numbers and content as evidence: what loses a book its trust, and that it is won back."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from depthview.core.sequence import Scope
from depthview.core.verdict import Proof, Verdict
from tests.session.bench import ASKS, BIDS, Bench, levels, synced
from tests.support import frames

if TYPE_CHECKING:
    from tests.support.frames import Frame

B, E = "BTC-USD", "ETH-USD"


def _counts(bench: Bench, product: str = B) -> tuple[int, int, int, int, int]:
    stats = bench.depth(product).sequence
    return stats.gaps, stats.missed, stats.duplicates, stats.out_of_order, stats.resets


def _heals(bench: Bench, *products: str) -> None:
    """A resync is asked for, or has been, and its snapshots bring the trust back."""
    for _ in range(40):
        if any(line.startswith("subscribe level2") for line in bench.level2()):
            break
        bench.wait(0.25)
    else:
        pytest.fail("no resync was asked for")
    for product in products:
        assert bench.verdict(product) is Verdict.STALE
        bench.snapshot(product)
        assert bench.verdict(product) is Verdict.SYNCED
        assert bench.book(product) == (levels(BIDS), levels(ASKS))
    bench.acknowledge(*bench.session.products.names(), times=2)


# --- numbers -----------------------------------------------------------------------------------------------------


def test_a_loss_before_the_scope_is_decided_is_doubt_at_once_and_one_gap() -> None:
    """Snapshot 0, update 1 lost, heartbeat 2."""
    bench = Bench(B, scope=Scope.AUTO)
    bench.open()
    bench.snapshot(B)
    bench.skip()
    bench.heartbeat()
    assert bench.verdict(B) is Verdict.STALE
    assert bench.reason(B) == "messages are missing before 2; requesting a new snapshot"
    _heals(bench, B)
    bench.wait(11)
    assert bench.depth(B).sequence.scope == "connection"
    assert _counts(bench) == (1, 1, 0, 0, 0)
    assert bench.verdict(B).trusted
    assert sum("missing before 2" in text for text in bench.log()) == 1
    assert not any("no book affected" in text for text in bench.log())


def test_a_loss_before_the_scope_is_decided_is_counted_although_the_recording_ends() -> None:
    bench = Bench(B, scope=Scope.AUTO, passive=True)
    bench.open()
    bench.snapshot(B)
    bench.skip()
    bench.heartbeat()
    bench.session.ended(bench.clock.monotonic(), bench.clock.unix())
    assert _counts(bench) == (1, 1, 0, 0, 0)
    assert bench.verdict(B) is Verdict.STALE


@pytest.mark.parametrize("before", [0, 1])
def test_a_run_of_a_product_that_begins_above_zero_has_lost_its_beginning(before: int) -> None:
    bench = Bench(B, E, scope=Scope.PRODUCT)
    bench.open()
    bench.snapshot(B)
    bench.skip(before, E)
    bench.snapshot(E)
    assert _counts(bench, E) == (before, before, 0, 0, 0)
    assert _counts(bench, B) == (0, 0, 0, 0, 0)
    # The snapshot itself came after the loss.
    assert bench.verdict(E) is Verdict.SYNCED


@pytest.mark.parametrize("scope", [Scope.CONNECTION, Scope.PRODUCT, Scope.AUTO])
def test_sound_numbers_of_either_kind_cost_no_trust(scope: Scope) -> None:
    for venue in (Scope.CONNECTION, Scope.PRODUCT) if scope is Scope.AUTO else (scope,):
        bench = Bench(B, E, scope=scope)
        bench.per_product = venue is Scope.PRODUCT
        bench.open()
        bench.heartbeat()
        for product in (B, E):
            bench.snapshot(product)
        trusted = 0
        for step in range(200):
            bench.update((B, E, E)[step % 3], [("99", str(step + 1))])
            bench.wait(0.1, step=0.1)
            trusted += all(bench.verdict(product).trusted for product in (B, E))
        assert trusted == 200
        assert _counts(bench, B) == _counts(bench, E) == (0, 0, 0, 0, 0)
        assert bench.depth(B).sequence.scope == venue.value


def test_a_frame_of_a_product_that_cannot_be_told_is_none_of_the_run_of_frames_without_one() -> None:
    bench = Bench(B, E, scope=Scope.PRODUCT)
    bench.per_product = True
    bench.open()
    bench.feed(frames.heartbeat(bench.number(), 1, unix=bench.clock.unix()))
    for product in (B, E):
        bench.snapshot(product)
    for step in range(20):
        bench.update(B, [("99", str(step + 1))])
    bench.feed({"channel": "l2_data", "timestamp": "", "sequence_num": bench.number(B), "events": None})
    assert bench.verdict(B) is bench.verdict(E) is Verdict.STALE
    for beat in (2, 3):
        bench.feed(frames.heartbeat(bench.number(), beat, unix=bench.clock.unix()))
    _heals(bench, B, E)
    assert _counts(bench, B)[2:] == _counts(bench, E)[2:] == (0, 0, 0)
    assert not any("fell back" in text or "out of order" in text for text in bench.log())


def test_the_same_frame_twice_is_harmless_and_another_one_with_its_number_is_doubt() -> None:
    bench = synced(B, E)
    frame = frames.update(bench.number(), B, [("99", "5")])
    bench.feed(frame)
    bench.feed(frame)
    assert (bench.verdict(B), bench.verdict(E)) == (Verdict.SYNCED, Verdict.SYNCED)
    assert _counts(bench) == (0, 0, 1, 0, 0)
    bench.feed(frames.update(frame["sequence_num"], B, [("99", "6")]))
    assert (bench.verdict(B), bench.verdict(E)) == (Verdict.STALE, Verdict.STALE)
    assert bench.reason(B).startswith(f"two different messages are numbered {frame['sequence_num']}")
    assert bench.book(B)[0][Decimal(99)] == 5
    assert _counts(bench) == (0, 0, 2, 0, 0)
    _heals(bench, B, E)


def test_numbers_that_fall_back_to_two_are_a_reset_and_no_duplicates() -> None:
    bench = synced(B)
    bench._numbers[""] = 2
    bench.update(B, [("99", "5")])
    assert bench.verdict(B) is Verdict.STALE
    bench.update(B, [("99", "6")])
    assert _counts(bench)[4] == 1
    _heals(bench, B)
    bench.wait(3)
    assert bench.verdict(B) is Verdict.SYNCED
    assert _counts(bench)[:2] == (0, 0)


NO_NUMBERS: list[object] = ["missing", None, "5", 1.5, True, [1], -1, 2**63, 10**40]


def _numbered(whole: Frame, number: object) -> Frame:
    if number == "missing":
        return {key: value for key, value in whole.items() if key != "sequence_num"}
    return {**whole, "sequence_num": number}


@pytest.mark.parametrize("number", NO_NUMBERS, ids=str)
@pytest.mark.parametrize("scope", [Scope.CONNECTION, Scope.PRODUCT, Scope.AUTO])
def test_a_book_frame_without_a_usable_number_is_doubt(number: object, scope: Scope) -> None:
    bench = synced(B, E, scope=scope)
    bench.feed(_numbered(frames.update(0, B, [("99", "5")]), number))
    assert (bench.verdict(B), bench.verdict(E)) == (Verdict.STALE, Verdict.SYNCED)
    assert bench.reason(B)
    _heals(bench, B)


@pytest.mark.parametrize("number", NO_NUMBERS, ids=str)
def test_other_frames_without_a_number_are_no_doubt(number: object) -> None:
    bench = synced(B, scope=Scope.PRODUCT)
    for whole in (frames.heartbeat(0), frames.ticker(0, B), frames.acknowledgement(0, level2=[B])):
        bench.feed(_numbered(whole, number))
    assert bench.verdict(B) is Verdict.SYNCED


def test_a_venue_that_numbers_nothing_is_never_trusted_and_not_asked_without_end() -> None:
    bench = Bench(B)
    bench.open()
    asked = 0
    for _ in range(60):
        bench.feed(_numbered(frames.snapshot(0, B, BIDS, ASKS), "missing"))
        assert bench.verdict(B) is Verdict.STALE
        bench.wait(1, beats=False)
        asked += sum(line.startswith("subscribe") for line in bench.level2())
    assert 1 <= asked <= 15


def test_a_recording_may_hold_snapshots_without_numbers_and_no_such_changes() -> None:
    bench = synced(B, passive=True)
    bench.feed(_numbered(frames.snapshot(0, B, BIDS, ASKS), "missing"))
    assert bench.verdict(B) is Verdict.SYNCED
    bench.feed(_numbered(frames.update(0, B, [("99", "5")]), "missing"))
    assert bench.verdict(B) is Verdict.STALE


def test_where_numbers_are_not_judged_books_rest_on_the_other_evidence() -> None:
    bench = Bench(B, E, scope=Scope.NONE, passive=True)
    bench.open()
    for number, product in ((7, B), (3, E)):
        bench.feed(frames.snapshot(number, product, BIDS, ASKS))
    numbers: list[object] = [90, 4, 4, 0, None]
    for each in numbers:
        bench.feed(frames.update(each, B, [("99", "5")]))
    assert (bench.verdict(B), bench.depth(B).proof) == (Verdict.SYNCED, Proof.PARTIAL)
    assert bench.view(B).tabs[0].proof is Proof.PARTIAL
    assert (bench.depth(B).sequence.scope, _counts(bench)) == ("none", (0, 0, 0, 0, 0))
    bench.feed(b'{"channel":"l2_data","events":[{"type":"upd')
    assert (bench.verdict(B), bench.verdict(E)) == (Verdict.STALE, Verdict.STALE)


def test_a_quiet_product_beside_numbered_heartbeats_is_trusted_and_its_scope_settled() -> None:
    """A server that sends only level2 and heartbeats: nothing tells the two readings apart."""
    bench = Bench(B, scope=Scope.AUTO)
    bench.open()
    bench.feed(frames.heartbeat(0, unix=bench.clock.unix()))
    bench.feed(frames.snapshot(0, B, BIDS, ASKS, unix=bench.clock.unix()))
    for beat in range(1, 15):
        assert bench.verdict(B).trusted
        bench.feed(frames.heartbeat(beat, unix=bench.clock.unix()))
        bench.wait(1, beats=False)
    assert bench.depth(B).sequence.scope == "product"
    bench.feed(frames.update(2, B, [("99", "5")], unix=bench.clock.unix()))
    assert bench.verdict(B) is Verdict.STALE
    assert _counts(bench)[:2] == (1, 1)
    bench.level2()
    bench.feed(frames.snapshot(3, B, BIDS, ASKS, unix=bench.clock.unix()))
    assert bench.verdict(B) is Verdict.SYNCED


@pytest.mark.parametrize("truth", [Scope.CONNECTION, Scope.PRODUCT])
def test_what_comes_after_a_settled_scope_is_read_as_it_is_meant(truth: Scope) -> None:
    """One product alone fits both readings; another one added a minute later shows which of them it was."""
    bench = Bench(B, scope=Scope.AUTO)
    bench.per_product = truth is Scope.PRODUCT
    bench.open()
    bench.snapshot(B)
    for step in range(120):
        bench.update(B, [("99", str(step + 1))])
        bench.wait(0.1, beats=False, step=0.1)
    assert bench.depth(B).sequence.scope == "connection"
    bench.session.add_product(E)
    bench.flush()
    bench.snapshot(E)
    for step in range(10):
        bench.update((B, E)[step % 2], [("99", str(step + 1))])
        bench.wait(0.1, beats=False, step=0.1)
        assert bench.verdict(B).trusted
        assert bench.verdict(E).trusted
    assert bench.depth(B).sequence.scope == truth.value
    assert _counts(bench) == (0, 0, 0, 0, 0)
    bench.skip(2, B)
    bench.update(B, [("99", "9")])
    assert bench.verdict(B) is Verdict.STALE
    assert bench.verdict(E) is (Verdict.STALE if truth is Scope.CONNECTION else Verdict.SYNCED)


# --- content -----------------------------------------------------------------------------------------------------


def _event(kind: str, product: str) -> Frame:
    return frames.book_event(kind, product, [("99", "5")])


@pytest.mark.parametrize("beside", [(), ("update",)], ids=["alone", "beside an update"])
def test_an_event_of_an_unknown_type_puts_the_book_that_it_names_in_doubt(beside: tuple[str, ...]) -> None:
    bench = synced(B, E)
    events = [_event("checksum", B), *(_event(kind, E) for kind in beside)]
    bench.feed(frames.frame("l2_data", bench.number(), events))
    assert (bench.verdict(B), bench.verdict(E)) == (Verdict.STALE, Verdict.SYNCED)
    assert bench.reason(B).startswith("event of an unknown type")
    assert (bench.book(E)[0][Decimal(99)] == 5) == bool(beside)
    _heals(bench, B)


@pytest.mark.parametrize("product", [None, 5, "", "\x1b[2J", "nothing at all", "B\u200bTC-USD"])
@pytest.mark.parametrize("kind", ["checksum", "update"])
def test_what_names_no_product_puts_all_books_in_doubt(kind: str, product: object) -> None:
    bench = synced(B, E)
    event = {**_event(kind, B), "product_id": product}
    bench.feed(frames.frame("l2_data", bench.number(), [event]))
    assert (bench.verdict(B), bench.verdict(E)) == (Verdict.STALE, Verdict.STALE)
    _heals(bench, B, E)


@pytest.mark.parametrize("label", ["btc-usd", " BTC-USD", "BTC-USD\t", "Btc-Usd", "BTC -USD", "\u00a0BTC-USD"])
@pytest.mark.parametrize("kind", ["checksum", "update", "snapshot"])
@pytest.mark.parametrize("damaged", [False, True], ids=["sound", "with a bad row"])
def test_a_name_that_differs_in_case_or_blanks_puts_its_book_in_doubt(label: str, kind: str, *, damaged: bool) -> None:
    bench = synced(B, E)
    event = frames.book_event(kind, label, [("99", "5")], [], [{}] if damaged else [])
    bench.feed(frames.frame("l2_data", bench.number(), [event]))
    assert (bench.verdict(B), bench.verdict(E)) == (Verdict.STALE, Verdict.SYNCED)
    assert bench.book(B) == (levels(BIDS), levels(ASKS))
    _heals(bench, B)


@pytest.mark.parametrize("scope", [Scope.CONNECTION, Scope.PRODUCT])
def test_a_misnamed_frame_uses_up_the_number_that_was_meant(scope: Scope) -> None:
    bench = synced(B, scope=scope)
    bench.feed(frames.update(bench.number(B), "btc-usd", [("99", "5")]))
    _heals(bench, B)
    assert _counts(bench) == (0, 0, 0, 0, 0)


def test_rows_of_a_product_that_nobody_asked_for_are_no_doubt() -> None:
    bench = synced(B)
    bench.feed(frames.update(bench.number(), "SOL-USD", [("99", "5")]))
    bench.feed(frames.frame("l2_data", bench.number(), [_event("checksum", "SOL-USD")]))
    assert bench.verdict(B) is Verdict.SYNCED
    assert bench.level2() == []


@pytest.mark.parametrize("bad", [(), ({},)], ids=["sound", "with a bad row"])
def test_two_snapshot_events_of_one_frame_are_one_snapshot(bad: tuple[object, ...]) -> None:
    bench = synced(B, E)
    parts = [
        frames.book_event("snapshot", B, BIDS, []),
        frames.book_event("snapshot", E, BIDS, ASKS),
        frames.book_event("snapshot", B, [], ASKS, bad),
    ]
    bench.feed(frames.frame("l2_data", bench.number(), parts))
    assert bench.book(B) == bench.book(E) == (levels(BIDS), levels(ASKS))
    assert bench.verdict(E) is Verdict.SYNCED
    assert bench.verdict(B) is (Verdict.STALE if bad else Verdict.SYNCED)


@pytest.mark.parametrize("updates", [{"updates": None}, {}], ids=["null", "missing"])
@pytest.mark.parametrize("kind", ["update", "snapshot"])
def test_rows_that_are_null_are_a_bad_row_and_no_bad_frame(kind: str, updates: Frame) -> None:
    bench = synced(B, E)
    sound = frames.book_event("update", E, [("99", "5")])
    event = {"type": kind, "product_id": B, **updates}
    bench.feed(frames.frame("l2_data", bench.number(), [event, sound]))
    feed = bench.view().feed
    assert (feed.bad_rows, feed.bad_frames) == (1, 0)
    assert (bench.verdict(B), bench.verdict(E)) == (Verdict.STALE, Verdict.SYNCED)
    assert bench.book(E)[0][Decimal(99)] == 5
    _heals(bench, B)


@pytest.mark.parametrize("prices", [{}, dict.fromkeys(("price", "best_bid", "best_ask")), {"best_bid": ""}])
def test_a_ticker_without_prices_is_no_bad_frame_and_no_evidence(prices: Frame) -> None:
    bench = synced(B)
    row = {"type": "ticker", "product_id": B, "high_24_h": "120", **prices}
    bench.feed(frames.frame("ticker", bench.number(), [{"type": "update", "tickers": [row]}]))
    assert bench.view().feed.bad_frames == 0
    shown = bench.depth(B)
    assert (shown.verdict, shown.ticker_age) == (Verdict.SYNCED, None)
    assert shown.day is not None
    assert shown.day.high == 120


def test_a_late_frame_that_waited_for_the_scope_and_was_not_used_is_only_logged() -> None:
    bench = Bench(B, E, scope=Scope.AUTO)
    bench.open()
    # Numbers count by product: number 1 of BTC-USD comes late, and in the other reading it is ETH-USD's.
    order = [(B, 0), (E, 0), (E, 1), (B, 2), (B, 1), (E, 2), (E, 3), (B, 3), (B, 4), (E, 4), (B, 5), (E, 5)]
    for place, (product, number) in enumerate(order):
        bench.feed(frames.update(number, product, [("99", str(place + 1))], unix=bench.clock.unix()))
    assert bench.session.monitor.scope is Scope.PRODUCT
    assert "out of order: 1 disregarded" in bench.log()


def test_a_ticker_without_one_of_the_best_prices_is_no_evidence() -> None:
    bench = synced(B)
    for missing in ("best_bid", "best_ask"):
        whole: Any = frames.ticker(bench.number(), B, "42", "43")
        del whole["events"][0]["tickers"][0][missing]
        bench.feed(whole)
    bench.wait(5)
    seen = bench.depth(B)
    assert (seen.verdict, seen.ticker_age, seen.ticker_differs) == (Verdict.SYNCED, None, None)
    assert bench.session.statistics.bad_frames == 0
