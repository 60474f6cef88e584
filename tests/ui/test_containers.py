"""Containers look as Textual would draw them, in every theme and without colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.containers import Vertical
from textual.geometry import Region
from textual.widget import Widget

from depthview.ui.line_widget import PlainBackground
from depthview.ui.themes import DARK, LIGHT, MONO, Colours
from tests.ui.conftest import running

if TYPE_CHECKING:
    from textual.strip import Strip

    from tests.ui.fake_market import FakeMarket


@pytest.mark.parametrize("colours", [Colours.ALL, Colours.FEW, Colours.NONE])
@pytest.mark.parametrize("theme", [DARK.name, LIGHT.name, MONO.name, "nord"])
async def test_containers_draw_what_textual_would(market: FakeMarket, theme: str, colours: Colours) -> None:
    async with running(market, (120, 40), theme=theme, colours=colours) as run:
        containers: list[Widget] = [run.app.screen, *run.app.screen.query(Vertical)]
        seen = [widget for widget in containers if widget.size and _draws_at_once(widget)]
        assert len(seen) >= 3
        for widget in seen:
            crop = Region(0, 0, widget.size.width, widget.size.height)
            ours = widget.render_lines(crop)
            textuals = Widget.render_lines(widget, crop)
            assert [strip.text for strip in ours] == [strip.text for strip in textuals]
            assert _grounds(ours) == _grounds(textuals)
            assert widget.render_lines(Region(3, 1, 5, 2)) == [ours[0].crop(0, 5)] * 2


def _draws_at_once(widget: object) -> bool:
    return isinstance(widget, PlainBackground)


def _grounds(strips: list[Strip]) -> set[object]:
    styles = [segment.style for strip in strips for segment in strip]
    return {(style.bgcolor, style.reverse) for style in styles if style is not None}
