"""The sequence monitor against the words of its definition, and the choice of what the numbers count."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from depthview.core.sequence import Kind, NumberRun, Observation, Scope, SequenceFinding, SequenceMonitor, Tally

Numbered = tuple[int, str]
"""A number and the product of its frame, empty for none."""


@dataclass
class Words:
    """A gap is a jump; a duplicate was seen before; a late number was not; a reset falls to 0 or rises twice."""

    expected: int | None = None
    seen: list[int] = field(default_factory=list)
    below: list[int] = field(default_factory=list)

    def observe(self, number: int) -> tuple[Kind, int]:
        if self.expected is None:
            kind, missed = Kind.FIRST, 0
        elif number >= self.expected:
            missed = number - self.expected
            kind = Kind.GAP if missed else Kind.GOOD
        else:
            self.below.append(number)
            two = self.below[-2:]
            rising = len(two) == 2 and two[0] < two[1]
            if not rising and not (number == 0 and self.expected > 1):
                known = number in self.seen
                self.seen.append(number)
                return (Kind.DUPLICATE if known else Kind.OUT_OF_ORDER), 0
            self.seen.clear()
            kind, missed = Kind.RESET, 0
        self.below.clear()
        self.seen.append(number)
        self.expected = number + 1
        return kind, missed


@given(st.lists(st.one_of(st.integers(0, 12), st.integers(0, 40)), max_size=60))
@settings(max_examples=200)
def test_a_run_is_judged_by_the_words(numbers: list[int]) -> None:
    count, words = NumberRun(), Words()
    for number in numbers:
        seen = count.observe(number)
        assert (seen.kind, seen.missed) == words.observe(number)
        assert seen.number == number
        assert words.expected is not None
        assert count.last == words.expected - 1
        assert seen.applies == (seen.kind in (Kind.FIRST, Kind.GOOD, Kind.GAP, Kind.RESET))
        assert seen.breaks == (seen.kind in (Kind.GAP, Kind.RESET))


@given(
    st.integers(0, 10**18),
    st.lists(st.sampled_from(["next", "next", "next", "drop", "again", "late", "restart"]), max_size=80),
)
@settings(max_examples=120)
def test_a_long_run_with_faults_is_judged_by_the_words(start: int, plan: list[str]) -> None:
    count, words = NumberRun(), Words()
    number, history, dropped = start, [start], []
    numbers = [start]
    for step in plan:
        if step == "drop":
            number += 1
            dropped.append(number)
        elif step == "again":
            numbers.append(history[len(history) // 2])
        elif step == "late" and dropped:
            numbers.append(dropped.pop())
        elif step == "restart":
            number, history, dropped = 0, [0], []
            numbers.append(0)
        else:
            number += 1
            history.append(number)
            numbers.append(number)
    for each in numbers:
        seen = count.observe(each)
        assert (seen.kind, seen.missed) == words.observe(each)


@pytest.mark.parametrize(
    ("numbers", "kinds"),
    [
        ([0, 1, 2], "FIRST GOOD GOOD"),
        ([700, 701], "FIRST GOOD"),
        ([5, 9], "FIRST GAP"),
        ([5, 6, 6], "FIRST GOOD DUPLICATE"),
        ([5, 7, 6, 8], "FIRST GAP OUT_OF_ORDER GOOD"),
        ([5, 7, 6, 6], "FIRST GAP OUT_OF_ORDER DUPLICATE"),
        ([5, 4], "FIRST OUT_OF_ORDER"),
        ([5, 6, 0, 1], "FIRST GOOD RESET GOOD"),
        ([0, 0], "FIRST DUPLICATE"),
        ([0, 1, 0], "FIRST GOOD RESET"),
        ([9, 3, 4, 5], "FIRST OUT_OF_ORDER RESET GOOD"),
        ([9, 3, 10, 5, 7, 8], "FIRST OUT_OF_ORDER GOOD OUT_OF_ORDER RESET GOOD"),
        ([9, 5, 4, 3], "FIRST OUT_OF_ORDER OUT_OF_ORDER OUT_OF_ORDER"),
        ([9, 5, 3, 6, 7], "FIRST OUT_OF_ORDER OUT_OF_ORDER RESET GOOD"),
    ],
)
def test_runs_by_hand(numbers: list[int], kinds: str) -> None:
    count = NumberRun()
    assert [count.observe(number).kind.name for number in numbers] == kinds.split()


def test_a_duplicate_is_told_from_a_late_frame_for_thousands_of_frames() -> None:
    count = NumberRun()
    for number in range(1, 10_001):
        if number != 5_000:
            count.observe(number, 7 * number)
    assert count.observe(4_000, 28_000).kind is Kind.DUPLICATE
    assert count.observe(5_000, 35_000).kind is Kind.OUT_OF_ORDER
    assert count.observe(5_000, 35_000).kind is Kind.DUPLICATE


@pytest.mark.parametrize(
    ("numbered", "kinds"),
    [
        # The same frame twice is harmless, in whatever order and however often.
        ([(0, "a"), (1, "b"), (2, "c"), (0, "a"), (1, "b"), (2, "c"), (3, "d")], "FGGDDDG"),
        # Another frame under a number that was seen is not.
        ([(0, "a"), (1, "b"), (1, "x"), (2, "c")], "FGCG"),
        # Numbers that fall back: the first is a conflict or late, the second begins the run anew.
        ([(0, "a"), (1, "b"), (2, "c"), (3, "d"), (2, "x"), (3, "y"), (4, "z")], "FGGGCRG"),
        ([(7, "a"), (8, "b"), (2, "x"), (3, "y")], "FGOR"),
        ([(0, "a"), (1, "b"), (0, "x"), (1, "y")], "FGRG"),
        # A repeat between two of them changes nothing.
        ([(7, "a"), (8, "b"), (2, "x"), (7, "a"), (3, "y")], "FGODR"),
        # A reset forgets the texts of the run before it.
        ([(0, "a"), (1, "b"), (0, "x"), (1, "b"), (2, "c")], "FGRGG"),
    ],
)
def test_texts_tell_a_repeat_from_another_frame(numbered: list[tuple[int, str]], kinds: str) -> None:
    count = NumberRun()
    assert "".join(count.observe(number, hash(text)).kind.name[0] for number, text in numbered) == kinds


def test_a_conflict_counts_as_a_duplicate_breaks_the_proof_and_is_not_applied() -> None:
    monitor = SequenceMonitor(Scope.CONNECTION)
    for number, text in ((0, 10), (1, 11)):
        monitor.observe(number, "A", text)
    (found,) = monitor.observe(1, "A", 12)
    assert (found.seen.kind, found.seen.breaks, found.seen.applies) == (Kind.CONFLICT, True, False)
    assert monitor.total() == Tally(duplicates=1)
    assert not monitor.applies


def test_what_a_run_has_missed_has_a_bound() -> None:
    monitor = SequenceMonitor(Scope.CONNECTION)
    for number in (0, 2**63 - 1, 0, 2**63 - 1, 0, 2**63 - 1):
        monitor.observe(number, "A")
    assert (monitor.total().gaps, monitor.total().missed) == (3, 2**63 - 1)


@pytest.mark.parametrize("scope", [Scope.AUTO, Scope.CONNECTION, Scope.PRODUCT])
def test_names_without_end_take_up_no_more_room(scope: Scope) -> None:
    monitor = SequenceMonitor(scope)
    for number in range(5_000):
        monitor.observe(number, f"P{number}")
        monitor.observe(number, f"P{number}")
    assert len(monitor._product.runs) <= 128
    assert len(monitor._tallies) <= 128


# --- feeds of several products -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Feed:
    """A feed of which it is known what its numbers count."""

    truth: Scope
    frames: list[Numbered]
    opening: int
    """How many of the frames belong to the opening, in which all channels answer."""


@st.composite
def feeds(draw: st.DrawFn, *, products: int = 4, faults_after: int | None = None, tail: int = 60) -> Feed:
    """A feed as the venue opens it: trades, ticker and book of each product, acks, then changes and heartbeats.

    Faults (drops, repeats, late frames, resets) come after so many frames, or not at all.
    """
    truth = draw(st.sampled_from([Scope.CONNECTION, Scope.PRODUCT]))
    names = [f"P{n}-USD" for n in range(draw(st.integers(1, products)))]
    # Frames of no product carry no number where numbers count per product, or one of a run of their own.
    acks = draw(st.booleans()) if truth is Scope.CONNECTION else draw(st.integers(0, 4)) == 4
    beats = draw(st.booleans()) if truth is Scope.CONNECTION else draw(st.integers(0, 4)) == 4
    order: list[str] = []
    for _ in range(3):
        order += draw(st.permutations(names))
        order += [""] if acks else []
    opening = len(order)
    order += draw(st.lists(st.sampled_from([*names, *names, *([""] if beats else [])]), min_size=tail, max_size=tail))
    starts = draw(st.sampled_from([0, 0, 1_000, 900_000]))
    counters: dict[str, int] = defaultdict(lambda: starts)
    if starts:
        for place, name in enumerate(names):
            counters[name] = starts * (place + 1)
    frames: list[Numbered] = []
    for product in order:
        run = "" if truth is Scope.CONNECTION else product
        frames.append((counters[run], product))
        counters[run] += 1
    if faults_after is not None:
        frames = [*frames[:faults_after], *draw(_faulty(frames[faults_after:], truth))]
    return Feed(truth, frames, opening)


@st.composite
def _faulty(draw: st.DrawFn, frames: list[Numbered], truth: Scope) -> list[Numbered]:
    found = list(frames)
    for _ in range(draw(st.integers(0, 4))):
        assume(len(found) > 8)
        at = draw(st.integers(0, len(found) - 8))
        match draw(st.sampled_from(["drop", "drop five", "repeat", "late", "reset"])):
            case "drop":
                del found[at]
            case "drop five":
                del found[at : at + 5]
            case "repeat":
                found.insert(at + draw(st.integers(1, 7)), found[at])
            case "late":
                found.insert(at + draw(st.integers(1, 7)), found.pop(at))
            case _:
                base, fallen = found[at]
                found[at:] = [
                    (max(0, number - base), product)
                    if truth is Scope.CONNECTION or product == fallen
                    else (number, product)
                    for number, product in found[at:]
                ]
    return found


def _counts(monitor: SequenceMonitor, names: set[str]) -> dict[str, Tally]:
    return {name: monitor.tally(name) for name in names}


def _play(scope: Scope, frames: list[Numbered]) -> SequenceMonitor:
    monitor = SequenceMonitor(scope)
    for number, product in frames:
        monitor.observe(number, product)
    return monitor


@given(feeds())
@settings(max_examples=120)
def test_auto_finds_out_what_a_sound_feed_counts(feed: Feed) -> None:
    monitor = SequenceMonitor()
    decided_at = None
    for place, (number, product) in enumerate(feed.frames):
        for finding in monitor.observe(number, product):
            assert finding.seen.kind in (Kind.FIRST, Kind.GOOD)
        if monitor.scope is not Scope.AUTO and decided_at is None:
            decided_at = place
            assert monitor.scope is feed.truth
    counts = Counter(product for _, product in feed.frames[: feed.opening + 40])
    if len({product for _, product in feed.frames}) == 1:
        assert monitor.scope is Scope.AUTO
        assert not monitor.undecided
    elif feed.opening > 3 and counts.most_common(2)[1][1] > 3:
        assert decided_at is not None
        assert decided_at < feed.opening + 40
    elif feed.opening > 3:
        # A second run that ends with the opening says too little at once; time decides.
        monitor.tick(0.0)
        monitor.tick(10.0)
        assert monitor.scope is feed.truth
    assert monitor.total() == Tally()


@given(feeds(faults_after=40))
@settings(max_examples=60)
def test_follows_counts_as_observe_does(feed: Feed) -> None:
    slow, fast = SequenceMonitor(), SequenceMonitor()
    for number, product in feed.frames:
        slow.observe(number, product)
        if not fast.follows(number, product):
            fast.observe(number, product)
        assert (fast.frame, fast.scope, fast.applies) == (slow.frame, slow.scope, slow.applies)
    assert fast.total() == slow.total()


def test_follows_takes_no_frame_that_is_not_the_next_one() -> None:
    monitor = SequenceMonitor(Scope.CONNECTION)
    monitor.observe(0, "A")
    assert not monitor.follows(2, "A")
    assert monitor.frame == 0
    assert monitor.follows(1, "A")
    assert monitor.frame == 1
    assert not monitor.follows(1, "A")


def test_a_frame_is_lost_at_once_only_where_it_breaks_both_readings() -> None:
    monitor = SequenceMonitor()
    lost = []
    for number, product in ((0, "A"), (1, "B"), (5, "A")):
        monitor.observe(number, product)
        lost.append(monitor.lost)
    # Number 1 is the next one of the connection, though the first of B; 5 is the next one of neither.
    assert lost == [False, False, True]
    assert monitor.scope is Scope.AUTO


def test_a_loss_leaves_books_unsure_whose_snapshot_came_before_it() -> None:
    monitor = SequenceMonitor()
    for number, product in ((0, "A"), (1, "B"), (2, "A"), (9, "B")):
        monitor.observe(number, product)
    assert monitor.undecided
    assert [monitor.unsure("A", snapshot, proved=True) for snapshot in range(4)] == [True, True, True, False]


@given(feeds(faults_after=40))
@settings(max_examples=120)
def test_auto_counts_what_the_right_scope_counts(feed: Feed) -> None:
    monitor = SequenceMonitor()
    scopes = []
    for number, product in feed.frames:
        monitor.observe(number, product)
        scopes.append(monitor.scope)
    chosen = [scope for scope in scopes if scope is not Scope.AUTO]
    assert scopes[len(scopes) - len(chosen) :] == chosen
    assert len(set(chosen)) <= 1
    names = {product for _, product in feed.frames}
    if len(names) > 1 and chosen and scopes[39] is not Scope.AUTO:
        assert monitor.scope is feed.truth
    if chosen:
        fixed = _play(monitor.scope, feed.frames)
        assert monitor.total() == fixed.total()
        assert _counts(monitor, names) == _counts(fixed, names)
        assert [monitor.last(name) for name in names] == [fixed.last(name) for name in names]


@given(feeds(faults_after=0, tail=20))
@settings(max_examples=120)
def test_what_is_seen_before_the_choice_is_counted_with_it(feed: Feed) -> None:
    """Whatever is chosen, and whatever went wrong before: the findings are those of the fixed scope, each once."""
    auto = SequenceMonitor()
    found: list[tuple[int, Observation]] = []
    for number, product in feed.frames:
        new = auto.observe(number, product)
        assert all(before.frame < after.frame for before, after in pairwise(new))
        found += [(finding.frame, finding.seen) for finding in new]
        assert not new or new[-1].frame <= auto.frame
    assert len({frame for frame, _ in found}) == len(found)
    if auto.scope is Scope.AUTO:
        return
    assert not auto.undecided
    fixed = SequenceMonitor(auto.scope)
    expected = [finding for frame in feed.frames for finding in fixed.observe(*frame)]
    harmful = [(f.frame, f.seen) for f in expected if f.seen.kind not in (Kind.FIRST, Kind.GOOD)]
    assert sorted((x for x in found if x[1].kind not in (Kind.FIRST, Kind.GOOD)), key=lambda x: x[0]) == harmful
    assert auto.total() == fixed.total()


@given(feeds(tail=30), st.sets(st.integers(0, 25), max_size=8))
@settings(max_examples=120)
def test_losses_alone_never_make_numbers_of_the_connection_look_like_a_products(feed: Feed, lost: set[int]) -> None:
    assume(feed.truth is Scope.CONNECTION)
    monitor = _play(Scope.AUTO, [frame for place, frame in enumerate(feed.frames) if place not in lost])
    assert monitor.scope is not Scope.PRODUCT


@pytest.mark.parametrize(
    ("truth", "frames"),
    [
        # Two losses before the third product's first frame, of a connection met in the middle.
        (Scope.CONNECTION, [(100, "A"), (102, "B"), (104, "C"), (105, "A"), (106, "B"), (107, "C"), (108, "")]),
        # A lost beginning whose rest happens to fit the other reading.
        (
            Scope.PRODUCT,
            [(0, "A"), (1, "B"), (2, "A"), (2, "B"), (3, "A"), (3, "B"), (4, "A"), (4, "B"), (5, "A"), (5, "B")],
        ),
    ],
)
def test_breaks_alone_are_no_evidence(truth: Scope, frames: list[Numbered]) -> None:
    assert _play(Scope.AUTO, frames).scope is truth


# --- where both readings fit, and where the beginning is lost ------------------------------------------------------


def _ticked(monitor: SequenceMonitor, start: float, seconds: float) -> list[SequenceFinding]:
    found: list[SequenceFinding] = []
    for tenth in range(round(seconds * 10) + 1):
        found += monitor.tick(start + tenth / 10)
    return found


def test_a_run_that_begins_above_zero_on_a_connection_seen_from_zero_has_lost_its_beginning() -> None:
    monitor = SequenceMonitor(Scope.PRODUCT)
    frames = [(0, "A"), (0, "B"), (2, "C"), (1, "A"), (3, "C")]
    kinds = [[(f.seen.kind, f.seen.missed) for f in monitor.observe(*frame)] for frame in frames]
    assert kinds == [[(Kind.FIRST, 0)], [(Kind.FIRST, 0)], [(Kind.GAP, 2)], [(Kind.GOOD, 0)], [(Kind.GOOD, 0)]]
    assert monitor.tally("C") == Tally(gaps=1, missed=2)
    monitor.connect()
    for frame in [(7, "A"), (3, "B"), (0, "C")]:
        (found,) = monitor.observe(*frame)
        assert found.seen.kind is Kind.FIRST


def test_a_loss_before_the_scope_is_decided_is_told_at_once_and_counted_with_the_scope() -> None:
    """Snapshot 0, update 1 lost, heartbeat 2: a loss in either reading."""
    monitor = SequenceMonitor()
    monitor.observe(0, "A")
    assert monitor.total() == Tally()
    monitor.observe(2, "")
    assert monitor.lost
    assert monitor.unsure("A", 0, proved=True) is False
    late = monitor.settle()
    assert [(f.frame, f.seen.kind, f.seen.missed, f.doubted) for f in late] == [(1, Kind.GAP, 1, True)]
    assert monitor.total() == Tally(gaps=1, missed=1)


def test_what_waits_for_the_scope_is_counted_when_the_connection_ends() -> None:
    monitor = SequenceMonitor()
    monitor.observe(0, "A")
    monitor.observe(2, "")
    monitor.connect()
    assert monitor.total() == Tally(gaps=1, missed=1)
    assert str(monitor.scope) == "auto"


@pytest.mark.parametrize(
    ("frames", "settled"),
    [
        # level2 and heartbeats only, of a product that does not change.
        ([(0, ""), (0, "A"), (1, ""), (2, "")], Scope.PRODUCT),
        ([(0, "A"), (1, ""), (2, ""), (3, "")], Scope.CONNECTION),
        ([(0, "A"), (1, "A"), (2, "A")], Scope.CONNECTION),
    ],
)
def test_numbers_that_fit_both_readings_are_settled_within_ten_seconds(frames: list[Numbered], settled: Scope) -> None:
    monitor = SequenceMonitor()
    _ticked(monitor, 100.0, 60.0)
    for frame in frames:
        monitor.observe(*frame)
    assert _ticked(monitor, 200.0, 8.0) == []
    assert str(monitor.scope) == "auto"
    found = _ticked(monitor, 208.1, 1.5)
    assert str(monitor.scope) == str(settled)
    assert not monitor.undecided
    assert all(finding.seen.kind in (Kind.FIRST, Kind.GOOD) for finding in found)
    assert monitor.total() == Tally()


def test_what_speaks_against_a_settled_scope_opens_the_question_again() -> None:
    monitor = SequenceMonitor()
    for number in range(5):
        monitor.observe(number, "A")
    _ticked(monitor, 0.0, 10.0)
    assert str(monitor.scope) == "connection"
    # B's own numbers, which are not the connection's: no gap, and no reset.
    for number in range(3):
        monitor.observe(number, "B", 100 + number)
        monitor.observe(number + 5, "A", 200 + number)
    assert str(monitor.scope) == "product"
    assert monitor.total() == Tally()
    assert (monitor.last("A"), monitor.last("B")) == (7, 2)


def test_a_gap_is_seen_in_a_settled_scope_and_by_all_where_both_readings_see_it() -> None:
    for frames, settled in (([(0, "A"), (1, "A")], Scope.CONNECTION), ([(0, ""), (0, "A"), (1, "")], Scope.PRODUCT)):
        monitor = SequenceMonitor()
        for frame in frames:
            monitor.observe(*frame)
        _ticked(monitor, 0.0, 10.0)
        assert monitor.scope is settled
        (found,) = monitor.observe(9, "A")
        assert found.seen.kind is Kind.GAP
        assert monitor.total().gaps == 1
        assert monitor.lost or found.product == ""


def test_a_settled_scope_that_proves_right_is_followed_alone() -> None:
    monitor = SequenceMonitor()
    for number in range(3):
        monitor.observe(number, "A")
    _ticked(monitor, 0.0, 10.0)
    assert not monitor.follows(3, "A")
    for number, product in ((3, ""), (4, "A"), (5, ""), (6, "A"), (7, "")):
        monitor.observe(number, product)
    assert monitor.follows(8, "A")
    # What fitted neither reading then would be a gap now, in the only one that is left.
    (found,) = monitor.observe(0, "B")
    assert found.seen.kind is Kind.RESET


@given(st.lists(st.integers(0, 30), max_size=40))
@settings(max_examples=80)
def test_one_product_alone_counts_the_same_in_every_scope(numbers: list[int]) -> None:
    frames = [(number, "P-USD") for number in numbers]
    tallies = [_play(scope, frames).tally("P-USD") for scope in (Scope.CONNECTION, Scope.PRODUCT, Scope.AUTO)]
    assert tallies[0] == tallies[1] == tallies[2]


def test_the_observed_opening_is_decided_within_its_first_frames() -> None:
    """The order of the real recording: two products' trades, an ack, candles, an ack, tickers."""
    order = ["B", "E", "", "E", "B", "", "B", "E", "", "B"]
    monitor = SequenceMonitor()
    scopes = []
    for number, product in enumerate(order):
        monitor.observe(number, product)
        scopes.append(monitor.scope)
    assert scopes.index(Scope.CONNECTION) <= 6


