"""What is odd about a key is on the token page before the venue has refused it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from depthview.commands.wiring import wired
from depthview.config.run_options import CredentialOptions, LiveSource, RunOptions
from depthview.ui.health import token_page
from depthview.views.market import ViewRequest
from tests.auth.keys import forms, write_key

if TYPE_CHECKING:
    from pathlib import Path

F = forms()


@pytest.mark.parametrize(
    ("private_key", "fields", "words"),
    [
        (F.sec1, {"enabled": False}, "the key file says that the key is disabled"),
        (F.sec1, {"name": "my-key"}, "does not look like one of the venue's"),
        (F.ed25519_64, {}, "reported to work and not proved on this feed"),
        (F.sec1, {}, ""),
    ],
    ids=["disabled", "odd name", "Ed25519", "good"],
)
async def test_what_is_odd_about_a_key_is_on_screen_before_it_is_tried(
    tmp_path: Path, private_key: str, fields: dict[str, Any], words: str
) -> None:
    path = write_key(tmp_path / "k.json", private_key, **fields)
    settings = RunOptions(source=LiveSource("ws://127.0.0.1:9"), credentials=CredentialOptions(key_file=path))
    async with wired(settings, {}, tmp_path) as wiring:
        view = wiring.views.view(ViewRequest("BTC-USD", (), 0, {}))
        page = " ".join("".join(text for text, _ in line).strip() for line in token_page(view, 100))
    assert words in page
    assert bool(view.feed.key_hint) is bool(words)
