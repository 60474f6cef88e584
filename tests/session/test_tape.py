"""Where trades may be missing, and where they are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from depthview.core.sequence import Scope
from tests.session.bench import Bench, synced
from tests.support import frames
from tests.support.frames import UNIX, wire

if TYPE_CHECKING:
    from tests.support.frames import Frame

B, E = "BTC-USD", "ETH-USD"


def _trade(number: int, product: str = B, *, after: float | None = None) -> Frame:
    return frames.trade(product, str(number), "100", at=UNIX + (number if after is None else after))


def _print(bench: Bench, *numbers: int, product: str = B, kind: str = "update") -> None:
    bench.feed(frames.trades(bench.number(product), *(_trade(n, product) for n in numbers), kind=kind))


def _marks(bench: Bench) -> dict[str, str]:
    return {
        trade.trade_id: trade.missing_before
        for trade in bench.session.products.market(B).tape.trades
        if trade.missing_before
    }


@pytest.mark.parametrize(("lost", "words"), [(1, "gap of 1 message"), (3, "gap of 3 messages")])
def test_the_first_trade_behind_a_gap_says_so_and_the_next_does_not(lost: int, words: str) -> None:
    bench = synced(B)
    _print(bench, 1, 2)
    bench.skip(lost)
    _print(bench, 5)
    _print(bench, 6, 7)
    assert _marks(bench) == {"5": words}


def test_a_gap_before_the_first_trade_hides_nothing_between_two() -> None:
    bench = synced(B)
    bench.skip(2)
    _print(bench, 5)
    assert _marks(bench) == {}


def test_numbers_that_fall_back_are_a_reason_too() -> None:
    bench = synced(B)
    for n in range(20):
        _print(bench, n)
    for number in range(4):
        bench.feed(frames.trades(number, _trade(50 + 2 * number)))
    assert list(_marks(bench).values()) == ["numbers fell back"]


def test_ids_that_follow_each_other_have_nothing_between_them() -> None:
    bench = synced(B)
    _print(bench, 1, 2)
    bench.skip(3)
    _print(bench, 3)
    _print(bench, 9)
    assert _marks(bench) == {}


def test_a_gap_concerns_every_product_of_the_connection_and_only_its_own_where_numbers_are_by_product() -> None:
    bench = synced(B, E)
    _print(bench, 1)
    _print(bench, 1, product=E)
    bench.skip(1)
    _print(bench, 5)
    _print(bench, 5, product=E)
    assert bench.session.products.market(E).tape.trades[0].missing_before == "gap of 1 message"
    by_product = synced(B, E, scope=Scope.PRODUCT)
    _print(by_product, 1)
    _print(by_product, 1, product=E)
    by_product.skip(1, B)
    _print(by_product, 5)
    _print(by_product, 5, product=E)
    marks = [by_product.session.products.market(name).tape.trades[0].missing_before for name in (B, E)]
    assert marks == ["gap of 1 message", ""]


def _reconnected() -> Bench:
    bench = synced(B)
    _print(bench, 1, 2)
    bench.close()
    bench.open()
    bench.snapshot(B)
    return bench


def test_after_a_reconnect_trades_may_be_missing_before_the_oldest_of_the_snapshot() -> None:
    bench = _reconnected()
    _print(bench, 12, 11, 10, kind="snapshot")
    _print(bench, 13)
    assert _marks(bench) == {"10": "reconnected"}


@pytest.mark.parametrize("reaches", [2, 1, 0])
def test_a_snapshot_that_reaches_back_to_what_is_known_has_no_hole(reaches: int) -> None:
    bench = _reconnected()
    _print(bench, *range(12, reaches - 1, -2), *([reaches] if reaches % 2 else []), kind="snapshot")
    assert _marks(bench) == {}


def test_a_snapshot_that_comes_behind_the_first_trades_takes_the_mark_to_its_place() -> None:
    bench = _reconnected()
    _print(bench, 30)
    assert _marks(bench) == {"30": "reconnected"}
    _print(bench, 30, 28, 26, kind="snapshot")
    assert _marks(bench) == {"26": "reconnected"}
    _print(bench, 30, 28, 26, 10, 2, kind="snapshot")
    assert _marks(bench) == {}


def test_a_snapshot_with_a_trade_that_cannot_be_read_proves_nothing() -> None:
    bench = _reconnected()
    damaged = {**_trade(8), "price": "1e3"}
    bench.feed(frames.trades(bench.number(), _trade(10), damaged, _trade(2), kind="snapshot"))
    assert _marks(bench) == {"10": "reconnected"}


def test_several_reasons_for_one_hole_are_all_told_once_and_not_without_end() -> None:
    bench = _reconnected()
    bench.skip(1)
    bench.heartbeat()
    bench.skip(1)
    bench.heartbeat()
    _print(bench, 10)
    assert _marks(bench) == {"10": "reconnected, gap of 1 message"}
    for lost in range(1, 9):
        bench.skip(lost)
        bench.heartbeat()
    _print(bench, 20)
    marks = _marks(bench)
    assert marks["20"] == "gap of 1 message, gap of 2 messages, gap of 3 messages, and more"
    assert marks["10"] == "reconnected, gap of 1 message"


def test_a_frame_of_trades_that_cannot_be_read_leaves_a_hole_and_one_of_books_does_not() -> None:
    bench = synced(B)
    _print(bench, 1)
    bench.feed(wire(frames.update(bench.number(), B))[:-3])
    _print(bench, 5)
    assert _marks(bench) == {}
    bench.feed(wire(frames.trades(bench.number(), _trade(7)))[:-3])
    _print(bench, 9)
    bench.feed({**frames.trades(bench.number()), "events": [{"trades": 5}]})
    _print(bench, 12)
    assert _marks(bench) == {"9": "message that cannot be read", "12": "message that cannot be read"}


def test_a_mark_goes_when_what_was_before_it_has_gone() -> None:
    bench = synced(B)
    _print(bench, 1)
    bench.skip(1)
    _print(bench, 10)
    _print(bench, *range(11, 509))
    assert _marks(bench) == {"10": "gap of 1 message"}
    _print(bench, 509)
    assert (_marks(bench), len(bench.session.products.market(B).tape.trades)) == ({}, 500)
