"""The ticker's word on the top of a book, and what is told while it contradicts."""

from __future__ import annotations

from decimal import Decimal

from depthview.core.ticker_check import Contradiction, TickerCheck, Top

_BID, _ASK = Decimal("65081.10"), Decimal("65081.12")
_OTHER = Decimal("65000.00")


def _contradicted(messages: int, every: float = 0.7) -> tuple[TickerCheck, float]:
    proof, now = TickerCheck(), 100.0
    proof.book(_OTHER, _ASK, now)
    for _ in range(messages):
        now += every
        proof.ticker(_BID, _ASK, now)
        assert not proof.disagrees(now)
    return proof, now


def _contradicts(proof: TickerCheck) -> bool:
    return proof.contradiction is not None


def test_what_the_ticker_shows_is_told_from_the_first_message_that_nothing_bears_out() -> None:
    proof, now = _contradicted(1)
    assert not _contradicts(proof)
    assert not proof.disagrees(now + 0.6)
    assert proof.contradiction == Contradiction(now, Top(now, _BID, _ASK))


def test_it_counts_from_the_first_and_ends_with_one_that_agrees() -> None:
    proof, now = _contradicted(3)
    assert not proof.disagrees(now + 0.6)
    assert proof.contradiction is not None
    assert proof.contradiction.since == 100.7
    proof.book(_BID, _ASK, now + 1.0)
    proof.ticker(_BID, _ASK, now + 1.0)
    assert proof.agreed_at == now + 1.0
    assert not _contradicts(proof)


def test_it_stays_told_while_the_book_is_doubted_for_it_and_goes_with_the_book() -> None:
    proof, now = _contradicted(6)
    assert proof.disagrees(now + 0.6)
    assert _contradicts(proof)
    proof.forget()
    assert not _contradicts(proof)
