"""The replay bar, in which a click seeks, and the positions that can be typed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from textual.message import Message
from textual.reactive import var

from depthview.core.text import plural
from depthview.ui.formats import clock_text, count, zone
from depthview.ui.line_widget import LinePanel
from depthview.ui.lines import Cell, Line, Part, crop, cut, fit, width_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.events import Click

    from depthview.views.market import ReplayMark, ReplayView

HINT: Final = "14:03:11, 1:30, +90, -1:30, 50 %, #1030"
"""One example of each form."""
_TWO_ROWS_FROM: Final = 40
_TRACK_LEAST: Final = 8
_TRACK_SHARE: Final = 4
"""The track takes at least a quarter of its row."""
_SIDE_GAP: Final = 2
_STATE: Final = 9
"""Columns of the state, so that the track stays in place."""
_WORDS: Final = 60
"""Most columns of the seeking message."""
_DAY: Final = 86_400
_HOUR: Final = 3600
_MINUTE: Final = 60
_NUMBER: Final = re.compile(r"#\s*([0-9][0-9,_]{0,24})")
_SHARE: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)\s*%")
_TIME: Final = re.compile(r"([+-]?)(?:(?:([0-9]{1,4}):)?([0-9]{1,4}):)?([0-9]{1,7}(?:\.[0-9]{1,9})?)\s*s?")
_SEXAGESIMAL: Final = 60
_HOURS_A_DAY: Final = 24
_LARGEST_NUMBER: Final = 2**63


class Destination(NamedTuple):
    """One of the two."""

    seconds: float | None = None
    """From the first entry."""
    number: int | None = None
    """Of the sequence."""


class WrongDestination(ValueError):
    """The text is no position; the message is one line."""


def destination(text: str, replay: ReplayView, *, local: bool) -> Destination:
    """The position that ``text`` names.

    Args:
        text: ``#1030``, a time of day with seconds, minutes and seconds from the start, signed seconds or minutes from
            here, or a percentage.
        replay: The current state.
        local: Whether times of day are local and not UTC.

    Raises:
        WrongDestination: It is none of these, or lies outside the recording.
    """
    text = text.strip()
    if found := _NUMBER.fullmatch(text):
        number = int(found[1].replace(",", "").replace("_", ""))
        if number >= _LARGEST_NUMBER:
            raise WrongDestination("sequence number too large")
        return Destination(number=number)
    if found := _SHARE.fullmatch(text):
        if replay.duration is None:
            raise WrongDestination("the length of the recording is not known yet")
        return Destination(seconds=_within(float(found[1]) / 100 * replay.duration, replay))
    if found := _TIME.fullmatch(text):
        return Destination(seconds=_seconds(found, replay, local=local))
    raise WrongDestination(f"not a position: try {HINT}")


def _seconds(typed: re.Match[str], replay: ReplayView, *, local: bool) -> float:
    """Seconds from the first entry that a time of day, an offset or a time from the start means."""
    sign, hours, minutes, seconds = typed[1], typed[2], typed[3], float(typed[4])
    if (minutes is not None and seconds >= _SEXAGESIMAL) or (hours is not None and int(minutes) >= _SEXAGESIMAL):
        raise WrongDestination("minutes and seconds go up to 59")
    length = int(hours or 0) * _HOUR + int(minutes or 0) * _MINUTE + seconds
    if sign:
        aim = replay.position + (length if sign == "+" else -length)
        return max(0.0, aim if replay.duration is None else min(aim, replay.duration))
    if hours is not None:
        at = _time_of_day(length, replay, local=local) if int(hours) < _HOURS_A_DAY else None
        if at is not None:
            return at
        if replay.duration is None or length > replay.duration:
            raise WrongDestination(f"{typed[0]} is outside the recording, which runs {span(replay, local=local)}")
    return _within(length, replay)


def span(replay: ReplayView, *, local: bool) -> str:
    if replay.first_at is None:
        return "from an unknown time"
    first = f"from {clock_text(replay.first_at, local=local)}"
    if replay.duration is None:
        return f"{first} {zone(local=local)}"
    return f"{first} to {clock_text(replay.first_at + replay.duration, local=local)} {zone(local=local)}"


def _within(seconds: float, replay: ReplayView) -> float:
    if replay.duration is not None and seconds > replay.duration:
        raise WrongDestination(f"the recording is only {length(replay.duration)} long")
    return seconds


def _time_of_day(of_day: float, replay: ReplayView, *, local: bool) -> float | None:
    """Seconds from the first entry to the next such time of day, or the only one; None for none."""
    if replay.first_at is None:
        return None
    first = datetime.fromtimestamp(replay.first_at, tz=UTC)
    midnight = (first.astimezone() if local else first).replace(hour=0, minute=0, second=0, microsecond=0)
    found = (midnight + timedelta(seconds=of_day)).timestamp() - replay.first_at
    # Typed times are often whole seconds: the second in which the recording begins means its start.
    found = 0.0 if -1 < found < 0 else found
    found += _DAY if found < 0 else 0
    if found < replay.position:
        later = found + (replay.position - found) // _DAY * _DAY + _DAY
        found = later if replay.duration is not None and later <= replay.duration else found
    return found if replay.duration is None or found <= replay.duration else None


def length(seconds: float) -> str:
    """``0:07.2``, ``1:02:03.4``."""
    tenths = int(max(0.0, seconds) * 10 + 1e-6)
    whole, tenth = divmod(tenths, 10)
    minutes, rest = divmod(whole, _MINUTE)
    if minutes < _MINUTE:
        return f"{minutes}:{rest:02d}.{tenth}"
    return f"{minutes // _MINUTE}:{minutes % _MINUTE:02d}:{rest:02d}.{tenth}"


def speed_words(speed: float | None) -> str:
    """``x0.5``; ``max`` without any pace."""
    return "max" if speed is None else f"x{speed:g}"


def rows_for(height: int) -> int:
    return 2 if height >= _TWO_ROWS_FROM else 1


@dataclass(frozen=True, slots=True)
class ReplayBarLines:
    """The bar, and the columns of its track."""

    lines: tuple[Line, ...]
    start: int = 0
    """Column of the track's first cell."""
    columns: int = 0
    """Of the track; 0 where there is none."""

    def seconds_at(self, column: int, duration: float | None) -> float | None:
        """Seconds from the first entry at a column; None beside the track."""
        if duration is None or not self.columns or not 0 <= column - self.start < self.columns:
            return None
        return (column - self.start) / max(1, self.columns - 1) * duration


