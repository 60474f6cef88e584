"""What is on the screen before the market is: where the frames will come from, with what key, and that it starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from depthview.ui.lines import BLANK, Part, cut, fill, fit

if TYPE_CHECKING:
    from depthview.ui.lines import Line

_LEAST: Final = 8
"""Columns that are left of host and key where there is little room."""


class Welcome(NamedTuple):
    """What is known before anything is begun."""

    mode: str
    """``LIVE``, ``DEMO`` or ``REPLAY``."""
    host: str
    """Or the file of a replay."""
    key_source: str
    """Where the key came from, or that there is none."""
    products: tuple[str, ...]
    """As asked for; none where a recording will tell."""


def welcome_lines(welcome: Welcome, width: int, quit_key: str) -> list[Line]:
    """The top row as the market screen will have it, and a word on what is being waited for.

    Args:
        welcome: What is known.
        width: Columns.
        quit_key: The key that leaves, as a person writes it; empty for none.
    """
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
