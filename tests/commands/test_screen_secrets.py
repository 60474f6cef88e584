"""Every page of the screen, under every way in which a token can fare: nothing of the key or of a token is on it."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING

import pytest

from depthview.auth.tokens import Signer
from depthview.commands.running import running
from depthview.commands.wiring import wired
from depthview.config.run_options import DemoSource, RunOptions
from depthview.exchange import keys as exchange_keys
from depthview.preferences.keys import PALETTE, SECTIONS
from depthview.system.logs import open_log
from depthview.ui.app import DepthviewApp
from depthview.views.market import TokenState
from tests.support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from depthview.auth.tokens import Token
    from depthview.exchange.keys import ThrowAwayKey

_RUN = 8
_PAGES = ("i", "a", "e", "l")
_WALKED_WHOLE = "refuse_auth:seconds=0"
"""The fault under which every key is pressed, which takes its time; under the others it is what tokens are told on."""


def _everything() -> list[str]:
    """The first key of all that a live screen can do, but for leaving; pages, ladders, grid, tape, wire and finder."""
    keys = [key for section in SECTIONS if not section.replay for key in section.keys]
    found = [key.keys.partition(",")[0] for key in (*keys, PALETTE) if key.action != "app.quit"]
    assert {"i", "a", "e", "question_mark", "w", "t", "slash"} <= set(found)
    return found


def _pieces(secret: str) -> set[str]:
    flat = re.sub(r"-----[A-Z ]+-----|\s", "", secret)
    return {flat[at : at + _RUN] for at in range(len(flat) - _RUN + 1)}


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ("gap:after=1", TokenState.ACCEPTED),
        ("refuse_auth:seconds=0", TokenState.REFUSED),
        ("clock:offset=-300", TokenState.REFUSED),
        ("clock:offset=300", TokenState.REFUSED),
        ("no_ack:seconds=20", TokenState.UNANSWERED),
    ],
)
async def test_no_page_shows_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str, state: TokenState
) -> None:
    made: list[ThrowAwayKey] = []
    tokens: list[Token] = []
    make, sign = exchange_keys.make_key, Signer.sign

    def kept_key() -> ThrowAwayKey:
        made.append(make())
        return made[-1]

    def kept_token(self: Signer) -> Token:
        tokens.append(sign(self))
        return tokens[-1]

    monkeypatch.setattr(exchange_keys, "make_key", kept_key)
    monkeypatch.setattr(Signer, "sign", kept_token)
    log = tmp_path / "log.txt"
    open_log(log)
    flights = tmp_path / "flights"
    settings = RunOptions(source=DemoSource((fault,)), products=("ETH-EUR",), rest=False, watched=True, flights=flights)
    shown: list[str] = []
    async with wired(settings, {}, tmp_path) as wiring, running(wiring):
        app = DepthviewApp(wiring.views, fps=0)
        async with app.run_test(size=(120, 60), notifications=True) as pilot:
            await until(lambda: wiring.views.token(wiring.clock.monotonic()).state is state, f"a token {state}")
            for key in ("", *(_everything() if fault == _WALKED_WHOLE else _PAGES)):
                app.market_screen.draw()
                if key:
                    await pilot.press(key)
                await pilot.pause()
                shown.append(app.export_screenshot(simplify=True))
                if len(app.screen_stack) > 1:
                    await pilot.press("escape")
        shown += [event.text for event in wiring.session.events.newest(500)]
    open_log(None)
    shown.append(log.read_text(encoding="utf-8"))
    shown += [gzip.decompress(path.read_bytes()).decode() for path in flights.glob("*")]
    seen = "\n".join(re.sub(r"<[^>]*>|\s", "", text) for text in shown)
    assert tokens
    assert "TOKEN" in seen
    assert "WIRE" in seen
    secrets = _pieces(made[0].private_pem).union(*(_pieces(token.text) for token in tokens))
    # The claims' own prefix is the same in every token of the world, and the key's name is on no page but its tail.
    assert not {piece for piece in secrets if piece in seen}
