"""Textual's rows without rings.

A row that is cut nowhere is put whole into its own cache (Textual 8.2.8). Such a ring is freed by the search for
cyclic garbage alone; under 2,000 frames a second with the screen open that took 0.2 s in every half minute (measured),
in which no key was answered, and as much again for every few pages that were opened and closed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_divide = Strip.divide


def _divided(strip: Strip, cuts: Iterable[int]) -> Sequence[Strip]:
    # Textual ignores cuts past the end, too.
    within = [cut for cut in cuts if cut <= strip.cell_length]
    return [strip] if within == [strip.cell_length] else _divide(strip, within)


def leave_out_rings() -> None:
    """Have no row put into its own cache from now on, ours or Textual's: most of those that hurt are Textual's."""
    Strip.divide = _divided  # type: ignore[method-assign, assignment]  # no subclass of ours is asked for Textual's own rows
