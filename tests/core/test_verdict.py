"""Facts in, verdict out: every verdict, every cause, the worst first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depthview.core.verdict import TRUSTED, Facts, Judgement, Proof, Verdict, judge

GOOD = Facts(
    connected=True,
    asked_age=60.0,
    confirmed=True,
    has_book=True,
    message_age=0.05,
    heartbeat_age=0.5,
    change_age=0.05,
    usual_interval=0.05,
)
BARE = replace(GOOD, has_book=False, confirmed=False, change_age=None, usual_interval=None, asked_age=1.0)

TABLE: list[tuple[Facts, Verdict, str, str | None]] = [
    (GOOD, Verdict.SYNCED, "synced", None),
    (
        replace(GOOD, connected=False, connection="refused; next try in 3 s"),
        Verdict.DOWN,
        "connection",
        "refused; next try in 3 s",
    ),
    (replace(GOOD, connected=False), Verdict.DOWN, "connection", "not connected"),
    (replace(GOOD, doubt="gap of 3"), Verdict.STALE, "doubt", "gap of 3"),
    (replace(GOOD, message_age=3.01), Verdict.STALE, "silence", "no message for 3 s"),
    (replace(GOOD, message_age=3.0), Verdict.SYNCED, "synced", None),
    (replace(GOOD, crossed_age=0.26), Verdict.STALE, "crossed", "best bid above best ask for 0.3 s"),
    (replace(GOOD, crossed_age=0.25), Verdict.SYNCED, "synced", None),
    (replace(GOOD, undecided=True), Verdict.SYNCING, "numbering", "determining what the numbers count"),
    (replace(GOOD, change_age=10.1), Verdict.QUIET, "quiet", "no change for 10 s, heartbeats fine"),
    (replace(GOOD, change_age=10.0), Verdict.SYNCED, "synced", None),
    (replace(GOOD, change_age=59.0, usual_interval=3.0), Verdict.SYNCED, "synced", None),
    (replace(GOOD, change_age=61.0, usual_interval=3.0), Verdict.QUIET, "quiet", "no change for 61 s, heartbeats fine"),
    (
        replace(GOOD, change_age=61.0, usual_interval=None),
        Verdict.QUIET,
        "quiet",
        "no change for 61 s, heartbeats fine",
    ),
    (replace(GOOD, change_age=61.0, heartbeat_age=3.1), Verdict.SYNCED, "synced", None),
    (replace(GOOD, change_age=61.0, heartbeat_age=None), Verdict.SYNCED, "synced", None),
    (replace(BARE, asked_age=None), Verdict.SYNCING, "asking", "about to subscribe"),
    (BARE, Verdict.SYNCING, "waiting", "waiting for the snapshot"),
    (replace(BARE, asked_age=5.0), Verdict.SYNCING, "waiting", "waiting for the snapshot"),
    (replace(BARE, asked_age=5.1), Verdict.NO_DATA, "unanswered", "the venue has not answered for 5 s"),
    (
        replace(BARE, asked_age=5.1, unlisted=True),
        Verdict.NO_DATA,
        "unlisted",
        "not in the venue's product list, and no answer",
    ),
    (replace(BARE, asked_age=4.9, unlisted=True), Verdict.SYNCING, "waiting", "waiting for the snapshot"),
    (replace(BARE, asked_age=5.0, confirmed=True), Verdict.SYNCING, "waiting", "waiting for the snapshot"),
    (
        replace(BARE, asked_age=9.0, confirmed=True),
        Verdict.NO_DATA,
        "empty",
        "confirmed by the venue, but no snapshot for 9 s",
    ),
    (
        replace(BARE, asked_age=9.0, confirmed=True, message_age=4.0),
        Verdict.STALE,
        "silence",
        "no message for 4 s",
    ),
    (
        replace(BARE, asked_age=9.0, message_age=4.0, part_bytes=3_140_000),
        Verdict.SYNCING,
        "receiving",
        "a message is coming in, 3.1 MB so far",
    ),
    (replace(GOOD, message_age=4.0, part_bytes=3_140_000), Verdict.STALE, "silence", "no message for 4 s"),
    (replace(BARE, refusal="no such product"), Verdict.NO_DATA, "refused", "the venue answered: no such product"),
    (replace(BARE, message_age=4.0), Verdict.STALE, "silence", "no message for 4 s"),
    (replace(GOOD, subscribed=False), Verdict.STALE, "subscription", "the venue no longer lists it as subscribed"),
    (
        replace(GOOD, acknowledgement_missed=True),
        Verdict.STALE,
        "acknowledgement",
        "asking the venue whether it is still subscribed",
    ),
    (replace(GOOD, unsubscribed=True), Verdict.STALE, "unsubscribed", "unsubscribed; waiting for a new snapshot"),
    (
        replace(GOOD, unsubscribed=True, doubt="gap of 3", refusal="too many"),
        Verdict.STALE,
        "refused",
        "the venue refused to subscribe it again: too many",
    ),
    (replace(GOOD, refusal="an earlier one"), Verdict.SYNCED, "synced", None),
    (replace(GOOD, lag=1.99), Verdict.SYNCED, "synced", None),
    (replace(GOOD, lag=2.0), Verdict.STALE, "late", "data is 2 s old: it arrives late"),
    (replace(GOOD, lag=23.0, queued=True), Verdict.STALE, "late", "data is 23 s old: we are behind"),
    (replace(GOOD, lag=1.0, was_late=True), Verdict.STALE, "late", "data is 1 s old: it arrives late"),
    (replace(GOOD, lag=0.99, was_late=True), Verdict.SYNCED, "synced", None),
    (replace(GOOD, lag=1.0, message_age=2.5), Verdict.STALE, "late", "data is 4 s old: it arrives late"),
    (replace(GOOD, lag=0.99, message_age=2.5), Verdict.SYNCED, "synced", None),
    (
        replace(GOOD, paused=1.5),
        Verdict.STALE,
        "pause",
        "this program did not run for 2 s; reading what came meanwhile",
    ),
    (replace(GOOD, identity="its data is of USDT-USD"), Verdict.NO_DATA, "identity", "its data is of USDT-USD"),
    (replace(GOOD, ticker_contradicts=True), Verdict.STALE, "ticker", "the ticker shows another top of the book"),
]


@pytest.mark.parametrize(("facts", "verdict", "cause", "reason"), TABLE)
def test_what_the_facts_allow(facts: Facts, verdict: Verdict, cause: str, reason: str | None) -> None:
    assert judge(facts) == Judgement(verdict, cause, reason)


@pytest.mark.parametrize("facts", [GOOD, BARE, replace(GOOD, doubt="gap of 3"), replace(GOOD, connected=False)])
def test_a_partial_recording_changes_no_verdict_and_is_said_beside_it(facts: Facts) -> None:
    assert judge(facts).proof is Proof.FULL
    assert judge(replace(facts, proof=Proof.PARTIAL)) == replace(judge(facts), proof=Proof.PARTIAL)


def test_the_table_knows_every_verdict() -> None:
    assert {verdict for _, verdict, _, _ in TABLE} == set(Verdict)
    assert {verdict for verdict in Verdict if verdict.trusted} == TRUSTED == {Verdict.SYNCED, Verdict.QUIET}


WORST_FIRST: list[tuple[str, dict[str, Any]]] = [
    ("connection", {"connected": False}),
    ("identity", {"identity": "another market's book"}),
    ("doubt", {"doubt": "gap of 1"}),
    ("unsubscribed", {"unsubscribed": True}),
    ("subscription", {"subscribed": False}),
    ("pause", {"paused": 2.0}),
    ("silence", {"message_age": 9.0}),
    ("late", {"lag": 2.5}),
    ("crossed", {"crossed_age": 1.0}),
    ("ticker", {"ticker_contradicts": True}),
    ("numbering", {"undecided": True}),
    ("quiet", {"change_age": 600.0}),
]


@given(st.lists(st.sampled_from(WORST_FIRST), unique_by=lambda fault: fault[0], min_size=1))
@settings(max_examples=100)
def test_of_several_faults_the_worst_is_named(faults: list[tuple[str, dict[str, Any]]]) -> None:
    facts = GOOD
    for _, change in faults:
        facts = replace(facts, **change)
    order = [cause for cause, _ in WORST_FIRST]
    assert judge(facts).cause == min((cause for cause, _ in faults), key=order.index)


AGES = st.one_of(st.none(), st.floats(0, 1000))


@given(
    st.builds(
        Facts,
        connected=st.booleans(),
        asked_age=AGES,
        confirmed=st.booleans(),
        refusal=st.sampled_from(["", "no"]),
        unlisted=st.booleans(),
        has_book=st.booleans(),
        undecided=st.booleans(),
        doubt=st.sampled_from(["", "gap"]),
        message_age=AGES,
        part_bytes=st.integers(0, 9),
        crossed_age=AGES,
        heartbeat_age=AGES,
        change_age=AGES,
        usual_interval=AGES,
        subscribed=st.booleans(),
        acknowledgement_missed=st.booleans(),
        unsubscribed=st.booleans(),
        lag=AGES,
        queued=st.booleans(),
        was_late=st.booleans(),
        paused=st.sampled_from([0.0, 2.0]),
        identity=st.sampled_from(["", "another's"]),
        ticker_contradicts=st.booleans(),
        proof=st.sampled_from(Proof),
    )
)
@settings(max_examples=300)
def test_trust_needs_a_book_and_no_doubt(facts: Facts) -> None:
    found = judge(facts)
    if found.verdict.trusted:
        assert facts.connected
        assert facts.has_book
        assert not facts.doubt
        assert not facts.undecided
        assert facts.message_age is None or facts.message_age <= 3
        assert facts.crossed_age is None or facts.crossed_age <= 0.25
        assert facts.subscribed
        assert not facts.acknowledgement_missed
        assert not facts.unsubscribed
        assert facts.lag is None or (facts.lag < 2 and facts.lag + (facts.message_age or 0.0) < 3.5)
        assert not facts.paused
        assert not facts.identity
        assert not facts.ticker_contradicts
    else:
        assert found.reason


@given(st.floats(0, 1e6), st.one_of(st.none(), st.floats(0, 100)))
@settings(max_examples=100)
def test_a_quiet_product_with_fine_heartbeats_is_never_stale(change_age: float, usual: float | None) -> None:
    found = judge(replace(GOOD, change_age=change_age, usual_interval=usual))
    assert found.verdict in (Verdict.SYNCED, Verdict.QUIET)
    assert found.verdict is (Verdict.QUIET if change_age > max(10.0, 20 * (usual or 0.0)) else Verdict.SYNCED)
