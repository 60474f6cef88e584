"""Cells and lines: what every panel is made of before it has a colour.

A *cell* is a piece of text and the name of its style (see :mod:`depthview.ui.themes`); a *line* is a tuple of
cells, and so can be compared, hashed and tested without a terminal. Nothing here is ever parsed as markup.

Headings, labelled rows, meters and notes are made of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from rich.cells import cell_len, set_cell_size

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Cell: TypeAlias = tuple[str, str]
"""Text and style name."""
Line: TypeAlias = tuple[Cell, ...]

BLANK: Line = ()
_REPLACEMENT = "�"


def clean(text: str) -> str:
    """``text`` with every control, format, surrogate and line-breaking character made visible as U+FFFD.

    The session sanitises what came off the wire; this is the net under it, because Textual hands escape
    sequences through to the terminal.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _REPLACEMENT for c in text)


def width_of(line: Iterable[Cell]) -> int:
    width = 0
    # A generator under sum() takes half as long again, and this is asked for every line of every draw.
    for text, _ in line:
        width += len(text) if text.isascii() else cell_len(text)
    return width


def cut(text: str, width: int) -> str:
    """``text``, cleaned, in at most ``width`` columns; an ellipsis says where it was cut."""
    text = clean(text)
    if cell_len(text) <= width:
        return text
    if width <= 1:
        return "…"[: max(0, width)]
    return set_cell_size(text, width - 1).rstrip() + "…"


def fill(line: Line, width: int, style: str) -> Line:
    """``line`` cut or padded with ``style`` to exactly ``width`` columns."""
    used = width_of(line)
    if used < width:
        return (*line, (" " * (width - used), style))
    return crop(line, width) if used > width else line


def crop(line: Line, width: int) -> Line:
    kept: list[Cell] = []
    room = width
    for text, style in line:
        if room <= 0:
            break
        size = cell_len(text)
        kept.append((text, style) if size <= room else (set_cell_size(text, room), style))
        room -= size
    return tuple(kept)


def over(line: Line, cell: Cell, at: int) -> Line:
    """``line`` with ``cell`` drawn over it from column ``at``."""
    end, used = at + width_of((cell,)), 0
    after: list[Cell] = []
    for text, style in line:
        size = cell_len(text)
        if used + size > end:
            # Cut from the left: what is wanted of a text with wide letters in it cannot be had by its indices.
            after.append((text[max(0, end - used) :] if text.isascii() or size == len(text) else text, style))
        used += size
    return (*fill(crop(line, at), at, cell[1]), cell, *after)


def between(left: Line, right: Line, width: int, style: str) -> Line:
    """``left`` and ``right`` at the ends of ``width`` columns; ``right`` is dropped if there is no room."""
    space = width - width_of(left) - width_of(right)
    if space < 1:
        return fill(left, width, style)
    return (*left, (" " * space, style), *right)


class Part(NamedTuple):
    """A piece of a line that can be left out."""

    rank: int
    """0 is left out last."""
    cells: Line


def fit(parts: Sequence[Part], width: int, *, gap: str = "  ", style: str = "text") -> Line:
    """The parts that fit into ``width`` columns, in their order, with ``gap`` between them.

    The highest rank is left out first, among equals the last one; the one of the lowest rank stays even where it
    has to be cut, so that the line is never empty.
    """
    kept = [part for part in parts if part.cells]
    widths = [width_of(part.cells) for part in kept]
    used = sum(widths) + len(gap) * (len(kept) - 1)
    while len(kept) > 1 and used > width:
        worst = max(range(len(kept)), key=lambda i: (kept[i].rank, i))
        used -= widths.pop(worst) + len(gap)
        del kept[worst]
    line: list[Cell] = []
    for index, part in enumerate(kept):
        if index and gap:
            line.append((gap, style))
        line.extend(part.cells)
    return crop(tuple(line), width) if used > width else tuple(line)


def wrap(text: str, width: int) -> list[str]:
    """``text`` broken at spaces into rows of at most ``width`` columns; words that are longer are cut."""
    rows: list[str] = []
    row = ""
    for word in clean(text).split():
        shown = cut(word, max(1, width))
        if row and cell_len(row) + 1 + cell_len(shown) > width:
            rows.append(row)
            row = shown
        else:
            row = f"{row} {shown}" if row else shown
    if row:
        rows.append(row)
    return rows


LABEL: Final = 11
"""Columns of a label."""
_EIGHTHS: Final = " ▏▎▍▌▋▊▉"


def title(text: str, note: str, width: int) -> Line:
    """The heading of a panel: its name, a rule, a note."""
    note = cut(note, max(0, width - len(text) - 6))
    right: Line = ((f" {note}", "muted"),) if note else BLANK
    room = max(0, width - len(text) - 3 - (len(note) + 1 if note else 0))
    return (("─ ", "rule"), (text, "strong"), (" " + "─" * room, "rule"), *right)


def labelled(label: str, *cells: Cell) -> Line:
    """A row with a label before its figures."""
    return ((f" {label:<{LABEL}} ", "muted"), *cells)


def meter(share: float, width: int) -> str:
    """A bar for ``share`` (0 to 1) of ``width`` columns, padded to them."""
    eighths = int(max(0.0, min(1.0, share)) * width * 8)
    partial = _EIGHTHS[eighths % 8] if eighths % 8 else ""
    return ("█" * (eighths // 8) + partial).ljust(width)


def notes(texts: Sequence[str], width: int) -> list[Line]:
    """Notes in small print."""
    return [((f" {row}", "muted"),) for note in texts for row in wrap(note, width - 2)]
