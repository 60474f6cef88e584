"""One line on a terminal that says how far long work has come, and is gone when it is done."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typing import TextIO

    from depthview.clock import Clock

_BAR: Final = 24
_FIRST_AFTER: Final = 0.3
"""Seconds: what is over sooner needs no bar."""
_AGAIN_AFTER: Final = 0.1
_FORESEEN_AFTER: Final = 2.0
"""Seconds before the time that is left is worth saying."""
_MEGABYTE: Final = 1_000_000


class ProgressLine:
    """A bar on a terminal; on anything else, nothing.

    Args:
        out: Where, usually standard error; None where it was closed before the start.
        clock: Its monotonic time paces the drawing.
        what: What is going on, such as ``inspecting``.
        total: Bytes of work in all.
    """

    def __init__(self, out: TextIO | None, clock: Clock, what: str, total: int) -> None:
        self._out = out if out is not None and out.isatty() else None
        self._clock = clock
        self._what = what
        self._total = total
        self._began = clock.monotonic()
        self._due = self._began + _FIRST_AFTER
        self._drawn = 0

    @property
    def due(self) -> bool:
        """Whether it is time to draw again."""
        return self._out is not None and self._clock.monotonic() >= self._due

    def show(self, done: int) -> None:
        """Draw the line anew.

        Args:
            done: Bytes of work done.
        """
        if self._out is None:
            return
        now = self._clock.monotonic()
        self._due = now + _AGAIN_AFTER
        line = progress_text(self._what, done, self._total, now - self._began, fancy=_is_utf8(self._out))
        line = line[: _columns(self._out) - 1]
        self._out.write("\r" + line.ljust(self._drawn))
        self._out.flush()
        self._drawn = len(line)

    def clear(self) -> None:
        """Take the line away, so that what is said next begins at the left."""
        if self._out is not None and self._drawn:
            self._out.write("\r" + " " * self._drawn + "\r")
            self._out.flush()
            self._drawn = 0


def progress_text(what: str, done: int, total: int, seconds: float, *, fancy: bool) -> str:
    """Such as ``inspecting  ━━━━━━──────────────────  26 %  270 of 1,024 MB  31 s left``.

    Args:
        what: What is going on.
        done: Bytes of work done.
        total: Bytes of work in all.
        seconds: Since the beginning.
        fancy: Whether more than ASCII can be shown.
    """
    share = min(1.0, done / total) if total else 1.0
    filled = int(share * _BAR)
    full, rest = ("━", "─") if fancy else ("#", ".")
    volume = f"{done / _MEGABYTE:,.0f} of {total / _MEGABYTE:,.0f} MB"
    left = f"  {seconds / share * (1 - share):,.0f} s left" if share and seconds >= _FORESEEN_AFTER else ""
    return f"{what}  {full * filled}{rest * (_BAR - filled)}  {int(share * 100):>2} %  {volume}{left}"


def _is_utf8(out: TextIO) -> bool:
    return (out.encoding or "").lower().replace("-", "") == "utf8"


def _columns(out: TextIO) -> int:
    try:
        return os.get_terminal_size(out.fileno()).columns or 80
    except OSError:
        return 80
