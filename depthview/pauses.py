"""The pauses that Python's search for cyclic garbage makes."""

from __future__ import annotations

import gc
from typing import Final

_THRESHOLDS: Final = (5_000, 5, 8)
"""Objects made and not unmade before the youngest are searched; such searches before the next older, and so on."""


def shorten_pauses() -> None:
    """Have what the program consists of left out of the search, and the rest searched more rarely.

    Under 2,000 frames a second with the screen open, Python's own thresholds search all objects every 1.5 s, for
    90 ms on end, in which no key is answered (measured). Frames, books, trades and rows hold no cycles, so that little
    piles up meanwhile: pages that were closed, which the searches of everything find before there are too many. Call
    it when most is imported.
    """
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
