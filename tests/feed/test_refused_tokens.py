"""A key that the venue does not know: refused in the venue's words, tried once more, and the books stand without it."""

from __future__ import annotations

import pytest

from depthview.coinbase import token_renewal as tokens
from depthview.exchange.options import AuthPolicy
from tests.support.feed import feed
from tests.support.waiting import until

pytestmark = pytest.mark.usefixtures("strict_loop")

_CHANNELS = ("heartbeats", "level2", "market_trades", "ticker", "status")


async def test_an_unknown_key_is_tried_once_more_and_then_left_out() -> None:
    async with feed(known=False) as running:
        await running.has_verdict("BTC-USD", "SYNCING")
        await running.synced()
        await until(lambda: all("jwt" not in running.sent(channel)[-1] for channel in _CHANNELS), "all without a token")
        first, second, third, *_ = running.sent("heartbeats")
        assert first["jwt"] != second["jwt"]
        assert "jwt" not in third
        for channel in _CHANNELS:
            # Whatever waited while the second token was refused goes without one at once.
            first, *_, last = running.sent(channel)
            assert "jwt" in first
            assert all({**message, "jwt": ""} == {**last, "jwt": ""} for message in running.sent(channel))
        tokens = [message["jwt"] for message in running.relay.sent if "jwt" in message]
        assert len(set(tokens)) == len(tokens)
        token = running.sample("BTC-USD")["token"]
        assert (token["state"], token["sent"]) == ("refused", len(tokens))
        assert running.views.token(running.clock.monotonic()).detail == "authentication failure"
        assert running.told("authentication failure; going on without a token, next one in ")
        assert {refusal.reason for refusal in running.exchange.refusals} == {"unknown key"}
        assert running.relay.accepted == 1
        await running.agrees()


async def test_a_refused_key_is_tried_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "RETRY_AFTER", (1.5, 60.0))
    async with feed(known=False) as running:
        await until(lambda: running.views.token(running.clock.monotonic()).suspended, "going on without a token")
        due = running.views.token(running.clock.monotonic()).next_in
        assert due is not None
        assert round(due, 6) <= 1.5
        before = len(running.sent("heartbeats"))
        await running.synced()
        await until(lambda: any("jwt" in message for message in running.sent("heartbeats")[before:]), "the next token")
        # Refused again: the next try is a minute away, and the books have never noticed.
        await until(lambda: running.told("next one in 60 s"), "the longer wait")
        assert set(running.verdicts().values()) == {"SYNCED"}


async def test_a_venue_that_wants_a_token_gives_nothing_to_a_public_feed() -> None:
    async with feed(signed=False, options={"auth": AuthPolicy.REQUIRED}) as running:
        shown = await running.has_verdict("BTC-USD", "NO DATA")
        assert shown["bids"] is None
        assert shown["reason"] == "the venue answered: authentication failure"