def bar_of(replay: ReplayView, at: float, width: int, height: int, *, local: bool) -> ReplayBarLines:
    """The bar in ``height`` rows (1 or 2); ``at`` is in unix seconds of the recording."""
    words = _words(replay)
    clock = clock_text(at, local=local, millis=height > 1)
    told: list[Part] = []
    if height == 1:
        told = [
            Part(0, ((words, "band-strong"),)),
            Part(2, ((f"{clock} {zone(local=local)}", "band"),)),
            Part(3, (("" if words else f"frame {count(replay.frame)}", "band-muted"),)),
            Part(4, (("" if words else _indexed(replay), "band-muted"),)),
        ]
    bar = _first_row(replay, told, width)
    if height == 1:
        return bar
    more = [
        Part(0, ((f"{clock} {zone(local=local)}", "band"),)),
        Part(2, ((_frame(replay), "band"),)),
        Part(3, ((_incidents(replay), "band-muted"),)),
        Part(4, ((span(replay, local=local), "band-muted"),)),
        Part(5, ((_indexed(replay), "band-muted"),)),
        Part(1, ((cut(words, _WORDS), "band-strong"),)),
    ]
    second: Line = ((" ", "band"), *fit(_said(more), max(1, width - 1), gap="   ", style="band"))
    return ReplayBarLines((*bar.lines, second), bar.start, bar.columns)


