"""``depthview exchange`` as a process: tokens that the venue would refuse, refused in the venue's words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from depthview.clock import SystemClock
from depthview.exchange.keys import ThrowAwayKey, make_key
from tests.exchange.client import connected, sign

if TYPE_CHECKING:
    from pathlib import Path


def _known(key_file: Path) -> ThrowAwayKey:
    written = json.loads(key_file.read_text())
    return ThrowAwayKey(written["name"], written["privateKey"], make_key().public_key)


@pytest.mark.parametrize("fault", ["unknown key", "expired", "not yet", "malformed", "no string", "forged"])
async def test_a_bad_token_is_an_authentication_failure(busy_exchange: tuple[str, Path], fault: str) -> None:
    url, key_file = busy_exchange
    key, stranger, now = _known(key_file), make_key(), SystemClock().unix()
    tokens: dict[str, object] = {
        "unknown key": sign(stranger, now),
        "expired": sign(key, now - 200),
        "not yet": sign(key, now + 30),
        "malformed": "eyJ.not.a.token",
        "no string": {"alg": "none"},
        "forged": sign(ThrowAwayKey(key.name, stranger.private_pem, stranger.public_key), now),
    }
    async with connected(url) as client:
        await client.subscribe("level2", "BTC-USD", jwt=tokens[fault])
        assert await client.error() == "authentication failure"
        # The connection stands, and a good token is taken on it.
        await client.subscribe("level2", "BTC-USD", jwt=sign(key, now))
        assert await client.acknowledged() == {"level2": ["BTC-USD"]}
