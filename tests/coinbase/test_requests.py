"""What is sent, field for field as the venue's guide has it."""

from __future__ import annotations

import json

import pytest

from depthview.coinbase.requests import HEARTBEATS, LEVEL2, PRODUCT_CHANNELS, Action, Request, encode

GUIDE = ("ETH-USD", "ETH-EUR")


@pytest.mark.parametrize(("action", "word"), [(Action.SUBSCRIBE, "subscribe"), (Action.UNSUBSCRIBE, "unsubscribe")])
def test_the_two_messages_of_the_guide(action: Action, word: str) -> None:
    sent = json.loads(encode(Request(action, "level2", GUIDE), None))
    assert sent == {"type": word, "product_ids": ["ETH-USD", "ETH-EUR"], "channel": "level2"}
    assert list(sent) == ["type", "product_ids", "channel"]


def test_a_token_travels_in_the_body() -> None:
    sent = json.loads(encode(Request(Action.SUBSCRIBE, LEVEL2, GUIDE), "a.b.c"))
    assert sent == {
        "type": "subscribe",
        "product_ids": ["ETH-USD", "ETH-EUR"],
        "channel": "level2",
        "jwt": "a.b.c",
    }


def test_heartbeats_are_of_no_product() -> None:
    assert json.loads(encode(Request(Action.SUBSCRIBE, HEARTBEATS), None)) == {
        "type": "subscribe",
        "channel": "heartbeats",
    }


def test_nothing_but_public_channels_is_ever_asked_for() -> None:
    assert set(PRODUCT_CHANNELS) == {"level2", "market_trades", "ticker", "status"}
    assert PRODUCT_CHANNELS[0] == "level2"
    assert {action.value for action in Action} == {"subscribe", "unsubscribe"}
