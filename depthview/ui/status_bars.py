"""The top row: where the frames come from, and with what key. A replay, a demo and a freeze fill it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from textual.reactive import var

from depthview.ui.cells import Line, Part, between, cut, fill, fit, width_of
from depthview.ui.formats import bar
from depthview.ui.widgets.panel import LinePanel
from depthview.ui.words import clock_text, duration, mode_words, zone
from depthview.views.market import FeedView, Mode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from depthview.views.market import ReplayView

_TRACK: Final = 12
_GAP: Final = "  "
_NAME: Final = 40
"""Columns that a host or a key source takes at most."""
_LEAST: Final = 8
"""Columns that are left of them where there is little room."""
_ESSENTIAL: Final = 2
"""Parts up to this rank (mode, host, key, place in a replay) are worth more than the clock."""
_NOT_LIVE: Final = {Mode.DEMO: "invented market", Mode.REPLAY: "a recording, not live"}


def source_line(feed: FeedView, replay: ReplayView | None, frozen_for: float | None, clock: str, width: int) -> Line:
    """Mode, host and key source on the left, the clock on the right.

    Args:
        feed: Of the connection.
        replay: Where a replay stands.
        frozen_for: Seconds since the picture was frozen; None while it is not.
        clock: Time of day with its zone.
        width: Columns.
    """
    live = feed.mode is Mode.LIVE
    style = "frozen" if frozen_for is not None else "band" if live else "banner"
    quiet = "band-muted" if style == "band" else style
    first: list[Part] = []
    if frozen_for is not None:
        first.append(Part(0, ((f"FROZEN {duration(frozen_for)}", style),)))
    first.append(Part(0, ((mode_words(feed, replay), "band-strong" if style == "band" else style),)))
    if replay is not None:
        first += _replay_parts(replay, style)
    # Host and key are never left out: where there is little room they are cut, the host first.
    room = width - 3 - sum(width_of(part.cells) + len(_GAP) for part in first if part.rank == 0)
    key = cut(feed.key_source, max(_LEAST, min(_NAME, room - _LEAST - len("key ") - len(_GAP))))
    host = cut(feed.host, max(_LEAST, min(_NAME, room - len(key) - len("key ") - len(_GAP))))
    parts = [*first, Part(1, ((host, style),)), Part(1, (("key ", quiet), (key, style)))]
    if not live:
        parts.append(Part(5, ((_NOT_LIVE[feed.mode], quiet),)))
    if frozen_for is not None:
        parts.append(Part(4, (("space goes on", quiet),)))
    if feed.recording:
        parts.append(Part(3, ((cut(feed.recording, _NAME), style),)))
    needed = sum(width_of(part.cells) + len(_GAP) for part in parts if part.rank <= _ESSENTIAL)
    if needed + len(clock) + 3 > width:
        return fill(((" ", style), *fit(parts, max(1, width - 1), gap=_GAP, style=style)), width, style)
    left: Line = ((" ", style), *fit(parts, width - len(clock) - 4, gap=_GAP, style=style))
    return between(left, ((f"{clock} ", quiet),), width, style)


def _replay_parts(replay: ReplayView, style: str) -> list[Part]:
    speed = "as fast as it goes" if replay.speed is None else f"speed x{replay.speed:g}"
    if replay.duration is None:
        return [Part(2, ((f"at {replay.position:.1f} s", style),)), Part(3, ((speed, style),))]
    position = Decimal(min(replay.position, replay.duration)).quantize(Decimal("0.1"))
    full = Decimal(replay.duration).quantize(Decimal("0.1"))
    drawn = bar(position, full or Decimal(1), _TRACK).blocks.ljust(_TRACK)
    return [
        Part(2, ((f"{position} s of {full} s", style),)),
        Part(6, ((drawn, "meter"),)),
        Part(3, ((speed, style),)),
    ]


class SourceBar(LinePanel):
    """Mode, host, key source and clock; in other colours for whatever is not the live market."""

    GROUND = "band"

    feed: var[FeedView | None] = var(None)
    """The connection; None draws nothing."""
    replay: var[ReplayView | None] = var(None)
    """Where a replay stands; None when there is none."""
    at: var[int] = var(0)
    """Unix seconds of the feed's clock."""
    frozen_for: var[float | None] = var(None)
    """Seconds since the picture was frozen; None while it is not."""
    local_time: var[bool] = var(False)
    """Whether times are local rather than UTC."""

    def watch_feed(self) -> None:
        """Drawn anew with the connection, which changes with every tick that matters."""
        self.redraw()

    def watch_replay(self) -> None:
        """Drawn anew as the replay goes on."""
        self.redraw()

    def watch_at(self) -> None:
        """Drawn anew every second."""
        self.redraw()

    def watch_frozen_for(self) -> None:
        """Drawn anew when the picture is frozen, and while it is."""
        self.redraw()

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """The one row."""
        if self.feed is None:
            return []
        clock = f"{clock_text(self.at, local=self.local_time)} {zone(local=self.local_time)}"
        return [source_line(self.feed, self.replay, self.frozen_for, clock, width)]
