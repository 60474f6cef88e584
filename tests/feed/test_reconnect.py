"""Connections that end, however they end: the worker comes back by itself, and no book is shown meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.feed import PRODUCTS, feed
from tests.support.relay import book_of
from tests.support.waiting import until

if TYPE_CHECKING:
    from tests.support.feed import Feed

pytestmark = pytest.mark.usefixtures("strict_loop")

_ENDS = {
    1000: "closed by the venue: normal closure (1000): so said the test",
    1001: "closed by the venue: going away (1001): so said the test",
    1006: "connection cut off without a close",
    1011: "closed by the venue: internal error (1011): so said the test",
    1012: "closed by the venue: service restart (1012): so said the test",
}


async def _end(running: Feed, code: int) -> None:
    if code == 1006:
        running.relay.abort()
    else:
        await running.relay.close(code, "so said the test")


@pytest.mark.parametrize(("code", "words"), _ENDS.items(), ids=map(str, _ENDS))
async def test_any_close_is_followed_by_a_new_connection_and_true_books(code: int, words: str) -> None:
    async with feed() as running:
        await running.synced()
        await _end(running, code)
        down = await running.has_verdict("BTC-USD", "DOWN")
        assert down["reason"].startswith(words)
        for product in PRODUCTS:
            shown = running.sample(product)
            assert shown["verdict"] == "DOWN"
            assert [shown[name] for name in ("bids", "asks", "best_bid", "best_ask", "spread", "mid")] == [None] * 6
            view = running.views.depth(product, 0, now=running.clock.monotonic())
            assert (view.bids, view.asks, view.top) == ((), (), None)
        await running.synced()
        assert running.relay.accepted == 2
        after = running.sample("BTC-USD")
        assert after["connection"]["reconnects"] == 1
        assert (after["sequence"]["gaps"], after["sequence"]["resets"]) == (0, 0)
        assert running.told(words)
        assert running.told("connected again")
        await running.agrees()


async def test_everything_is_asked_for_anew_with_tokens_of_its_own() -> None:
    async with feed() as running:
        await running.synced()
        await _end(running, 1001)
        await until(lambda: len(running.relay.sent) == 10, "everything asked for anew")
        first, second = running.relay.sent[:5], running.relay.sent[5:]
        assert [message["channel"] for message in first] == [message["channel"] for message in second]
        assert len({message["jwt"] for message in running.relay.sent}) == 10


async def test_a_connection_that_ends_again_and_again_is_made_again_and_again() -> None:
    async with feed(signed=False) as running:
        for times in range(1, 3):
            await running.synced()
            await _end(running, 1012)
            await until(lambda times=times: running.relay.accepted == times + 1, "one more connection")  # type: ignore[misc]  # mypy knows no lambda defaults
        await running.synced()
        assert running.sample("BTC-USD")["connection"]["reconnects"] == 2
        assert sum("connected again after" in event.text for event in running.events()) == 2
        await running.agrees()


async def test_a_cut_in_mid_snapshot_leaves_nothing_of_either_book_behind() -> None:
    async with feed(products=("BTC-USD",)) as running:
        await running.synced()
        half = running.relay.halve(book_of("BTC-USD", "snapshot"))
        await running.relay.close(1012)
        await until(lambda: half.struck, "half a snapshot")
        await until(lambda: running.sample("BTC-USD")["reason"] == "waiting for the snapshot", "the wait for all of it")
        shown = running.sample("BTC-USD")
        assert (shown["verdict"], shown["bids"]) == ("SYNCING", None)
        half.release()
        await until(lambda: running.relay.accepted == 3, "the third connection")
        await running.synced()
        assert running.sample("BTC-USD")["connection"]["bad_frames"] == 0
        await running.agrees()


@pytest.mark.parametrize("code", [1008, 1013])
async def test_a_venue_that_wants_its_peace_is_left_in_peace_for_5_s(code: int) -> None:
    async with feed() as running:
        await running.synced()
        await _end(running, code)
        await running.has_verdict("BTC-USD", "DOWN")
        wait = running.views.feed(running.clock.monotonic()).next_try_in
        assert wait is not None
        assert 4.5 < round(wait, 6) <= 5.0
        assert "next try in 5 s" in running.sample("BTC-USD")["reason"]
