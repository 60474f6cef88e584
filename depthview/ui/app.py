"""The application: themes, the way out, and the market screen. No market logic."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import App
from textual.binding import Binding, BindingType

from depthview.ui.screens.market import MarketScreen
from depthview.ui.themes import DARK, LIGHT, theme_palette

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from textual.screen import Screen

    from depthview.view import Market

INTERRUPTED = 130
"""Exit code of Ctrl+C, as shells have it."""


class DepthviewApp(App[None]):
    """Shows a market until the user has seen enough.

    Whoever runs it owns the feed's lifetime and turns ``return_code`` into the exit code: 0 after ``q`` or Ctrl+Q,
    130 after Ctrl+C, 1 after a crash.

    Args:
        market: What is shown, and whom wishes go to.
        fps: Draws a second, 0 to 30; 0 draws only on keys, resizes and :meth:`MarketScreen.draw`.
        local_time: Local time instead of UTC everywhere.
        groups: Row widths to begin with, by product, in quote currency.
        ladders: Ladders side by side to begin with, 1 to 4.
        theme: Name of a theme to begin with.
    """

    TITLE = "depthview"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", id="app.quit-anywhere", show=False, priority=True),
        Binding("ctrl+c", "interrupt", "Quit", id="app.interrupt", show=False, priority=True),
    ]

    def __init__(
        self,
        market: Market,
        *,
        fps: float = 10.0,
        local_time: bool = False,
        groups: Mapping[str, Decimal] | None = None,
        ladders: int = 1,
        theme: str = DARK.name,
    ) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = theme
        self._market_screen = MarketScreen(market, fps=fps, local_time=local_time, groups=groups, ladders=ladders)

    @property
    def market_screen(self) -> MarketScreen:
        """The screen under all others."""
        return self._market_screen

    def get_default_screen(self) -> Screen[None]:
        """The market is what there is to see."""
        return self._market_screen

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Colours of our own for the theme that is on, so that none of Textual's fails for want of ``$bid``."""
        return theme_palette(self.current_theme)

    async def action_quit(self) -> None:
        """Leave with 0."""
        self.exit(return_code=0)

    def action_interrupt(self) -> None:
        """Leave as one does on SIGINT."""
        self.exit(return_code=INTERRUPTED)

    def _fatal_error(self) -> None:
        """Leave after a crash: Textual would print the locals of every frame, and a key may be among them.

        Only places are printed, no values and not the exception's own text. A private method of Textual's: a test
        holds it in place.
        """
        self._exit_renderables.append(Text(crash_report(self._exception)))
        self._close_messages_no_wait()


def crash_report(error: BaseException | None) -> str:
    """What may be said of a crash: the kind of the exception and the places it came through, without values."""
    if error is None:
        return "depthview stopped by a fault of its own"
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"  {_place(frame.filename)} line {frame.lineno} in {frame.name}" for frame in frames]
    return "\n".join([f"depthview stopped by a fault of its own: {type(error).__name__}", *places])


def _place(filename: str) -> str:
    parts = Path(filename).parts
    return "/".join(parts[-3:])