def test_numbers_of_a_product_are_found_out_within_the_opening() -> None:
    order = [(0, "B"), (0, "E"), (1, "B"), (1, "E"), (2, "B"), (2, "E")]
    assert _play(Scope.AUTO, order).scope is Scope.PRODUCT


def test_where_numbers_are_not_judged_nothing_is_counted() -> None:
    monitor = SequenceMonitor(Scope.NONE)
    for place, number in enumerate([7, 9, 3, 4, 5, 0, 0, 2]):
        assert monitor.observe(number, "A") == []
        assert monitor.follows(number, "B")
        assert monitor.frame == 2 * place + 1
    assert monitor.total() == Tally()
    assert monitor.last("A") == 2
    assert not monitor.undecided
    monitor.connect()
    assert monitor.scope is Scope.NONE


@pytest.mark.parametrize("scope", [Scope.CONNECTION, Scope.PRODUCT, Scope.AUTO])
def test_a_new_connection_is_neither_gap_nor_reset_and_decides_anew(scope: Scope) -> None:
    monitor = SequenceMonitor(scope)
    for frame in [(0, "A"), (1, "B"), (2, ""), (3, "A"), (4, "B"), (5, "A"), (6, "")]:
        monitor.observe(*frame)
    assert monitor.scope == (Scope.PRODUCT if scope is Scope.PRODUCT else Scope.CONNECTION)
    before = monitor.total().gaps, monitor.total().resets
    monitor.connect()
    assert str(monitor.scope) == str(scope)
    assert monitor.frame == -1
    assert monitor.last("A") is None
    for frame in [(0, "A"), (0, "B"), (1, "A"), (1, "B"), (2, "A"), (2, "B"), (3, "B")]:
        monitor.observe(*frame)
    assert monitor.scope == (scope if scope is Scope.CONNECTION else Scope.PRODUCT)
    if scope is not Scope.CONNECTION:
        assert (monitor.total().gaps, monitor.total().resets) == before


