"""Every fault heals: a client that follows the rules has the true books afterwards."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from depthview.exchange.faults.book import BAD_UPDATES
from depthview.exchange.faults.catalogue import CATALOGUE
from depthview.exchange.options import ExchangeOptions
from depthview.exchange.server import Exchange
from tests.exchange.client import eventually
from tests.exchange.stage import OTHER, PRODUCT, SMALL, FastClock, Follower

pytestmark = pytest.mark.usefixtures("strict_loop")

_PROVOKED = {
    "gap": ["gap:count=3"],
    "duplicate": ["duplicate:copies=2"],
    "out_of_order": ["out_of_order:by=2"],
    "reset": ["reset"],
    "renumber": ["renumber:seconds=0.5"],
    "repeated_number": ["repeated_number:count=3"],
    "bad_number": ["bad_number", "bad_number:kind=text,count=3", "bad_number:kind=huge,counted=1"],
    "omit": ["omit:seconds=0.5,channel=ticker", "omit:seconds=0.5,channel=heartbeats"],
    "delay": ["delay:by=0.2,seconds=0.5", "delay:by=0.3,grow=0.3,seconds=0.5"],
    "old_stamps": ["old_stamps:seconds=0.5"],
    "pings": ["pings:rate=500,seconds=0.5", "pings:seconds=0.5,silent=1"],
    "bad_heartbeat": ["bad_heartbeat", "bad_heartbeat:kind=list"],
    "stall": ["stall:seconds=0.5", "stall:seconds=0.5,lose=1"],
    "half_open": ["half_open:seconds=2"],
    "heartbeat_stop": ["heartbeat_stop:seconds=1"],
    "close": ["close:code=1006", "close:code=1001,reason=so long", "close:mid_snapshot=1"],
    "truncated": ["truncated"],
    "slow_drip": ["slow_drip:seconds=0.2,snapshot=1"],
    "flood": ["flood:rate=300,seconds=1"],
    "no_ack": ["no_ack:seconds=0.5"],
    "stale_ack": ["stale_ack", "gap"],
    "drop_subscription": ["drop_subscription", "drop_subscription:data=1"],
    "refuse_subscribe": ["refuse_subscribe:seconds=0.5", "gap"],
    "no_snapshot": ["no_snapshot:seconds=0.5", "close"],
    "refuse_auth": ["refuse_auth:seconds=0.5"],
    "expire": ["expire:seconds=0.5"],
    "clock": ["clock:offset=300,seconds=1"],
    "rate_limit": ["rate_limit:seconds=0.5", "rate_limit:http=1"],
    "handshake": ["handshake:status=502,times=2"],
    "hang": ["hang:seconds=1"],
    "redirect": ["redirect:location=ws://127.0.0.1:1/"],
    "garbage": ["garbage", "garbage:instead=1"],
    "bad_utf8": ["bad_utf8"],
    "hostile_text": ["hostile_text:seconds=0.5"],
    "hostile_numbers": ["hostile_numbers", "hostile_numbers:kind=side"],
    "odd_sizes": ["odd_sizes:seconds=1"],
    "crossed": ["crossed:seconds=1", "crossed:seconds=0", "crossed:seconds=0.5,locked=1"],
    "wrong_ticker": ["wrong_ticker:seconds=1"],
    "early_update": ["early_update", "close"],
    "second_snapshot": ["second_snapshot", "second_snapshot:unsubscribe=1", "gap"],
    "split_snapshot": ["split_snapshot"],
    "bad_updates": [f"bad_updates:kind={kind}" for kind in BAD_UPDATES],
    "misnamed": ["misnamed", "misnamed:form=behind,count=2"],
    "bare_ticker": ["bare_ticker", "bare_ticker:kind=none"],
    "empty_snapshot": ["empty_snapshot:seconds=1"],
    "one_sided": ["one_sided:seconds=1", "one_sided:missing=offer,seconds=1"],
    "huge_snapshot": ["huge_snapshot:levels=2000,seconds=1"],
    "delist": ["delist:seconds=1"],
    "unknown_channel": ["unknown_channel"],
    "unknown_event": ["unknown_event"],
    "late_frames": ["late_frames:seconds=1", "gap"],
    "product_error": ["product_error:seconds=1"],
    "alias": ["alias:which=all,seconds=1"],
    "permissions": ["permissions:trade=1"],
}


def test_no_fault_is_left_out() -> None:
    assert set(_PROVOKED) == {fault.name for fault in CATALOGUE}


@pytest.mark.parametrize("name", list(_PROVOKED))
async def test_after_every_fault_a_client_by_the_rules_has_the_true_books(name: str) -> None:
    clock = FastClock(4)
    async with Exchange(ExchangeOptions(**SMALL), clock) as exchange:
        follower = Follower(exchange, PRODUCT, OTHER)
        following = asyncio.create_task(follower.run())
        try:
            for fault in _PROVOKED[name]:
                await eventually(lambda: len(follower.books) == 2)
                exchange.provoke(fault)
            provoked = Counter(text.partition(":")[0] for text in _PROVOKED[name])
            await eventually(lambda: Counter(e.fault for e in exchange.injected if e.what == "end") >= provoked)
            # A frame tells whether those before it were lost; and a client may ask again only while time passes.
            seen = follower.seen
            await eventually(lambda: follower.seen > seen + 4 and len(follower.books) == 2)
            clock.hold()
            await eventually(lambda: follower.holds() == exchange.truth())
        finally:
            following.cancel()
            await asyncio.wait([following])
        begun, ended = (
            Counter((entry.fault, entry.connection) for entry in exchange.injected if entry.what == what)
            for what in ("begin", "end")
        )
        assert begun == ended