def _first_row(replay: ReplayView, told: Sequence[Part], width: int) -> ReplayBarLines:
    """State, position, track and speed, and as much of ``told`` as fits."""
    place = length(replay.position)
    if replay.duration is not None:
        whole = length(replay.duration)
        place = f"{place:>{len(whole)}} / {whole}"
    state, style = _state(replay)
    left: Line = (
        (" ", "band"), (state, style), (" " * (_STATE - width_of(((state, style),))), "band"),
        (place, "band-strong"), ("  ", "band"),
    )  # fmt: skip
    room = max(1, width - width_of(left) - max(_TRACK_LEAST, width // _TRACK_SHARE) - _SIDE_GAP - 1)
    speed = speed_words(replay.speed)
    fitting = [
        part if part.rank else Part(0, ((cut(part.cells[0][0], room - len(speed) - _SIDE_GAP), part.cells[0][1]),))
        for part in told
    ]
    right = fit(_said([Part(1, ((speed, "band"),)), *fitting]), room, style="band")
    columns = width - width_of(left) - width_of(right) - _SIDE_GAP - 1
    if replay.duration is None or columns < _TRACK_LEAST:
        return ReplayBarLines((crop((*left, *right), width),))
    track = _track(replay, replay.duration, columns)
    return ReplayBarLines(((*left, *track, (" " * _SIDE_GAP, "band"), *right),), width_of(left), columns)


def _said(parts: Sequence[Part]) -> list[Part]:
    return [part for part in parts if part.cells[0][0]]


def _state(replay: ReplayView) -> Cell:
    if replay.seeking:
        return "SEEKING", "banner"
    if replay.ended:
        return "ENDED", "banner"
    return ("PAUSED", "banner") if replay.paused else ("▶", "band-strong")


def _words(replay: ReplayView) -> str:
    if not replay.seeking or replay.progress is None:
        return replay.seeking or replay.note
    return f"{int(replay.progress * 100)} % of the way {replay.seeking}"


def _frame(replay: ReplayView) -> str:
    if replay.frames is None:
        return f"frame {count(replay.frame)}"
    return f"frame {count(replay.frame)} of {count(replay.frames)}"


def _incidents(replay: ReplayView) -> str:
    so_far = "" if replay.indexed >= 1 else " so far"
    return f"{plural(len(replay.marks), 'incident')}{so_far}" if replay.marks else f"no incident{so_far}"


def _indexed(replay: ReplayView) -> str:
    if replay.indexed >= 1:
        return ""
    doing = "indexing" if replay.indexing else "indexed"
    return f"{doing}: {int(replay.indexed * 100)} %"


def _track(replay: ReplayView, duration: float, columns: int) -> Line:
    def column(seconds: float) -> int:
        return min(columns - 1, max(0, round(seconds / duration * (columns - 1)))) if duration > 0 else 0

    here, known = column(replay.position), column(replay.indexed * duration)
    cells = [("━", "band-strong") if x < here else ("─" if x <= known else "·", "band-muted") for x in range(columns)]
    for mark in replay.marks:
        x = column(mark.position)
        if cells[x][1] != "bad":
            cells[x] = ("◆", _mark_style(mark))
    cells[here] = ("●", cells[here][1] if cells[here][0] == "◆" else "band-strong")
    return _merged(cells)


def _mark_style(mark: ReplayMark) -> str:
    return "bad" if mark.level == "bad" else "warn"


def _merged(cells: list[Cell]) -> Line:
    merged: list[Cell] = []
    for text, style in cells:
        if merged and merged[-1][1] == style:
            merged[-1] = (merged[-1][0] + text, style)
        else:
            merged.append((text, style))
    return tuple(merged)


class ReplayBar(LinePanel):
    GROUND: ClassVar[str] = "band"

    replay: var[ReplayView | None] = var(None)

    at: float = 0.0
    """Unix seconds of the recording; only a change of ``replay`` draws."""
    local_time: var[bool] = var(False)

    class Sought(Message):
        """The bar was clicked."""

        def __init__(self, seconds: float) -> None:
            super().__init__()
            self.seconds = seconds
            """From the first entry."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(id=id)
        self._bar = ReplayBarLines(())

    def lines(self, width: int, height: int) -> Sequence[Line]:
        if self.replay is None:
            return []
        self._bar = bar_of(self.replay, self.at, width, height, local=self.local_time)
        return self._bar.lines

    def on_click(self, event: Click) -> None:
        if self.replay is not None and event.y == 0:
            seconds = self._bar.seconds_at(event.x, self.replay.duration)
            if seconds is not None:
                self.post_message(self.Sought(seconds))
