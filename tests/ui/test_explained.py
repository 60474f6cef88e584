"""The help page explains what is drawn: labels are gathered from the screen and looked up in its tables."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from depthview.core.verdict import Verdict
from depthview.ui.line_widget import LinePanel
from depthview.ui.screens.help import (
    BAND,
    COLUMNS,
    EVENTS,
    FEED,
    FIGURES,
    FOOT,
    GRID,
    REPLAY,
    SECTIONS_EXPLAINED,
    SEQUENCE,
    TAPE,
    TOKEN,
    TOP,
    Explained,
    help_page,
)
from depthview.ui.screens.market import MarketScreen
from depthview.views.market import Mode, ReplayView
from tests.ui.conftest import running
from tests.ui.fake_market import FakeMarket
from tests.ui.many import busy_tape, to_grid, twelve

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.ui.conftest import Running

_LADDER = (*FIGURES, *COLUMNS, *BAND, *FOOT)
_PANELS: dict[str, Sequence[Explained]] = {
    "Ladder": _LADDER,
    "MiniLadder": (*_LADDER, *GRID, *SEQUENCE),
    "PageFoot": GRID,
    "SourceBar": TOP,
    "FoldedBar": (*TOP, *FEED, *SEQUENCE, *TOKEN),
    "TabBar": (*TOP, *SEQUENCE, *FIGURES),
    "FeedPanel": (*FEED, *TOP),
    "SequencePanel": SEQUENCE,
    "TokenPanel": TOKEN,
    "HealthLines": (*FEED, *SEQUENCE, *TOKEN),
    "Tape": (*TAPE, *TOP),
    "EventPanel": (*EVENTS, *TOP),
    "ReplayBar": REPLAY,
}
"""Where the labels of each panel are explained."""
_NO_LABELS = {"KeyBar"}
_CURRENCY = re.compile(r"\b(?:USD|BTC|ETH|EUR|SHIB)\b")
_SIZES = [(40, 12), (80, 24), (120, 40), (200, 60)]
_FORMS: list[tuple[str, ...]] = [(), ("v",), ("v", "v"), ("B", "b"), ("f",), ("down",), ("w",), ("w", "w", "w"), ("t",)]


def quiet(run: Running) -> Iterator[tuple[str, str]]:
    """Panels and the secondary texts that they draw: labels are written in those styles."""
    for panel in run.app.screen.query(LinePanel):
        name = type(panel).__name__
        if not panel.display or not panel.size or name in _NO_LABELS:
            continue
        for line in panel._drawn:
            for text, style in line:
                words = _CURRENCY.sub("", text)
                if style.endswith("muted") and re.search(r"[^\W\d_]{2,}|Σ", words):
                    yield name, words.strip()


def explains(entry: Explained, words: str) -> bool:
    return any(
        re.search(rf"(?<!\w){re.escape(word.lower())}(?!\w)", words.lower()) for word in (entry.label, *entry.also)
    )


def unexplained(run: Running) -> set[tuple[str, str]]:
    return {
        (panel, words) for panel, words in quiet(run) if not any(explains(entry, words) for entry in _PANELS[panel])
    }


@pytest.mark.parametrize("size", [*_SIZES, (60, 20)], ids=str)
async def test_every_label_of_the_grid_and_of_a_filtered_tape_is_explained(size: tuple[int, int]) -> None:
    async with running(twelve(), size) as run:
        await to_grid(run)
        assert unexplained(run) == set()
    async with running(busy_tape(), size) as run:
        await run.press("t", "T")
        await run.draw()
        assert {(panel, words) for panel, words in unexplained(run) if panel == "Tape"} == set()


@pytest.mark.parametrize("indexed", [0.4, 1.0])
@pytest.mark.parametrize("size", _SIZES, ids=str)
async def test_every_label_of_a_replay_is_explained(size: tuple[int, int], indexed: float) -> None:
    market = FakeMarket()
    market.feed = replace(market.feed, mode=Mode.REPLAY)
    market.replay = ReplayView("day.jsonl", 11.3, 24.2, 1.0, ended=False, first_at=1e9, indexed=indexed, indexing=True)
    async with running(market, size) as run:
        await run.draw()
        assert {(panel, words) for panel, words in unexplained(run) if panel == "ReplayBar"} == set()


@pytest.mark.parametrize("size", _SIZES, ids=str)
async def test_every_label_on_the_screen_is_explained(size: tuple[int, int]) -> None:
    missing: set[tuple[str, str]] = set()
    seen = 0
    for keys in _FORMS:
        market = FakeMarket()
        async with running(market, size, groups={"BTC-USD": Decimal("0.50")} if keys else None) as run:
            await run.press(*keys)
            await run.draw()
            assert isinstance(run.app.screen, MarketScreen)
            seen += len(list(quiet(run)))
            missing |= unexplained(run)
    assert missing == set()
    assert seen > 20


async def test_labels_of_trouble_are_explained_too() -> None:
    market = FakeMarket()
    market.feed = replace(market.feed, frames=5, bad_frames=2, heartbeats_missed=3)
    for verdict in Verdict:
        market.judge(verdict, "gap of 3 before 7")
        async with running(market, (120, 40)) as run:
            await run.draw()
            assert unexplained(run) == set()


def test_a_label_that_nobody_explains_is_found() -> None:
    assert any(explains(entry, "raw best ask") for entry in BAND)
    assert not any(explains(entry, "gamma exposure") for entry in _LADDER)
    assert not any(explains(entry, "gaping") for entry in SEQUENCE), "words, not parts of them"


def test_the_help_page_has_all_of_it_with_units() -> None:
    text = " ".join(" ".join("".join(piece for piece, _ in line) for line in help_page(110)).split())
    for _, entries in SECTIONS_EXPLAINED:
        for entry in entries:
            assert entry.label in text
            assert f"{entry.text} ({entry.unit})" in text if entry.unit else entry.text in text
            assert entry.text.endswith("."), entry.label
            assert entry.text[0].isupper() or not entry.text[0].isalpha(), entry.label


@pytest.mark.parametrize("width", [24, 60, 110])
def test_long_labels_take_a_row_of_their_own(width: int) -> None:
    for line in help_page(width):
        assert sum(len(text) for text, _ in line) <= width + 2