def test_the_tallies_outlive_connections_and_are_a_products_own_in_product_scope() -> None:
    monitor = SequenceMonitor(Scope.PRODUCT)
    for frame in [(0, "A"), (5, "A"), (0, "B"), (1, "B"), (1, "B")]:
        monitor.observe(*frame)
    assert monitor.tally("A") == Tally(gaps=1, missed=4)
    assert monitor.tally("B") == Tally(duplicates=1)
    assert monitor.tally("C") == Tally()
    monitor.connect()
    monitor.observe(7, "A")
    assert monitor.total() == Tally(gaps=1, missed=4, duplicates=1)
    assert (monitor.last("A"), monitor.last("B")) == (7, None)


def test_a_kept_frame_is_reported_with_its_own_place() -> None:
    monitor = SequenceMonitor()
    # Numbers of the connection with one loss (12) while it is not known yet what they count.
    early = [(10, "A"), (11, "B"), (13, "A"), (14, "B"), (15, "A")]
    found: list[list[SequenceFinding]] = [monitor.observe(*frame) for frame in early]
    assert (str(monitor.scope), monitor.undecided) == ("auto", True)
    found.append(monitor.observe(16, "B"))
    assert (str(monitor.scope), monitor.undecided) == ("connection", False)
    assert found[2:5] == [[], [], []]
    assert [(f.frame, f.seen.kind, f.seen.missed) for f in found[5]] == [
        (2, Kind.GAP, 1), (3, Kind.GOOD, 0), (4, Kind.GOOD, 0), (5, Kind.GOOD, 0),
    ]  # fmt: skip
    assert all(finding.product == "" for finding in found[5])


def test_an_endless_doubt_ends_with_the_better_reading() -> None:
    monitor = SequenceMonitor()
    for number in range(0, 20_000, 2):
        monitor.observe(number, "A" if number % 4 else "B")
        if monitor.scope is not Scope.AUTO:
            break
    assert monitor.scope is Scope.CONNECTION
    assert monitor.total().gaps == monitor.frame
