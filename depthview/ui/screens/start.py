"""The screen that is there at once, while the modules of the market and its feed are still being imported.

They take longer than all that Textual needs for its first paint. A person sees meanwhile where the frames will come
from and what they will be asked for with, and can leave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.screen import Screen

from depthview.preferences.keys import Place
from depthview.ui.bindings import add_bindings, bindings
from depthview.ui.line_widget import LinePanel
from depthview.ui.welcome import Welcome, welcome_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult

    from depthview.preferences.keymap import Keymap
    from depthview.ui.lines import Line


class StartPanel(LinePanel):
    """All of it."""

    DEFAULT_CSS: ClassVar[str] = "StartPanel { height: 1fr; }"

    def __init__(self, welcome: Welcome, quit_key: str) -> None:
        super().__init__()
        self._welcome = welcome
        self._quit_key = quit_key

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """What is known so far."""
        return welcome_lines(self._welcome, width, self._quit_key)


class StartScreen(Screen[None]):
    """Host, key source, and that it starts.

    Args:
        welcome: What is known.
        keymap: Which key leaves.
        painted: Called once it has been drawn.
    """

    AUTO_FOCUS = None
    DEFAULT_CSS: ClassVar[str] = "StartScreen { background: $dv-ground; }"

    def __init__(self, welcome: Welcome, keymap: Keymap, painted: Callable[[], object]) -> None:
        super().__init__()
        self._panel = StartPanel(welcome, keymap.name("app.quit"))
        self._painted = painted
        add_bindings(self._bindings, bindings(keymap, Place.START))

    def compose(self) -> ComposeResult:
        """The one panel."""
        yield self._panel

    def on_resize(self) -> None:
        """It has a size, and is about to be drawn."""
        self.call_after_refresh(self._painted)
