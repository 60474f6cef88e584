"""A frame's text as indented lines, whatever it is: what is no JSON is laid out as far as it goes. Pure.

Written out by hand, because a parser refuses what is most worth looking at, changes numbers, and takes all of a frame
where its beginning is enough.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from depthview.ui.cells import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_LINES: Final = 5_000
_MOST_PIECES: Final = 200_000
_LINE: Final = 400
"""Columns after which a line is cut: longer strings are no use on a screen."""
_LEAF: Final = 100
"""Objects of no more columns, with nothing nested in them, stand on one line: a row of a book does."""
_LEAF_PIECES: Final = 64
_STEP: Final = "  "
_PIECES: Final = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\Z)|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_OPENERS: Final = {"{": "}", "[": "]"}


class Indented(NamedTuple):
    """The lines, and whether there are more."""

    lines: list[str]
    cut: bool


def indented(text: str, most: int = MOST_LINES) -> Indented:
    """``text`` in lines of at most some hundred characters, each fit for a terminal.

    Args:
        text: JSON, or what should be.
        most: Lines at most.
    """
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
    """The pieces of a text, of which some can be looked at ahead."""

    def __init__(self, text: str) -> None:
        self._matches = _PIECES.finditer(text)
        self._ahead: list[str] = []
        self._taken = 0
        self.cut = False
        """Whether there were more than one would look at."""

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
        """All up to the closing of what ``opener`` begins, where it is short and nothing is nested in it."""
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
