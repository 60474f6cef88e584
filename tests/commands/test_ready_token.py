"""A whole session on one ready-made token: used until it expires, then messages go without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jwt
import pytest

from depthview.clock import SystemClock
from depthview.commands.running import running
from depthview.commands.wiring import wired
from depthview.config.run_options import CredentialOptions, LiveSource, RunOptions
from depthview.errors import CredentialError
from depthview.exchange.keys import make_key
from depthview.exchange.options import ExchangeOptions
from depthview.exchange.server import Exchange
from depthview.views.market import TokenState
from tests.support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from depthview.exchange.keys import ThrowAwayKey

pytestmark = pytest.mark.usefixtures("strict_loop")


def _made_elsewhere(key: ThrowAwayKey, life: int) -> str:
    now = int(SystemClock().unix())
    claims = {"sub": key.name, "iss": "cdp", "nbf": now - 1, "exp": now - 1 + life}
    return jwt.encode(claims, key.private_pem, algorithm="ES256", headers={"kid": key.name, "nonce": "0f" * 16})


async def test_one_token_for_a_whole_session(tmp_path: Path) -> None:
    key = make_key()
    options = ExchangeOptions(products=("ETH-USD", "ETH-EUR"), keys={key.name: key.public_key})
    async with Exchange(options, SystemClock()) as exchange:
        settings = RunOptions(
            source=LiveSource(exchange.url),
            products=("ETH-USD",),
            credentials=CredentialOptions(jwt_from_env=True),
            rest=False,
        )
        env = {"JWT": f'export JWT="{_made_elsewhere(key, 5)}"'}
        async with wired(settings, env, tmp_path) as wiring, running(wiring):
            views, clock, session = wiring.views, wiring.clock, wiring.session
            await until(lambda: views.token(clock.monotonic()).state is TokenState.ACCEPTED, "acceptance")
            await until(lambda: session.products.market("ETH-USD").verdict.trusted, "a book")
            token = views.token(clock.monotonic())
            assert (token.renewable, token.next_in) == (False, None)
            assert "it cannot be renewed" in views.feed(clock.monotonic()).key_source
            assert (
                "stripped from the variable: an `export JWT=` prefix, quotes" in views.feed(clock.monotonic()).key_hint
            )
            sent = token.sent
            await until(lambda: (views.token(clock.monotonic()).expires_in or 0) < 0, "its expiry")
            assert session.add_product("ETH-EUR") is None
            await until(lambda: session.products.market("ETH-EUR").verdict.trusted, "another book, without a token")
            token = views.token(clock.monotonic())
            assert (token.sent, token.state, token.signing_failed) == (sent, TokenState.EXPIRED, False)
            assert session.products.market("ETH-USD").verdict.trusted
        assert exchange.refusals == ()


async def test_what_is_no_token_of_the_venues_is_refused_without_a_word_of_it(tmp_path: Path) -> None:
    settings = RunOptions(source=LiveSource("ws://127.0.0.1:9"), credentials=CredentialOptions(jwt_from_env=True))
    with pytest.raises(CredentialError) as refused:
        async with wired(settings, {"JWT": "export JWT=hunter2hunter2"}, tmp_path):
            pass
    assert "hunter2" not in str(refused.value)
