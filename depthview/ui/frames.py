"""The wire view in lines: frames and messages in their order, what there is to say of the feed, and one of them whole.

Pure.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from depthview.ui.cells import BLANK, Cell, Line, cut, fill, width_of, wrap
from depthview.ui.sections import title
from depthview.ui.words import clock_text, count, duration, zone
from depthview.views.frames import Travel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from depthview.views.frames import WireFilter, WireFrame, WireRow, WireView

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
    """What stands for a token: ``jwt <sent 14:03:11, 120 s>``."""
    return f"jwt <sent {clock_text(at, local=local)}, {life:.0f} s>"


def heading(width: int) -> Line:
    """Over the columns."""
    narrow = width < _NARROW
    text = f"  {'time':<12} {'delay':>{_DELAY}} {'number':>{_NUMBER - 2 * narrow}} {'channel':<{_CHANNEL}} "
    text += f"{'product':<{_NARROW_PRODUCT if narrow else _PRODUCT}} "
    text += f"{'bytes':>{_NARROW_BYTES if narrow else _BYTES}} what"
    return ((cut(text, width), "muted"),)


def row_line(row: WireRow, width: int, *, local: bool, cursor: bool) -> Line:
    """One entry in one row."""
    clock: Cell = (f"{clock_text(row.at, local=local, millis=True)} ", "muted")
    point: Cell = ("▸" if cursor else " ", "strong")
    if row.travel is Travel.NOTE:
        what = cut(f"── {row.what} ", width - 16)
        return (
            point,
            (" ", "text"),
            clock,
            (what, _INKS.get(row.level, "muted")),
            ("─" * (width - 15 - len(what)), "rule"),
        )
    narrow = width < _NARROW
    if row.travel is Travel.OUT:
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


def _sent(row: WireRow, width: int, *, local: bool) -> Line:
    """A message of ours: what it asks for, whether with a token, and for which products as far as there is room."""
    what = cut(f"{row.what} {row.channel}", width)
    line: list[Cell] = [(what, "strong")]
    if row.token_life is not None:
        line.append((f"  {token_text(row.at, row.token_life, local=local)}", "text"))
    line.append((cut(f"  {', '.join(row.products)}", max(0, width - width_of(line))), "muted"))
    return tuple(line)


def _share(view: WireView) -> str:
    entries = "1 entry" if view.kept == 1 else f"{view.kept:,} entries"
    return f"{entries}, {view.kept_bytes / 1e6:.1f} MB, {duration(view.kept_seconds)}"


def head_line(view: WireView, sought: WireFilter, width: int, *, mode: str, held: int | None, local: bool) -> Line:
    """The title: what is on show, and whether it follows.

    Args:
        view: What there is.
        sought: What is looked for.
        width: Columns.
        mode: ``LIVE``, ``DEMO`` or ``REPLAY``.
        held: The last entry on show; None while the newest are followed.
        local: Local time instead of UTC.
    """
    state = "following" if held is None else "HELD"
    newer = f", {view.newest - held:,} newer" if held is not None and view.newest > held else ""
    shown = ", ".join(filter(None, (sought.channel, sought.product))) or "everything"
    kept = f"{_share(view)}, " if width >= _NARROW else ""
    return title(
        "WIRE" if mode == "LIVE" else f"WIRE  {mode}",
        f"{state}{newer}   {shown}   {kept}times {zone(local=local)}",
        width,
    )


def foot_lines(view: WireView, width: int) -> list[Line]:
    """Subscriptions asked for against confirmed, and the last error frame verbatim."""
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
    """The keys that fit."""
    cells: list[Cell] = [(" ", "band")]
    for name, label in hints:
        entry: list[Cell] = [(name, "band-strong"), (f" {label}  ", "band-muted")]
        if width_of((*cells, *entry)) > width:
            break
        cells += entry
    return fill(tuple(cells), width, "band")


def empty_lines(width: int, *, searching: bool) -> list[Line]:
    """What to say where there is no row."""
    said = "looking further back …" if searching else "nothing has come that is looked for"
    return [BLANK, ((cut(f"   {said}", width), "muted"),)]


def whole_text(frame: WireFrame, *, local: bool) -> str:
    """The text of an entry; in a message of ours the token is told of, and is not there."""
    row = frame.row
    if row.travel is not Travel.OUT or row.token_life is None:
        return frame.text
    told = json.dumps(f"<sent {clock_text(row.at, local=local)}, {row.token_life:.0f} s>")
    return f'{frame.text[:-1]},"jwt":{told}}}'


def frame_title(row: WireRow, *, local: bool) -> str:
    """What an entry is, for the heading of its page."""
    parts = [
        "SENT" if row.travel is Travel.OUT else "CAME IN" if row.travel is Travel.IN else "",
        clock_text(row.at, local=local, millis=True),
        row.channel,
        "" if row.number is None else f"#{row.number:,}",
        f"{row.bytes:,} bytes" if row.bytes else "",
        row.mark,
    ]
    return "  ".join(part for part in parts if part)
