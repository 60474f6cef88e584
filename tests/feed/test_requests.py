"""What goes out after a connection opens, field for field, as the exchange's side of the wire sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jwt
import pytest

from tests.support.feed import PRODUCTS, Feed, feed
from tests.support.waiting import until

if TYPE_CHECKING:
    from tests.support.relay import Message

pytestmark = pytest.mark.usefixtures("strict_loop")

_OPENING = ["heartbeats", "level2", "market_trades", "ticker", "status"]


def _without_token(message: Message) -> Message:
    return {name: value for name, value in message.items() if name != "jwt"}


def _token(message: Message, running: Feed) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a message's token, its signature verified."""
    claims = jwt.decode(message["jwt"], running.key.public_key, algorithms=["ES256"])
    return jwt.get_unverified_header(message["jwt"]), claims


async def test_the_opening_messages_are_the_guide_s_field_for_field() -> None:
    async with feed(products=("ETH-USD", "ETH-EUR")) as running:
        await until(lambda: len(running.relay.sent) >= 5, "five messages")
        heartbeats, *others = running.relay.sent
        assert list(heartbeats) == ["type", "channel", "jwt"]
        assert _without_token(heartbeats) == {"type": "subscribe", "channel": "heartbeats"}
        for channel, message in zip(_OPENING[1:], others, strict=True):
            assert list(message) == ["type", "product_ids", "channel", "jwt"]
            expected = {"type": "subscribe", "product_ids": ["ETH-USD", "ETH-EUR"], "channel": channel}
            assert _without_token(message) == expected


async def test_every_message_carries_a_token_of_its_own_as_documented() -> None:
    async with feed() as running:
        await running.synced()
        assert running.session.resync() is None
        await until(lambda: len(running.relay.sent) == 7, "the resync's two messages")
        assert [message["type"] for message in running.relay.sent[5:]] == ["unsubscribe", "subscribe"]
        now = running.clock.unix()
        tokens = [_token(message, running) for message in running.relay.sent]
        for header, claims in tokens:
            assert set(header) == {"alg", "kid", "nonce", "typ"}
            assert (header["alg"], header["typ"], header["kid"]) == ("ES256", "JWT", running.key.name)
            assert set(claims) == {"sub", "iss", "nbf", "exp"}
            assert (claims["sub"], claims["iss"]) == (header["kid"], "cdp")
            assert type(claims["nbf"]) is int
            assert type(claims["exp"]) is int
            assert claims["exp"] - claims["nbf"] <= 120
            assert claims["nbf"] <= now < claims["exp"]
        assert len({header["nonce"] for header, _ in tokens}) == len(tokens)
        await until(lambda: running.sample("BTC-USD")["token"]["state"] == "accepted", "the last token's answer")
        shown = running.sample("BTC-USD")["token"]
        assert shown["sent"] == 7
        assert 100 < shown["expires_in_s"] <= 120


async def test_a_public_feed_has_no_token_at_all() -> None:
    async with feed(signed=False) as running:
        await running.synced()
        assert [message["channel"] for message in running.relay.sent] == _OPENING
        assert all("jwt" not in message for message in running.relay.sent)
        assert running.sample("BTC-USD")["token"] is None
        await running.agrees()


async def test_everything_asked_for_is_confirmed_and_every_channel_brings_something() -> None:
    async with feed() as running:
        await running.synced()
        await until(lambda: not running.views.feed(running.clock.monotonic()).subscriptions_missing, "all confirmed")
        asked = running.views.feed(running.clock.monotonic()).subscriptions_asked
        assert set(asked) == {"heartbeats"} | {f"{c} {p}" for c in _OPENING[1:] for p in PRODUCTS}
        # The ticker is ours to ask for and not to show: that it comes is seen on the wire.
        await until(
            lambda: (
                {frame.get("channel") for frame in running.relay.passed}
                == {"subscriptions", "heartbeats", "l2_data", "market_trades", "ticker", "status"}
            ),
            "a frame of every channel",
        )
        await until(lambda: running.session.liveness.heartbeat_at is not None, "a heartbeat")
        assert running.session.products.market("BTC-USD").tape.trades
        assert set(running.session.products.catalogue) >= set(PRODUCTS)
        await running.agrees()


async def test_an_alias_lands_on_its_own_ladder_and_a_product_can_join_and_leave() -> None:
    async with feed(products=("BTC-USD", "ETH-USDC")) as running:
        await running.synced()
        assert running.sample("ETH-USDC")["feed_product"] == "ETH-USD"
        assert "feed_product" not in running.sample("BTC-USD")
        assert running.session.add_product("eth-eur") is None
        await running.has_verdict("ETH-EUR", "SYNCED")
        await running.agrees()
        assert running.session.remove_product("ETH-EUR") is None
        await until(lambda: running.sent("level2", "unsubscribe"), "the unsubscription")
        assert _without_token(running.sent("level2", "unsubscribe")[0]) == {
            "type": "unsubscribe",
            "product_ids": ["ETH-EUR"],
            "channel": "level2",
        }
        await running.agrees()
        assert running.sample("BTC-USD")["sequence"]["gaps"] == 0
