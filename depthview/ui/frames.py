"""The frame view: the last frames and messages, the position in them, the search, and one frame whole.

A frame's text is indented by hand, because a parser refuses what is most worth seeing, changes numbers, and reads all
of a frame where its beginning is enough.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from textual.message import Message
from textual.reactive import var

from depthview.core.text import plural
from depthview.ui.formats import clock_text, count, duration, zone
from depthview.ui.line_widget import LinePanel
from depthview.ui.lines import BLANK, Cell, Line, clean, cut, fill, title, width_of, wrap
from depthview.views.frames import Direction, FrameFilter, FrameLogRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.events import Click, MouseScrollDown, MouseScrollUp

    from depthview.views.frames import FrameLogRow, FrameLogView, LoggedFrame

_CHANNEL: Final = 13
_PRODUCT: Final = 12
_NARROW_PRODUCT: Final = 10
_NARROW_BYTES: Final = 5
_NUMBER: Final = 11
_BYTES: Final = 9
_DELAY: Final = 7
_NARROW: Final = 100
_MARKS: Final = {"note": "muted", "warn": "warn", "bad": "bad"}
_INKS: Final = {"note": "muted", "warn": "warn-text", "bad": "bad-text"}
_ERROR_ROWS: Final = 3


def delay_text(seconds: float | None) -> str:
    """A delay in at most six columns: ``0.4 ms``, ``38 ms``, ``1.2 s``."""
    if seconds is None:
        return "-"
    ms = seconds * 1000
    if ms < 9.95:
        return f"{ms:.1f} ms"
    return f"{ms:.0f} ms" if ms < 999.5 else duration(seconds)


def bytes_text(size: int) -> str:
    """A number of bytes in at most five columns: ``382``, ``1.2k``, ``5.1M``."""
    if size < 1_000:
        return str(size)
    return f"{size / 1e3:.1f}k" if size < 99_950 else f"{size / 1e3:.0f}k" if size < 999_500 else f"{size / 1e6:.1f}M"


def token_text(at: float, life: float, *, local: bool) -> str:
    """The placeholder of a token: ``jwt <sent 14:03:11, 120 s>``."""
    return f"jwt <sent {clock_text(at, local=local)}, {life:.0f} s>"


def heading(width: int) -> Line:
    narrow = width < _NARROW
    text = f"  {'time':<12} {'delay':>{_DELAY}} {'number':>{_NUMBER - 2 * narrow}} {'channel':<{_CHANNEL}} "
    text += f"{'product':<{_NARROW_PRODUCT if narrow else _PRODUCT}} "
    text += f"{'bytes':>{_NARROW_BYTES if narrow else _BYTES}} what"
    return ((cut(text, width), "muted"),)


def row_line(row: FrameLogRow, width: int, *, local: bool, cursor: bool) -> Line:
    clock: Cell = (f"{clock_text(row.at, local=local, millis=True)} ", "muted")
    point: Cell = ("▸" if cursor else " ", "strong")
    if row.direction is Direction.NOTE:
        what = cut(f"── {row.what} ", width - 16)
        return (
            point,
            (" ", "text"),
            clock,
            (what, _INKS.get(row.level, "muted")),
            ("─" * (width - 15 - len(what)), "rule"),
        )
    narrow = width < _NARROW
    if row.direction is Direction.OUT:
        return fill((point, ("→", "strong"), clock, *_sent(row, width - 15, local=local)), width, "text")
    number = "" if row.number is None else count(row.number) if row.number < 10**8 else str(row.number)
    room = _NARROW_PRODUCT if narrow else _PRODUCT
    size = f"{bytes_text(row.bytes):>{_NARROW_BYTES}} " if narrow else f"{row.bytes:>{_BYTES},} "
    name = row.products[0] if row.products else ""
    if len(row.products) > 1:
        more = f" +{len(row.products) - 1}"
        name = cut(name, room - len(more)) + more
    cells: list[Cell] = [
        point,
        (" ", "text"),
        clock,
        (f"{delay_text(row.delay):>{_DELAY}} ", "text"),
        (f"{cut(number, _NUMBER - 2 * narrow):>{_NUMBER - 2 * narrow}} ", _INKS.get(row.level, "text")),
        (f"{cut(row.channel, _CHANNEL):<{_CHANNEL}} ", "text"),
        (f"{cut(name, room):<{room}} ", "text"),
        (size, "text"),
    ]
    if row.mark:
        cells += [(f" {row.mark} ", _MARKS.get(row.level, "muted")), (" ", "text")]
    cells.append((cut(row.what, max(0, width - width_of(cells))), "text"))
    return fill(tuple(cells), width, "text")


def _sent(row: FrameLogRow, width: int, *, local: bool) -> Line:
    """A sent message: type, channel, token, and as many products as fit."""
    what = cut(f"{row.what} {row.channel}", width)
    line: list[Cell] = [(what, "strong")]
    if row.token_life is not None:
        line.append((f"  {token_text(row.at, row.token_life, local=local)}", "text"))
    line.append((cut(f"  {', '.join(row.products)}", max(0, width - width_of(line))), "muted"))
    return tuple(line)


def _share(view: FrameLogView) -> str:
    entries = plural(view.kept, "entry", "entries")
    return f"{entries}, {view.kept_bytes / 1e6:.1f} MB, {duration(view.kept_seconds)}"


def head_line(view: FrameLogView, sought: FrameFilter, width: int, *, mode: str, held: int | None, local: bool) -> Line:
    """The title; ``held`` is the serial number of the last entry shown, None while following."""
    state = "following" if held is None else "HELD"
    newer = f", {view.newest - held:,} newer" if held is not None and view.newest > held else ""
    shown = ", ".join(filter(None, (sought.channel, sought.product))) or "everything"
    kept = f"{_share(view)}, " if width >= _NARROW else ""
    return title(
        "WIRE" if mode == "LIVE" else f"WIRE  {mode}",
        f"{state}{newer}   {shown}   {kept}times {zone(local=local)}",
        width,
    )


def foot_lines(view: FrameLogView, width: int) -> list[Line]:
    """Subscriptions requested and confirmed, and the last error frame verbatim."""
    confirmed = len(view.asked) - len(view.missing)
    line: list[Cell] = [(" subscribed  ", "muted"), (f"{confirmed} of {len(view.asked)} confirmed", "strong")]
    if view.missing:
        missing = "   not confirmed: " + ", ".join(view.missing)
        line.append((cut(missing, max(0, width - width_of(line))), "warn-text"))
    lines: list[Line] = [tuple(line)]
    if view.error is None:
        return [*lines, ((" last error  ", "muted"), ("none", "text"))]
    rows = wrap(view.error_text, max(10, width - 14)) or [""]
    lines.append(((" last error  ", "muted"), (rows[0], "bad-text")))
    lines += [((" " * 13 + row, "bad-text"),) for row in rows[1:_ERROR_ROWS]]
    return lines


def foot_keys(width: int, hints: Sequence[tuple[str, str]]) -> Line:
    cells: list[Cell] = [(" ", "band")]
    for name, label in hints:
        entry: list[Cell] = [(name, "band-strong"), (f" {label}  ", "band-muted")]
        if width_of((*cells, *entry)) > width:
            break
        cells += entry
    return fill(tuple(cells), width, "band")


def empty_lines(width: int, *, searching: bool) -> list[Line]:
    said = "searching older frames …" if searching else "no matching frames yet"
    return [BLANK, ((cut(f"   {said}", width), "muted"),)]


def whole_text(frame: LoggedFrame, *, local: bool) -> str:
    """The text of an entry; a sent message has a placeholder for its token."""
    row = frame.row
    if row.direction is not Direction.OUT or row.token_life is None:
        return frame.text
    told = json.dumps(f"<sent {clock_text(row.at, local=local)}, {row.token_life:.0f} s>")
    return f'{frame.text[:-1]},"jwt":{told}}}'


def frame_title(row: FrameLogRow, *, local: bool) -> str:
    parts = [
        "SENT" if row.direction is Direction.OUT else "RECEIVED" if row.direction is Direction.IN else "",
        clock_text(row.at, local=local, millis=True),
        row.channel,
        "" if row.number is None else f"#{row.number:,}",
        f"{row.bytes:,} bytes" if row.bytes else "",
        row.mark,
    ]
    return "  ".join(part for part in parts if part)


class FrameLogState:
    """The position in the log: following the newest, or holding an entry."""

    def __init__(self) -> None:
        self.sought = FrameFilter()
        self.cursor: int | None = None
        """Serial number of the entry that is held; None while the newest are followed."""
        self._place = 0
        self._rows: tuple[FrameLogRow, ...] = ()
        self._height = 1

    @property
    def held(self) -> bool:
        return self.cursor is not None

    def request(self, most: int) -> FrameLogRequest:
        """Twice ``most`` rows, so that the cursor can move by as many."""
        return FrameLogRequest(2 * max(1, most), self.cursor, self.sought)

    def window(self, view: FrameLogView, height: int) -> tuple[Sequence[FrameLogRow], int | None]:
        """The rows to show in ``height``, and the index of the cursor among them; None while following."""
        self._height = max(1, height)
        rows = self._rows = view.rows
        if self.cursor is None or not rows:
            return rows[-self._height :], None
        at = self._at()
        self.cursor = rows[at].serial
        top = max(0, min(at - self._place, len(rows) - self._height))
        self._place = at - top
        return rows[top : top + self._height], self._place

    def move(self, by: int) -> None:
        """Hold the entry ``by`` rows further down, or up where below 0."""
        if not self._rows:
            return
        if self.cursor is None:
            at, self._place = len(self._rows) - 1, min(self._height, len(self._rows)) - 1
        else:
            at = self._at()
        to = max(0, min(len(self._rows) - 1, at + by))
        if abs(by) == 1:
            self._place = max(0, min(self._height - 1, self._place + to - at))
        self.cursor = self._rows[to].serial

    def page(self, direction: int) -> None:
        self.move(direction * max(2, self._height - 1))

    def point(self, place: int) -> None:
        """Hold the entry in row ``place`` of those shown."""
        shown = self._shown()
        if 0 <= place < len(shown):
            self.cursor, self._place = shown[place].serial, place

    def follow(self) -> None:
        self.cursor = None

    def next_channel(self, view: FrameLogView, step: int) -> None:
        self.sought = replace(self.sought, channel=_next(self.sought.channel, view.channels, step))

    def next_product(self, view: FrameLogView, step: int) -> None:
        self.sought = replace(self.sought, product=_next(self.sought.product, view.products, step))

    def chosen(self) -> int | None:
        """The serial number of the entry under the cursor, or of the newest one shown."""
        if self.cursor is not None:
            return self.cursor
        return self._rows[-1].serial if self._rows else None

    def _at(self) -> int:
        cursor = self.cursor or 0
        return next((at for at, row in enumerate(self._rows) if row.serial >= cursor), len(self._rows) - 1)

    def _shown(self) -> Sequence[FrameLogRow]:
        if self.cursor is None:
            return self._rows[-self._height :]
        top = max(0, self._at() - self._place)
        return self._rows[top : top + self._height]


def _next(present: str, among: Sequence[str], step: int) -> str:
    choices = ["", *among]
    at = choices.index(present) if present in choices else 0
    return choices[(at + step) % len(choices)]


MOST_LINES: Final = 5_000
_MOST_PIECES: Final = 200_000
_LINE: Final = 400
"""Columns after which a line is cut."""
_LEAF: Final = 100
"""Objects up to this width without nesting stay on one line, such as a row of a book."""
_LEAF_PIECES: Final = 64
_STEP: Final = "  "
_PIECES: Final = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\Z)|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_OPENERS: Final = {"{": "}", "[": "]"}


class Indented(NamedTuple):
    lines: list[str]
    cut: bool


def indented(text: str, most: int = MOST_LINES) -> Indented:
    """``text`` (JSON, or what should be) in at most ``most`` lines of some hundred characters, safe for a terminal."""
    found: list[str] = []
    pieces = _Pieces(text)
    depth, line = 0, ""
    for piece in pieces:
        if len(found) >= most:
            return Indented(found, cut=True)
        if piece in _OPENERS:
            leaf = pieces.leaf(piece)
            if leaf is not None:
                line += leaf
                continue
            found.append(_shown(depth, line + piece))
            depth, line = depth + 1, ""
        elif piece in {"}", "]"}:
            if line:
                found.append(_shown(depth, line))
            depth, line = max(0, depth - 1), piece
        elif piece == ",":
            found.append(_shown(depth, line + ","))
            line = ""
        elif piece == ":":
            line += ": "
        else:
            line += piece
    if line:
        found.append(_shown(depth, line))
    return Indented(found[:most], cut=pieces.cut or len(found) > most)


class _Pieces:
    """The tokens of a text, with lookahead."""

    def __init__(self, text: str) -> None:
        self._matches = _PIECES.finditer(text)
        self._ahead: list[str] = []
        self._taken = 0
        self.cut = False
        """Whether there were more than the limit."""

    def __iter__(self) -> Iterator[str]:
        while True:
            if self._ahead:
                yield self._ahead.pop(0)
                continue
            piece = self._next()
            if piece is None:
                return
            yield piece

    def leaf(self, opener: str) -> str | None:
        """Everything up to the closing bracket of ``opener``, if it is short and not nested."""
        closer, seen, width = _OPENERS[opener], 0, 1
        words = [opener]
        while width <= _LEAF and seen < _LEAF_PIECES:
            if seen == len(self._ahead):
                piece = self._next()
                if piece is None:
                    return None
                self._ahead.append(piece)
            piece = self._ahead[seen]
            seen += 1
            if piece in _OPENERS:
                return None
            words.append(f"{piece} " if piece in {",", ":"} else piece)
            width += len(words[-1])
            if piece == closer:
                del self._ahead[:seen]
                return "".join(words)
        return None

    def _next(self) -> str | None:
        if self._taken >= _MOST_PIECES:
            self.cut = True
            return None
        match = next(self._matches, None)
        if match is None:
            return None
        self._taken += 1
        return match.group()


def _shown(depth: int, line: str) -> str:
    line = _STEP * min(depth, 40) + line
    return clean(line if len(line) <= _LINE else f"{line[:_LINE]}…")


def places_of(lines: Sequence[str], sought: str) -> list[int]:
    """Indices of the lines that contain ``sought``, ignoring case; none for an empty text."""
    wanted = sought.casefold()
    return [at for at, line in enumerate(lines) if wanted in line.casefold()] if wanted else []


def found_line(line: str, sought: str, *, here: bool) -> Line:
    """``line`` with every match highlighted; reversed in the current one."""
    folded, wanted = line.casefold(), clean(sought).casefold()
    if not wanted or len(folded) != len(line):
        return ((line, "text"),)
    cells: list[Cell] = []
    at = 0
    while (found := folded.find(wanted, at)) >= 0:
        cells += [(line[at:found], "text"), (line[found : found + len(wanted)], "frozen" if here else "band-strong")]
        at = found + len(wanted)
    return (*cells, (line[at:], "text"))


_WHEEL = 3


class LinesPanel(LinePanel):
    """Lines made elsewhere, from ``top`` on."""

    content: var[tuple[Line, ...]] = var(())
    """Top first."""
    top: var[int] = var(0)
    """Index of the first line shown."""

    class Scrolled(Message):
        """The wheel was turned: rows down, or up where below 0."""

        def __init__(self, rows: int) -> None:
            super().__init__()
            self.rows = rows

    class Pointed(Message):
        """A row was clicked."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def lines(self, width: int, height: int) -> Sequence[Line]:
        return self.content[self.top : self.top + height]

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        event.stop()
        self.post_message(self.Scrolled(_WHEEL))

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        event.stop()
        self.post_message(self.Scrolled(-_WHEEL))

    def on_click(self, event: Click) -> None:
        self.post_message(self.Pointed(event.y))


class BandLinePanel(LinesPanel):
    """One line on a raised background."""

    GROUND = "band"
