"""Pictures look the same whatever fonts there are."""

from __future__ import annotations

import re

from tools.screenshots import with_solid_blocks


def text(content: str) -> str:
    return f'<text class="r1" x="24.4" y="44.4" textLength="99" clip-path="url(#line-1)">{content}</text>'


def test_blocks_become_rectangles_and_letters_stay() -> None:
    drawn = with_solid_blocks(text("&#160;&#160;██▌a&amp;b"))
    (whole, half) = re.findall(r'<rect class="r1" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"', drawn)
    assert whole == ("48.80", "25.90", "24.40", "24.40")
    assert half == ("73.20", "25.90", "6.10", "24.40")
    assert drawn.endswith(">" + 5 * "&#160;" + "a&amp;b</text>")


def test_blocks_stand_where_they_are_filled() -> None:
    for glyph, left, top in (("▕", "35.07", "25.90"), ("▐", "30.50", "25.90"), ("▂", "24.40", "44.20")):
        assert f'x="{left}" y="{top}"' in with_solid_blocks(text(glyph))


def test_other_text_is_left_alone() -> None:
    assert with_solid_blocks(text("65,083.66&#160;░")) == text("65,083.66&#160;░")
