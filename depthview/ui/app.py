"""The application: themes, the market screen, and exit. No market logic.

The market screen is imported when there is a market: its modules take as long as Textual's own. However the application
ends, by a key, a lost terminal or a crash, it prints one line at most.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.command import CommandPalette
from textual.driver import Driver
from textual.filter import Monochrome
from textual.theme import ThemeProvider

from depthview.clock import Clock, SystemClock
from depthview.preferences.colors import NO_COLORS, OwnColors
from depthview.preferences.display import Arrangement
from depthview.preferences.keymap import DEFAULT_KEYMAP, Keymap
from depthview.ui.bindings import bindings_anywhere
from depthview.ui.filters import AsciiFilter, Colourless
from depthview.ui.lines import clean
from depthview.ui.screens.start import Palette, StartScreen, Welcome
from depthview.ui.terminal import ExitingApp, add_bindings
from depthview.ui.themes import MONO, OWN, Colours, doubt_of_sides, overlaid, theme_palette

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.app import App
    from textual.command import Provider
    from textual.screen import Screen
    from textual.theme import Theme

    from depthview.ui.screens.market import MarketScreen
    from depthview.ui.titles import Bell, Titles
    from depthview.views.market import Market, MarketView


def _market_commands() -> type[Provider]:
    from depthview.ui.commands import MarketCommands

    return MarketCommands


class DepthviewApp(ExitingApp):
    """Shows a market until the user quits.

    The caller owns the lifetime of the feed and turns ``return_code`` into the exit code: 0 after ``q`` or Ctrl+Q, 130
    after Ctrl+C, 129 after a hangup of the terminal, 1 after a crash.

    Args:
        market: What is shown; or what to show until :meth:`show` is called.
        fps: Draws per second, 0 to 30; 0 draws only on keys, resizes and :meth:`MarketScreen.draw`.
        local_time: Local time instead of UTC.
        arrangement: How the screen is arranged at first.
        bell: Ring when trust in a product is lost, and when it returns.
        ascii: Draw in ASCII; None does so if the terminal's encoding is not UTF-8.
        colours: How many the terminal has; None finds out.
        crash_folder: Where the report of a crash is written; None writes none.
        clock: For the pace of title and bell.
        keymap: Which key does what.
        own_colours: Applied to every theme, but not with the terminal's own colours.
        notice: A warning to show at the start; may be empty.
    """

    TITLE = "depthview"
    # Textual reads these before the constructor has set them.
    _colours = Colours.ALL
    _wished_theme = ""
    _stand_in = ""
    _own_colours = NO_COLORS
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {_market_commands}

    def __init__(
        self,
        market: Market | Welcome,
        *,
        fps: float = 10.0,
        local_time: bool = False,
        arrangement: Arrangement | None = None,
        bell: bool = False,
        ascii: bool | None = None,  # noqa: A002  # what the option is called
        colours: Colours | None = None,
        crash_folder: Path | None = None,
        clock: Clock | None = None,
        keymap: Keymap = DEFAULT_KEYMAP,
        own_colours: OwnColors = NO_COLORS,
        notice: str = "",
    ) -> None:
        super().__init__(crash_folder)
        add_bindings(self, bindings_anywhere(keymap), without=self.COMMAND_PALETTE_BINDING)
        start = arrangement or Arrangement()
        self._overlaid: dict[str, Theme] = {}
        self._colours = colours or _colours_of(self)
        if self._colours in (Colours.ALL, Colours.SOME):
            self._own_colours = own_colours
        self._wished_theme = start.theme
        for theme in OWN:
            self.register_theme(theme)
        self.theme = start.theme
        if self._colours in (Colours.FEW, Colours.NONE):
            self._leave_colours_to_the_terminal()
        self._notice = notice
        self._clock = clock or SystemClock()
        self._titles: Titles | None = None
        self._bell: Bell | None = None
        self._rings = bell
        plain = not _shows_glyphs() if ascii is None else ascii
        if plain:
            self.replace_filters(AsciiFilter())
        self._start = start
        self._marks = plain or self._colours is Colours.NONE
        """Whether letters show the sides with any theme."""
        self._fps, self._local_time, self._own_keys = fps, local_time, keymap
        self._welcome: Welcome | None = None
        self._market_screen: MarketScreen | None = None
        self.painted: Final = asyncio.Event()
        """Set once the start screen has been drawn."""
        if isinstance(market, Welcome):
            self._welcome = market
        else:
            self._market_screen = self._screen_of(market)

    def _screen_of(self, market: Market) -> MarketScreen:
        from depthview.ui.screens.market import MarketScreen
        from depthview.ui.titles import Bell, Titles

        self._titles, self._bell = Titles(), Bell() if self._rings else None
        return MarketScreen(
            market,
            fps=self._fps,
            local_time=self._local_time,
            arrangement=self._start,
            marks=self._sides_need_letters(),
            seen=self._seen,
            keymap=self._own_keys,
            clock=self._clock,
        )

    def show(self, market: Market) -> None:
        self.call_later(self._show, market)

    async def _show(self, market: Market) -> None:
        self._market_screen = self._screen_of(market)
        # Textual 8.2.8 cannot put another in the place of its first screen, which stays below, and is not drawn.
        await self.push_screen(self._market_screen)

    @property
    def market_screen(self) -> MarketScreen:
        """The screen below all others.

        Raises:
            RuntimeError: No market is shown yet.
        """
        if self._market_screen is None:
            raise RuntimeError("there is no market yet")
        return self._market_screen

    @property
    def arrangement(self) -> Arrangement:
        stand_in = self.theme == self._stand_in
        arranged = self._start if self._market_screen is None else self._market_screen.arrangement
        return replace(arranged, theme=self._wished_theme if stand_in else self.theme)

    def _leave_colours_to_the_terminal(self) -> None:
        """Switch to a theme of the terminal's own colours: it has too few for the present one."""
        dark = self.current_theme.dark
        self._stand_in = "ansi-dark" if dark else "ansi-light"
        self.ansi_color = True
        if self._colours is Colours.NONE:
            self.replace_filters(Colourless(dark=dark), instead_of=(Monochrome, Colourless))
        self.theme = self._stand_in

    def _another_theme(self, theme: Theme) -> None:
        """Use the light or dark one of the terminal's own colours in place of the theme chosen."""
        if not theme.ansi:
            self._wished_theme = theme.name
            self._leave_colours_to_the_terminal()

    def _mark_sides(self, _: Theme) -> None:
        """Show sides by letters where a theme has one colour for both."""
        if self._market_screen is not None and self._market_screen.is_mounted:
            self._market_screen.mark(sides=self._sides_need_letters())

    def _sides_need_letters(self) -> bool:
        return self._marks or self.arrangement.theme == MONO.name

    def on_mount(self) -> None:
        if self._stand_in:
            self.theme_changed_signal.subscribe(self, self._another_theme)
        self.theme_changed_signal.subscribe(self, self._mark_sides)
        doubt = "" if self.current_theme.ansi else doubt_of_sides(self.theme_variables, self._own_colours)
        for said in (self._notice, doubt):
            if said:
                self.notify(clean(said), severity="warning", markup=False)

    def action_command_palette(self) -> None:
        if not isinstance(self.screen, CommandPalette):
            self.push_screen(Palette(self._own_keys, id="--command-palette"))

    def search_themes(self) -> None:
        self.push_screen(Palette(self._own_keys, providers=[ThemeProvider], placeholder="Search for themes…"))

    def get_default_screen(self) -> Screen[None]:
        if self._welcome is not None and self._market_screen is None:
            return StartScreen(self._welcome, self._own_keys, self.painted.set)
        return self.market_screen

    def get_theme(self, theme_name: str) -> Theme | None:
        found = super().get_theme(theme_name)
        if found is None or self._own_colours == NO_COLORS:
            return found
        if found.name not in self._overlaid:
            self._overlaid[found.name] = overlaid(found, self._own_colours)
        return self._overlaid[found.name]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our colours for the present theme, because Textual's themes have no ``$bid``."""
        wished = self._wished_theme if self.theme == self._stand_in else self.theme
        return theme_palette(self.current_theme, self._colours, wished, own=self._own_colours)

    def _seen(self, view: MarketView) -> None:
        now = self._clock.monotonic()
        if self.terminal is not None:
            title = None if self._titles is None else self._titles.due(view, now)
            if title is not None:
                self.terminal.set_title(title)
        if self._bell is not None and self._bell.due(view, now):
            self.bell()

    @on(Driver.SignalResume)
    def _back_again(self) -> None:
        """Redraw everything after the process was stopped."""
        if self._titles is not None:
            self._titles.forget()
        if self._market_screen is not None:
            self._market_screen.draw()
        self.refresh()


def _colours_of(app: App[None]) -> Colours:
    """From the name of the terminal; without a name it is a test."""
    if app.no_color:
        return Colours.NONE
    found = app.console.color_system
    return Colours(found) if found in set(Colours) else Colours.ALL


def _shows_glyphs() -> bool:
    """Whether the output can take more than ASCII; Textual writes to standard error."""
    encodings = [file.encoding for file in (sys.__stdout__, sys.__stderr__) if file is not None]
    return all(encoding.lower().replace("-", "").startswith("utf") for encoding in encodings)
