"""Where there is no more than ASCII, there is no more than ASCII, and nothing is lost."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from depthview.core.verdict import Verdict
from depthview.ui.app import DepthviewApp
from depthview.ui.filters import AsciiFilter, ascii_text
from depthview.ui.formats import VERDICT_GLYPHS
from depthview.views.market import FaultOffer
from tests.ui.conftest import running
from tests.ui.fake_market import FakeMarket

if TYPE_CHECKING:
    from tests.ui.conftest import Running


def assert_ascii(run: Running, columns: int) -> None:
    for row in run.rows():
        assert row.isascii(), row
        assert len(row) == columns, "and no column moved"


@given(st.text())
def test_letters_take_the_room_of_the_glyphs(text: str) -> None:
    shown = ascii_text(text)
    assert shown.isascii()
    if text.isprintable():
        assert cell_len(shown) == cell_len(text)


def test_each_verdict_has_a_letter_of_its_own() -> None:
    letters = {ascii_text(glyph) for glyph in VERDICT_GLYPHS.values()}
    assert len(letters) == len(VERDICT_GLYPHS)
    assert not any(letter.isspace() or letter == "?" for letter in letters)


def test_a_live_level_shows_and_a_longer_bar_is_longer() -> None:
    bars = ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█", "█▏", "██", "█▶"]
    assert [ascii_text(bar) for bar in bars] == ["-", "-", "-", "#", "#", "#", "#", "#", "#-", "##", "#>"]
    strip = [ascii_text(level) for level in "▁▂▃▄▅▆▇█"]
    assert len(set(strip)) == 8


def test_the_sum_is_called_one_where_there_is_room() -> None:
    assert ascii_text("      Σ BTC") == "    SUM BTC"
    assert ascii_text(" Σ     Exact") == " SUM   Exact"
    assert ascii_text("|Σ|") == "|S|"


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (200, 60)])
async def test_every_verdict_is_ascii_at_every_size(size: tuple[int, int], market: FakeMarket) -> None:
    async with running(market, size, ascii=True) as run:
        for verdict in Verdict:
            market.judge(verdict, "gap of 3 before 184,005 − resynced")
            await run.draw()
            assert_ascii(run, size[0])
            assert verdict.value in run.text()


async def test_every_page_is_ascii(market: FakeMarket) -> None:
    market.catalogue = ("BTC-USD", "ETH-USD", "漢字-USD")
    market.offers = (FaultOffer("gap", "leave out messages…"),)
    async with running(market, (80, 24), ascii=True) as run:
        for key in ("question_mark", "i", "e", "slash", "ctrl+p", "r", "right_square_bracket"):
            await run.press(key)
            assert_ascii(run, 80)
            await run.press("escape")


async def test_sides_are_told_by_a_letter_and_doubt_by_hatching(market: FakeMarket) -> None:
    async with running(market, (80, 24), ascii=True) as run:
        rows = run.rows()
        spread = next(y for y, row in enumerate(rows) if " spread" in row)
        assert {row[0] for row in rows[5:spread]} == {"A"}
        assert {row[0] for row in rows[spread + 1 : spread + 7]} == {"B"}
        assert "#" in "".join(rows[5:spread])
        market.judge(Verdict.STALE, "gap of 3 before 184,005")
        await run.draw()
        rows = run.rows()
        assert {row[:2] for row in rows[5 : spread + 7]} == {"//"}
        assert "! STALE" in run.text()


async def test_with_glyphs_there_are_no_letters(market: FakeMarket) -> None:
    async with running(market, (80, 24)) as run:
        assert not any(row.startswith(("A ", "B ")) for row in run.rows())


@pytest.mark.parametrize(
    ("encoding", "plain"), [("utf-8", False), ("UTF8", False), ("ascii", True), ("iso-8859-1", True), ("cp1252", True)]
)
def test_it_is_chosen_by_the_terminal_s_encoding(encoding: str, plain: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def chosen(ascii: bool | None) -> bool:  # noqa: A002  # what the option is called
        app = DepthviewApp(FakeMarket(), ascii=ascii)
        return any(isinstance(found, AsciiFilter) for found in app.get_line_filters())

    for name in ("__stdout__", "__stderr__"):
        monkeypatch.setattr(sys, "__stdout__", io.TextIOWrapper(io.BytesIO(), "utf-8"))
        monkeypatch.setattr(sys, "__stderr__", io.TextIOWrapper(io.BytesIO(), "utf-8"))
        monkeypatch.setattr(sys, name, io.TextIOWrapper(io.BytesIO(), encoding))
        assert chosen(None) is plain
    assert chosen(ascii=True)
    assert not chosen(ascii=False)
