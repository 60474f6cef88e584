"""The start screen, shown while the modules of the market are imported, and the command palette.

The imports take longer than Textual needs for its first paint. The user sees where the frames will come from and with
what key, and can leave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from textual.command import CommandInput
from textual.screen import Screen

from depthview.preferences.keys import Place
from depthview.ui.bindings import bind_field, bindings
from depthview.ui.line_widget import LinePanel
from depthview.ui.lines import BLANK, Part, cut, fill, fit
from depthview.ui.terminal import BoundPalette, add_bindings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual.app import ComposeResult
    from textual.command import Provider

    from depthview.preferences.keymap import Keymap
    from depthview.ui.lines import Line

_LEAST: Final = 8
"""Columns that host and key keep on a narrow screen."""


class Welcome(NamedTuple):
    """What is known before anything starts."""

    mode: str
    """``LIVE``, ``DEMO`` or ``REPLAY``."""
    host: str
    """Or the file of a replay."""
    key_source: str
    """Where the key came from, or that there is none."""
    products: tuple[str, ...]
    """As requested; none if the recording names them."""


def welcome_lines(welcome: Welcome, width: int, quit_key: str) -> list[Line]:
    """The top row as on the market screen, and what is being started; ``quit_key`` may be empty."""
    live = welcome.mode == "LIVE"
    style, strong = ("band", "band-strong") if live else ("banner", "banner")
    quiet = "band-muted" if live else "banner"
    room = max(_LEAST, width // 2 - 8)
    parts = [
        Part(0, ((welcome.mode, strong),)),
        Part(1, ((cut(welcome.host, room), style),)),
        Part(1, (("key ", quiet), (cut(welcome.key_source, room), style))),
    ]
    top = fill(((" ", style), *fit(parts, max(1, width - 1), gap="  ", style=style)), width, style)
    wanted = ", ".join(welcome.products) or "a recording"
    starting: Line = (("  starting ", "strong"), (cut(wanted, max(_LEAST, width - 12)), "text"))
    leave: Line = (("  ", "text"), (quit_key, "text"), (" quit", "muted")) if quit_key else BLANK
    return [top, BLANK, starting, BLANK, leave]


class StartPanel(LinePanel):
    DEFAULT_CSS: ClassVar[str] = "StartPanel { height: 1fr; }"

    def __init__(self, welcome: Welcome, quit_key: str) -> None:
        super().__init__()
        self._welcome = welcome
        self._quit_key = quit_key

    def lines(self, width: int, height: int) -> Sequence[Line]:
        return welcome_lines(self._welcome, width, self._quit_key)


class StartScreen(Screen[None]):
    """Host and key source while the market starts; calls ``painted`` once drawn."""

    AUTO_FOCUS = None
    DEFAULT_CSS: ClassVar[str] = "StartScreen { background: $dv-ground; }"

    def __init__(self, welcome: Welcome, keymap: Keymap, painted: Callable[[], object]) -> None:
        super().__init__()
        self._panel = StartPanel(welcome, keymap.name("app.quit"))
        self._painted = painted
        add_bindings(self, bindings(keymap, Place.START))

    def compose(self) -> ComposeResult:
        yield self._panel

    def on_resize(self) -> None:
        self.call_after_refresh(self._painted)


class Palette(BoundPalette, inherit_bindings=False):
    def __init__(
        self,
        keymap: Keymap,
        *,
        providers: Iterable[type[Provider] | Callable[[], type[Provider]]] | None = None,
        placeholder: str = "Search for commands…",
        id: str | None = None,  # noqa: A002  # Textual's name for it
    ) -> None:
        super().__init__(providers, placeholder=placeholder, id=id)
        self._keymap = keymap

    def on_mount(self) -> None:
        bind_field(self.query_one(CommandInput), self._keymap, Place.LIST)
