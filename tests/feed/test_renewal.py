"""A fresh token before the last one expires, and a stream that does not care when none comes."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

import jwt
import pytest

from depthview.auth.tokens import Token
from depthview.clock import SystemClock
from depthview.errors import SigningFailed
from depthview.views.market import TokenState
from tests.support.feed import feed, signer
from tests.support.waiting import until

if TYPE_CHECKING:
    from depthview.exchange.keys import ThrowAwayKey
    from depthview.feed.worker import Sign

pytestmark = pytest.mark.usefixtures("strict_loop")

_LIFE = 3


def _short_lived(key: ThrowAwayKey) -> Sign:
    """A signer of the test's own, whose tokens last three seconds."""
    clock = SystemClock()

    def sign() -> Token:
        now = clock.unix()
        nonce = secrets.token_hex(8)
        expires = int(now) + _LIFE
        text = jwt.encode(
            {"sub": key.name, "iss": "cdp", "nbf": int(now), "exp": expires},
            key.private_pem,
            algorithm="ES256",
            headers={"kid": key.name, "nonce": nonce},
        )
        return Token(text, now, float(expires), nonce)

    return sign


async def test_tokens_are_renewed_in_time_unless_told_otherwise() -> None:
    async with feed(sign=_short_lived) as renewing, feed(sign=_short_lived, renew=False) as resting:
        await asyncio.gather(renewing.synced(), resting.synced())
        due = renewing.views.token(renewing.clock.monotonic()).next_in
        assert due is not None
        assert due < _LIFE
        assert resting.views.token(resting.clock.monotonic()).next_in is None
        left: list[float] = []

        def renewed_twice() -> bool:
            left.append(renewing.sample("BTC-USD")["token"]["expires_in_s"])
            return len(renewing.sent("heartbeats")) == 3

        await until(renewed_twice, "two renewals", 7.0)
        assert min(left) > 0
        await until(lambda: renewing.sample("BTC-USD")["token"]["state"] == "accepted", "the last one's answer")
        assert renewing.sample("BTC-USD")["token"]["sent"] == 7
        assert not renewing.exchange.refusals
        assert len({message["jwt"] for message in renewing.relay.sent}) == 7

        await until(lambda: resting.sample("BTC-USD")["token"]["expires_in_s"] < 0, "an expired token", 4.0)
        token = resting.sample("BTC-USD")["token"]
        assert (token["state"], token["sent"]) == ("expired", 5)
        assert len(resting.relay.sent) == 5
        assert set(resting.verdicts().values()) == {"SYNCED"}
        await resting.agrees()
        await renewing.agrees()
        assert renewing.sample("BTC-USD")["connection"]["resyncs"] == 0


async def test_an_expired_clock_is_refused_and_the_books_stand_without_a_token() -> None:
    class Slow(SystemClock):
        def unix(self) -> float:
            return super().unix() - 300.0

    async with feed(sign=lambda key: signer(key, Slow()).sign) as running:
        await running.synced()
        assert running.sample("BTC-USD")["token"]["state"] == "refused"
        assert {refusal.reason for refusal in running.exchange.refusals} == {"exp is past"}
        await running.agrees()


async def test_a_key_that_ceases_to_sign_is_shown_and_costs_no_book() -> None:
    able = asyncio.Event()
    able.set()

    def sometimes(key: ThrowAwayKey) -> Sign:
        sign = _short_lived(key)

        def sign_if_able() -> Token | None:
            if not able.is_set():
                raise SigningFailed("the key does not sign")
            return sign()

        return sign_if_able

    async with feed(sign=sometimes) as running:
        await running.synced()
        able.clear()
        token = running.views.token
        await until(lambda: token(running.clock.monotonic()).state is TokenState.EXPIRED, "its expiry", 7.0)
        assert token(running.clock.monotonic()).signing_failed
        assert running.told("no token available")
        assert "jwt" not in running.relay.sent[-1]
        assert not running.exchange.refusals
        await running.agrees()
